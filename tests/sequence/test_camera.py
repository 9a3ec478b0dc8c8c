"""Clips out of one picture: what the camera sees is the picture's, and what is read lies where it should."""

from __future__ import annotations

import pytest
import torch

from painter_core.sequence.camera import camera_move, places, read_at


def picture(height: int, width: int) -> torch.Tensor:
    """Red grows to the right, green downwards."""
    x, y = places((height, width))
    return torch.stack([x / width, y / height, torch.full_like(x, 0.5)])


@pytest.mark.parametrize("size", [(60, 90), (90, 60), (3, 200)])
def test_frames_have_the_pictures_shape_and_even_sides(size: tuple[int, int]) -> None:
    frames = camera_move(picture(*size), 4, 48)
    assert frames.shape[:2] == (4, 3)
    assert max(frames.shape[2:]) == 48
    for side, whole in zip(frames.shape[2:], size, strict=True):
        assert side % 2 == 0
        assert abs(side - whole * 48 / max(size)) <= max(1, 2 - whole * 48 / max(size))


def test_the_camera_goes_right_comes_nearer_and_never_leaves() -> None:
    frames = camera_move(picture(120, 180), 9, 60)
    left, right = frames[:, 0, :, 0].mean(1), frames[:, 0, :, -1].mean(1)
    assert bool((left.diff() > 0).all())
    assert bool(((right - left).diff() < 0).all())
    # beyond the border a picture would go on with one color
    across, down = frames[:, 0, 0].diff(dim=1), frames[:, 1, :, 0].diff(dim=1)
    assert float(across.min()) > 0
    assert float(down.min()) > 0


def test_what_is_read_is_what_lies_there() -> None:
    whole = picture(40, 50)
    x, y = places((40, 50))
    assert torch.allclose(read_at(whole, x, y), whole, atol=1e-5)
    shifted = read_at(whole, x + 2.5, y - 1)
    wanted = whole + torch.tensor([0.05, -0.025, 0.0])[:, None, None]
    assert torch.allclose(shifted[:, 5:-5, 5:-5], wanted[:, 5:-5, 5:-5], atol=1e-4)

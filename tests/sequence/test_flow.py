"""Optical flow: known motions are found, noise is none."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from film_scenes import view, walk

from painter_core.sequence import flow_between
from painter_core.sequence.cuts import is_cut
from painter_core.sequence.flow import chosen, warped
from painter_core.sequence.motion import LEAST_NOISE, motion_between, noise_of

METHODS = ["tvl1", "dis"]


def needs(method: str) -> None:
    if method == "dis":
        pytest.importorskip("cv2", reason="OpenCV is an extra: pip install alla-prima[flow]")


def missed(flow: torch.Tensor, true: torch.Tensor, border: int = 8) -> torch.Tensor:
    """End point errors inside of a border, in pixels."""
    return (flow - true).norm(dim=0)[border:-border, border:-border]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("shift", [(0.4, -0.3), (2.6, 1.2), (9.0, -6.0)])
def test_a_pan_is_found_to_a_fraction_of_a_pixel(method: str, shift: tuple[float, float]) -> None:
    needs(method)
    flow = flow_between(view(), view(*shift), method)
    true = -torch.tensor(shift)[:, None, None].expand_as(flow)
    assert missed(flow, true, border=14).quantile(0.9) < 0.35


@pytest.mark.parametrize("method", METHODS)
def test_a_zoom_is_found(method: str) -> None:
    needs(method)
    flow = flow_between(view(), view(zoom=1.03), method)
    y, x = torch.meshgrid(torch.arange(96) + 0.5 - 48, torch.arange(144) + 0.5 - 72, indexing="ij")
    assert missed(flow, 0.03 * torch.stack([x, y])).quantile(0.9) < 0.35


@pytest.mark.parametrize("method", METHODS)
def test_a_subject_moves_and_its_ground_does_not(method: str) -> None:
    needs(method)
    flow = flow_between(walk(0), walk(1), method)
    assert (flow[:, 36:60, 22:38].mean((1, 2)) - torch.tensor([3.0, 0.0])).norm() < 0.4
    assert flow[:, :, 90:].norm(dim=0).mean() < 0.1


def test_reading_at_the_flow_gives_the_first_picture_back() -> None:
    a, b = view(), view(3.3, -1.7)
    back = warped(b, flow_between(a, b, "tvl1"))
    inside = (slice(None), slice(8, -8), slice(8, -8))
    assert (back - a)[inside].abs().mean() < 0.3 * (b - a)[inside].abs().mean()


def test_peoples_own_flow_is_taken_and_checked() -> None:
    a = view()
    own = flow_between(a, a, lambda first, second: torch.full((2, *first.shape[1:]), 1.5))
    assert torch.equal(own, torch.full((2, 96, 144), 1.5))
    with pytest.raises(ValueError, match=r"must give finite \(2, 96, 144\), got \(2, 4, 4\)"):
        flow_between(a, a, lambda first, second: torch.zeros(2, 4, 4))
    with pytest.raises(ValueError, match="of one size"):
        flow_between(a, a[:, :90], "tvl1")
    with pytest.raises(ValueError, match="one of auto, dis, tvl1, got 'raft'"):
        flow_between(a, a, "raft")


def test_without_opencv_its_method_is_refused_and_auto_is_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert chosen("auto") == "tvl1"
    with pytest.raises(ValueError, match=r"pip install alla-prima\[flow\]"):
        chosen("dis")


@pytest.mark.parametrize("noise", [0.006, 0.01, 0.03])
def test_noise_is_measured(noise: float) -> None:
    # a photograph's own grain counts as noise too
    assert 0.8 * noise < noise_of(view(noise=noise)) < 1.3 * noise + 0.003
    assert noise_of(torch.full((3, 96, 144), 0.5)) == LEAST_NOISE


@pytest.mark.parametrize("noise", [0.0, 0.01, 0.04])
def test_noise_moves_nothing(noise: float) -> None:
    seen = torch.ones(96, 144)
    for seed in range(1, 6):
        motion = motion_between(view(noise=noise), seen, view(noise=noise, seed=seed), "tvl1")
        assert motion.still
        assert not motion.flow.any()


def test_what_stands_still_has_no_flow_at_all_beside_what_moves() -> None:
    motion = motion_between(walk(0, noise=0.01), torch.ones(96, 144), walk(1, noise=0.01), "tvl1")
    assert not motion.flow[:, :, 100:].any()
    assert motion.flow[0, 40:56, 24:36].mean() == pytest.approx(3.0, abs=0.4)
    assert motion.changed[48, 12]  # comes to light behind the subject


def test_entering_places_are_uncovered_and_leaving_ones_covered() -> None:
    motion = motion_between(view(), torch.ones(96, 144), view(6.0), "tvl1")
    assert motion.uncovered[10:-10, -4:].float().mean() > 0.9
    assert motion.covered[10:-10, :4].float().mean() > 0.9
    assert motion.uncovered[16:-16, 20:-20].float().mean() < 0.1


@pytest.mark.parametrize("after", [
    {"right": 12.0}, {"zoom": 1.1}, {"noise": 0.03, "seed": 4}, {"down": -9.0, "noise": 0.01},
])  # fmt: skip
def test_motion_and_noise_are_no_cuts(after: dict[str, Any]) -> None:
    assert not is_cut(view(), view(**after))


def test_light_that_changes_is_no_cut_and_another_picture_is() -> None:
    assert not is_cut(view(), view() * 0.6)
    assert not is_cut(walk(0), walk(5))
    assert is_cut(view(), view(name="detail.jpg"))
    assert is_cut(view(name="detail.jpg"), view())
    assert is_cut(view(), view()[:, :90])

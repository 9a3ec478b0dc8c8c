"""Pictures brought to a size."""

from __future__ import annotations

from torch import Tensor
from torch.nn.functional import interpolate


def resized(picture: Tensor, size: tuple[int, int]) -> Tensor:
    """A (C, H, W) picture or (H, W) mask at (height, width) `size`: bilinear, antialiased, values stay in range."""
    if tuple(picture.shape[-2:]) == tuple(size):
        return picture
    batch = picture.reshape(1, -1, *picture.shape[-2:])
    smaller_or_larger = interpolate(batch, size=tuple(size), mode="bilinear", antialias=True, align_corners=False)
    return smaller_or_larger.clamp(0, 1).reshape(*picture.shape[:-2], *size)


def shrunk_size(size: tuple[int, int], longest: int | None) -> tuple[int, int]:
    """(height, width) of the same shape with the longest side at most `longest` pixels (None: as it is)."""
    if longest is None or max(size) <= longest:
        return size
    scale = longest / max(size)
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def shrunk(picture: Tensor, longest: int | None) -> Tensor:
    """A (3, H, W) picture with its longest side at most `longest` pixels (None: as it is)."""
    return resized(picture, shrunk_size(tuple(picture.shape[-2:]), longest))

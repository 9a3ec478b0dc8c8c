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


def shrunk(picture: Tensor, longest: int | None) -> Tensor:
    """A (3, H, W) picture with its longest side at most `longest` pixels (None: as it is)."""
    height, width = picture.shape[-2:]
    if longest is None or max(height, width) <= longest:
        return picture
    scale = longest / max(height, width)
    return resized(picture, (max(1, round(height * scale)), max(1, round(width * scale))))

"""Pictures brought to one size."""

from __future__ import annotations

import os

from torch import Tensor
from torch.nn.functional import interpolate

#: How far the shape of a mask or a canvas may be from that of the picture, as a factor of width / height.
SHAPE_TOLERANCE = 1.02


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


def fitted(extra: Tensor, size: tuple[int, int], path: str | os.PathLike[str]) -> Tensor:
    """A mask or canvas of any size at the picture's (height, width) `size`.

    Raises ValueError that names the file if it has another shape, which would distort it.
    """
    height, width = extra.shape[-2:]
    # half a pixel of rounding is no other shape, however small the pictures are
    slack = SHAPE_TOLERANCE * (1 + 0.5 / min(height, width, *size))
    ratio = (width / height) / (size[1] / size[0])
    if not 1 / slack <= ratio <= slack:
        raise ValueError(
            f"{path}: it has {width}x{height} pixels and the picture {size[1]}x{size[0]}; they must have the same shape"
        )
    return resized(extra, size)

"""Masks and canvases brought to the size of their picture."""

from __future__ import annotations

import os

from torch import Tensor

from ..images import resized, shrunk

__all__ = ["fitted", "resized", "shrunk"]
#: How far the shape of a mask or a canvas may be from that of the picture, as a factor of width / height.
SHAPE_TOLERANCE = 1.02


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

"""The sizes at which a film is looked at."""

from __future__ import annotations

from torch import Tensor

from ..images import fitted_size, resized, size_of
from ..refinement.rework import LEAST_PIXELS, MOST_PIXELS, ROUGH

#: Most pixels at which motion is looked for.
MOTION_PIXELS = 400 * 240


def measured(frame: Tensor) -> Tensor:
    """A frame (3, H, W) at the size at which motion is looked for."""
    return resized(frame, fitted_size(size_of(frame), MOTION_PIXELS), "area")


def compared_size(canvas: tuple[int, int], strokes: int) -> tuple[int, int]:
    """(h, w) at which so many strokes on a canvas (height, width) are compared with the picture and shaped."""
    return fitted_size(canvas, min(MOST_PIXELS, max(LEAST_PIXELS, ROUGH * strokes)))

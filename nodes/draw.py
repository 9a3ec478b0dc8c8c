"""Strokes onto ComfyUI's tensors, strip by strip, so that cancel works and memory stays small at any size."""

from __future__ import annotations

from torch import Tensor

from ..painter_core import Brush, Strokes
from ..painter_core.export import Strips
from ..painter_core.export.strips import ROWS
from .memory import halving
from .progress import OnStep

#: Pixels drawn between two looks at the cancel button: a fraction of a second on a slow processor.
STRIP_PIXELS = 1 << 18


def output_size(strokes: Strokes, scale: float) -> tuple[int, int]:
    """(height, width) in pixels of a painting drawn at `scale`."""
    height, width = (max(1, round(side * scale)) for side in strokes.canvas)
    return height, width


def draw_image(
    out: Tensor,
    strokes: Strokes,
    brush: str | Brush,
    ground: Tensor | None,
    on_step: OnStep,
    coverage: Tensor | None = None,
) -> None:
    """Fill `out` (H, W, 3) with the painting, and `coverage` (H, W) with how much of each pixel is painted, 0 to 1.

    `ground`: (3, h, w) picture to paint on, stretched to the painting's size, or None for a plain one.
    """
    height, width = out.shape[:2]
    strips = Strips(strokes, (height, width), brush=brush, ground=ground)
    rows = strips.rows(STRIP_PIXELS)
    top = 0
    while top < height:

        def draw(count: int, top: int = top) -> int:
            count = min(count, height - top)
            picture, cover = strips.draw(top, count)
            out[top : top + count] = picture.movedim(0, -1)
            if coverage is not None:
                coverage[top : top + count] = cover
            return count

        top += halving(draw, rows, least=ROWS)
        on_step(top, height, None)

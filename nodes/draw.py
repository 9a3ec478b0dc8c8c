"""Strokes onto ComfyUI's tensors, band by band, so that cancel works and memory stays small at any size."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor

from ..painter_core import Strokes
from ..painter_core.raster import coverage, render
from .memory import halving
from .progress import OnStep

#: Pixels drawn between two looks at the cancel button: a fraction of a second on a slow processor.
BAND_PIXELS = 1 << 18
#: Rows of a band are a multiple of the rasteriser's largest tile.
TILE = 64


def output_size(strokes: Strokes, scale: float) -> tuple[int, int]:
    """(height, width) in pixels of a painting drawn at `scale`."""
    height, width = (max(1, round(side * scale)) for side in strokes.canvas)
    return height, width


def draw_image(out: Tensor, strokes: Strokes, brush: str, ground: Tensor | None, on_step: OnStep) -> None:
    """Fill `out` (H, W, 3) with the painting. `ground`: (3, H, W) picture to paint on, or None for a plain one."""
    size = (out.shape[0], out.shape[1])

    def band(region: tuple[int, int, int, int]) -> Tensor:
        return render(strokes, size=size, brush=brush, ground=ground, region=region).movedim(0, -1)

    _fill(out, band, on_step)


def draw_coverage(out: Tensor, strokes: Strokes, brush: str, on_step: OnStep) -> None:
    """Fill `out` (H, W) with how much of each pixel is painted, 0 to 1."""
    size = (out.shape[0], out.shape[1])
    _fill(out, lambda region: coverage(strokes, size=size, brush=brush, region=region), on_step)


def _fill(out: Tensor, band: Callable[[tuple[int, int, int, int]], Tensor], on_step: OnStep) -> None:
    height, width = out.shape[:2]
    rows = max(1, BAND_PIXELS // width // TILE) * TILE
    top = 0
    while top < height:

        def draw(count: int, top: int = top) -> int:
            count = min(count, height - top)
            out[top : top + count] = band((top, 0, count, width))
            return count

        top += halving(draw, rows, least=TILE)
        on_step(top, height, None)

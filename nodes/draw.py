"""Strokes onto ComfyUI's tensors, strip by strip, so that cancel works and memory stays small at any size."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from torch import Tensor

from ..painter_core import Brush, Strokes
from ..painter_core.brushes.brush import HAIR_PITCH
from ..painter_core.export import Strips
from ..painter_core.rendering.strips import ROWS
from ..painter_core.surface.height import Paint
from ..painter_core.surface.scene import WHITE
from .memory import halving
from .progress import OnStep
from .room import check_scale

#: Pixels drawn between two looks at the cancel button: a fraction of a second on a slow processor.
STRIP_PIXELS = 1 << 18


def output_size(strokes: Strokes, scale: float) -> tuple[int, int]:
    """(height, width) in pixels of a painting drawn at `scale`."""
    height, width = (max(1, round(side * scale)) for side in strokes.canvas)
    return height, width


def common_size(strokes: list[Strokes], scale: float, channels: int) -> tuple[int, int]:
    """(height, width) in pixels of a batch of paintings drawn at `scale`, as pictures and masks with so many channels.

    Raises ValueError when they cannot make one batch, or have no room in memory.
    """
    sizes = {output_size(painting, scale) for painting in strokes}
    if len(sizes) != 1:
        raise ValueError(f"The paintings of a batch must have one size; these have (height, width): {sorted(sizes)}.")
    check_scale(strokes[0].canvas, scale, len(strokes), channels)
    return sizes.pop()


def draw_image(
    out: Tensor,
    strokes: Strokes,
    brush: str | Brush | None,
    ground: Tensor | None,
    on_step: OnStep,
    coverage: Tensor | None = None,
) -> None:
    """Fill `out` (H, W, 3) with the painting, and `coverage` (H, W) with how much of each pixel is painted, 0 to 1.

    `brush`: what draws all strokes, None: their own brushes. `ground`: (3, h, w) picture to paint on, stretched to the
    painting's size, None: its own ground.
    """
    height, width = out.shape[:2]
    strips = Strips(strokes, (height, width), brush=brush, ground=ground)

    def fill(top: int, rows: int) -> None:
        picture, cover = strips.draw(top, rows, partial(on_step, top, height, None))
        out[top : top + rows] = picture.movedim(0, -1)
        if coverage is not None:
            coverage[top : top + rows] = cover

    _in_strips(height, strips.rows(STRIP_PIXELS), fill, on_step)


def draw_height(out: Tensor, strokes: Strokes, brush: str | Brush | None, on_step: OnStep) -> None:
    """Fill `out` (H, W) with how thick the paint lies: 0 bare ground, 1 as thick as it hardly ever gets."""
    height, width = out.shape
    paint = Paint(strokes, 1.0, (height, width), brush)
    white = WHITE * HAIR_PITCH * max(strokes.canvas)

    def fill(top: int, rows: int) -> None:
        thick = paint.thickness(top, 0, rows, width, partial(on_step, top, height, None))
        out[top : top + rows] = (thick / white).clamp(0, 1)

    _in_strips(height, max(1, STRIP_PIXELS // width // ROWS) * ROWS, fill, on_step)


def _in_strips(height: int, rows: int, fill: Callable[[int, int], None], on_step: OnStep) -> None:
    """`fill(top, rows)` from top to bottom, with fewer rows at once where the memory does not last."""
    top = 0
    while top < height:

        def attempt(count: int, top: int = top) -> int:
            count = min(count, height - top)
            fill(top, count)
            return count

        top += halving(attempt, rows, least=ROWS)
        on_step(top, height, None)

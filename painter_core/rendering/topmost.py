"""Which stroke is seen where."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from ..brushes.brush import Brush
from ..strokes import Strokes
from .raster import Job


@torch.no_grad()
def topmost(strokes: Strokes, brush: str | Brush | None = None, size: tuple[int, int] | None = None) -> Tensor:
    """Which stroke is seen at each pixel: (H, W) int64, the one with the most visible paint there.

    -1 where the ground shows more than any stroke. `size` (height, width) of the output, default: the strokes' canvas.
    """
    return drawn_and_topmost(strokes, brush, size)[1]


@torch.no_grad()
def drawn_and_topmost(
    strokes: Strokes,
    brush: str | Brush | None = None,
    size: tuple[int, int] | None = None,
    ground: Tensor | None = None,
    on_layer: Callable[[], None] = lambda: None,
) -> tuple[Tensor, Tensor]:
    """The strokes drawn, (3, H, W), and which of them is seen where, see `topmost`; both in one go.

    Args:
        brush, size, ground: as in `render`; on_layer: called often; what it raises passes through.
    """
    job = Job.plan(strokes, size=size, brush=brush).on(ground)
    band = job.band()
    picture = torch.zeros(len(band.through), 3, *band.through.shape[1:], device=band.through.device)
    most, index = torch.zeros_like(band.through), torch.full_like(band.through, -1, dtype=torch.int64)
    for layer in band.layers():
        picture[layer.tiles] += (layer.shade[:, None] * band.colors(layer)).clamp(max=1) * layer.weight[:, None]
        before = most[layer.tiles]
        most[layer.tiles] = torch.maximum(layer.weight, before)
        index[layer.tiles] = torch.where(layer.weight > before, layer.strokes[:, None, None], index[layer.tiles])
        on_layer()
    index = torch.where(most > band.through, index, -1)
    below = job.base()
    below = below[:, None, None] if below.ndim == 1 else below
    return band.join(picture) + band.join(band.through[:, None]) * below, band.join(index[:, None])[0]

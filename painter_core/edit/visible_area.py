"""How much of a painting each stroke makes up: what the eye sees of it, and not what later strokes hide."""

from __future__ import annotations

import torch
from torch import Tensor

from ..brushes.brush import get_brush
from ..rendering.raster import Job
from ..strokes import Strokes

#: Longer side in pixels of the small picture that is looked at.
LOOK = 256
#: Even a hidden stroke counts a little: this share of its area.
HIDDEN = 1e-4


def visible_area(strokes: Strokes) -> tuple[Tensor, Tensor]:
    """What is seen of every stroke (N,) and of the ground (), as shares of the canvas; they sum to 1, about."""
    scale = min(1.0, LOOK / max(strokes.canvas))
    job = Job.plan(strokes.detach(), scale=scale, brush=get_brush("flat"))
    band = job.band()
    inside = band.cut(torch.ones(1, band.height, band.width, device=job.color.device))[:, 0]
    seen = torch.zeros(len(strokes), device=job.color.device)
    for layer in band.layers():
        seen.index_add_(0, layer.strokes, (layer.weight * inside[layer.tiles]).flatten(1).sum(1))
    pixels = band.height * band.width
    hidden = HIDDEN * strokes.size.prod(1) / (strokes.canvas[0] * strokes.canvas[1])
    return seen / pixels + hidden, (band.through * inside).sum() / pixels

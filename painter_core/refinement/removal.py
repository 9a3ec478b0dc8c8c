"""What each stroke is worth: how much worse the painting would be without it; and which are worth most together."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor

from ..brushes.brush import Brush
from ..rendering.atlas import sample
from ..rendering.compositing import Walk
from ..rendering.raster import Job, tile_lists
from ..strokes import Strokes
from .view import TILE, View, lots, tiles_with

#: Tiles that are worked on at once: fewer than in a linearization, since hidden strokes are gone through too.
TILES_AT_ONCE = 1024
#: Strokes are left out in rounds, since they cover for each other: at most this share of what is there in each.
SHARE_A_ROUND = 0.15


def worths(
    strokes: Strokes,
    view: View,
    brush: Brush | None,
    on_tiles: Callable[[], None] | None = None,
    *,
    steady: Tensor | None = None,
    only: Tensor | None = None,
) -> Tensor:
    """(N,) by how much the view's squared error would rise if one stroke alone were left out; negative: it would fall.

    Leaving out a stroke of cover a under light T changes a pixel by T a (B - s c), B what lies behind it.

    Args:
        brush: what draws all strokes; None: their own brushes.
        on_tiles: called after every lot of tiles; what it raises passes through.
        steady: (N,) how much is added of what the picture would change, squared and summed over pixels and channels.
        only: (N,) bool, the strokes that are asked about; what is said of others may be too little.
    """
    job = Job.plan(strokes, size=view.size, brush=brush)
    down, across = view.tiles
    lists, starts, counts = tile_lists(job.stamps, TILE, 0, 0, down, across)
    if only is not None:
        counts = counts * tiles_with(only, lists, counts)
    target, ground, weight = view.cut(view.target), view.cut(view.ground), view.counted()
    worth = torch.zeros(len(strokes), device=target.device)
    for part in lots(counts, TILES_AT_ONCE):
        layers = _layers(job, lists, starts[part], counts[part], part.start, across)
        seen = ground[part].clone()
        for tiles, stroke, cover, _, shade in reversed(layers):
            seen[tiles] += cover[:, None] * (job.color[stroke, :, None] * shade[:, None] - seen[tiles])
        off = (seen - target[part]) * weight[part, None]
        behind = ground[part].clone()
        for tiles, stroke, cover, light, shade in reversed(layers):
            added = cover[:, None] * (job.color[stroke, :, None] * shade[:, None] - behind[tiles])
            behind[tiles] += added
            change = light[:, None] * added
            rise = (change * (change * weight[part][tiles, None] - 2 * off[tiles])).sum((1, 2))
            if steady is not None:
                rise += steady[stroke] * change.square().sum((1, 2))
            worth.index_add_(0, stroke, rise)
        if on_tiles:
            on_tiles()
    return worth


def _layers(
    job: Job, lists: Tensor, starts: Tensor, counts: Tensor, first: int, across: int
) -> list[tuple[Tensor, Tensor, Tensor, Tensor, Tensor]]:
    """All strokes of some tiles, front to back, hidden ones too: tiles, strokes (M,), cover, light, shade (M, P)."""
    steps = torch.arange(TILE, device=lists.device, dtype=torch.float32) + 0.5

    def draw(tiles: Tensor, strokes: Tensor) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        number = tiles + first
        x, y = (number % across)[:, None] * TILE + steps, (number // across)[:, None] * TILE + steps
        cover, shade = sample(job.atlas, job.stamps[strokes], x, y)
        cover = (cover * job.opacity[strokes, None, None]).flatten(1)
        return cover, (cover, shade.flatten(1))

    through = torch.ones(len(counts), TILE * TILE, device=lists.device)
    walk = Walk((lists, starts, counts), through, hidden=True).steps(draw)
    return [(step.tiles, step.strokes, step.drawn[0], step.light, step.drawn[1]) for step in walk]


def strongest(
    strokes: Strokes, view: View, brush: Brush | None, count: int, on_tiles: Callable[[], None] | None = None
) -> Tensor:
    """Indices of the `count` strokes that are worth most together, in painting order; the rest as in `worths`."""
    index = torch.arange(len(strokes), device=strokes.center.device)
    while len(index) > count:
        leave = min(len(index) - count, max(1, math.ceil(SHARE_A_ROUND * len(index))))
        worth = worths(strokes[index], view, brush, on_tiles)
        index = index[worth.argsort(stable=True)[leave:].sort().values]
    return index

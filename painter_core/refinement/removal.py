"""What each stroke is worth: how much worse the painting would be without it; and which are worth most together."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor

from ..brushes.brush import Brush
from ..rendering.compositing import Pile
from ..rendering.raster import Job, tile_lists
from ..rendering.sampling import sample
from ..strokes import Strokes
from ..threads import each
from .view import TILE, View, chunks, lots, tiles_with

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

    def worth_on(part: slice) -> Tensor:
        worth = torch.zeros(len(strokes), device=target.device)
        pile = Pile(lists, starts[part], counts[part])
        cover, shade = _sampled(job, pile.strokes, part.start + pile.order[pile.tiles], across)
        light, _ = pile.lights(cover, hidden=True)
        paint = job.color[pile.strokes][..., None] * shade[:, None]
        behind, weighted = ground[part][pile.order], weight[part][pile.order]
        seen = behind.clone()
        for begin, end in reversed(pile.steps):
            here = seen[: end - begin]
            here += cover[begin:end, None] * (paint[begin:end] - here)
        off = (seen - target[part][pile.order]) * weighted[:, None]
        for begin, end in reversed(pile.steps):
            here, stroke = behind[: end - begin], pile.strokes[begin:end]
            added = cover[begin:end, None] * (paint[begin:end] - here)
            here += added
            change = light[begin:end, None] * added
            rise = (change * (change * weighted[: end - begin, None] - 2 * off[: end - begin])).sum((1, 2))
            if steady is not None:
                rise += steady[stroke] * change.square().sum((1, 2))
            worth.index_add_(0, stroke, rise)
        return worth

    parts = each(worth_on, list(lots(counts, TILES_AT_ONCE)), on_tiles)
    return sum(parts, torch.zeros(len(strokes), device=target.device))


def _sampled(job: Job, strokes: Tensor, tiles: Tensor, across: int) -> tuple[Tensor, Tensor]:
    """Opacity and shade (K, P) of marks of strokes (K,) on tiles (K,), of which `across` lie in a row."""
    steps = torch.arange(TILE, device=tiles.device, dtype=torch.float32) + 0.5
    x, y = (tiles % across)[:, None] * TILE + steps, (tiles // across)[:, None] * TILE + steps
    stamps = job.stamps[strokes]
    parts = [sample(job.atlas, stamps[chunk], x[chunk], y[chunk]) for chunk in chunks(len(tiles))]
    cover, shade = (torch.cat(column).flatten(1) for column in zip(*parts, strict=True))
    return cover * job.opacity[strokes, None], shade


def strongest(
    strokes: Strokes, view: View, brush: Brush | None, count: int, on_tiles: Callable[[], None] | None = None
) -> tuple[Tensor, float]:
    """The `count` strokes that are worth most together; the arguments as in `worths`.

    Returns:
        their indices in painting order, and what the best of the others was worth: the price of a stroke; 0 for none.
    """
    price = 0.0
    index = torch.arange(len(strokes), device=strokes.center.device)
    while len(index) > count:
        leave = min(len(index) - count, max(1, math.ceil(SHARE_A_ROUND * len(index))))
        worth = worths(strokes[index], view, brush, on_tiles)
        rank = worth.argsort(stable=True)
        price = float(worth[rank[leave - 1]])
        index = index[rank[leave:].sort().values]
    return index, price

"""Front to back: the one walk over the marks of many tiles, for whatever is wanted of them.

Over-compositing from the last painted mark to the first: what of a mark is seen is its coverage times what the marks
above let through. All tiles take one step down their lists together, so that one call draws a mark on each of them, or
several where few tiles are left.
`Walk` draws marks as it meets them, and none that is hidden; `Pile` has them all, where hidden ones are few or asked
about and it pays to draw many with one call.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor

#: What lets less than this through counts as covered (a quarter of an 8-bit step).
OPAQUE = 1 / 1024
#: Most marks on one tile that are drawn before it is seen whether they hide those below.
MOST_DEEP = 8


@dataclass(frozen=True)
class Step:
    """At most one mark on each of M tiles.

    Attributes:
        tiles: (M,) index of the tile; strokes: (M,) index of the mark.
        light: (M, ...) what the marks above let through, one number for each pixel of a tile.
        weight: (M, ...) what of the mark is seen: its coverage, opacity included, times that light.
        drawn: what `draw` gave.
    """

    tiles: Tensor
    strokes: Tensor
    light: Tensor
    weight: Tensor
    drawn: Any


class Walk:
    """A walk down the lists of T tiles.

    Attributes:
        through: (T, ...) what is let through so far; after the walk, what is left for the ground.
    """

    def __init__(self, lists: tuple[Tensor, Tensor, Tensor], through: Tensor, *, keep_graph: bool = False) -> None:
        """
        Args:
            lists: marks of all tiles, where each tile's start, and how many they are (T,); see `raster.tile_lists`.
            through: (T, ...) ones; is changed in place unless gradients flow.
            keep_graph: gradients flow; then it goes on below what counts as covered.
        """
        self.marks, self.starts, self.counts = lists
        self.through = through
        self._keep_graph = keep_graph

    def steps(self, draw: Callable[[Tensor, Tensor], tuple[Tensor, Any]], at_once: int | None = None) -> Iterator[Step]:
        """Every step, front to back.

        Args:
            draw: (tiles, strokes), both (M,) -> coverage (M, ...) of the marks there, opacity included, and whatever
                else is to be known of them, (M, ...) or None.
            at_once: most marks that one call draws; default: one on every tile.
        """
        active, depth = self.counts.nonzero()[:, 0], 0
        while len(active):
            # calls have to be worth their while; then a few marks are drawn that turn out to be hidden
            deep = max(1, min(MOST_DEEP, (at_once or 1) // len(active)))
            for tiles in active.split(at_once or len(active)):
                yield from self._down(draw, tiles, depth, deep)
            depth += deep
            active = active[self.counts[active] > depth]
            if not self._keep_graph and len(active):
                active = active[self.through[active].flatten(1).amax(1) > 0]

    def _down(
        self, draw: Callable[[Tensor, Tensor], tuple[Tensor, Any]], tiles: Tensor, depth: int, deep: int
    ) -> Iterator[Step]:
        """`deep` steps on tiles (A,), beginning at some depth."""
        there = torch.arange(depth, depth + deep, device=tiles.device)[:, None] < self.counts[tiles]
        level, which = there.nonzero(as_tuple=True)
        all_tiles = tiles[which]
        all_strokes = self.marks[self.starts[all_tiles] + depth + level]
        all_cover, all_drawn = draw(all_tiles, all_strokes)
        for begin, end in pairwise([0, *there.sum(1).cumsum(0).tolist()]):
            if begin == end:
                break
            here, cover = all_tiles[begin:end], all_cover[begin:end]
            light = self.through[here]
            weight = cover * light
            rest = light - weight
            if self._keep_graph:
                self.through = self.through.index_copy(0, here, rest)
            else:
                self.through[here] = rest.masked_fill_(rest < OPAQUE, 0)
            drawn = None if all_drawn is None else all_drawn[begin:end]
            yield Step(here, all_strokes[begin:end], light, weight, drawn)


class Pile:
    """All marks on T tiles, in the order in which a walk meets them: depth by depth, the deepest piles first.

    Attributes:
        order: (T,) the tiles by how many marks lie on them, most first; whatever is kept for tiles is kept in this
            order, so that those with a mark at some depth are the first ones.
        tiles: (K,) the place in `order` of each mark's tile; strokes: (K,) index of the mark.
        steps: where the marks of each depth begin and end: they lie on the first end - begin tiles.
    """

    def __init__(self, lists: Tensor, starts: Tensor, counts: Tensor) -> None:
        """See `raster.tile_lists`; starts and counts: (T,)."""
        device = counts.device
        counts, self.order = counts.sort(descending=True, stable=True)
        deepest = int(counts[0]) if len(counts) else 0
        # how many tiles have more than 0, 1, 2 ... marks
        number = len(counts) - torch.bincount(counts, minlength=deepest + 1).cumsum(0)[:deepest]
        ends = number.cumsum(0)
        depth = torch.arange(deepest, device=device).repeat_interleave(number)
        self.tiles = torch.arange(len(depth), device=device) - (ends - number)[depth]
        self.strokes = lists[starts[self.order][self.tiles] + depth]
        bounds = [0, *ends.tolist()]
        self.steps = list(pairwise(bounds))

    def lights(self, cover: Tensor, through: Tensor | None = None, *, hidden: bool = False) -> tuple[Tensor, Tensor]:
        """What is let through to each mark (K, P), and by all of them on each tile (T, P), in the pile's order.

        Args:
            cover: (K, P) coverage, opacity included.
            through: (T, P) what others above let through, in the pile's order; is changed in place; default: all.
            hidden: whether what counts as covered still lets something through.
        """
        if through is None:
            through = torch.ones(len(self.order), cover.shape[1], device=cover.device)
        light = torch.empty_like(cover)
        for begin, end in self.steps:
            here = through[: end - begin]
            light[begin:end] = here
            here -= cover[begin:end] * here
            if not hidden:
                here.masked_fill_(here < OPAQUE, 0)
        return light, through

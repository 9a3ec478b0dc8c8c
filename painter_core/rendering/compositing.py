"""Front to back: the one walk over the marks of many tiles, for whatever is wanted of them.

Over-compositing from the last painted mark to the first: what of a mark is seen is its coverage times what the marks
above let through. All tiles take one step down their lists together, so that one call draws a mark on each of them.
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
                else is to be known of them.
            at_once: most tiles of one step; default: all.
        """
        active, depth = self.counts.nonzero()[:, 0], 0
        while len(active):
            for tiles in active.split(at_once or len(active)):
                strokes = self.marks[self.starts[tiles] + depth]
                cover, drawn = draw(tiles, strokes)
                light = self.through[tiles]
                weight = cover * light
                rest = light - weight
                if self._keep_graph:
                    self.through = self.through.index_copy(0, tiles, rest)
                else:
                    self.through[tiles] = rest.masked_fill_(rest < OPAQUE, 0)
                yield Step(tiles, strokes, light, weight, drawn)
            depth += 1
            active = active[self.counts[active] > depth]
            if not self._keep_graph and len(active):
                active = active[self.through[active].flatten(1).amax(1) > 0]


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

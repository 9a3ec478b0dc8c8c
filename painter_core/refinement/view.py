"""What a painting is compared with: the picture at a working size, what lies below the strokes, what counts how much.

A working size smaller than the picture makes refinement cheaper, and lets a stroke feel further: its edge is one pixel
wide at every size.
"""

from __future__ import annotations

import dataclasses
import math
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from ..images import fitted_size, resized
from ..strokes import Strokes

#: Side of a tile in pixels: few enough strokes on each, and enough pixels for each call.
TILE = 8
#: Most marks that are kept at once, each on its tile (up to 3.5 kB): where many lie on each other, fewer tiles go
#: together.
MARKS_AT_ONCE = 1 << 16
#: A view is worked on in so many lots at least, by several threads, unless that leaves less than so many marks to each.
LOTS, LEAST_MARKS = 4, 4096
#: Marks that are sampled, or summed up, with one call for each operation.
CHUNK = 2048


@dataclass(frozen=True)
class View:
    """A picture at a working size.

    Attributes:
        target: (3, h, w) what the painting should look like; ground: (3, h, w) what the strokes are painted on.
        weight: (h, w) how much each pixel's squared error counts, mean about 1; None for 1 everywhere.
    """

    target: Tensor
    ground: Tensor
    weight: Tensor | None = None

    @property
    def size(self) -> tuple[int, int]:
        """(h, w) in pixels."""
        return self.target.shape[1], self.target.shape[2]

    @property
    def tiles(self) -> tuple[int, int]:
        """How many tiles there are (down, across)."""
        return -(-self.size[0] // TILE), -(-self.size[1] // TILE)

    def pixel(self, canvas: tuple[int, int]) -> float:
        """Side of one of its pixels in pixels of a canvas (height, width)."""
        return math.sqrt(canvas[0] * canvas[1] / (self.size[0] * self.size[1]))

    def resized(self, pixels: float) -> View:
        """The same at about so many pixels, of the same shape; never enlarged."""
        size = fitted_size(self.size, pixels)
        if size == self.size:
            return self
        weight = None if self.weight is None else resized(self.weight[None], size, "area")[0]
        return View(resized(self.target, size, "area"), resized(self.ground, size, "area"), weight)

    def errors(self, seen: Tensor) -> Tensor:
        """(h, w) squared error of a painting that looks like `seen` (3, h, w), summed over channels, weighted."""
        wrong = (seen - self.target).square().sum(0)
        return wrong if self.weight is None else wrong * self.weight

    def cut(self, picture: Tensor) -> Tensor:
        """(C, h, w) as tiles (T, C, TILE * TILE), row by row; zero beyond the picture."""
        down, across = self.tiles
        padded = F.pad(picture, (0, across * TILE - self.size[1], 0, down * TILE - self.size[0]))
        grid = padded.view(len(picture), down, TILE, across, TILE).permute(1, 3, 0, 2, 4)
        return grid.reshape(down * across, len(picture), TILE * TILE)

    def counted(self) -> Tensor:
        """(T, TILE * TILE) how much each pixel counts; 0 beyond the picture, where tiles reach over its border."""
        weight = torch.ones_like(self.target[0]) if self.weight is None else self.weight
        return self.cut(weight[None])[:, 0]


def tiles_with(strokes: Tensor, lists: Tensor, counts: Tensor) -> Tensor:
    """(T,) bool, the tiles that have one of these strokes (N,) bool; lists and counts as `tile_lists` gives them."""
    tile = torch.arange(len(counts), device=counts.device).repeat_interleave(counts)
    return torch.zeros_like(counts).index_add_(0, tile, strokes[lists].long()) > 0


def lots(counts: Tensor, most: int) -> Iterator[slice]:
    """Parts of all tiles to work on by themselves, at most `most` tiles and MARKS_AT_ONCE marks in each.

    Args:
        counts: (T,) how many marks there are on each tile.
    """
    marks = [0, *counts.cumsum(0).tolist()]
    share = min(max(marks[-1] / LOTS + max(counts.tolist(), default=0), LEAST_MARKS), MARKS_AT_ONCE)
    first = 0
    while first < len(counts):
        last = min(bisect_right(marks, marks[first] + share) - 1, first + most)
        last = min(max(last, first + 1), len(counts))
        yield slice(first, last)
        first = last


def chunks(count: int) -> Iterator[slice]:
    """Parts of so many marks that their scratch stays near the processor; one at least, which may be empty."""
    for start in range(0, max(count, 1), CHUNK):
        yield slice(start, min(start + CHUNK, count))


def mixed(strokes: Strokes, sign: int = 1) -> Strokes:
    """Strokes with two colors as they look from afar, half way between them (sign 1), or back again (-1).

    Refinement sees one color for each stroke; what it changes is then changed in both.
    """
    return dataclasses.replace(strokes, color=(strokes.color + sign / 2 * strokes.blend).clamp(0, 1))

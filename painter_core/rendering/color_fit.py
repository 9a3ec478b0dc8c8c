"""The best colors for a finished arrangement of strokes, all of them at once.

While painting, a stroke's color is chosen for the canvas that it meets; what later strokes hide of it is not known
yet. Over-compositing is linear in the colors, so that with everything in place they are the solution of one sparse
least-squares problem: minimise |A c - (target - what is left of the ground)|^2, with A the visible weight of each
stroke in each pixel. Conjugate gradients solve it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from ..brushes.brush import Brush
from ..images import resized
from ..strokes import Strokes
from ..threads import each, only_here
from .raster import Band, Job

#: Most pixels at which colors should be fitted: enough to tell strokes apart, and the system stays below 100 MB.
LARGEST = 768 * 768
#: Steps of conjugate gradients. Strokes overlap little in what is seen of them: the first step does nearly all.
STEPS = 1
#: Pull towards the color that a stroke had, in pixels: decides for strokes of which next to nothing is seen.
ANCHOR = 0.5


def refit_colors(
    strokes: Strokes,
    picture: Tensor,
    brush: Brush | None,
    size: tuple[int, int],
    ground: Tensor | None = None,
    on_layer: Callable[[], None] | None = None,
) -> tuple[Strokes, Tensor]:
    """The same strokes in the colors that bring the painting closest to the picture.

    Args:
        picture: (3, H, W) in [0, 1], the target; size: (h, w) at which painting and picture are compared.
        brush: what draws all strokes; None: their own brushes.
        ground: (3, H, W) what is painted on, default: the strokes' own ground.
        on_layer: called often, after every layer of marks; what it raises passes through: a way to cancel.
    Returns:
        The strokes, and how they look at that size: (3, h, w).
    """
    job = Job.plan(strokes, size=size, brush=brush)
    look = only_here(on_layer)
    parts = each(lambda strip: _Part(job.strip(*strip), look), job.strips(), on_layer)
    below = strokes.ground_at(size) if ground is None else resized(ground, size, "area")
    picture = resized(picture, size, "area")

    def total(pull: Callable[[_Part], Tensor]) -> Tensor:
        return torch.stack(each(pull, parts, on_layer)).sum(0)

    def short(part: _Part, color: Tensor) -> Tensor:
        wanted = part.rows(picture) - part.rows(below) * part.let_through
        return part.transposed(part.band.cut(wanted) - part.painted(color))

    diagonal = torch.stack([part.diagonal for part in parts]).sum(0)[:, None] + ANCHOR
    color = strokes.color.clone()
    residual = total(lambda part: short(part, color))  # gradient at the start, where the anchor is met
    scaled = residual / diagonal
    direction, energy = scaled, (residual * scaled).sum(0)
    for _ in range(STEPS):
        image = total(lambda part: part.transposed(part.painted(direction))) + ANCHOR * direction  # noqa: B023
        step = energy / (direction * image).sum(0).clamp_min(1e-12)
        color = color + step * direction
        residual = residual - step * image
        scaled = residual / diagonal
        fresh = (residual * scaled).sum(0)
        direction = scaled + fresh / energy.clamp_min(1e-12) * direction
        energy = fresh
    color = color.clamp(0, 1)
    seen = each(lambda part: part.band.join(part.painted(color)) + part.rows(below) * part.let_through, parts, on_layer)
    return dataclasses.replace(strokes, color=color), torch.cat(seen, 1).clamp(0, 1)


class _Part:
    """The rows of the sparse matrix A of visible weights that belong to a band.

    diagonal: (N,) of A^T A, what this band adds to it; let_through: (1, h, w) what is left for the ground.
    """

    def __init__(self, band: Band, look: Callable[[], None]) -> None:
        self.band = band
        device = band.job.color.device
        # tiles reach over the picture's borders, where nothing is to be matched
        inside = band.cut(torch.ones(1, band.height, band.width, device=device))[:, 0]
        tiles, strokes, weights = [], [], []
        for layer in band.layers():
            tiles.append(layer.tiles)
            strokes.append(layer.strokes)
            weights.append((layer.weight * layer.shade * inside[layer.tiles]).flatten(1))
            look()
        self.let_through = band.join(band.through[:, None])
        self.diagonal = torch.zeros(len(band.job.stamps), device=device)
        self.blocks = []
        if tiles:
            marks = torch.cat(tiles), torch.cat(strokes), torch.cat(weights)
            self.blocks = list(_blocks(*marks, len(band.through)))
        for block in self.blocks:
            self.diagonal.index_add_(0, block.strokes.flatten(), block.weights.square().sum(2).flatten())

    def rows(self, picture: Tensor) -> Tensor:
        """The band's part of a picture (C, H, W)."""
        return picture[:, self.band.top : self.band.top + self.band.height]

    def painted(self, color: Tensor) -> Tensor:
        """A c: colors (N, 3) -> the band's tiles (T, 3, t, t)."""
        tiles = torch.zeros(len(self.band.through), 3, self.band.tile**2, device=color.device)
        for block in self.blocks:
            tiles[block.tiles] = torch.bmm(color[block.strokes].transpose(1, 2), block.weights)
        return tiles.unflatten(2, (self.band.tile, self.band.tile))

    def transposed(self, tiles: Tensor) -> Tensor:
        """A^T y: the band's tiles (T, 3, t, t) -> (N, 3)."""
        sums = torch.zeros(len(self.diagonal), 3, device=tiles.device)
        for block in self.blocks:
            wanted = tiles[block.tiles].flatten(2).transpose(1, 2)
            sums.index_add_(0, block.strokes.flatten(), torch.bmm(block.weights, wanted).flatten(0, 1))
        return sums


@dataclass(frozen=True)
class _Block:
    """Tiles with about as many visible marks on them, so that those of all are one matrix each.

    tiles: (B,); strokes: (B, D) of the marks on each, any where there are fewer; weights: (B, D, P), 0 there.
    """

    tiles: Tensor
    strokes: Tensor
    weights: Tensor


def _blocks(tiles: Tensor, strokes: Tensor, weights: Tensor, count: int) -> Iterator[_Block]:
    """K marks on `count` tiles, tile by tile: tiles, strokes (K,), weights (K, P)."""
    depths = torch.bincount(tiles, minlength=count)
    order = tiles.argsort(stable=True)
    starts = depths.cumsum(0) - depths
    # doubling the depth from block to block leaves a quarter of the places empty
    kinds = depths.clamp_min(1).log2().ceil().long()
    for kind in range(int(kinds.max()) + 1):
        those = ((kinds == kind) & (depths > 0)).nonzero()[:, 0]
        if not len(those):
            continue
        deep = int(depths[those].max())
        place = torch.arange(deep, device=tiles.device)
        there = place < depths[those, None]
        marks = order[(starts[those, None] + place).clamp_max(len(order) - 1)]
        block = weights[marks.flatten()].view(len(those), deep, -1)
        block[~there] = 0
        yield _Block(those, strokes[marks], block)

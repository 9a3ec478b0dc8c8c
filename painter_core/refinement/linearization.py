"""A painting linearized: its error, and how that changes with every stroke's place, shape and color.

Every mark of the walk from front to back (`rendering.compositing`) is kept: what a stroke's coverage changes in a
pixel is its own color minus what lies behind it, both times what the strokes above let through. With the slope of the
tip's coverage that gives the derivatives for all strokes, and for the Gauss-Newton step their products: a 7 x 7 block
for each stroke. They are summed by hand, tile by tile, so that memory is bounded, nothing depends on autograd (ComfyUI
runs nodes in inference mode), and a linearization costs little more than a render.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import torch
import torch.nn.functional as F
from torch import Tensor

from ..brushes.brush import Brush
from ..rendering.atlas import Atlas
from ..rendering.compositing import Pile
from ..rendering.raster import Job, tile_lists
from ..rendering.sampling import of_each
from ..rendering.stamps import Stamps
from ..strokes import Strokes
from ..threads import each
from .mark_slopes import PARAMETERS, Mark
from .view import CHUNK, TILE, View, chunks, lots, tiles_with

#: Tiles that are worked on at once: many, so that each call has much to do (see also `view.MARKS_AT_ONCE`).
TILES_AT_ONCE = 4096
#: So many marks on each tile are sampled before it is seen whether they hide those below; more where tiles are few, so
#: that calls are worth their while.
DEEP, DEEPEST = 3, 10
#: Light that gets past a layer is never taken for less than this when what lies behind it is worked out.
LEAST_LIGHT = 1e-3


@dataclass(frozen=True)
class Linearization:
    """A rendering linearized around its strokes: what a Gauss-Newton step needs to know.

    Attributes:
        error: the squared error, weighted, summed over pixels and channels.
        gradient: (N, 7) J^T r, half the derivative of the error by each stroke's parameters, see `mark_slopes.COLUMNS`.
        curvature: (N, 7, 7) J^T J, the Gauss-Newton blocks, same scaling and columns.
        color_gradient: (N, 3) and color_curvature: (N,) the same for colors.
    """

    error: float
    gradient: Tensor
    curvature: Tensor
    color_gradient: Tensor
    color_curvature: Tensor


@dataclass(frozen=True)
class _Heap:
    """K marks of P pixels, a few on each of A tiles.

    pile: which; tiles: (A,) theirs, in the pile's order; color: (K, 3, 1); cover: (K, P) opacity; light: (K, P) what
    the marks above let through; own: (K, P) what a pixel's color gains of the mark's for each unit of cover; paint: (K,
    P) the factor on the mark's color in the result; slopes: (K, PARAMETERS, P) derivatives of cover by the stroke's
    parameters.
    """

    pile: Pile
    tiles: Tensor
    color: Tensor
    cover: Tensor
    light: Tensor
    own: Tensor
    paint: Tensor
    slopes: Tensor


def linearize(
    strokes: Strokes,
    view: View,
    brush: Brush | None = None,
    on_tiles: Callable[[], None] | None = None,
    only: Tensor | None = None,
) -> Linearization:
    """Linearize the painting of N strokes in a view.

    Args:
        strokes: N strokes of any reference canvas with the view's shape.
        brush: what draws all of them; None: their own brushes.
        on_tiles: called after every lot of tiles; what it raises passes through.
        only: (N,) bool, go no further than the tiles on which these strokes lie: what is told of them is the same as
            without it, what is told of the others is not all, and the error is that of those tiles.
    """
    scene = _Scene(strokes, view, brush, only)
    parts = each(scene.seen_on, list(lots(scene.counts, TILES_AT_ONCE)), on_tiles)
    whole = _Sums(len(strokes), strokes.center.device)
    for part in parts:
        whole.add(part)
    return Linearization(whole.error, whole.gradient, whole.curvature, whole.color_gradient, whole.color_curvature)


class _Sums:
    """What some tiles tell of N strokes, summed up; see `Linearization`."""

    def __init__(self, n: int, device: torch.device) -> None:
        self.error = 0.0
        #: all of a stroke's sums in one row: its curvature, its gradient, those of its color
        self.rows = torch.zeros(n, PARAMETERS * (PARAMETERS + 1) + 4, device=device)
        blocks, color, stiffness = self.rows.split([PARAMETERS * (PARAMETERS + 1), 3, 1], dim=1)
        self.curvature, self.gradient = blocks.unflatten(1, (PARAMETERS + 1, PARAMETERS)).split([PARAMETERS, 1], dim=1)
        self.gradient, self.color_gradient, self.color_curvature = self.gradient[:, 0], color, stiffness[:, 0]

    def add(self, other: _Sums) -> None:
        self.error += other.error
        self.rows += other.rows


class _Scene:
    """The marks on the view's tiles."""

    def __init__(self, strokes: Strokes, view: View, brush: Brush | None, only: Tensor | None) -> None:
        self.job = Job.plan(strokes, size=view.size, brush=brush, arcs=True)
        self.textures = [(atlas, _with_slopes(atlas)) for atlas in self.job.atlas.parts]
        self.shaded = any(atlas.relief for atlas, _ in self.textures)
        device = strokes.center.device
        self.n = len(strokes)
        stamps = self.job.stamps
        sheets = [texture.shape[:1:-1] for _, texture in self.textures]  # W, H
        #: (N, 2) texels in a unit of normalised coordinates, x and y
        self.texels = ((torch.tensor(sheets, dtype=torch.float32, device=device) - 1) / 2)[stamps.brush[:, 0].long()]
        self.down, self.across = view.tiles
        self.lists, self.starts, self.counts = tile_lists(stamps, TILE, 0, 0, self.down, self.across)
        self.target, self.ground, self.weight = view.cut(view.target), view.cut(view.ground), view.counted()
        if only is not None:
            there = tiles_with(only, self.lists, self.counts)
            self.counts = self.counts * there
            self.weight = self.weight * there[:, None]
        self.steps = torch.arange(TILE, device=device, dtype=torch.float32) + 0.5

    def seen_on(self, part: slice) -> _Sums:
        """What some tiles tell."""
        sums = _Sums(self.n, self.target.device)
        target, ground, weight = self.target[part], self.ground[part], self.weight[part]
        heaps, painted, through = self._paint(part)
        seen = painted + ground * through[:, None]
        off = (seen - target) * weight[:, None]
        # summed up as a float64, which not every device has
        sums.error = float((off * (seen - target)).sum())
        behind = seen  # what is not explained by the marks gone through; changes from here on
        for heap in heaps:
            self._differentiate(sums, heap, behind, off[heap.tiles], weight[heap.tiles])
        return sums

    def _paint(self, part: slice) -> tuple[list[_Heap], Tensor, Tensor]:
        """The marks that are seen on some tiles, heap by heap from the top, their picture (T, 3, P), and what they let
        through (T, P)."""
        starts, counts = self.starts[part], self.counts[part]
        painted, through = torch.zeros_like(self.target[part]), torch.ones_like(self.weight[part])
        heaps, depth = [], 0
        active = counts.nonzero()[:, 0]
        while len(active):
            deep = max(DEEP, min(DEEPEST, CHUNK // len(active)))
            pile = Pile(self.lists, starts[active] + depth, (counts[active] - depth).clamp_max(deep))
            heap = self._heap(pile, active[pile.order], part.start, through)
            picture = painted[heap.tiles]
            for begin, end in pile.steps:
                picture[: end - begin].addcmul_(heap.color[begin:end], heap.paint[begin:end, None])
            painted[heap.tiles] = picture
            heaps.append(heap)
            depth += deep
            active = active[counts[active] > depth]
            # what is covered needs no more marks
            active = active[through[active].amax(1) > 0]
        return heaps, painted, through

    def _heap(self, pile: Pile, tiles: Tensor, first: int, through: Tensor) -> _Heap:
        """The marks of a pile on tiles (A,), counted from the view's tile `first`; `through` (T, P) is what the marks
        above let through and becomes what these let through."""
        number = first + tiles[pile.tiles]
        cover = torch.empty(len(number), TILE * TILE, device=number.device)
        shade = torch.empty_like(cover) if self.shaded else None
        slopes = torch.empty(len(number), PARAMETERS, TILE * TILE, device=number.device)
        for chunk in chunks(len(number)):
            theirs = self._sample(number[chunk], pile.strokes[chunk], cover[chunk], slopes[chunk])
            if shade is not None and theirs is not None:
                shade[chunk] = theirs
        light, through[tiles] = pile.lights(cover, through[tiles])
        own = light if shade is None else light * shade
        return _Heap(pile, tiles, self.job.color[pile.strokes][..., None], cover, light, own, cover * own, slopes)

    def _differentiate(self, sums: _Sums, heap: _Heap, behind: Tensor, off: Tensor, weight: Tensor) -> None:
        """Add the derivatives of the marks of a heap, and leave in `behind` (T, 3, P) what lies behind them.

        Args:
            off: (A, 3, P) the weighted error on its tiles, weight: (A, P).
        """
        pile, paint = heap.pile, heap.paint
        past = (1 - heap.cover).clamp_min_(LEAST_LIGHT).reciprocal_().mul_(heap.light > 0)
        force, stiffness = torch.empty_like(paint), torch.empty_like(paint)
        rest = behind[heap.tiles]
        for begin, end in pile.steps:
            tiles, color = slice(0, end - begin), heap.color[begin:end]
            here = rest[tiles].addcmul_(color, paint[begin:end, None], value=-1)
            gained = (here * past[begin:end, None]).neg_().addcmul_(color, heap.own[begin:end, None])
            torch.sum(off[tiles] * gained, 1, out=force[begin:end])
            torch.mul(gained.square_().sum(1), weight[tiles], out=stiffness[begin:end])
        behind[heap.tiles] = rest
        for chunk in chunks(len(paint)):
            tiles, strokes = pile.tiles[chunk], pile.strokes[chunk]
            blocks = _products(heap.slopes[chunk], force[chunk], stiffness[chunk]).flatten(1)
            color = (off[tiles] @ paint[chunk, :, None])[..., 0]
            bright = (paint[chunk].square() * weight[tiles]).sum(1, keepdim=True)
            sums.rows.index_add_(0, strokes, torch.cat([blocks, color, bright], 1))

    def _sample(self, tiles: Tensor, strokes: Tensor, cover: Tensor, slopes: Tensor) -> Tensor | None:
        """The marks of strokes on tiles, (M,) each.

        Args:
            cover: (M, P) is filled with their opacity, slopes: (M, PARAMETERS, P) with its derivatives.
        Returns:
            the factor on their color (M, P), None if no brush has relief.
        """
        stamps = self.job.stamps[strokes]
        mark = Mark.at(stamps, *self._frame(tiles, stamps))
        if len(self.textures) == 1:
            read = _read(*self.textures[0], mark.grid, self.shaded)
        else:
            textures = self.textures
            read = of_each(textures, stamps, lambda texture, index: _read(*texture, mark.grid[index], self.shaded))
        sharp = (read[0] - 0.5) * mark.steep + 0.5
        opacity = self.job.opacity[strokes, None]
        torch.clamp(sharp, 0, 1, out=cover)
        # where sharpening clips, coverage does not change
        slope = (cover == sharp) * (mark.steep * opacity)
        cover *= opacity
        density = mark.arcs.gain * self.texels[strokes]  # texels in a pixel
        mark.slopes(read[1] * slope * density[:, :1], read[2] * slope * density[:, 1:], slopes)
        return read[3] if self.shaded else None

    def _frame(self, tiles: Tensor, stamps: Stamps) -> tuple[Tensor, Tensor]:
        """(M, P) each: the tiles' pixels in the marks' frames, along and across from their middles."""
        dx = (tiles % self.across)[:, None] * TILE + self.steps - stamps.center[:, :1]
        dy = (tiles // self.across)[:, None] * TILE + self.steps - stamps.center[:, 1:]
        cos, sin = stamps.turn[:, :1], stamps.turn[:, 1:]
        along = (cos * dx)[:, None, :] + (sin * dy)[:, :, None]
        across = (cos * dy)[:, :, None] - (sin * dx)[:, None, :]
        return along.flatten(1), across.flatten(1)


def _products(slopes: Tensor, force: Tensor, stiffness: Tensor) -> Tensor:
    """What M marks tell of their strokes: (M, PARAMETERS + 1, PARAMETERS), the curvature and below it the gradient.

    With q = T (c - B), what a pixel's color gains for each unit of cover, J = q d(cover) / d(parameters) is the
    derivative of the picture, J^T off the gradient, J^T J the curvature.

    Args:
        slopes: (M, PARAMETERS, P) d(cover) / d(parameters); force: (M, P) q off, stiffness: (M, P) q^2, weighted, both
            summed over channels.
    """
    # the forces are one more row of the products, so that all sums over pixels are one
    m, _, p = slopes.shape
    rows = torch.empty(m, PARAMETERS + 1, p, device=slopes.device)
    torch.mul(slopes, stiffness[:, None], out=rows[:, :PARAMETERS])
    rows[:, PARAMETERS] = force
    return rows @ slopes.transpose(1, 2)


def _read(atlas: Atlas, texture: Tensor, grid: Tensor, shaded: bool) -> Sequence[Tensor]:
    """(M, TILE * TILE) each: coverage, its slopes, and if it is `shaded` the factor on the color, at the places of a
    grid (M, TILE, TILE, 2) on the atlas's texture with slopes."""
    m = len(grid)
    # grid_sample runs one thread per batch entry: give it as many as divide the work
    parts = next(n for n in range(min(torch.get_num_threads(), m), 0, -1) if m % n == 0) if m else 1
    grid = grid.view(parts, -1, TILE, 2)
    read = F.grid_sample(texture.expand(parts, -1, -1, -1), grid, mode="bilinear", align_corners=True)
    read = read.transpose(0, 1).reshape(len(texture[0]), m, TILE * TILE)
    if not shaded:
        return [*read[:3]]
    return [*read[:3], 1 + atlas.relief * read[3] if atlas.relief else torch.ones_like(read[0])]


@lru_cache(maxsize=8)
def _with_slopes(atlas: Atlas) -> Tensor:
    """(1, 3 or 4, H, W): the atlas's coverage, its slopes along x and y in 1 / texel, and its relief if it has any."""
    # kept for later ones, whatever mode this one runs in
    with torch.inference_mode(False), torch.no_grad():
        coverage, relief = atlas.texture.clone().split(1, dim=1)[:2]
        slope_x = F.pad((coverage[..., 2:] - coverage[..., :-2]) / 2, (1, 1))
        slope_y = F.pad((coverage[..., 2:, :] - coverage[..., :-2, :]) / 2, (0, 0, 1, 1))
        planes = [coverage, slope_x, slope_y] + ([relief] if atlas.relief else [])
        return torch.cat(planes, dim=1)

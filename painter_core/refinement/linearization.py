"""A painting linearized: its error, and how that changes with every stroke's place, shape and color.

Every layer of the walk from front to back (`rendering.compositing`) is kept: what a stroke's coverage changes in a
pixel is its own color minus what lies behind it, both times what the strokes above let through. With the slope of the
tip's coverage that gives the derivatives for all strokes, and for the Gauss-Newton step their products: a 5 x 5 block
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
from ..rendering.atlas import Atlas, of_each
from ..rendering.compositing import Walk
from ..rendering.raster import Job, tile_lists
from ..strokes import Strokes
from .view import TILE, View, lots, tiles_with

#: What a stroke's shape is described by here, and its column: shift along and across it in pixels of the view,
#: logarithms of length and width, angle in radians.
ALONG, ACROSS, LENGTH, WIDTH, ANGLE = COLUMNS = range(5)
PARAMETERS = len(COLUMNS)
#: Tiles that are worked on at once: their scratch (about 1.5 kB a pixel) stays near the processor.
TILES_AT_ONCE = 2048
#: Light that gets past a layer is never taken for less than this when what lies behind it is worked out.
LEAST_LIGHT = 1e-3


@dataclass(frozen=True)
class Linearization:
    """A rendering linearized around its strokes: what a Gauss-Newton step needs to know.

    Attributes:
        error: the squared error, weighted, summed over pixels and channels.
        gradient: (N, 5) J^T r, half the derivative of the error by each stroke's parameters: the columns ALONG, ACROSS,
            LENGTH, WIDTH and ANGLE.
        curvature: (N, 5, 5) J^T J, the Gauss-Newton blocks, same scaling and columns.
        color_gradient: (N, 3) and color_curvature: (N,) the same for colors.
    """

    error: float
    gradient: Tensor
    curvature: Tensor
    color_gradient: Tensor
    color_curvature: Tensor


@dataclass(frozen=True)
class _Layer:
    """At most one stroke on each of M tiles of P pixels.

    tiles, strokes (M,); cover (M, P) its opacity there; paint (M, P) the factor on its color in the result; slope_x,
    slope_y (M, P) derivatives of cover by the tip's own coordinates in texels; x, y (M, P) those coordinates.
    """

    tiles: Tensor
    strokes: Tensor
    cover: Tensor
    paint: Tensor
    slope_x: Tensor
    slope_y: Tensor
    x: Tensor
    y: Tensor


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
    for part in lots(scene.counts, TILES_AT_ONCE):
        scene.add(part)
        if on_tiles:
            on_tiles()
    scale = torch.cat([scene.density, torch.ones(len(strokes), 3, device=scene.density.device)], 1)
    return Linearization(
        scene.error,
        scene.gradient * scale,
        scene.curvature * scale[:, :, None] * scale[:, None, :],
        scene.color_gradient,
        scene.color_curvature,
    )


class _Scene:
    """The marks on the view's tiles, and the sums over the tiles that were gone through."""

    def __init__(self, strokes: Strokes, view: View, brush: Brush | None, only: Tensor | None) -> None:
        self.job = Job.plan(strokes, size=view.size, brush=brush)
        self.textures = [(atlas, _with_slopes(atlas)) for atlas in self.job.atlas.parts]
        n, device = len(strokes), strokes.center.device
        stamps = self.job.stamps
        sheets = [texture.shape[:1:-1] for _, texture in self.textures]  # W, H
        #: (N, 2) texels in a unit of normalised coordinates, x and y
        self.texels = ((torch.tensor(sheets, dtype=torch.float32, device=device) - 1) / 2)[stamps.brush[:, 0].long()]
        #: (N, 2) texels in a pixel, along and across
        self.density = torch.stack([stamps.slope_x, stamps.slope_y]).norm(dim=0) * self.texels
        self.down, self.across = view.tiles
        self.lists, self.starts, self.counts = tile_lists(stamps, TILE, 0, 0, self.down, self.across)
        self.target, self.ground, self.weight = view.cut(view.target), view.cut(view.ground), view.counted()
        if only is not None:
            there = tiles_with(only, self.lists, self.counts)
            self.counts = self.counts * there
            self.weight = self.weight * there[:, None]
        self.steps = torch.arange(TILE, device=device, dtype=torch.float32) + 0.5
        self.error = 0.0
        self.gradient = torch.zeros(n, PARAMETERS, device=device)
        self.curvature = torch.zeros(n, PARAMETERS, PARAMETERS, device=device)
        self.color_gradient = torch.zeros(n, 3, device=device)
        self.color_curvature = torch.zeros(n, device=device)

    def add(self, part: slice) -> None:
        """Add what some tiles tell."""
        layers, painted, through = self._paint(part)
        seen = painted + through[:, None] * self.ground[part]
        off = (seen - self.target[part]) * self.weight[part, None]
        # summed up as a float64, which not every device has
        self.error += float((off * (seen - self.target[part])).sum())
        behind = seen  # what is not explained by the layers gone through; changes from here on
        for layer in layers:
            self._differentiate(layer, off, behind, self.weight[part])

    def _paint(self, part: slice) -> tuple[list[_Layer], Tensor, Tensor]:
        """The layers of some tiles from front to back, their picture (T, 3, P), and what is let through (T, P)."""
        number = torch.arange(len(self.target), device=self.starts.device)[part]
        painted = torch.zeros_like(self.target[part])
        layers: list[_Layer] = []
        walk = Walk((self.lists, self.starts[part], self.counts[part]), torch.ones_like(self.weight[part]))
        for step in walk.steps(lambda tiles, strokes: self._sample(number[tiles], strokes)):
            tiles, strokes, weight = step.tiles, step.strokes, step.weight
            cover, shade, slope_x, slope_y, x, y = step.drawn
            paint = weight if shade is None else weight * shade
            painted[tiles] += self.job.color[strokes, :, None] * paint[:, None]
            layers.append(_Layer(tiles, strokes, cover, paint, slope_x, slope_y, x, y))
        return layers, painted, walk.through

    def _sample(self, tiles: Tensor, strokes: Tensor) -> tuple[Tensor, tuple[Tensor | None, ...]]:
        """Cover, and once more with shade (None for brushes without relief) and what `_Layer` says of slopes and
        coordinates."""
        stamps = self.job.stamps[strokes]
        m = len(tiles)
        dx = (tiles % self.across)[:, None] * TILE + self.steps - stamps.center[:, :1]
        dy = (tiles // self.across)[:, None] * TILE + self.steps - stamps.center[:, 1:]
        columns = stamps.slope_x[:, None, :] * dx[..., None]
        rows = stamps.slope_y[:, None, :] * dy[..., None]
        # each coordinate by itself, (M, TILE, TILE): what is read in order is read fast
        x, y = (columns[:, None, :, i] + rows[:, :, None, i] for i in (0, 1))
        grid = torch.empty(m, TILE, TILE, 2, device=x.device)
        for i, place in enumerate((x, y)):
            low, high = stamps.low[:, i, None, None], stamps.high[:, i, None, None]
            torch.clamp(place + stamps.middle[:, i, None, None], low, high, out=grid[..., i])
        shaded = any(atlas.relief for atlas, _ in self.textures)
        if len(self.textures) == 1:
            read = _read(*self.textures[0], grid, shaded)
        else:
            read = of_each(self.textures, stamps, lambda texture, index: _read(*texture, grid[index], shaded))
        sharp = (read[0] - 0.5) * stamps.steep + 0.5
        opacity = self.job.opacity[strokes, None]
        cover = sharp.clamp(0, 1)
        # where sharpening clips, coverage does not change
        slope = (cover == sharp) * (stamps.steep * opacity)
        shade = read[3] if len(read) > 3 else None
        texels = self.texels[strokes]
        x, y = x.flatten(1) * texels[:, :1], y.flatten(1) * texels[:, 1:]
        cover = cover * opacity
        return cover, (cover, shade, read[1] * slope, read[2] * slope, x, y)

    def _differentiate(self, layer: _Layer, off: Tensor, behind: Tensor, weight: Tensor) -> None:
        """Add one layer's derivatives, and leave in `behind` (T, 3, P) what lies behind it.

        With q = T (c - B), what a pixel's color gains for each unit of cover, J = q d(cover) / d(parameters) is the
        derivative of the picture, J^T off the gradient, J^T J the curvature.
        """
        strokes, tiles = layer.strokes, layer.tiles
        color = self.job.color[strokes, :, None]
        rest = torch.addcmul(behind[tiles], color, layer.paint[:, None], value=-1)
        behind[tiles] = rest
        wrong, counts = off[tiles], weight[tiles]
        self.color_gradient.index_add_(0, strokes, (wrong @ layer.paint[..., None])[..., 0])
        self.color_curvature.index_add_(0, strokes, (layer.paint.square() * counts).sum(1))
        past = (1 - layer.cover).clamp_min_(LEAST_LIGHT).reciprocal_()[:, None]
        own = (layer.paint / layer.cover.clamp_min(1e-6))[:, None]
        gained = torch.addcmul(color * own, rest, past, value=-1)
        density = self.density[strokes]
        ratio = (density[:, :1] / density[:, 1:]).clamp(1e-6, 1e6)
        # the tip's frame moves and grows against the pixels, so that all signs turn round
        slope_x, slope_y, x, y = layer.slope_x, layer.slope_y, layer.x, layer.y
        m, p = slope_x.shape
        jacobian = torch.empty(m, PARAMETERS, p, device=slope_x.device)
        torch.neg(slope_x, out=jacobian[:, ALONG])
        torch.neg(slope_y, out=jacobian[:, ACROSS])
        torch.mul(jacobian[:, ALONG], x, out=jacobian[:, LENGTH])
        torch.mul(jacobian[:, ACROSS], y, out=jacobian[:, WIDTH])
        turned = torch.mul(slope_x, y, out=jacobian[:, ANGLE]).mul_(ratio)
        turned.addcmul_(slope_y * x, 1 / ratio, value=-1)
        # the forces are one more row of the products, so that all sums over pixels are one
        rows = torch.empty(m, PARAMETERS + 1, p, device=slope_x.device)
        torch.mul(jacobian, (gained.square().sum(1) * counts)[:, None], out=rows[:, :PARAMETERS])
        torch.sum(wrong * gained, 1, out=rows[:, PARAMETERS])
        sums = rows @ jacobian.transpose(1, 2)
        self.curvature.index_add_(0, strokes, sums[:, :PARAMETERS])
        self.gradient.index_add_(0, strokes, sums[:, PARAMETERS])


def _read(atlas: Atlas, texture: Tensor, grid: Tensor, shaded: bool) -> Sequence[Tensor]:
    """(M, TILE * TILE) each: coverage, its slopes, and if it is `shaded` the factor on the color, at the places of a
    grid (M, TILE, TILE, 2) on the atlas's texture with slopes."""
    m = len(grid)
    # grid_sample runs one thread per batch entry: give it as many as divide the work
    parts = next(n for n in range(min(torch.get_num_threads(), m), 0, -1) if m % n == 0)
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

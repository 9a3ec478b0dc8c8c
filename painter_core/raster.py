"""The rasteriser: `Strokes` and a `Brush` become pixels, in painting order, at any size, differentiably.

The canvas is cut into square tiles. For every tile the marks that touch it are listed, last painted first, and all
tiles take one step down their lists together: over-compositing from front to back, colour += weight * mark, through *=
1 - coverage. A tile whose pixels are all covered is done, so paint that is hidden is never drawn. Memory is bounded by
the band of tiles that is worked on, not by the number of strokes or the size of the picture.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from .atlas import Atlas, Stamps, atlas_of, sample, stamps_of
from .brush import Brush, get_brush
from .strokes import Strokes

#: Most pixels that are worked on at once (about 40 bytes of scratch each, several buffers).
BAND_PIXELS = 1 << 19
#: Most pixels of one sampling call: its scratch stays in the processor's cache.
CHUNK_PIXELS = 1 << 17
#: What lets less than this through counts as covered (a quarter of an 8-bit step); not used when gradients flow.
OPAQUE = 1 / 1024
TILE_SIZES = (16, 32, 64)


def render(
    strokes: Strokes,
    *,
    scale: float = 1.0,
    size: tuple[int, int] | None = None,
    brush: str | Brush = "oil",
    ground: Tensor | None = None,
    region: tuple[int, int, int, int] | None = None,
) -> Tensor:
    """Paint strokes.

    Args:
        strokes: what to paint; gradients flow to center, size, angle, color and opacity if those require them.
        scale: output pixels per pixel of the reference canvas.
        size: (height, width) of the output instead of `scale`; the painting is stretched to it.
        brush: name, file or Brush.
        ground: (3,) colour or (3, H, W) picture of the output's size to paint on; default: the strokes' own ground.
        region: (top, left, height, width): only this part of the output; equal, bit for bit, to the same part of all.
    Returns:
        (3, H, W) float32 sRGB in [0, 1].
    Raises:
        ValueError: a size below one pixel, a region outside the output, a ground of another size, an unknown brush.
    """
    return _Job.plan(strokes, scale, size, brush, region).run(ground)[0]


def coverage(
    strokes: Strokes,
    *,
    scale: float = 1.0,
    size: tuple[int, int] | None = None,
    brush: str | Brush = "oil",
    region: tuple[int, int, int, int] | None = None,
) -> Tensor:
    """How much of each pixel is painted: (H, W) in [0, 1]. Arguments as for `render`."""
    return _Job.plan(strokes, scale, size, brush, region).run(None)[1]


@dataclass(frozen=True)
class _Job:
    """One render: the marks in output pixels and the part of the output that is wanted."""

    stamps: Stamps
    color: Tensor
    opacity: Tensor
    atlas: Atlas
    size: tuple[int, int]
    region: tuple[int, int, int, int]
    ground: Tensor

    @staticmethod
    def plan(
        strokes: Strokes,
        scale: float,
        size: tuple[int, int] | None,
        brush: str | Brush,
        region: tuple[int, int, int, int] | None,
    ) -> _Job:
        height, width = size or tuple(max(1, round(side * scale)) for side in strokes.canvas)
        if min(height, width) < 1 or scale <= 0:
            raise ValueError(f"render: the output needs at least 1 x 1 pixels, got size {size}, scale {scale}")
        region = region or (0, 0, height, width)
        top, left, rows, columns = region
        if min(top, left) < 0 or min(rows, columns) < 1 or top + rows > height or left + columns > width:
            raise ValueError(f"render: region {region} (top, left, height, width) leaves the output {height} x {width}")
        atlas, stamps = marks_of(strokes, (height, width), get_brush(brush))
        return _Job(stamps, strokes.color, strokes.opacity, atlas, (height, width), region, strokes.ground)

    def run(self, ground: Tensor | None) -> tuple[Tensor, Tensor]:
        """Picture (3, h, w) and coverage (h, w) of the region."""
        top, left, height, width = self.region
        base = self._base(ground)
        tile = self._tile()
        band = max(tile, BAND_PIXELS // max(width, tile) // tile * tile)
        pictures, covers = [], []
        for start in range(top, top + height, band):
            rows = min(band, top + height - start)
            color, through = _paint_band(self, tile, start, left, rows, width)
            below = base if base.ndim == 1 else base[:, start - top : start - top + rows]
            pictures.append((color + through * (below[:, None, None] if base.ndim == 1 else below)).clamp(0, 1))
            covers.append(1 - through)
        return torch.cat(pictures, dim=1), torch.cat(covers, dim=0)

    def _base(self, ground: Tensor | None) -> Tensor:
        """The ground as (3,) or as the region's part of a picture."""
        if ground is None:
            return self.ground
        if ground.ndim == 1 and len(ground) == 3:
            return ground
        if ground.ndim != 3 or tuple(ground.shape) != (3, *self.size):
            raise ValueError(
                f"render: ground must be a colour (3,) or a picture (3, {self.size[0]}, {self.size[1]}), "
                f"got {tuple(ground.shape)}"
            )
        top, left, height, width = self.region
        return ground[:, top : top + height, left : left + width]

    def _tile(self) -> int:
        """Side of a tile: about the extent of the usual mark, so that little is drawn around it in vain."""
        if not len(self.stamps):
            return TILE_SIZES[-1]
        usual = 2 * float(self.stamps.reach.amax(1).median())
        return min(TILE_SIZES, key=lambda side: abs(side - usual))


def marks_of(strokes: Strokes, size: tuple[int, int], brush: Brush) -> tuple[Atlas, Stamps]:
    """The brush's atlas and the strokes as stamps on an output of `size` (height, width)."""
    stretch = (size[1] / strokes.canvas[1], size[0] / strokes.canvas[0])
    center = strokes.center * torch.tensor(stretch, device=strokes.center.device)
    extent = strokes.size * (stretch[0] * stretch[1]) ** 0.5
    atlas = atlas_of(brush, strokes.center.device)
    tip = brush.tip_index(strokes.size[:, 1], strokes.seed, max(strokes.canvas))
    return atlas, stamps_of(atlas, tip, center, extent, strokes.angle)


def _paint_band(job: _Job, tile: int, top: int, left: int, height: int, width: int) -> tuple[Tensor, Tensor]:
    """Colour (3, height, width), premultiplied, and what is let through (height, width), of one band."""
    device = job.color.device
    across, down = -(-width // tile), -(-height // tile)
    lists, starts, counts = _tile_lists(job.stamps, tile, top, left, down, across)
    color = torch.zeros(down * across, 3, tile, tile, device=device)
    through = torch.ones(down * across, tile, tile, device=device)
    steps = torch.arange(tile, device=device, dtype=torch.float32) + 0.5
    keep_graph = torch.is_grad_enabled() and any(
        t.requires_grad for t in (job.stamps.center, job.stamps.slope_x, job.color, job.opacity)
    )
    active = counts.nonzero()[:, 0]
    depth = 0
    while len(active):
        for chunk in active.split(max(1, CHUNK_PIXELS // tile**2)):
            chosen = lists[starts[chunk] + depth]
            x = left + (chunk % across)[:, None] * tile + steps
            y = top + (chunk // across)[:, None] * tile + steps
            cover, shade = sample(job.atlas, job.stamps[chosen], x, y)
            cover = cover * job.opacity[chosen, None, None]
            weight = cover * through[chunk]
            # paint is never brighter than white, also where relief catches the light
            paint = (shade[:, None] * job.color[chosen, :, None, None]).clamp(max=1) * weight[:, None]
            rest = through[chunk] - weight
            if keep_graph:
                color = color.index_add(0, chunk, paint)
                through = through.index_copy(0, chunk, rest)
            else:
                color[chunk] += paint
                through[chunk] = rest.masked_fill_(rest < OPAQUE, 0)
        depth += 1
        active = active[counts[active] > depth]
        if not keep_graph and len(active):
            active = active[through[active].flatten(1).amax(1) > 0]
    return _join(color, down, across)[:, :height, :width], _join(through[:, None], down, across)[0, :height, :width]


def _join(tiles: Tensor, down: int, across: int) -> Tensor:
    """(down * across, C, t, t) -> (C, down * t, across * t)."""
    _, channels, side, _ = tiles.shape
    grid = tiles.view(down, across, channels, side, side).permute(2, 0, 3, 1, 4)
    return grid.reshape(channels, down * side, across * side)


def _tile_lists(
    stamps: Stamps, tile: int, top: int, left: int, down: int, across: int
) -> tuple[Tensor, Tensor, Tensor]:
    """Which marks touch which tile, last painted first.

    Returns:
        stroke indices of all tiles one after the other; where each tile's list starts and how long it is
        (down * across,).
    """
    device = stamps.center.device
    origin = torch.tensor([left, top], device=device)
    limit = torch.tensor([across, down], device=device)
    center = stamps.center.detach()
    first = ((center - stamps.reach - origin) / tile).floor().long().clamp_min(0)
    last = ((center + stamps.reach - origin) / tile).floor().long().minimum(limit - 1)
    spans = (last - first + 1).clamp_min(0)
    number = spans[:, 0] * spans[:, 1]
    # numbered from the last stroke to the first, so that a stable sort by tile leaves the top mark first
    order = torch.arange(len(stamps) - 1, -1, -1, device=device)
    stroke = order.repeat_interleave(number[order])
    begin = number[order].cumsum(0) - number[order]
    within = torch.arange(len(stroke), device=device) - begin.repeat_interleave(number[order])
    column = first[stroke, 0] + within % spans[stroke, 0]
    row = first[stroke, 1] + within // spans[stroke, 0]
    touches = _touches(stamps, stroke, origin, column, row, tile)
    index, stroke = (row * across + column)[touches], stroke[touches]
    index, rank = index.sort(stable=True)
    counts = torch.bincount(index, minlength=down * across)
    return stroke[rank], counts.cumsum(0) - counts, counts


def _touches(stamps: Stamps, stroke: Tensor, origin: Tensor, column: Tensor, row: Tensor, tile: int) -> Tensor:
    """Whether the tile at (column, row) meets the turned rectangle of the mark, by the axes of the mark's frame."""
    middle = origin + (torch.stack([column, row], 1) + 0.5) * tile
    offset = middle - stamps.center.detach()[stroke]
    slope_x, slope_y = stamps.slope_x.detach()[stroke], stamps.slope_y.detach()[stroke]
    texel = offset[:, :1] * slope_x + offset[:, 1:] * slope_y + stamps.middle[stroke]
    # half a tile, seen along the mark's axes
    slack = (slope_x.abs() + slope_y.abs()) * (tile / 2)
    return ((texel + slack > stamps.low[stroke]) & (texel - slack < stamps.high[stroke])).all(1)

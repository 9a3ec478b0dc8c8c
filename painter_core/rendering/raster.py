"""The rasteriser: `Strokes` and their brushes become pixels, in painting order, at any size, differentiably.

The canvas is cut into square tiles. For every tile the marks that touch it are listed, last painted first, and all
tiles take one step down their lists together: over-compositing from front to back, color += weight * mark, through *=
1 - coverage. A tile whose pixels are all covered is done, so paint that is hidden is never drawn. Memory is bounded by
the band of tiles that is worked on, not by the number of strokes or the size of the picture.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

import torch
import torch.nn.functional as F
from torch import Tensor

from ..brushes.brush import Brush
from ..images import enlarged, reduced, scaled_size
from ..shape import straightened
from ..strokes import Strokes
from ..threads import each, only_here, working_together
from .atlas import Atlas, Atlases, load_of
from .compositing import Walk
from .marks import brushes_of, marks_of
from .sampling import sample, sample_load
from .stamps import Arcs, Stamps

#: Most pixels of a band (about 40 bytes of scratch each, several buffers).
BAND_PIXELS = 1 << 19
#: A picture is drawn in about so many bands, by several threads, none with less than so many pixels.
BANDS, LEAST_BAND_PIXELS = 8, 1 << 16
#: Most pixels of one sampling call: its scratch stays in the processor's cache.
CHUNK_PIXELS = 1 << 17
TILE_SIZES = (16, 32, 64)


def render(
    strokes: Strokes,
    *,
    scale: float = 1.0,
    size: tuple[int, int] | None = None,
    brush: str | Brush | None = None,
    ground: Tensor | None = None,
    region: tuple[int, int, int, int] | None = None,
    on_band: Callable[[], None] | None = None,
) -> Tensor:
    """Paint strokes.

    Args:
        strokes: what to paint; gradients flow to all of its fields of floats that require them.
        scale: output pixels per pixel of the reference canvas.
        size: (height, width) of the output instead of `scale`; the painting is stretched to it.
        brush: name, file or Brush that draws all strokes; default: their own brushes.
        ground: (3,) color or (3, H, W) picture of the output's size to paint on; default: the strokes' own ground.
        region: (top, left, height, width): only this part of the output; equal, bit for bit, to the same part of all.
        on_band: called after every 131,072 pixels of marks at most; what it raises passes through: a way to cancel.
    Returns:
        (3, H, W) float32 sRGB in [0, 1].
    Raises:
        ValueError: a size below one pixel, a region outside the output, a ground of another size, an unknown brush.
    """
    job = Job.plan(strokes, scale=scale, size=size, brush=brush, region=region)
    check_ground(ground, job.size)
    return job.on(ground).run(on_band)[0]


def coverage(
    strokes: Strokes,
    *,
    scale: float = 1.0,
    size: tuple[int, int] | None = None,
    brush: str | Brush | None = None,
    region: tuple[int, int, int, int] | None = None,
) -> Tensor:
    """How much of each pixel is painted: (H, W) in [0, 1]. Arguments as for `render`."""
    return Job.plan(strokes, scale=scale, size=size, brush=brush, region=region).on(strokes.color.new_zeros(3)).run()[1]


def check_ground(ground: Tensor | None, size: tuple[int, int]) -> None:
    """Raise ValueError unless `ground` is None, a color (3,), or a picture of (height, width) `size`."""
    if ground is not None and tuple(ground.shape) not in ((3,), (3, *size)):
        raise ValueError(
            f"render: ground must be a color (3,) or a picture (3, {size[0]}, {size[1]}), got {tuple(ground.shape)}"
        )


@dataclass(frozen=True)
class Job:
    """One render: the marks in output pixels and the part of the output that is wanted.

    ground: (3,) or a picture (3, h, w) of any size, see `on`. blend (N, 3) and loads, the texture of `load_of` for each
    brush, are there only if a stroke has two colors.
    """

    stamps: Stamps
    color: Tensor
    opacity: Tensor
    atlas: Atlas | Atlases
    size: tuple[int, int]
    region: tuple[int, int, int, int]
    ground: Tensor
    blend: Tensor | None = None
    loads: tuple[Tensor, ...] = ()

    @staticmethod
    def plan(
        strokes: Strokes,
        *,
        scale: float = 1.0,
        size: tuple[int, int] | None = None,
        brush: str | Brush | None = None,
        region: tuple[int, int, int, int] | None = None,
        arcs: bool = False,
    ) -> Job:
        """The job of drawing strokes; arguments as for `render`. arcs: prepare all marks as arcs, straight ones too."""
        height, width = size or scaled_size(strokes.canvas, scale)
        if min(height, width) < 1 or scale <= 0:
            raise ValueError(f"render: the output needs at least 1 x 1 pixels, got size {size}, scale {scale}")
        region = region or (0, 0, height, width)
        top, left, rows, columns = region
        if min(top, left) < 0 or min(rows, columns) < 1 or top + rows > height or left + columns > width:
            raise ValueError(f"render: region {region} (top, left, height, width) leaves the output {height} x {width}")
        atlas, stamps = marks_of(strokes, (height, width), brush, arcs)
        job = Job(stamps, strokes.color, strokes.opacity, atlas, (height, width), region, strokes.ground)
        if not strokes.loaded:
            return job
        pairs = zip(brushes_of(strokes, brush)[0], atlas.parts, strict=True)
        loads = tuple(load_of(each, strokes.center.device, part.tip) for each, part in pairs)
        return dataclasses.replace(job, blend=strokes.blend, loads=loads)

    def on(self, ground: Tensor | None) -> Job:
        """The same on another ground, (3,) or (3, h, w) of any size, made as small as it needs to be; None: its own."""
        ground = self.ground if ground is None else ground
        if ground.ndim == 3:
            ground = reduced(ground, self.size)
        return dataclasses.replace(self, ground=ground)

    def band(self) -> Band:
        """All of the region at once."""
        return Band(self, self.tile, *self.region)

    def strips(self) -> list[tuple[int, int]]:
        """Top and height of the bands in which the region is drawn."""
        top, _, height, width = self.region
        tile = self.tile
        pixels = min(max(height * width // BANDS, LEAST_BAND_PIXELS), BAND_PIXELS)
        rows = max(tile, pixels // max(width, tile) // tile * tile)
        return [(start, min(rows, top + height - start)) for start in range(top, top + height, rows)]

    def strip(self, start: int, rows: int) -> Band:
        """One of those bands."""
        return Band(self, self.tile, start, self.region[1], rows, self.region[3])

    def run(self, on_band: Callable[[], None] | None = None) -> tuple[Tensor, Tensor]:
        """Picture (3, h, w) and coverage (h, w) of the region."""
        base, look = self.base(), only_here(on_band)

        def painted(strip: tuple[int, int]) -> tuple[Tensor, Tensor]:
            color, through = _paint_band(self.strip(*strip), look)
            start, rows = strip[0] - self.region[0], strip[1]
            below = base[:, None, None] if base.ndim == 1 else base[:, start : start + rows]
            return (color + through * below).clamp(0, 1), 1 - through

        with working_together(self.color.device):
            pictures, covers = zip(*each(painted, self.strips(), on_band), strict=True)
        return torch.cat(pictures, dim=1), torch.cat(covers, dim=0)

    def base(self) -> Tensor:
        """The ground as (3,) or as the region's part of a picture."""
        top, left, height, width = self.region
        if self.ground.ndim == 1:
            return self.ground
        if tuple(self.ground.shape[1:]) == self.size:
            return self.ground[:, top : top + height, left : left + width]
        return enlarged(self.ground, self.size, top, height, left, width)

    @cached_property
    def tile(self) -> int:
        """Side of a tile: about the extent of the usual mark, so that little is drawn around it in vain."""
        if not len(self.stamps):
            return TILE_SIZES[-1]
        usual = 2 * float(self.stamps.reach.detach().amax(1).median())
        return min(TILE_SIZES, key=lambda side: abs(side - usual))


@dataclass(frozen=True)
class Layer:
    """One step down the lists of some tiles: at most one mark on each.

    tiles (M,) index of the tile; strokes (M,) index of the mark; weight (M, t, t) what of it is seen: its coverage
    times what the marks above let through; shade (M, t, t) the factor on its color.
    """

    tiles: Tensor
    strokes: Tensor
    weight: Tensor
    shade: Tensor


class Band:
    """A part of the output, cut into tiles, whose marks are gone through from the last painted to the first."""

    def __init__(self, job: Job, tile: int, top: int, left: int, height: int, width: int) -> None:
        self.job, self.tile = job, tile
        self.top, self.left, self.height, self.width = top, left, height, width
        self.down, self.across = -(-height // tile), -(-width // tile)
        device = job.color.device
        self.steps = torch.arange(tile, device=device, dtype=torch.float32) + 0.5
        self.through = torch.ones(self.down * self.across, tile, tile, device=device)
        inputs = (job.stamps.center, job.stamps.slope_x, job.color, job.opacity)
        inputs += () if job.blend is None else (job.blend,)
        inputs += () if job.stamps.arcs is None else (job.stamps.arcs.table,)
        self.keep_graph = torch.is_grad_enabled() and any(t.requires_grad for t in inputs)

    def layers(self) -> Iterator[Layer]:
        """All marks that are seen, front to back; afterwards `through` is what is left for the ground."""
        job, tile = self.job, self.tile
        lists = tile_lists(job.stamps, tile, self.top, self.left, self.down, self.across)
        walk = Walk(lists, self.through, keep_graph=self.keep_graph)

        def draw(tiles: Tensor, strokes: Tensor) -> tuple[Tensor, Tensor]:
            cover, shade = sample(job.atlas, job.stamps[strokes], *self.places(tiles))
            return cover * job.opacity[strokes, None, None], shade

        for step in walk.steps(draw, max(1, CHUNK_PIXELS // tile**2)):
            self.through = walk.through
            yield Layer(step.tiles, step.strokes, step.weight, step.drawn)

    def places(self, tiles: Tensor) -> tuple[Tensor, Tensor]:
        """x (M, t) and y (M, t) of the middles of the pixels of tiles (M,)."""
        column, row = (tiles % self.across)[:, None], (tiles // self.across)[:, None]
        return self.left + column * self.tile + self.steps, self.top + row * self.tile + self.steps

    def colors(self, layer: Layer) -> Tensor:
        """(M, 3, 1, 1) colors of a layer's marks, or (M, 3, t, t) where some of them have two."""
        job = self.job
        color = job.color[layer.strokes, :, None, None]
        if job.blend is None:
            return color
        two = (job.blend.requires_grad | (job.blend[layer.strokes] != 0).any(1)).nonzero()[:, 0]
        strokes = layer.strokes[two]
        load = sample_load(job.atlas, job.loads, job.stamps[strokes], *self.places(layer.tiles[two]))
        mixed = (color[two] + load[:, None] * job.blend[strokes, :, None, None]).clamp(0, 1)
        return color.expand(-1, -1, self.tile, self.tile).index_copy(0, two, mixed)

    def join(self, tiles: Tensor) -> Tensor:
        """Tiles (down * across, C, t, t) as one picture (C, height, width)."""
        channels = tiles.shape[1]
        grid = tiles.view(self.down, self.across, channels, self.tile, self.tile).permute(2, 0, 3, 1, 4)
        whole = grid.reshape(channels, self.down * self.tile, self.across * self.tile)
        return whole[:, : self.height, : self.width]

    def cut(self, picture: Tensor) -> Tensor:
        """`join` backwards: (C, height, width) as tiles, zero beyond the picture."""
        below, right = self.down * self.tile - self.height, self.across * self.tile - self.width
        padded = F.pad(picture, (0, right, 0, below))
        grid = padded.view(len(picture), self.down, self.tile, self.across, self.tile).permute(1, 3, 0, 2, 4)
        return grid.reshape(self.down * self.across, len(picture), self.tile, self.tile)


def _paint_band(band: Band, on_layer: Callable[[], None]) -> tuple[Tensor, Tensor]:
    """Color (3, height, width), premultiplied, and what is let through (height, width), of one band."""
    color = torch.zeros(band.down * band.across, 3, band.tile, band.tile, device=band.job.color.device)
    for layer in band.layers():
        # paint is never brighter than white, also where relief catches the light
        paint = (layer.shade[:, None] * band.colors(layer)).clamp(max=1) * layer.weight[:, None]
        if band.keep_graph:
            color = color.index_add(0, layer.tiles, paint)
        else:
            color[layer.tiles] += paint
        on_layer()
    return band.join(color), band.join(band.through[:, None])[0]


def tile_lists(stamps: Stamps, tile: int, top: int, left: int, down: int, across: int) -> tuple[Tensor, Tensor, Tensor]:
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
    # half a tile from middle to middle of its outer pixels, seen along the mark's axes
    slack = (slope_x.abs() + slope_y.abs()) * _half(tile)
    meets = ((texel + slack > stamps.low[stroke]) & (texel - slack < stamps.high[stroke])).all(1)
    if stamps.arcs is None:
        return meets
    arcs, turn = Arcs(stamps.arcs.table.detach()[stroke]), stamps.turn.detach()[stroke]
    return torch.where(arcs.curved[:, 0] > 0, _touches_arc(arcs, turn, offset, tile), meets)


def _half(tile: int) -> float:
    """How far the middles of a tile's outer pixels are from its own middle, and a little for rounding."""
    return (tile - 1) / 2 + 0.01


def _touches_arc(arcs: Arcs, turn: Tensor, offset: Tensor, tile: int) -> Tensor:
    """Whether tiles with their middles at `offset` (M, 2) from marks' middles meet the turned boxes around those, and
    lie no further from their circles than half their width; turn: (M, 2) cosine and sine of their directions."""
    along = turn[:, 0] * offset[:, 0] + turn[:, 1] * offset[:, 1]
    across = turn[:, 0] * offset[:, 1] - turn[:, 1] * offset[:, 0]
    room = turn.abs().sum(1) * _half(tile)
    low, high = arcs.low[:, 0], arcs.high[:, 0]
    boxed = (along.abs() < arcs.along[:, 0] + room) & (across > low - room) & (across < high + room)
    _, off = straightened(along, across, arcs.curvature[:, 0])
    # of the two bounds of the box across the mark one is half its width away from the spine, the nearer one
    return boxed & (off.abs() < torch.minimum(-low, high) + _half(tile) * 2**0.5)

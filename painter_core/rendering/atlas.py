"""A brush's tips at every size, in one texture: what makes marks antialiased at any scale and aspect.

Each tip is stored as a "rip map": reduced by powers of two along and across independently, so that a long thin mark
finds a copy of its own shape with about one texel per pixel in both directions. Cells are surrounded by empty texels.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TypeVar

import torch
import torch.nn.functional as F
from torch import Tensor

from ..brushes.brush import Brush
from ..brushes.tips import EDGE_TEXELS, TIP_HEIGHT, TIP_WIDTH
from ..shape import breadth, extent, straightened
from .grain import LEAST_HAIR, Grain, grain_of, shift_of

#: Reductions along and across: 1, 1/2 ... 1/32, and more for tips that have more texels than the usual ones.
LEVELS = 6
#: Edges are steepened at least this much, so that the inside of a mark is exactly 1 after interpolation.
LEAST_STEEPNESS = 1.06
#: Coverage up to which the marks of a soft brush are taken for their outline.
SOFT = 0.5

Part = TypeVar("Part")


@dataclass(frozen=True, eq=False)
class Atlas:
    """The tips of one brush.

    texture: (1, 2, H, W) coverage and height of all cells; origin: (K, levels, levels, 2) x, y of each cell;
    tip: (width, height) of the largest cells in texels; grain: what is finer than they are, at print size."""

    texture: Tensor
    origin: Tensor
    relief: float
    hardness: float
    detail: float = 0.0
    tip: tuple[int, int] = (TIP_WIDTH, TIP_HEIGHT)
    grain: Grain | None = None

    @property
    def parts(self) -> tuple[Atlas, ...]:
        """The atlases of the brushes: this one."""
        return (self,)

    def with_reliefs(self, reliefs: Sequence[float]) -> Atlas:
        """The same with another relief."""
        return replace(self, relief=reliefs[0])


@dataclass(frozen=True, eq=False)
class Atlases:
    """The tips of several brushes: `Stamps.brush` says from which of `parts` a mark is read."""

    parts: tuple[Atlas, ...]

    def with_reliefs(self, reliefs: Sequence[float]) -> Atlases:
        """The same with another relief for each brush."""
        return Atlases(tuple(replace(part, relief=relief) for part, relief in zip(self.parts, reliefs, strict=True)))


@lru_cache(maxsize=8)
def atlas_of(brush: Brush, device: torch.device | str = "cpu") -> Atlas:
    """The atlas of a brush on a device (kept, since every render needs it)."""
    return Atlas(*_rip_maps(brush.tips, device), brush.relief, brush.hardness, brush.detail)


@lru_cache(maxsize=2)  # that of a picture takes up to 70 MB
def print_atlas_of(brush: Brush, device: torch.device | str, hair: float, scale: float) -> Atlas:
    """The atlas for an output of `scale` times the reference canvas with `hair` pixels between two hairs: the usual
    one, or at print size a finer one."""
    atlas = atlas_of(brush, device)
    if hair <= LEAST_HAIR:
        return atlas
    if brush.large is not None:
        texture, origin = _rip_maps(brush.large, device)
        atlas = replace(atlas, texture=texture, origin=origin, tip=_size(brush.large))
    grain = grain_of(brush.fine, hair, scale, device)
    return atlas if grain is None else replace(atlas, grain=grain)


@lru_cache(maxsize=8)
def load_of(brush: Brush, device: torch.device | str = "cpu", tip: tuple[int, int] = (TIP_WIDTH, TIP_HEIGHT)) -> Tensor:
    """(1, 1, H, W) where the brush's tips carry the second color, laid out as an atlas of such tips is; see
    `Brush.loads`."""
    loads = brush.loads()
    if tip != _size(loads):
        loads = F.interpolate(loads, size=tip[::-1], mode="bilinear")
    return _rip_maps(loads, device, border=True)[0]


def _size(tips: Tensor) -> tuple[int, int]:
    """(width, height) of tips (K, C, height, width) in texels."""
    return tips.shape[3], tips.shape[2]


def _rip_maps(tips: Tensor, device: torch.device | str, border: bool = False) -> tuple[Tensor, Tensor]:
    """Texture (1, C, H, W) of tips (K, C, height, width) and the origins of its cells; see `Atlas`.

    border: continue cells by a texel, so that the bilinear reading at their edges does not mix with nothing.
    """
    width, height = _size(tips)
    levels = LEVELS + (width // TIP_WIDTH).bit_length() - 1
    widths, heights = [width >> level for level in range(levels)], [height >> level for level in range(levels)]
    lefts = [1 + sum(w + 2 for w in widths[:level]) for level in range(levels)]
    tops = [1 + sum(h + 2 for h in heights[:level]) for level in range(levels)]
    band = sum(h + 2 for h in heights)
    count, channels = tips.shape[:2]
    more = 1 if border else 0
    # kept for later renders, which may want gradients even if this one runs in inference mode, as in ComfyUI
    with torch.inference_mode(False), torch.no_grad():
        texture = torch.zeros(1, channels, band * count, sum(w + 2 for w in widths))
        origin = torch.empty(count, levels, levels, 2)
        bands = texture.view(channels, count, band, -1).movedim(1, 0)  # (K, C, rows, columns): a tip in each
        for i, (left, width) in enumerate(zip(lefts, widths, strict=True)):
            for j, (top, height) in enumerate(zip(tops, heights, strict=True)):
                reduced = F.avg_pool2d(tips, (1 << j, 1 << i))
                if border:
                    reduced = F.pad(reduced, (1, 1, 1, 1), mode="replicate")
                rows, columns = slice(top - more, top + height + more), slice(left - more, left + width + more)
                bands[:, :, rows, columns] = reduced
                origin[:, i, j, 0], origin[:, i, j, 1] = left, torch.arange(count) * band + top
        return texture.to(device), origin.to(device)


class Arcs:
    """What is to be known of N marks that bend and taper, beside what `Stamps` says of them.

    Columns: gain (N, 2), normalised texels per output pixel along and across the straightened mark; curvature (N, 1) of
    the spine and its length (N, 1) in output pixels; taper (N, 1); along, low and high (N, 1), the box around the mark
    in its own frame, see `shape.extent`; curved (N, 1), 1 for marks that are no straight bars.
    """

    def __init__(self, table: Tensor) -> None:
        self.table = table  # (N, 9)
        parts = table.split([2, 1, 1, 1, 1, 1, 1, 1], dim=1)
        self.gain, self.curvature, self.length, self.taper, self.along, self.low, self.high, self.curved = parts


class Stamps:
    """N marks ready to be sampled: affine maps from output pixels to texels, and how to sharpen what is read there.

    One table, so that picking some of them is one operation. Columns of two are x, y; texels are normalised to [-1, 1]:
    center, in output pixels; slope_x and slope_y, texels per output pixel in x and in y; middle, where the mark's
    center lies in the texture; low and high, the bounds of its cell; reach, half the extent of the mark's bounding box
    in output pixels; turn, the cosine and sine of its angle; shift, its place on the tile of the grain; steep (N, 1);
    and brush (N, 1), which of several brushes it is of.

    arcs: None if all marks are straight bars of even width; those cost less.
    """

    def __init__(self, table: Tensor, arcs: Arcs | None = None) -> None:
        self.table = table  # (N, 20)
        places, self.turn, self.shift, self.steep, self.brush = table.split([14, 2, 2, 1, 1], dim=1)
        self.center, self.slope_x, self.slope_y, self.middle, self.low, self.high, self.reach = places.split(2, dim=1)
        self.arcs = arcs

    def __getitem__(self, index: Tensor | slice) -> Stamps:
        return Stamps(self.table[index], None if self.arcs is None else Arcs(self.arcs.table[index]))

    def __len__(self) -> int:
        return len(self.table)


def stamps_of(
    atlas: Atlas,
    tip: Tensor,
    center: Tensor,
    size: Tensor,
    angle: Tensor,
    brush: int = 0,
    bend: Tensor | None = None,
    taper: Tensor | None = None,
) -> Stamps:
    """Prepare marks of one brush for sampling.

    Args:
        tip: (N,) int64 index into the brush's tips.
        center, size: (N, 2) in output pixels; angle: (N,) radians.
        brush: which of several atlases it is.
        bend: (N,) radians, taper: (N,); both or none; see `Strokes`. Differentiable in all that are floats.
    """
    texels = torch.tensor(atlas.tip, dtype=size.dtype, device=size.device)
    size = size.clamp_min(1e-3)
    seen = size.detach()
    if taper is not None:
        # a mark needs fewer texels across where it is thin, more where it is broad
        seen = seen * torch.stack([torch.ones_like(taper), 1 - taper.abs() / 2], 1).detach()
    shrink = ((texels / seen).log2() - atlas.detail).round().clamp(0, atlas.origin.shape[1] - 1)
    cell = texels / 2**shrink
    level = shrink.long()
    origin = atlas.origin[tip, level[:, 0], level[:, 1]]
    sheet = torch.tensor(atlas.texture.shape[:1:-1], dtype=size.dtype, device=size.device)  # W, H
    unit = 2 / (sheet - 1)
    cos, sin = torch.cos(angle)[:, None], torch.sin(angle)[:, None]
    density = cell / size  # texels per pixel, along and across
    slope_x = torch.cat([cos, -sin], 1) * density * unit
    slope_y = torch.cat([sin, cos], 1) * density * unit
    middle = (origin + cell / 2 - 0.5) * unit - 1
    low = (origin - 1) * unit - 1
    high = (origin + cell) * unit - 1
    # an edge is 2 EDGE_TEXELS wide in the full tip and never narrower than a texel in reduced ones
    edge = (2 * EDGE_TEXELS / 2**shrink).clamp_min(1) / density.detach()  # its width in pixels, along and across
    steep = LEAST_STEEPNESS * (1 + atlas.hardness * (edge.amin(1).clamp_min(1) - 1))
    # one texel outside the frame may still be tinted by interpolation
    half = size / 2 + 1 / density.detach()
    arcs = None
    if bend is not None and taper is not None:
        arcs, half = _arcs(density * unit, size, half.detach(), bend, taper)
    c, s = cos.abs(), sin.abs()
    reach = torch.cat([c * half[:, :1] + s * half[:, 1:], s * half[:, :1] + c * half[:, 1:]], 1)
    turn, shift = torch.cat([cos, sin], 1), shift_of(tip, size)
    steep = steep[:, None]
    columns = (center, slope_x, slope_y, middle, low, high, reach.detach(), turn, shift, steep)
    return Stamps(torch.cat([*columns, torch.full_like(steep, brush)], dim=1), arcs)


def _arcs(gain: Tensor, size: Tensor, half: Tensor, bend: Tensor, taper: Tensor) -> tuple[Arcs, Tensor]:
    """The arcs of marks, and half their extents along and across (N, 2), to both sides of their middles.

    half: (N, 2) of the straight marks, with what interpolation tints around them.
    """
    along, low, high = extent(half, bend.detach(), taper.detach())
    differ = bend.requires_grad or taper.requires_grad
    curved = torch.ones_like(along) if differ else ((bend != 0) | (taper != 0)).to(along)
    columns = (bend / size[:, 0], size[:, 0], taper, along, low, high, curved)
    half = torch.stack([along, torch.maximum(-low, high)], 1)
    return Arcs(torch.cat([gain, torch.stack(columns, 1)], 1)), half


def of_each(
    parts: Sequence[Part], stamps: Stamps, read: Callable[[Part, Tensor], Sequence[Tensor]]
) -> Sequence[Tensor]:
    """What `read(part, index)` gives for the marks (M,) of each brush, `index` (m,), put together in their order.

    Args:
        parts: something of each brush, in the order that `Stamps.brush` means.
        read: gives tensors with m rows each.
    """
    brush = stamps.brush[:, 0]
    return _by_kind([brush == number for number in range(len(parts))], lambda kind, index: read(parts[kind], index))


def _by_kind(kinds: Sequence[Tensor], read: Callable[[int, Tensor], Sequence[Tensor]]) -> Sequence[Tensor]:
    """What `read(kind, index)` gives for the marks of each kind, put together in their order.

    kinds: masks (M,), exactly one of which holds for each mark.
    """
    indices = [kind.nonzero()[:, 0] for kind in kinds]
    found = [read(kind, index) for kind, index in enumerate(indices) if len(index)]
    if not found:
        return read(0, indices[0])
    if len(found) == 1:
        return found[0]
    rank = torch.cat(indices).argsort()
    return tuple(torch.cat(column)[rank] for column in zip(*found, strict=True))


def _each_form(
    stamps: Stamps, x: Tensor, y: Tensor, read: Callable[[Stamps, Tensor, Tensor], Sequence[Tensor]]
) -> Sequence[Tensor]:
    """What `read` gives of marks (M,) and their windows: of bars as if there were no arcs, which costs less."""
    if stamps.arcs is None:
        return read(stamps, x, y)
    curved = stamps.arcs.curved[:, 0] > 0
    if bool(curved.all()):
        return read(stamps, x, y)

    def of(kind: int, index: Tensor) -> Sequence[Tensor]:
        part = stamps[index]
        return read(part if kind else Stamps(part.table), x[index], y[index])

    return _by_kind((~curved, curved), of)


def sample(atlas: Atlas | Atlases, stamps: Stamps, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    """Coverage and shade of each mark in its own window of pixels.

    Every output depends on its pixel's coordinates alone and not on the window's, so that any tiling gives equal bits.

    Args:
        x: (M, w), y: (M, h) coordinates of the pixels' middles, in output pixels, one window for each of M stamps.
    Returns:
        coverage (M, h, w) in [0, 1] and shade (M, h, w), the factor on the stroke's color.
    """
    if isinstance(atlas, Atlases):
        cover, shade = of_each(atlas.parts, stamps, lambda part, index: sample(part, stamps[index], x[index], y[index]))
    else:
        cover, shade = _each_form(stamps, x, y, lambda *marks: _sample(atlas, *marks))
    return cover, shade


def _sample(atlas: Atlas, stamps: Stamps, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    places = None if stamps.arcs is None else Places.of(stamps, stamps.arcs, x, y)
    cover, height = _read(atlas.texture, stamps, x, y, places)
    steep = stamps.steep[..., None] if places is None else places.steep(stamps.steep[..., None])
    if atlas.grain is not None:
        coverage, height = _grained(cover, height, steep, atlas.grain, _grain_at(atlas.grain, stamps, x, y, places))
    else:
        coverage = ((cover - 0.5) * steep + 0.5).clamp(0, 1)
    return coverage, 1 + atlas.relief * height


def sample_load(atlas: Atlas | Atlases, loads: Sequence[Tensor], stamps: Stamps, x: Tensor, y: Tensor) -> Tensor:
    """(M, h, w) in [0, 1]: the share of the second color in each mark.

    `loads` has what `load_of` gives for each brush of the atlas, the rest as above.
    """

    def share(part: tuple[Atlas, Tensor], index: Tensor) -> Sequence[Tensor]:
        return _each_form(stamps[index], x[index], y[index], lambda *marks: (_share(*part, *marks),))

    if isinstance(atlas, Atlas):
        return _each_form(stamps, x, y, lambda *marks: (_share(atlas, loads[0], *marks),))[0]
    return of_each(list(zip(atlas.parts, loads, strict=True)), stamps, share)[0]


def _share(atlas: Atlas, load: Tensor, stamps: Stamps, x: Tensor, y: Tensor) -> Tensor:
    places = None if stamps.arcs is None else Places.of(stamps, stamps.arcs, x, y)
    share, grain = _read(load, stamps, x, y, places)[0], atlas.grain
    if grain is None:
        return share
    return share + grain.mixed * share * (1 - share) * _grain_at(grain, stamps, x, y, places)[1]


@dataclass(frozen=True)
class Places:
    """Where the pixels of marks' windows lie on the marks, if those are straightened and made as wide everywhere.

    along, across: (M, h, w) in output pixels from a mark's middle; breadth: (M, h, w) how wide the mark is there, as a
    share; None if all are of even width.
    """

    along: Tensor
    across: Tensor
    breadth: Tensor | None

    @staticmethod
    def of(stamps: Stamps, arcs: Arcs, x: Tensor, y: Tensor) -> Places:
        """Those of the windows whose pixels' middles are x: (M, w), y: (M, h)."""
        dx, dy = (x - stamps.center[:, :1])[:, None, :], (y - stamps.center[:, 1:])[:, :, None]
        cos, sin = stamps.turn[:, :1, None], stamps.turn[:, 1:, None]
        along, across = straightened(cos * dx + sin * dy, cos * dy - sin * dx, arcs.curvature[..., None])
        if not (arcs.taper.requires_grad or bool(arcs.taper.any())):
            return Places(along, across, None)
        share = breadth(along, arcs.taper[..., None], arcs.length[..., None])
        return Places(along, across / share, share)

    def steep(self, steep: Tensor) -> Tensor:
        """How much edges are sharpened, (M, 1, 1) where the mark has its width: less where it is thinner, so that they
        are no sharper than a pixel there."""
        return (
            steep if self.breadth is None else (steep * self.breadth.detach().clamp_max(1)).clamp_min(LEAST_STEEPNESS)
        )


def _grained(cover: Tensor, height: Tensor, steep: Tensor, grain: Grain, there: Tensor) -> tuple[Tensor, Tensor]:
    """Coverage and height with the grain: it moves edges, and leaves full and bare places as they are.

    Args:
        cover, height: (M, h, w) what was read from the tips; steep: (M, 1, 1), of `Stamps`.
        there: (3, M, h, w) the grain at the same pixels.
    """
    rise, out, change = there
    if grain.crisp > 1:
        # what lies at the middle of a soft outline stays there
        cover = cover * ((cover - SOFT / 2) * (2 * grain.crisp / SOFT) + 0.5).clamp(0, 1)
    loose = torch.addcmul(cover, cover, cover, value=-1) * grain.edge
    # edges of strands and grains are no sharper than a pixel either
    soft = torch.addcmul(1 / steep, loose.detach(), change)
    coverage = (torch.addcmul(cover - 0.5, loose, out) / soft + 0.5).clamp(0, 1)
    # little is added to the highest and lowest places: if it were cut off there, strokes would change color
    room = torch.addcmul(torch.ones((), device=height.device), height, height, value=-1)
    return coverage, torch.addcmul(height, rise, room, value=grain.height).clamp(-1, 1)


def _grain_at(grain: Grain, stamps: Stamps, x: Tensor, y: Tensor, places: Places | None) -> Tensor:
    """(3, M, h, w) height, edge and change of the grain at the pixels of each mark's window; see `Grain`."""
    if places is not None:
        step, shift = grain.step, stamps.shift[:, None, None]
        columns, rows = places.along * step[0] + shift[..., 0], places.across * step[1] + shift[..., 1]
        return _grid_read(grain.texture, torch.stack([columns, rows], -1), "reflection")
    dx, dy = x - stamps.center[:, :1], y - stamps.center[:, 1:]
    cos, sin = stamps.turn[:, None, :1], stamps.turn[:, None, 1:]
    step = torch.tensor(grain.step, dtype=x.dtype, device=x.device)
    columns = torch.cat([cos, -sin], 2) * step * dx[..., None] + stamps.shift[:, None]  # (M, w, 2)
    rows = torch.cat([sin, cos], 2) * step * dy[..., None]  # (M, h, 2)
    return _grid_read(grain.texture, columns[:, None] + rows[:, :, None], "reflection")


def _read(texture: Tensor, stamps: Stamps, x: Tensor, y: Tensor, places: Places | None) -> Tensor:
    """(C, M, h, w) what the texture holds at the pixels of each mark's window."""
    if places is not None and stamps.arcs is not None:
        gain, middle, low, high = (
            part[:, None, None] for part in (stamps.arcs.gain, stamps.middle, stamps.low, stamps.high)
        )
        columns = (places.along * gain[..., 0] + middle[..., 0]).clamp(low[..., 0], high[..., 0])
        rows = (places.across * gain[..., 1] + middle[..., 1]).clamp(low[..., 1], high[..., 1])
        return _grid_read(texture, torch.stack([columns, rows], -1), "zeros")
    dx, dy = x - stamps.center[:, :1], y - stamps.center[:, 1:]
    columns = stamps.slope_x[:, None, :] * dx[..., None] + stamps.middle[:, None, :]  # (M, w, 2)
    rows = stamps.slope_y[:, None, :] * dy[..., None]  # (M, h, 2)
    grid = columns[:, None] + rows[:, :, None]  # (M, h, w, 2)
    return _grid_read(texture, torch.clamp(grid, stamps.low[:, None, None], stamps.high[:, None, None]), "zeros")


def _grid_read(texture: Tensor, grid: Tensor, beyond: str) -> Tensor:
    """(C, M, h, w) a texture (1, C, H, W), read at the places of a grid (M, h, w, 2)."""
    m, h, w, _ = grid.shape
    # grid_sample runs one thread per batch entry: give it as many as divide the work
    parts = next(n for n in range(min(torch.get_num_threads(), m), 0, -1) if m % n == 0) if m else 1
    texture = texture.expand(parts, -1, -1, -1)
    places = grid.view(parts, -1, w, 2)
    read = F.grid_sample(texture, places, mode="bilinear", padding_mode=beyond, align_corners=True)
    return read.transpose(0, 1).reshape(texture.shape[1], m, h, w)

"""Marks ready to be drawn at some size: where each lies in its brush's atlas, and in which pixels it is seen."""

from __future__ import annotations

import torch
from torch import Tensor

from ..brushes.tips import EDGE_TEXELS
from ..shape import extent
from .atlas import Atlas
from .grain import shift_of

#: Edges are steepened at least this much, so that the inside of a mark is exactly 1 after interpolation.
LEAST_STEEPNESS = 1.06


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

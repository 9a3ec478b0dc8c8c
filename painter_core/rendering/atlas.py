"""A brush's tips at every size, in one texture: what makes marks antialiased at any scale and aspect.

Each tip is stored as a "rip map": reduced by powers of two along and across independently, so that a long thin mark
finds a copy of its own shape with about one texel per pixel in both directions. Cells are surrounded by empty texels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
import torch.nn.functional as F
from torch import Tensor

from ..brushes.brush import Brush
from ..brushes.kept import kept_with_brush
from ..brushes.tips import TIP_HEIGHT, TIP_WIDTH
from .grain import LEAST_HAIR, Grain, grain_of

#: Reductions along and across: 1, 1/2 ... 1/32, and more for tips that have more texels than the usual ones.
LEVELS = 6


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


@kept_with_brush(2)
def atlas_of(brush: Brush, device: torch.device | str = "cpu") -> Atlas:
    """The atlas of a brush on a device (kept, since every render needs it)."""
    return Atlas(*_rip_maps(brush.tips, device), brush.relief, brush.hardness, brush.detail)


@kept_with_brush(1)
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


@kept_with_brush(2)
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

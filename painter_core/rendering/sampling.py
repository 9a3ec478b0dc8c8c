"""What marks look like in pixels: coverage, shade and load, read from their brushes' atlases.

Straight marks are read through an affine map. Those that bend or taper are laid straight first, pixel by pixel.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import torch
import torch.nn.functional as F
from torch import Tensor

from ..shape import breadth, straightened
from .atlas import Atlas, Atlases
from .grain import Grain
from .stamps import LEAST_STEEPNESS, Arcs, Stamps

#: Coverage up to which the marks of a soft brush are taken for their outline.
SOFT = 0.5

Part = TypeVar("Part")


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

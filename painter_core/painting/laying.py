"""Laying strokes: the best color in closed form, and acceptance by what a stroke really gains."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from ..rendering.atlas import Atlas
from ..rendering.sampling import sample
from ..rendering.stamps import Stamps
from .levels import Grid

#: Windows that are worked on at once: their scratch stays small, and a painting can be cancelled between two lots.
WINDOWS_AT_ONCE = 32
#: A stroke may lie with at most this share of its paint where painting is not allowed.
MOST_OUTSIDE = 0.05


@dataclass(frozen=True)
class Laid:
    """What became of P patches with S candidates each: keep (P, S) bool, gain (P, S), color (P, S, 3)."""

    keep: Tensor
    gain: Tensor
    color: Tensor


def lay(
    residual: Tensor, target: Tensor, cover: Tensor, shade: Tensor, least_gain: Tensor, allowed: Tensor | None = None
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Offer each window one stroke, in the color that suits it best.

    A stroke of color c turns the canvas C into C + a (s c - C), a = coverage, s = shade. The color is the
    least-squares solution of that over the window for the canvas at hand, clipped to [0, 1]; the gain is the drop of
    the squared error.

    Args:
        residual: (P, 3, Q) target - canvas; target: (P, 3, Q).
        cover, shade: (P, Q) of the strokes; least_gain: (P,) a stroke is kept if it gains more than this.
        allowed: (P, Q) 1 where painting is allowed, others do not count; default: everywhere.
    Returns:
        keep (P,), gain (P,), color (P, 3) and the residual afterwards (P, 3, Q).
    """
    painted = cover if allowed is None else cover * allowed
    a = painted[:, None]
    tinted = a * shade[:, None]
    removed = a * (target - residual)  # what the stroke takes from the canvas below it
    power = tinted.square().sum(-1) + 1e-6  # (P, 1)
    color = (((residual + removed) @ tinted.transpose(1, 2))[..., 0] / power).clamp(0, 1)
    change = torch.addcmul(-removed, tinted, color[..., None])
    gain = (change * torch.sub(2 * residual, change)).sum((1, 2))
    keep = gain > least_gain
    if allowed is not None:
        keep &= painted.sum(1) >= (1 - MOST_OUTSIDE) * cover.sum(1)
    return keep, gain, color, torch.addcmul(residual, change, keep[:, None, None].float(), value=-1)


class Board:
    """One grid of a level while it is painted on: target, canvas, where strokes may lie; see `Grid.padded`."""

    def __init__(self, grid: Grid, target: Tensor, canvas: Tensor, allowed: Tensor | None) -> None:
        """A board for (3, H, W) target and canvas of the grid's size; allowed (1, H, W) is 1 where strokes may lie."""
        self.grid = grid
        left, right, above, below = grid.padding
        shape = (above + grid.height + below, left + grid.width + right)
        # planes that are always read together lie together: one gather instead of four
        self.planes = target.new_zeros(7 if allowed is None else 8, *shape)
        grid.pad_into(self.planes[:3], target)
        grid.pad_into(self.planes[3:6], canvas)
        inside = (slice(above, above + grid.height), slice(left, left + grid.width))
        self.planes[6][inside] = 1
        if allowed is not None:
            self.planes[7][inside] = allowed[0]

    @property
    def target(self) -> Tensor:
        """(3, H', W')."""
        return self.planes[:3]

    @property
    def canvas(self) -> Tensor:
        """(3, H', W'), changes as strokes are laid."""
        return self.planes[3:6]

    def lay(self, chosen: Tensor, atlas: Atlas, stamps: Stamps, least_gain: Tensor, opacity: float = 1.0) -> Laid:
        """Lay the candidates of some patches whose windows do not overlap, one after the other within each patch.

        Args:
            chosen: (P, 2) row, column of the patches; stamps: P * S marks in pixels of the level, patch by patch.
            least_gain: (P, S); opacity: of all of them, in (0, 1].
        """
        p, s = least_gain.shape
        origin = chosen * self.grid.patch + self.grid.origin  # (P, 2) top, left of the windows on the level
        place, size = self._blocks_for(origin[:, None], stamps, (p, s))
        keep = torch.zeros(p, s, dtype=torch.bool, device=chosen.device)
        gain = torch.zeros(p, s, device=chosen.device)
        color = torch.zeros(p, s, 3, device=chosen.device)
        for slot in range(s):
            for which, side in enumerate(self.sides):
                index = (size[:, slot] == which).nonzero()[:, 0]
                if not len(index):
                    continue
                result = self._lay_at(
                    place[index, slot], side, atlas, stamps[index * s + slot], least_gain[index, slot], opacity
                )
                keep[index, slot], gain[index, slot], color[index, slot] = result
        return Laid(keep, gain, color)

    @property
    def sides(self) -> tuple[int, ...]:
        """Sides of the blocks in which strokes are worked on; most fit into the smallest."""
        return self.grid.patch * 5 // 8, self.grid.patch, 2 * self.grid.patch

    def _blocks_for(self, origin: Tensor, stamps: Stamps, shape: tuple[int, int]) -> tuple[Tensor, Tensor]:
        """The smallest block within its window that holds each stroke.

        Returns:
            place (P, S, 2) top, left of the blocks on the level; size (P, S) index into `sides`.
        """
        center, reach = stamps.center.view(*shape, 2).flip(2), stamps.reach.view(*shape, 2).flip(2)
        place, size = origin.expand(*shape, 2), torch.full(shape, len(self.sides) - 1, device=origin.device)
        for which in range(len(self.sides) - 2, -1, -1):
            side = self.sides[which]
            corner = (center - origin - side / 2).round().long().clamp(0, 2 * self.grid.patch - side) + origin
            fits = ((center - reach >= corner) & (center + reach <= corner + side)).all(-1)
            place = torch.where(fits[..., None], corner, place)
            size = size.masked_fill(fits, which)
        return place, size

    def _lay_at(
        self, place: Tensor, side: int, atlas: Atlas, stamps: Stamps, least_gain: Tensor, opacity: float
    ) -> tuple[Tensor, Tensor, Tensor]:
        """One stroke for each block of side^2 pixels whose top left corner on the level is at place (P, 2)."""
        step = torch.arange(side, device=place.device) + 0.5
        cover, shade = sample(atlas, stamps, place[:, 1:] + step, place[:, :1] + step)
        top, left = (place - self.grid.origin).unbind(1)
        block = _blocks(self.planes, side)[top, left].flatten(2)  # (P, 7 or 8, side^2)
        target, canvas, inside = block[:, :3], block[:, 3:6], block[:, 6]
        # pixels beyond the picture's border do not count
        cover = cover.flatten(1) * inside * opacity
        allowed = block[:, 7] if block.shape[1] > 7 else None
        keep, gain, color, after = lay(target - canvas, target, cover, shade.flatten(1), least_gain, allowed)
        _blocks(self.canvas, side)[top, left] = (target - after).unflatten(2, (side, side))
        return keep, gain, color


def _blocks(picture: Tensor, side: int) -> Tensor:
    """View of all blocks of a picture (C, H, W): (H - side + 1, W - side + 1, C, side, side)."""
    return picture.unfold(1, side, 1).unfold(2, side, 1).permute(1, 2, 0, 3, 4)

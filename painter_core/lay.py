"""Laying strokes: the best colour in closed form, and acceptance by what a stroke really gains."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from .atlas import Atlas, Stamps, sample
from .levels import Grid

#: Windows that are worked on at once: their scratch stays small, and a painting can be cancelled between two lots.
WINDOWS_AT_ONCE = 128
#: A stroke may lie with at most this share of its paint where painting is not allowed.
MOST_OUTSIDE = 0.05


@dataclass(frozen=True)
class Laid:
    """What became of P patches with S candidates each: keep (P, S) bool, gain (P, S), color (P, S, 3)."""

    keep: Tensor
    gain: Tensor
    color: Tensor


def lay(
    residual: Tensor, target: Tensor, cover: Tensor, shade: Tensor, least_gain: Tensor, allowed: Tensor
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Offer each window one stroke, in the colour that suits it best.

    A stroke of colour c turns the canvas C into C + a (s c - C), a = coverage, s = shade. The colour is the
    least-squares solution of that over the window for the canvas at hand, clipped to [0, 1]; the gain is the drop of
    the squared error.

    Args:
        residual: (P, 3, Q) target - canvas; target: (P, 3, Q).
        cover, shade: (P, Q) of the strokes; least_gain: (P,) a stroke is kept if it gains more than this.
        allowed: (P, Q) 1 where painting is allowed; pixels that are not do not count.
    Returns:
        keep (P,), gain (P,), color (P, 3) and the residual afterwards (P, 3, Q).
    """
    painted = cover * allowed
    a = painted[:, None]
    tinted = a * shade[:, None]
    removed = a * (target - residual)  # what the stroke takes from the canvas below it
    power = tinted.square().sum(-1) + 1e-6  # (P, 1)
    color = (((residual + removed) @ tinted.transpose(1, 2))[..., 0] / power).clamp(0, 1)
    change = torch.addcmul(-removed, tinted, color[..., None])
    gain = (change * torch.sub(2 * residual, change)).sum((1, 2))
    keep = (gain > least_gain) & (painted.sum(1) >= (1 - MOST_OUTSIDE) * cover.sum(1))
    return keep, gain, color, torch.addcmul(residual, change, keep[:, None, None].float(), value=-1)


@dataclass(frozen=True)
class Board:
    """The level that is painted on: padded pictures of one grid (see `Grid.padded`); `canvas` changes in place.

    target, canvas: (3, H', W'); allowed: (1, H', W') 1 where strokes may lie, or None for everywhere.
    """

    grid: Grid
    target: Tensor
    canvas: Tensor
    allowed: Tensor | None

    def lay(self, chosen: Tensor, atlas: Atlas, stamps: Stamps, least_gain: Tensor) -> Laid:
        """Lay the candidates of some patches whose windows do not overlap, one after the other within each patch.

        Args:
            chosen: (P, 2) row, column of the patches; stamps: P * S marks in pixels of the level, patch by patch.
            least_gain: (P, S).
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
                    place[index, slot], side, atlas, stamps[index * s + slot], least_gain[index, slot]
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
        self, place: Tensor, side: int, atlas: Atlas, stamps: Stamps, least_gain: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """One stroke for each block of side^2 pixels whose top left corner on the level is at place (P, 2)."""
        step = torch.arange(side, device=place.device)
        rows, columns = place[:, :1] + step, place[:, 1:] + step
        cover, shade = sample(atlas, stamps, columns + 0.5, rows + 0.5)
        inside = ((rows >= 0) & (rows < self.grid.height))[:, :, None]
        inside = (inside & ((columns >= 0) & (columns < self.grid.width))[:, None, :]).float()
        cover = cover * inside
        top, left = (place - self.grid.origin).unbind(1)
        target = _blocks(self.target, side)[top, left].flatten(2)
        canvas_blocks = _blocks(self.canvas, side)
        canvas = canvas_blocks[top, left]
        if self.allowed is not None:
            inside = inside * _blocks(self.allowed, side)[top, left][:, 0]
        residual = target - canvas.flatten(2)
        flat = [plane.flatten(1) for plane in (cover, shade, inside)]
        keep, gain, color, after = lay(residual, target, flat[0], flat[1], least_gain, flat[2])
        canvas_blocks[top, left] = (target - after).view_as(canvas)
        return keep, gain, color


def _blocks(picture: Tensor, side: int) -> Tensor:
    """View of all blocks of a picture (C, H, W): (H - side + 1, W - side + 1, C, side, side)."""
    return picture.unfold(1, side, 1).unfold(2, side, 1).permute(1, 2, 0, 3, 4)

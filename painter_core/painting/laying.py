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
WINDOWS_AT_ONCE = 48
#: A stroke may lie with at most this share of its paint where painting is not allowed.
MOST_OUTSIDE = 0.05


@dataclass(frozen=True)
class Laid:
    """What became of P patches with S candidates each: keep (P, S) bool, gain (P, S), color (P, S, 3)."""

    keep: Tensor
    gain: Tensor
    color: Tensor


@dataclass(frozen=True)
class Marks:
    """What K candidates look like in blocks of Q pixels, and what those are to become; all that no stroke changes.

    painted: (K, Q) coverage, opacity included, 0 where pixels do not count; tinted: the same times the shade. target:
    (K, 3, Q). power: (K, 1) of the tinted one squared, over the block. proper: (K,) bool, whether enough of the stroke
    lies where painting is allowed.
    """

    painted: Tensor
    tinted: Tensor
    target: Tensor
    power: Tensor
    proper: Tensor

    @staticmethod
    def of(cover: Tensor, shade: Tensor, target: Tensor, allowed: Tensor | None = None) -> Marks:
        """Marks of coverage and shade (K, Q) over a target (K, 3, Q).

        allowed: (K, Q) 1 where painting is allowed, other pixels do not count; default: everywhere.
        """
        painted = cover if allowed is None else cover * allowed
        tinted = painted * shade
        power = tinted.square().sum(1, keepdim=True) + 1e-6
        if allowed is None:
            proper = torch.ones(len(cover), dtype=torch.bool, device=cover.device)
        else:
            proper = painted.sum(1) >= (1 - MOST_OUTSIDE) * cover.sum(1)
        return Marks(painted, tinted, target, power, proper)

    def __getitem__(self, part: slice) -> Marks:
        return Marks(self.painted[part], self.tinted[part], self.target[part], self.power[part], self.proper[part])


def lay(canvas: Tensor, marks: Marks, least_gain: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Offer each block of the canvas one stroke, in the color that suits it best.

    A stroke of color c turns the canvas C into C + a (s c - C), a = coverage, s = shade. The color is the
    least-squares solution of that over the block for the canvas at hand, clipped to [0, 1]; the gain is the drop of
    the squared error.

    Args:
        canvas: (P, 3, Q); marks: P of them; least_gain: (P,) a stroke is kept if it gains more than this.
    Returns:
        keep (P,), gain (P,), color (P, 3) and the canvas afterwards (P, 3, Q).
    """
    removed = marks.painted[:, None] * canvas  # what the stroke takes from the canvas below it
    residual = marks.target - canvas
    wanted = torch.bmm(residual + removed, marks.tinted[..., None])[..., 0]
    color = (wanted / marks.power).clamp(0, 1)
    change = torch.addcmul(-removed, marks.tinted[:, None], color[..., None])
    gain = (change * residual.mul_(2).sub_(change)).sum((1, 2))
    keep = (gain > least_gain) & marks.proper
    return keep, gain, color, torch.addcmul(canvas, change, keep[:, None, None].float())


class Board:
    """One grid of a level while it is painted on: target, canvas, where strokes may lie; see `Grid.padded`."""

    def __init__(self, grid: Grid, target: Tensor, canvas: Tensor, allowed: Tensor | None) -> None:
        """A board for (3, H, W) target and canvas of the grid's size; allowed (1, H, W) is 1 where strokes may lie."""
        self.grid = grid
        left, right, above, below = grid.padding
        shape = (above + grid.height + below, left + grid.width + right)
        # planes that are always read together lie together: one gather instead of three
        self.planes = target.new_zeros(4 if allowed is None else 5, *shape)
        #: (3, H', W'), changes as strokes are laid
        self.canvas = target.new_zeros(3, *shape)
        grid.pad_into(self.planes[:3], target)
        grid.pad_into(self.canvas, canvas)
        inside = (slice(above, above + grid.height), slice(left, left + grid.width))
        self.planes[3][inside] = 1
        if allowed is not None:
            self.planes[4][inside] = allowed[0]

    @property
    def target(self) -> Tensor:
        """(3, H', W')."""
        return self.planes[:3]

    def lay(self, chosen: Tensor, atlas: Atlas, stamps: Stamps, least_gain: Tensor, opacity: float = 1.0) -> Laid:
        """Lay the candidates of some patches whose windows do not overlap, one after the other within each patch.

        Args:
            chosen: (P, 2) row, column of the patches; stamps: P * S marks in pixels of the level, patch by patch.
            least_gain: (P, S); opacity: of all of them, in (0, 1].
        """
        p, s = least_gain.shape
        origin = chosen * self.grid.patch + self.grid.origin  # (P, 2) top, left of the windows on the level
        place, size = self._blocks_for(origin[:, None], stamps, (p, s))
        # slot by slot, so that the marks of one lie together
        least, place, size = least_gain.T.flatten(), place.transpose(0, 1).flatten(0, 1), size.T.flatten()
        keep = torch.zeros_like(least, dtype=torch.bool)
        gain, color = torch.zeros_like(least), least.new_zeros(p * s, 3)
        kinds = []
        for which, side in enumerate(self.sides):
            index = (size == which).nonzero()[:, 0]
            if len(index):
                marks = self._marks(place[index], side, atlas, stamps[index % p * s + index // p], opacity)
                bounds = torch.bincount(index // p, minlength=s).cumsum(0).tolist()
                kinds.append((index, side, marks, [0, *bounds]))
        for slot in range(s):
            for index, side, marks, bounds in kinds:
                part = slice(bounds[slot], bounds[slot + 1])
                if part.start < part.stop:
                    there = index[part]
                    result = self._lay_at(place[there], side, marks[part], least[there])
                    keep[there], gain[there], color[there] = result
        return Laid(keep.view(s, p).T, gain.view(s, p).T, color.view(s, p, 3).transpose(0, 1))

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

    def _marks(self, place: Tensor, side: int, atlas: Atlas, stamps: Stamps, opacity: float) -> Marks:
        """K marks in blocks of side^2 pixels whose top left corners on the level are at place (K, 2)."""
        step = torch.arange(side, device=place.device) + 0.5
        cover, shade = sample(atlas, stamps, place[:, 1:] + step, place[:, :1] + step)
        top, left = (place - self.grid.origin).unbind(1)
        block = _blocks(self.planes, side)[top, left].flatten(2)  # (K, 4 or 5, side^2)
        # pixels beyond the picture's border do not count
        cover = cover.flatten(1) * block[:, 3] * opacity
        return Marks.of(cover, shade.flatten(1), block[:, :3], block[:, 4] if block.shape[1] > 4 else None)

    def _lay_at(self, place: Tensor, side: int, marks: Marks, least: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """One stroke for each of some blocks, see `_marks`; keep, gain and color of `lay`."""
        top, left = (place - self.grid.origin).unbind(1)
        blocks = _blocks(self.canvas, side)
        keep, gain, color, after = lay(blocks[top, left].flatten(2), marks, least)
        blocks[top, left] = after.unflatten(2, (side, side))
        return keep, gain, color


def _blocks(picture: Tensor, side: int) -> Tensor:
    """View of all blocks of a picture (C, H, W): (H - side + 1, W - side + 1, C, side, side)."""
    return picture.unfold(1, side, 1).unfold(2, side, 1).permute(1, 2, 0, 3, 4)

"""The pyramid that a picture is painted on, coarse to fine, and the windows in which patches are worked on."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from ..images import scaled_size

#: Patches are never so small that their windows hold next to nothing of a stroke.
LEAST_PATCH = 4


def level_size(height: int, width: int, patch: int, level: int) -> tuple[int, int]:
    """(height, width) of a picture at a level, where `patch` pixels cover 1 / 2^level of its long side."""
    return scaled_size((height, width), patch * 2**level / max(height, width))


def finest_level(height: int, width: int, patch: int) -> int:
    """The first level that has at least as many pixels as the picture."""
    return max(0, math.ceil(math.log2(max(height, width) / patch)))


def worked_size(height: int, width: int, patch: int, level: int) -> tuple[tuple[int, int], int]:
    """The size (height, width) at which strokes of a level are laid, and the side of its patches there.

    That of the level, or where that has more pixels than the picture, of the first level that holds all of them: what
    is finer has nothing to say about strokes. The network alone sees its patches enlarged.
    """
    halvings = max(0, level - finest_level(height, width, patch))
    while halvings and (patch >> halvings < LEAST_PATCH or patch % (2 << halvings)):
        halvings -= 1
    return level_size(height, width, patch, level - halvings), patch >> halvings


@dataclass(frozen=True)
class Grid:
    """Patches of one pass over a level: where they lie, and their windows with half a patch of margin all around.

    Pictures of the level are padded by `pad` (replicated borders), after which window (row, column) starts at
    (row * patch, column * patch) and the patch is its middle. Windows of every second row and column do not overlap.
    """

    height: int
    width: int
    patch: int
    shift: int

    @property
    def rows(self) -> int:
        return -(-(self.height + self.shift) // self.patch)

    @property
    def columns(self) -> int:
        return -(-(self.width + self.shift) // self.patch)

    @property
    def margin(self) -> int:
        return self.patch // 2

    @property
    def origin(self) -> int:
        """Position of the first window relative to the picture's corner, both ways (negative)."""
        return -(self.shift + self.margin)

    @property
    def padding(self) -> tuple[int, int, int, int]:
        """Pixels to add left, right, above and below a picture, so that every window lies inside."""
        before = -self.origin
        right = (self.columns + 1) * self.patch - before - self.width
        return before, right, before, (self.rows + 1) * self.patch - before - self.height

    def pad_into(self, out: Tensor, picture: Tensor) -> None:
        """Write a picture (C, H, W) with replicated borders into (C, H', W')."""
        left, _, above, _ = self.padding
        right, below = left + self.width, above + self.height
        middle = out[:, above:below]
        middle[:, :, left:right] = picture
        middle[:, :, :left], middle[:, :, right:] = picture[:, :, :1], picture[:, :, -1:]
        out[:, :above], out[:, below:] = middle[:, :1], middle[:, -1:]

    def windows(self, padded: Tensor) -> Tensor:
        """View (rows, columns, C, 2 * patch, 2 * patch) of a padded picture (C, H', W')."""
        side = 2 * self.patch
        return padded.unfold(1, side, self.patch).unfold(2, side, self.patch).permute(1, 2, 0, 3, 4)

    def cropped(self, padded: Tensor) -> Tensor:
        """The picture (C, H, W) inside a padded one."""
        start = -self.origin
        return padded[:, start : start + self.height, start : start + self.width]


def patch_errors(grid: Grid, target: Tensor, canvas: Tensor, weight: Tensor | None = None) -> Tensor:
    """Sum of squared differences over each patch's own pixels inside the picture: (rows, columns).

    Args:
        target, canvas: (3, H, W) at the grid's level; weight: (H, W) how much each pixel counts.
    """
    error = torch.zeros_like(target[0])
    for wanted, seen in zip(target, canvas, strict=True):  # plane by plane: a third of the memory
        off = wanted - seen
        error.addcmul_(off, off)
    if weight is not None:
        error *= weight
    right = grid.columns * grid.patch - grid.width - grid.shift
    bottom = grid.rows * grid.patch - grid.height - grid.shift
    error = F.pad(error, (grid.shift, right, grid.shift, bottom))
    return F.avg_pool2d(error[None, None], grid.patch)[0, 0] * grid.patch**2

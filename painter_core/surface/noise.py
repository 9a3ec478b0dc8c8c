"""Smooth random unevenness: gradient noise that is a function of the place alone."""

from __future__ import annotations

import math

import torch
from torch import Tensor

#: Entries of the random tables; patterns repeat after so many cells.
TABLE = 256


class Noise:
    """Gradient noise (Perlin, 1985, with the quintic fade of 2002), its tables drawn from a generator."""

    def __init__(self, numbers: torch.Generator, device: torch.device | str) -> None:
        self.shuffle = torch.randperm(TABLE, generator=numbers).to(device)
        turn = 2 * math.pi * torch.rand(TABLE, generator=numbers).to(device)
        self.gradients = torch.stack([turn.cos(), turn.sin()], 1)

    def __call__(self, x: Tensor, y: Tensor) -> Tensor:
        """About -1 to 1 at the places (x, y) of any one shape, in cells of side 1."""
        column, row = x.floor(), y.floor()
        fx, fy = x - column, y - row
        column, row = column.long(), row.long()

        def corner(right: int, down: int) -> Tensor:
            chosen = self.shuffle[(self.shuffle[(column + right) % TABLE] + row + down) % TABLE]
            slope = self.gradients[chosen]
            return slope[..., 0] * (fx - right) + slope[..., 1] * (fy - down)

        across, down = _fade(fx), _fade(fy)
        top = torch.lerp(corner(0, 0), corner(1, 0), across)
        bottom = torch.lerp(corner(0, 1), corner(1, 1), across)
        return 1.5 * torch.lerp(top, bottom, down)

    def grid(self, x: Tensor, y: Tensor) -> Tensor:
        """The same at all crossings of the columns x (w,) and the rows y (h,): (h, w), several times as fast."""
        column, row = x.floor().long(), y.floor().long()
        fx, fy = x - column, y - row
        first, lattice = int(row.min()), torch.arange(int(row.max() - row.min()) + 2, device=y.device)

        def slopes(right: int) -> Tensor:  # (rows of the lattice, w, 2)
            chosen = self.shuffle[(self.shuffle[(column + right) % TABLE] + first + lattice[:, None]) % TABLE]
            return self.gradients[chosen]

        left, right, across = slopes(0), slopes(1), _fade(fx)
        level = torch.lerp(left[..., 0] * fx, right[..., 0] * (fx - 1), across)
        rise = torch.lerp(left[..., 1], right[..., 1], across)
        above, fy = row - first, fy[:, None]
        top = level[above] + rise[above] * fy
        bottom = level[above + 1] + rise[above + 1] * (fy - 1)
        return 1.5 * torch.lerp(top, bottom, _fade(fy))


def _fade(t: Tensor) -> Tensor:
    return t * t * t * (t * (6 * t - 15) + 10)

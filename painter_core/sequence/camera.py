"""Clips out of one picture: what a camera sees that goes over it."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

#: Share of the picture that is seen at first and at last, and where its middle lies then, as shares of the room.
SEEN, MIDDLE = (0.86, 0.78), ((0.3, 0.55), (0.7, 0.45))


def camera_move(picture: Tensor, count: int, long_side: int) -> Tensor:
    """A camera that goes over a picture and comes nearer, without leaving it; it starts and stops gently.

    Args:
        picture: (3, H, W) in [0, 1]; count: of frames, 1 or more.
        long_side: of a frame in pixels; the frames have about the picture's shape, and even sides as video wants them.
    Returns:
        (count, 3, h, w) in [0, 1].
    """
    height, width = picture.shape[1:]
    shrink = long_side / max(height, width)
    size = [2 * max(1, round(side * shrink / 2)) for side in (height, width)]
    time = torch.linspace(0, 1, count)
    time = time * time * (3 - 2 * time)
    seen = torch.lerp(torch.tensor(SEEN[0]), torch.tensor(SEEN[1]), time)
    first, last = torch.tensor(MIDDLE)
    x, y = torch.lerp(first, last, time[:, None]).unbind(1)
    # in grid_sample's coordinates, from -1 to 1
    theta = torch.zeros(count, 2, 3)
    theta[:, 0, 0] = theta[:, 1, 1] = seen
    theta[:, 0, 2], theta[:, 1, 2] = (2 * x - 1) * (1 - seen), (2 * y - 1) * (1 - seen)
    grids = [F.affine_grid(each[None], [1, 3, *size], align_corners=False) for each in theta]
    return torch.stack([_read(picture, grid) for grid in grids])


def places(size: tuple[int, int]) -> tuple[Tensor, Tensor]:
    """x and y (h, w) of the middles of pixels of a picture of that size."""
    y, x = torch.meshgrid(torch.arange(size[0]) + 0.5, torch.arange(size[1]) + 0.5, indexing="ij")
    return x, y


def read_at(picture: Tensor, x: Tensor, y: Tensor) -> Tensor:
    """(3, h, w) of a picture (3, H, W) at places (h, w) in its pixels, bicubic; beyond its borders their color."""
    grid = torch.stack([2 * x / picture.shape[2] - 1, 2 * y / picture.shape[1] - 1], -1)
    return _read(picture, grid[None])


def _read(picture: Tensor, grid: Tensor) -> Tensor:
    """(3, h, w) of a picture at places (1, h, w, 2) in grid_sample's coordinates, from -1 to 1."""
    seen = F.grid_sample(picture[None], grid, mode="bicubic", padding_mode="border", align_corners=False)
    return seen[0].clamp(0, 1)

"""Scenes with known motion for the tests of films."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import torch
from torch import Tensor

from painter_core.files.pictures import read_picture
from painter_core.images import resized
from painter_core.sequence.camera import places, read_at

ASSETS = Path(__file__).resolve().parents[2] / "assets"


@cache
def photo(name: str = "photo.jpg", height: int = 130, width: int = 258) -> Tensor:
    """(3, height, width) of a bundled photograph."""
    return resized(read_picture(ASSETS / name), (height, width))


def view(
    right: float = 0.0,
    down: float = 0.0,
    *,
    zoom: float = 1.0,
    size: tuple[int, int] = (96, 144),
    noise: float = 0.0,
    seed: int = 0,
    name: str = "photo.jpg",
) -> Tensor:
    """(3, *size) what a camera sees of a photograph that went so many pixels from its first place."""
    picture = photo(name)
    x, y = places(size)
    x = (x - size[1] / 2) / zoom + size[1] / 2 + 40 + right
    y = (y - size[0] / 2) / zoom + size[0] / 2 + 16 + down
    seen = read_at(picture, x, y)
    grain = noise * torch.randn(seen.shape, generator=torch.Generator().manual_seed(seed))
    return (seen + grain).clamp(0, 1)


def walk(step: int, *, size: tuple[int, int] = (96, 144), noise: float = 0.0) -> Tensor:
    """A dark disc with a light cross that goes to the right, 3 pixels a step, over a ground that stands still."""
    ground = view(size=size, noise=noise, seed=step)
    x, y = places(size)
    dx, dy = x - 30 - 3 * step, y - size[0] / 2
    disc = (18.5 - torch.hypot(dx, dy)).clamp(0, 1)
    cross = ((4.5 - dx.abs()).clamp(0, 1) + (4.5 - dy.abs()).clamp(0, 1)).clamp(0, 1)
    color = torch.stack([0.15 + 0.7 * cross, 0.1 + 0.7 * cross, 0.3 + 0.3 * cross])
    return ground * (1 - disc) + color * disc

"""Clips to measure films with: synthetic ones, cut from photographs, whose motion is known."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from painter_core.files.pictures import read_picture
from painter_core.images import resized
from painter_core.sequence.camera import places, read_at

ASSETS = Path(__file__).resolve().parents[1] / "assets"
#: Standard deviation of the noise of clips that have some.
NOISE = 0.01


@dataclass(frozen=True)
class Clip:
    """Frames and what moves in them.

    Attributes:
        name: what it is called.
        count: how many frames.
        frame: (3, h, w) of a number from 0.
        back: for a number from 1: (2, h, w) where its places lay in the frame before, as a displacement, and (h, w)
            bool, where they were to be seen there; None where it is not known.
        still: nothing moves at all.
    """

    name: str
    count: int
    frame: Callable[[int], Tensor]
    back: Callable[[int], tuple[Tensor, Tensor]] | None
    still: bool = False


def clips(size: tuple[int, int], count: int, photo: Path | None = None, other: Path | None = None) -> list[Clip]:
    """A noisy still, a pan, a zoom and a subject that walks over a ground, all (height, width) `size`."""
    height, width = size
    picture = _filled(read_picture(photo or ASSETS / "photo.jpg"), (round(1.35 * height), round(1.35 * width)))
    second = _filled(read_picture(other or ASSETS / "detail.jpg"), size)
    step = width / 854  # the same motion at every size, in shares of the picture
    return [
        _camera("still", picture, size, count, lambda t: (0.0, 0.0, 1.0), NOISE, still=True),
        _camera("pan", picture, size, count, lambda t: (4.3 * step * t, 1.1 * step * t, 1.0), 0.0),
        _camera("noisy pan", picture, size, count, lambda t: (4.3 * step * t, 1.1 * step * t, 1.0), NOISE),
        _camera("zoom", picture, size, count, lambda t: (0.0, 0.0, 1.006**t), 0.0),
        _subject("subject", picture, second, size, count, 5.3 * step),
    ]


def _filled(picture: Tensor, size: tuple[int, int]) -> Tensor:
    """A picture that fills (height, width), cut at its sides."""
    factor = max(size[0] / picture.shape[1], size[1] / picture.shape[2])
    whole = resized(picture, (math.ceil(picture.shape[1] * factor), math.ceil(picture.shape[2] * factor)))
    return whole[:, : size[0], : size[1]]


def noisy(frame: Tensor, deviation: float, number: int) -> Tensor:
    """The frame with camera noise, another one for each number."""
    if not deviation:
        return frame
    return (frame + deviation * torch.randn(frame.shape, generator=torch.Generator().manual_seed(number))).clamp(0, 1)


def _camera(
    name: str,
    picture: Tensor,
    size: tuple[int, int],
    count: int,
    path: Callable[[int], tuple[float, float, float]],
    noise: float,
    still: bool = False,
) -> Clip:
    """A camera that goes (x, y pixels, magnification) over a picture from its middle on."""
    x, y = places(size)
    middle = (size[1] / 2, size[0] / 2)
    start = ((picture.shape[2] - size[1]) / 2, (picture.shape[1] - size[0]) / 2)
    # pans begin at the left, so that they do not run out of picture
    if path(1)[0]:
        start = (0.0, 0.0)

    def on_picture(t: int, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        right, down, larger = path(t)
        px = (x - middle[0]) / larger + middle[0] + start[0] + right
        py = (y - middle[1]) / larger + middle[1] + start[1] + down
        return px, py

    def frame(t: int) -> Tensor:
        return noisy(read_at(picture, *on_picture(t, x, y)), noise, t)

    def back(t: int) -> tuple[Tensor, Tensor]:
        px, py = on_picture(t, x, y)
        right, down, larger = path(t - 1)
        bx = (px - start[0] - right - middle[0]) * larger + middle[0]
        by = (py - start[1] - down - middle[1]) * larger + middle[1]
        inside = (bx > 1) & (bx < size[1] - 1) & (by > 1) & (by < size[0] - 1)
        return torch.stack([bx - x, by - y]), inside

    return Clip(name, count, frame, back, still)


def _subject(name: str, ground: Tensor, subject: Tensor, size: tuple[int, int], count: int, speed: float) -> Clip:
    """An oval of one picture that goes from left to right over another one, which stands still, with noise."""
    x, y = places(size)
    middle = (size[1] * 0.5, size[0] * 0.55)
    radius = (size[0] * 0.26, size[0] * 0.36)

    def shift(t: int) -> tuple[float, float]:
        return size[1] * 0.25 - middle[0] + speed * t, 0.02 * size[0] * math.sin(t / 4)

    def alpha(t: int) -> Tensor:
        right, down = shift(t)
        away = torch.hypot((x - right - middle[0]) / radius[0], (y - down - middle[1]) / radius[1])
        return ((1 - away) * radius[0] / 1.5 + 0.5).clamp(0, 1)

    def frame(t: int) -> Tensor:
        right, down = shift(t)
        front = read_at(subject, x - right, y - down)
        a = alpha(t)
        return noisy(front * a + ground[:, : size[0], : size[1]] * (1 - a), NOISE / 2, t)

    def back(t: int) -> tuple[Tensor, Tensor]:
        now, then = shift(t), shift(t - 1)
        a, before = alpha(t), alpha(t - 1)
        inside, outside = a > 0.99, (a < 0.01) & (before < 0.01)
        step = torch.tensor([then[0] - now[0], then[1] - now[1]])[:, None, None]
        return torch.where(inside, step.expand(2, *size), torch.zeros(2, *size)), inside | outside

    return Clip(name, count, frame, back)

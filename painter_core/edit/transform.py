"""Finished paintings made larger, smaller, moved, turned, mirrored, cropped: geometry only.

A picture that was painted on goes with the strokes; where it ends, its mean color is the ground.
"""

from __future__ import annotations

import dataclasses
import math

import torch
from torch import Tensor

from ..shape import MOST_BEND
from ..strokes import Strokes
from ..wording import shown
from .grounds import Matrix, cropped_ground, mapped_ground

FLIPS = ("none", "horizontal", "vertical", "both")
#: Places along a stroke at which its direction is mapped, in lengths from its middle.
PLACES = (-0.5, -0.25, 0.0, 0.25, 0.5)
#: Largest side of a canvas in pixels: beyond it, float32 positions lose their fractions.
MOST_PIXELS = 2**20


def stretched(strokes: Strokes, length: float = 1.0, width: float = 1.0) -> Strokes:
    """Every stroke `length` times as long and `width` times as wide (both above 0), where it is."""
    _check_positive(length=length, width=width)
    factors = torch.tensor([length, width], dtype=torch.float32, device=strokes.size.device)
    return strokes.shaped(size=strokes.size * factors).validated()


def moved(strokes: Strokes, x: float, y: float) -> Strokes:
    """The painting moved by `x` pixels to the right and `y` pixels down; its canvas stays."""
    return mapped(strokes, ((1.0, 0.0), (0.0, 1.0)), (x, y))


def turned(strokes: Strokes, degrees: float) -> Strokes:
    """The painting turned clockwise about the middle of its canvas; the canvas stays."""
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return _about_middle(strokes, ((cos, -sin), (sin, cos)))


def zoomed(strokes: Strokes, factor: float) -> Strokes:
    """The painting `factor` times as large (above 0) about the middle of its canvas; the canvas stays.

    `Strokes.scaled` scales the canvas too.
    """
    _check_positive(factor=factor)
    return _about_middle(strokes, ((factor, 0.0), (0.0, factor)))


def flipped(strokes: Strokes, direction: str = "horizontal") -> Strokes:
    """The painting mirrored: "horizontal" swaps left and right, "vertical" top and bottom, "both", or "none"."""
    if direction not in FLIPS:
        raise ValueError(f"there is no flip {shown(direction)}; choose one of: {', '.join(FLIPS)}")
    x = -1.0 if direction in ("horizontal", "both") else 1.0
    y = -1.0 if direction in ("vertical", "both") else 1.0
    return _about_middle(strokes, ((x, 0.0), (0.0, y)))


def cropped(strokes: Strokes, left: int, top: int, width: int, height: int) -> Strokes:
    """A rectangle of the painting, in pixels of its canvas, as a painting of its own.

    The rectangle may reach over the canvas, which makes a larger one with bare ground around. Strokes that lie outside
    altogether are left out. Raises ValueError for a rectangle without pixels.
    """
    canvas = _canvas(width, height)
    ground = cropped_ground(strokes, left, top, width, height)
    strokes = _mapped(strokes, ((1.0, 0.0), (0.0, 1.0)), (-left, -top))
    # the mark's bounding circle is enough: what is kept without need is not seen
    reach = strokes.reach
    x, y = strokes.center.unbind(1)
    seen = (x > -reach) & (x < width + reach) & (y > -reach) & (y < height + reach)
    return strokes[seen].replace(canvas=canvas, ground=ground)


def resized(strokes: Strokes, width: int, height: int) -> Strokes:
    """The painting on a canvas of another size in pixels, stretched if that has another shape."""
    canvas = _canvas(width, height)
    matrix = ((width / strokes.canvas[1], 0.0), (0.0, height / strokes.canvas[0]))
    # a ground that is a picture lies stretched over the canvas anyway
    return _mapped(strokes, matrix, (0.0, 0.0)).replace(canvas=canvas)


def mapped(strokes: Strokes, matrix: Matrix, shift: tuple[float, float]) -> Strokes:
    """Strokes and ground under the map p -> matrix p + shift, in pixels; the canvas stays.

    A mark stays an arc of even taper: its place, its directions in the middle and at the ends, and its length are
    mapped, and its width is such that its area is mapped too. Raises ValueError for numbers that are not finite, or a
    map that flattens the plane.
    """
    marks = _mapped(strokes, matrix, shift)
    return marks.replace(ground=mapped_ground(strokes, matrix, shift)) if strokes.on_picture else marks


def _mapped(strokes: Strokes, matrix: Matrix, shift: tuple[float, float]) -> Strokes:
    """`mapped` without the ground."""
    (a, b), (c, d) = matrix
    area = abs(a * d - b * c)
    if not all(math.isfinite(number) for number in (a, b, c, d, *shift)) or area == 0:
        raise ValueError(f"the map must be finite and must not flatten the painting, got {matrix} and {shift}")

    def tensor(values: object) -> Tensor:
        return torch.tensor(values, dtype=torch.float32, device=strokes.center.device)

    marks = dataclasses.replace(strokes, center=strokes.center @ tensor(matrix).T + tensor(shift))
    if (b, c) == (0, 0) and a == d:  # forms that are merely kept are kept exactly
        face = math.copysign(1, a)  # turned by pi they are seen from the other end
        size = strokes.size * abs(a)
        return dataclasses.replace(
            marks, size=size, bend=face * strokes.bend + 0.0, taper=face * strokes.taper + 0.0
        ).validated()
    turns = strokes.bend[:, None] * tensor(PLACES)
    direction = strokes.angle[:, None] + turns
    axes = torch.stack([direction.cos(), direction.sin()], dim=-1) @ tensor(matrix).T  # (N, places, 2)
    axis = axes[:, len(PLACES) // 2]
    curved = strokes.bend != 0
    longer = torch.where(curved, axes.norm(dim=-1).mean(1), axis.norm(dim=1))
    size = strokes.size * torch.stack([longer, area / longer], dim=1)
    angle = torch.atan2(axis[:, 1], axis[:, 0])
    bend = torch.where(curved, _turning(axes), strokes.bend)
    return marks.shaped(size=size, angle=angle, bend=bend).validated()


def _turning(axes: Tensor) -> Tensor:
    """(N,) by how much directions turn from the first to the last of (N, places, 2), in small turns one by one."""
    before, after = axes[:, :-1], axes[:, 1:]
    sine = before[..., 0] * after[..., 1] - before[..., 1] * after[..., 0]
    turn = torch.atan2(sine, (before * after).sum(-1)).sum(1)
    return turn.clamp(-MOST_BEND, MOST_BEND)


def _about_middle(strokes: Strokes, matrix: Matrix) -> Strokes:
    (a, b), (c, d) = matrix
    x, y = strokes.canvas[1] / 2, strokes.canvas[0] / 2
    return mapped(strokes, matrix, (x - a * x - b * y, y - c * x - d * y))


def _canvas(width: int, height: int) -> tuple[int, int]:
    for name, value in (("width", width), ("height", height)):
        if not 1 <= value <= MOST_PIXELS:
            raise ValueError(f"{name}: a canvas has 1 to {MOST_PIXELS} pixels a side, got {value}")
    return height, width


def _check_positive(**values: float) -> None:
    for name, value in values.items():
        if not (math.isfinite(value) and value > 0):
            raise ValueError(f"{name}: it must be a number above 0, got {value}")

"""The picture that a painting is painted on, moved and cut as the painting is, and its colors."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn.functional import grid_sample

from ..images import resized, size_of
from ..strokes import Strokes
from .clusters import pooled
from .masks import fitted

#: Side of the cells of sRGB in which a picture's colors are changed together.
STEP = 1 / 64

Matrix = tuple[tuple[float, float], tuple[float, float]]


def mapped_ground(strokes: Strokes, matrix: Matrix, shift: tuple[float, float]) -> Tensor:
    """The ground under the map p -> matrix p + shift, in pixels of the canvas, which stays; beyond it, its mean color.

    A color stays what it is, a picture keeps its size.
    """
    if not strokes.on_picture:
        return strokes.ground
    (a, b), (c, d) = matrix
    if (b, c) == (0, 0) and abs(a) == abs(d) == 1 and _about_middle(strokes, a, d, shift):
        return strokes.ground.flip([axis for axis, sign in ((2, a), (1, d)) if sign < 0])
    return _drawn(strokes, matrix, shift, strokes.canvas, size_of(strokes.ground))


def cropped_ground(strokes: Strokes, left: int, top: int, width: int, height: int) -> Tensor:
    """The part of the ground in a rectangle of the canvas, which may reach over it: there is its mean color."""
    if not strokes.on_picture:
        return strokes.ground
    rows, columns = strokes.ground.shape[1:]
    if (rows, columns) != strokes.canvas:
        size = (max(1, round(height * rows / strokes.canvas[0])), max(1, round(width * columns / strokes.canvas[1])))
        return _drawn(strokes, ((1.0, 0.0), (0.0, 1.0)), (-left, -top), (height, width), size)
    whole = strokes.ground_color[:, None, None].repeat(1, height, width)
    first, last = (max(0, top), max(0, left)), (min(rows, top + height), min(columns, left + width))
    if last[0] > first[0] and last[1] > first[1]:
        part = strokes.ground[:, first[0] : last[0], first[1] : last[1]]
        whole[:, first[0] - top : last[0] - top, first[1] - left : last[1] - left] = part
    return whole


def joined_grounds(base: Strokes, other: Strokes, mask: Tensor) -> Tensor:
    """(3, h, w): the ground of `other` inside a mask (H, W), that of `base` outside; one of them is a picture."""
    sizes = [each.ground.shape[1:] for each in (base, other) if each.on_picture]
    size = tuple(max(sides) for sides in zip(*sizes, strict=True))
    return base.ground_at(size).lerp(other.ground_at(size), fitted(mask, size)).clamp(0, 1)


def colors_of_ground(strokes: Strokes) -> tuple[Tensor, Tensor, Tensor | None]:
    """The colors of the ground (K, 3), the share of it that has each (K,), and which of them each pixel has (P,).

    Of a picture those that are close together are one; a ground of one color has no pixels: None.
    """
    if not strokes.on_picture:
        return strokes.ground[None], strokes.ground.new_ones(1), None
    pixels = strokes.ground.flatten(1).T
    colors, count, where = pooled(pixels, torch.ones_like(pixels[:, 0]), STEP)
    return colors.clamp(0, 1), count / len(pixels), where


def recolored_ground(
    strokes: Strokes, before: Tensor, after: Tensor, where: Tensor | None, few: bool, mask: Tensor | None
) -> Tensor:
    """The ground when its colors `before` (K, 3) have become `after`; `where` from `colors_of_ground`.

    Args:
        few: there may be no other colors than those, and else finer shades than STEP are kept.
        mask: (H, W), where a picture changes; default everywhere.
    """
    if where is None:
        return after[0]
    pixels = strokes.ground.flatten(1).T
    changed = after[where] if few else (after[where] + pixels - before[where]).clamp(0, 1)
    changed = changed.T.reshape(strokes.ground.shape)
    if mask is None:
        return changed
    return strokes.ground.lerp(changed, fitted(mask.to(changed.device), size_of(changed))).clamp(0, 1)


def _about_middle(strokes: Strokes, a: float, d: float, shift: tuple[float, float]) -> bool:
    """Whether a map that mirrors (or does not) leaves the canvas where it is."""
    width, height = strokes.canvas[1], strokes.canvas[0]
    return shift == (0.0 if a > 0 else width, 0.0 if d > 0 else height)


def _drawn(
    strokes: Strokes, matrix: Matrix, shift: tuple[float, float], canvas: tuple[int, int], size: tuple[int, int]
) -> Tensor:
    """(3, *size) the ground picture under a map, on a canvas of another size in pixels of the strokes' canvas."""
    (a, b), (c, d) = matrix
    area = a * d - b * c
    # a picture that gets smaller is reduced first, so that it does not flicker
    factor = min(1.0, math.sqrt(abs(area)))
    rows, columns = (max(1, round(side * factor)) for side in strokes.ground.shape[1:])
    mean = strokes.ground_color[:, None, None]
    picture = resized(strokes.ground, (rows, columns)) - mean

    def middles(number: int, side: int) -> Tensor:
        return (torch.arange(number, dtype=torch.float64, device=picture.device) + 0.5) * (side / number)

    x, y = middles(size[1], canvas[1])[None] - shift[0], middles(size[0], canvas[0])[:, None] - shift[1]
    across, down = (d * x - b * y) / area, (a * y - c * x) / area  # where it comes from
    grid = torch.stack([2 * across / strokes.canvas[1] - 1, 2 * down / strokes.canvas[0] - 1], dim=-1).float()
    return (grid_sample(picture[None], grid[None], align_corners=False)[0] + mean).clamp(0, 1)

"""From heights to slopes, hollows and shadows: what light needs to know of a relief.

All lengths are in pixels of the reference canvas, so that a surface looks the same at every scale. A window is worked
on with a margin around it (`Reach`), which makes any part equal to the same part of the whole.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from ..brushes.brush import HAIR_PITCH
from ..images import blurred, reach_of

#: Paint flows together over this distance (standard deviation), in distances between two hairs.
FLOW = 0.18
#: What counts as the surroundings of a place when hollows are looked for, in distances between two hairs.
AROUND = 1.0
#: How far shadows are followed, in the same unit, and in how many steps.
SHADOW_REACH, SHADOW_STEPS = 2.4, 4
#: Gaussians are cut off at so many standard deviations.
CUT = 2.5
#: A hollow this deep, and a shadow caster this much too high, in hair distances, take all the light there is to take.
FULL_HOLLOW, FULL_SHADOW = 0.9, 0.45


@dataclass(frozen=True)
class Reach:
    """Lengths of the relief in output pixels: flow, around (standard deviations), shadow, and margin (whole)."""

    pixels: float
    hair: float

    @staticmethod
    def of(canvas: tuple[int, int], size: tuple[int, int]) -> Reach:
        pixels = math.sqrt(size[0] / canvas[0] * size[1] / canvas[1])
        return Reach(pixels, HAIR_PITCH * max(canvas))

    @property
    def flow(self) -> float:
        return FLOW * self.hair * self.pixels

    @property
    def around(self) -> float:
        return AROUND * self.hair * self.pixels

    @property
    def shadow(self) -> float:
        return SHADOW_REACH * self.hair * self.pixels

    @property
    def margin(self) -> int:
        return radius(self.flow) + max(radius(self.around), math.ceil(self.shadow) + 1, 1)


@dataclass(frozen=True)
class Relief:
    """height (H, W) in canvas pixels, slope (2, H, W) dh/dx and dh/dy, hollow (H, W) from -1 (crest) to 1 (pit),
    shadow (H, W) in [0, 1]."""

    height: Tensor
    slope: Tensor
    hollow: Tensor
    shadow: Tensor


def relief(heights: Tensor, reach: Reach, to_lamp: tuple[float, float, float]) -> Relief:
    """What is to be known of heights (H + 2 margin, W + 2 margin) in canvas pixels, without the margin."""
    heights = blur(heights, reach.flow)
    rest = reach.margin - radius(reach.flow)
    inner = cut(heights, rest)
    near = cut(heights, rest - 1)
    right = (near[1:-1, 2:] - near[1:-1, :-2]) * (reach.pixels / 2)
    down = (near[2:, 1:-1] - near[:-2, 1:-1]) * (reach.pixels / 2)
    around = blur(cut(heights, rest - radius(reach.around)), reach.around)
    hollow = ((around - inner) / (FULL_HOLLOW * reach.hair)).clamp(-1, 1)
    shadow = _shadow(heights, inner, rest, reach, to_lamp)
    return Relief(inner, torch.stack([right, down]), hollow, shadow)


def _shadow(heights: Tensor, inner: Tensor, rest: int, reach: Reach, to_lamp: tuple[float, float, float]) -> Tensor:
    """(H, W) in [0, 1]: how far what lies towards the lamp rises over the ray to it, softly."""
    x, y, z = to_lamp
    flat = math.hypot(x, y)
    worst = torch.zeros_like(inner)
    if flat < 1e-3:
        return worst
    for step in range(1, SHADOW_STEPS + 1):
        away = reach.shadow * step / SHADOW_STEPS
        over = shifted(heights, rest, x / flat * away, y / flat * away) - inner - away / reach.pixels * z / flat
        worst = torch.maximum(worst, over)
    return (worst / (FULL_SHADOW * reach.hair)).clamp(0, 1)


def shifted(heights: Tensor, rest: int, x: float, y: float) -> Tensor:
    """The heights at (x, y) output pixels from every pixel, bilinear, without `rest` pixels on each side."""
    left, top = math.floor(x), math.floor(y)
    right, down = x - left, y - top
    h, w = heights.shape[0] - 2 * rest, heights.shape[1] - 2 * rest
    part = heights[rest + top : rest + top + h + 1, rest + left : rest + left + w + 1]
    row = part[:, :-1] * (1 - right) + part[:, 1:] * right
    return row[:-1] * (1 - down) + row[1:] * down


def radius(deviation: float) -> int:
    """Pixels on each side that a Gaussian of this standard deviation reaches."""
    return reach_of(deviation, CUT)


def cut(heights: Tensor, border: int) -> Tensor:
    """Without `border` pixels on each side."""
    return heights[border : heights.shape[0] - border, border : heights.shape[1] - border]


def blur(heights: Tensor, deviation: float) -> Tensor:
    """Gaussian; the result is smaller by `radius(deviation)` on each side."""
    return blurred(heights, deviation, border="valid", cut=CUT)

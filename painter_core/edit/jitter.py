"""Chance for a painting that is too neat: every stroke a little off, the same way for the same seed."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from ..color import from_oklab, to_oklab
from ..strokes import Strokes
from .loads import colors_of, with_colors

#: Nothing is further off than this many standard deviations: no stroke gets lost.
FURTHEST = 2.5
#: How a color strays: in lightness, green to red, blue to yellow. Hues that stray as far look like confetti.
TINT = (1.0, 0.25, 0.25)
MOST_SEEDS = 2**64


def jittered(
    strokes: Strokes, seed: int = 0, *, position: float = 0.0, angle: float = 0.0, size: float = 0.0, color: float = 0.0
) -> Strokes:
    """Every stroke a little different. All amounts are standard deviations of a normal distribution, 0 or more.

    Args:
        seed: any whole number; the same one gives the same strokes on every device.
        position: how far a stroke moves along and across itself, in its own width.
        angle: how far it turns, in degrees.
        size: how much longer or shorter, wider or narrower it gets: 0.1 is about a tenth.
        color: how far its color moves in OKLab, mostly in lightness: 0.02 is a breath, 0.1 is a lot.
    Raises:
        ValueError: an amount that is negative or not finite.
    """
    for name, value in {"position": position, "angle": angle, "size": size, "color": color}.items():
        if not (math.isfinite(value) and value >= 0):
            raise ValueError(f"{name}: it must be a finite number of 0 or more, got {value}")
    generator = torch.Generator().manual_seed(seed % MOST_SEEDS)
    # drawn whether needed or not, so that one amount does not change what another one does
    noise = torch.randn(len(strokes), 8, generator=generator).clamp(-FURTHEST, FURTHEST).to(strokes.center.device)
    shift, turn, growth, tint = noise.split([2, 1, 2, 3], dim=1)
    changes: dict[str, Tensor] = {}
    if position:
        cos, sin = strokes.angle.cos(), strokes.angle.sin()
        along, across = (shift * position * strokes.size[:, 1:]).unbind(1)
        moved = torch.stack([cos * along - sin * across, sin * along + cos * across], dim=1)
        changes["center"] = strokes.center + moved
    if angle or size:
        direction = strokes.angle + turn[:, 0] * math.radians(angle)
        strokes = strokes.shaped(size=strokes.size * torch.exp(growth * size), angle=direction)
    colors = colors_of(strokes)
    if color:
        colors = [from_oklab(to_oklab(own) + tint * color * tint.new_tensor(TINT)) for own in colors]
    return with_colors(strokes, colors, **changes)

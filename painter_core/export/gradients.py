"""Strokes of two colors as vectors: a gradient across the mark, from one side of the brush's load to the other."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import torch
from torch import Tensor

from ..brushes.brush import Brush
from ..strokes import Strokes

#: The parts at both sides of a mark whose mean colors the gradient goes from and to; between their middles it runs.
SIDE = 0.4


@lru_cache(maxsize=8)
def sides_of(brush: Brush) -> Tensor:
    """(K, 2): the share of the second color at the first and the last rows of each tip; kept, it takes a moment."""
    loads = brush.loads()[:, 0].mean(dim=2)  # (K, rows)
    rows = round(SIDE * loads.shape[1])
    return torch.stack([loads[:, :rows].mean(1), loads[:, -rows:].mean(1)], dim=1)


def fills(
    strokes: Strokes,
    brush: Brush,
    tips: list[int],
    hexed: Callable[[list[float]], str],
    turned: bool,
    names: list[int],
) -> tuple[list[str], list[str]]:
    """What each stroke is filled with, and the gradients that have to be defined for that.

    Args:
        tips: the tip of each stroke.
        hexed: writes a color.
        names: a number for each stroke, of which the gradient's name is made.
        turned: whether the shapes are drawn turned; if not they are turned by a transform, and their gradients too.
    Returns:
        for each stroke a color or a reference to a gradient; the gradients' elements.
    """
    plain = [hexed(color) for color in strokes.color.tolist()]
    loaded = strokes.blend.abs().amax(dim=1).nonzero()[:, 0].tolist() if len(strokes) else []
    if not loaded:
        return plain, []
    share = sides_of(brush)[torch.tensor(tips)]
    colors = (strokes.color[:, None] + share[..., None] * strokes.blend[:, None]).clamp(0, 1).tolist()
    angle = strokes.angle if turned else torch.zeros_like(strokes.angle)
    half = strokes.size[:, 1:] * (0.5 - SIDE / 2)
    across = half * torch.stack([-angle.sin(), angle.cos()], dim=1)
    ends = torch.cat([strokes.center - across, strokes.center + across], dim=1).tolist()
    elements = []
    for i in loaded:
        x1, y1, x2, y2 = (f"{value:.1f}" for value in ends[i])
        first, second = (hexed(color) for color in colors[i])
        name = f"two-{names[i]}"
        plain[i] = f"url(#{name})"
        elements.append(
            f'<linearGradient id="{name}" gradientUnits="userSpaceOnUse" x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}">'
            f'<stop stop-color="{first}"/><stop offset="1" stop-color="{second}"/></linearGradient>'
        )
    return plain, elements

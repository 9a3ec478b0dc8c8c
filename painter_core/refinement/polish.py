"""Polishing: every stroke moves, stretches, turns and changes colour a little, all of them at once, again and again.

A damped Gauss-Newton step for each stroke by itself (a block-Jacobi step for all), colours by the diagonal of their
own linear system. Ten steps do what a hundred of plain gradient descent do, at the same price each.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import torch
from torch import Tensor

from ..brush import Brush
from ..strokes import Strokes, canonical
from .look import Look
from .view import View

#: Share of the Gauss-Newton step that is taken, since neighbours move at the same time; the same for colours.
STEP, COLOR_STEP = 0.6, 0.7
#: Damping: this share of the diagonal is added to it (Marquardt, 1963), and so much always.
DAMPING, LEAST_CURVATURE = 0.5, 1e-3
#: No part of a stroke moves further than this in one step, in pixels of the view: further, its slope says nothing.
LONGEST_MOVE = 0.8
#: Pull of colours towards what they are, in pixels.
COLOR_ANCHOR = 0.5


@dataclass(frozen=True)
class Bounds:
    """What strokes may become: least width in canvas pixels, least and most length / width."""

    width: float = 1.0
    aspect: tuple[float, float] = (1.4, 20.0)


def improved(strokes: Strokes, seen: Look, view: View, bounds: Bounds) -> Strokes:
    """The strokes one step on, by what one look at them in that view told."""
    pixel = (strokes.canvas[0] * strokes.canvas[1] / (view.size[0] * view.size[1])) ** 0.5  # in canvas pixels
    curvature = seen.curvature.clone()
    curvature.diagonal(dim1=1, dim2=2).mul_(1 + DAMPING).add_(LEAST_CURVATURE)
    move = -STEP * torch.linalg.solve(curvature, seen.gradient[..., None])[..., 0]
    half = strokes.size / (2 * pixel)
    # how far a mark's ends go when its parameters change by one
    lever = torch.cat([torch.ones_like(half), half, half[:, :1]], 1)
    furthest = (move * lever).abs().amax(1, keepdim=True)
    move = move * (LONGEST_MOVE / furthest.clamp_min(1e-9)).clamp_max(1)
    cos, sin = strokes.angle.cos(), strokes.angle.sin()
    shift = torch.stack([cos * move[:, 0] - sin * move[:, 1], sin * move[:, 0] + cos * move[:, 1]], 1)
    size, angle = canonical(strokes.size * move[:, 2:4].exp(), strokes.angle + move[:, 4])
    color = strokes.color - COLOR_STEP * seen.color_gradient / (seen.color_curvature[:, None] + COLOR_ANCHOR)
    center = strokes.center + pixel * shift
    return dataclasses.replace(
        strokes, center=center, size=bounded(size, bounds, strokes.canvas), angle=angle, color=color.clamp(0, 1)
    )


def bounded(size: Tensor, bounds: Bounds, canvas: tuple[int, int]) -> Tensor:
    """Sizes (N, 2) within bounds, no longer than twice the canvas."""
    length, width = size.unbind(1)
    length = length.clamp(bounds.width, 2.0 * max(canvas))
    # what is too stout gets thinner, what is too thin gets shorter
    width = width.clamp_min(bounds.width).minimum((length / bounds.aspect[0]).clamp_min(bounds.width))
    length = length.minimum(width * bounds.aspect[1]).maximum(width)
    return torch.stack([length, width], 1)

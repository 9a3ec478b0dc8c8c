"""Polishing: every stroke moves, stretches, turns and changes color a little, all of them at once, again and again.

A damped Gauss-Newton step for each stroke by itself (a block-Jacobi step for all), colors by the diagonal of their
own linear system. Ten steps do what a hundred of plain gradient descent do, at the same price each.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import torch
from torch import Tensor

from ..brushes.brush import Brush
from ..manner import Manner
from ..strokes import Strokes
from .linearization import Linearization, linearize
from .mark_slopes import ACROSS, ALONG, ANGLE, BEND, LENGTH, TAPER, WIDTH, sag
from .pull import Forms, pulled
from .view import View

#: Share of the Gauss-Newton step that is taken, since neighbors move at the same time; the same for colors.
STEP, COLOR_STEP = 0.8, 0.7
#: Damping: this share of the diagonal is added to it (Marquardt, 1963), and so much always.
DAMPING, LEAST_CURVATURE = 0.2, 1e-3
#: No part of a stroke moves further than this in one step, in pixels of the view: further, its slope says nothing.
LONGEST_MOVE = 0.8
#: ... nor does a stroke that has next to no extent grow as if it had less than this, in pixels of the view.
LEAST_LEVER = 0.1
#: Strokes come to turn by no more than so many radians, and to be no more than this much broader at one end.
MOST_BENT, MOST_TAPERED = 2.8, 0.8
#: Pull of colors towards what they are, in pixels.
COLOR_ANCHOR = 0.5


def improved(strokes: Strokes, seen: Linearization, view: View, manner: Manner, forms: Forms | None = None) -> Strokes:
    """The strokes one step on, by their linearization in that view.

    Args:
        forms: the directions of the picture's forms, which the strokes follow as far as the manner says.
    """
    pixel = view.pixel(strokes.canvas)
    pull = pulled(seen, strokes, view, manner, forms)
    curvature = pull.curvature
    curvature.diagonal(dim1=1, dim2=2).mul_(1 + DAMPING).add_(LEAST_CURVATURE)
    move = -STEP * torch.linalg.solve(curvature, pull.gradient[..., None])[..., 0]
    half = (strokes.size / (2 * pixel)).clamp_min(LEAST_LEVER)
    # how far a mark's ends go when its parameters change by one
    lever = torch.cat([torch.ones_like(half), half, half[:, :1], half[:, :1] / 6, half[:, 1:]], 1)
    furthest = (move * lever).abs().amax(1, keepdim=True)
    move = move * (LONGEST_MOVE / furthest.clamp_min(1e-9)).clamp_max(1)
    size = manner.bounded(strokes.size * move[:, LENGTH : WIDTH + 1].exp(), strokes.canvas, strokes.size)
    bend = bounded_bend(size, strokes.bend + move[:, BEND])
    taper = bounded_taper(size, strokes.taper + move[:, TAPER])
    cos, sin = strokes.angle.cos(), strokes.angle.sin()
    # the middle of the whole mark goes where it shall, and that of its spine lies beside it
    aside = sag(strokes.size[:, 0], strokes.bend) - sag(size[:, 0], bend)
    along, across = pixel * move[:, ALONG], pixel * move[:, ACROSS] + aside
    shift = torch.stack([cos * along - sin * across, sin * along + cos * across], 1)
    color = strokes.color - COLOR_STEP * seen.color_gradient / (seen.color_curvature[:, None] + COLOR_ANCHOR)
    moved = dataclasses.replace(strokes, center=strokes.center + shift, color=color.clamp(0, 1))
    return moved.shaped(size=size, angle=strokes.angle + move[:, ANGLE], bend=bend, taper=taper)


def bounded_bend(size: Tensor, bend: Tensor) -> Tensor:
    """Bends (N,) that strokes of sizes (N, 2) come to: no further than a hand turns, the less the stouter they are, and
    dots not at all. So their radius is at least a width."""
    most = _slim(size).clamp_max(MOST_BENT)
    return bend.clamp(-most, most)


def bounded_taper(size: Tensor, taper: Tensor) -> Tensor:
    """The same of their tapers (N,)."""
    most = MOST_TAPERED * _slim(size).clamp_max(1)
    return taper.clamp(-most, most)


def _slim(size: Tensor) -> Tensor:
    """(N,) by how many widths marks are longer than wide."""
    return (size[:, 0] / size[:, 1].clamp_min(1e-3) - 1).clamp_min(0)


def polish(
    strokes: Strokes,
    view: View,
    brush: Brush | None,
    manner: Manner,
    forms: Forms | None,
    steps: int,
    on_tiles: Callable[[], None] | None = None,
    on_step: Callable[[], None] | None = None,
    *,
    judged: bool = True,
) -> Strokes:
    """`steps` steps in one view, then the best of what was seen on the way, the end included.

    Args:
        brush: what draws all strokes; None: their own brushes.
        judged: whether it is; else what the last step gave is taken as it comes, which saves a rendering.
        on_tiles: called many times in each step (see `linearize`); on_step: after each; what they raise passes through.
    """
    best, least = strokes, float("inf")
    for step in range(steps + judged):
        seen = linearize(strokes, view, brush, on_tiles)
        if seen.error < least:
            best, least = strokes, seen.error
        if step < steps:
            strokes = improved(strokes, seen, view, manner, forms)
            if on_step:
                on_step()
    return best if judged else strokes

"""Strokes to draw: a scatter of them, one bar, and what is known of brushes."""

from __future__ import annotations

import math

import torch

from painter_core.strokes import Strokes

#: Brushes whose marks let the ground through, as their names promise.
BROKEN = ("fan", "dry", "watercolor", "pencil", "charcoal")


def scatter(n=60, canvas=(90, 120), seed=0, longest=50.0):
    g = torch.Generator().manual_seed(seed)
    length = 4 + (longest - 4) * torch.rand(n, generator=g)
    return Strokes.build(
        torch.rand(n, 2, generator=g) * torch.tensor([canvas[1], canvas[0]]),
        torch.stack([length, length * (0.2 + 0.4 * torch.rand(n, generator=g))], 1),
        math.pi * torch.rand(n, generator=g),
        torch.rand(n, 3, generator=g),
        canvas=canvas,
        ground=(0.5, 0.4, 0.3),
    )


def bar(angle=0.0, length=40.0, width=12.0, color=(1.0, 0.0, 0.0), canvas=(64, 64), **more):
    center = torch.tensor([[canvas[1] / 2, canvas[0] / 2]])
    size = torch.tensor([[length, width]])
    return Strokes.build(center, size, torch.tensor([angle]), torch.tensor([color]), canvas=canvas, **more)


def loaded(n=40, **more):
    strokes = scatter(n, **more)
    return strokes.replace(color2=strokes.color.roll(1, 0))


def bent(strokes, seed=0, bend=2.5, taper=0.7):
    """The same strokes, each with a bend and a taper of its own up to these."""
    g = torch.Generator().manual_seed(seed)
    bends, tapers = (2 * torch.rand(2, len(strokes), generator=g) - 1) * torch.tensor([[bend], [taper]])
    return strokes.replace(bend=bends, taper=tapers)

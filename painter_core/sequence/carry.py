"""Carrying strokes along: each goes, turns and stretches as what is seen of it does."""

from __future__ import annotations

import dataclasses

import torch
import torch.nn.functional as F
from torch import Tensor

from ..strokes import Strokes
from .motion import Motion
from .visible import Visible

#: Flows that differ by so many pixels within one stroke belong to different things; the majority has it.
APART = 1.5
#: A stroke whose pixels are spread less than this (squared pixels of the flow) turns and stretches as its surroundings.
LEAST_SPREAD = 4.0
#: Those are so many pixels wide; where the flow changes by more than this in each pixel, things part.
SURROUNDINGS, PARTING = 9, 0.08
#: Most that a stroke turns (radians) or stretches (logarithm) from one frame to the next.
MOST_STRAIN = 0.15
#: Strokes of which so little, in pixels of the flow, is seen go with the place that they cover.
HIDDEN = 0.5
#: Changes (share of what is seen of a stroke) and moves (pixels) that are none.
UNTOUCHED, UNMOVED = 0.02, 0.02


def carried(strokes: Strokes, motion: Motion) -> tuple[Strokes, Tensor]:
    """The strokes where the flow brings them.

    Args:
        strokes: N strokes as they lay; motion: of any size of their canvas's shape.
    Returns:
        The strokes, and (N,) bool, which of them moved: the others are equal to the last bit.
    """
    height, width = motion.flow.shape[1:]
    stretch = strokes.center.new_tensor([width / strokes.canvas[1], height / strokes.canvas[0]])
    seen = Visible(strokes, (height, width))
    x = torch.arange(width, device=stretch.device, dtype=torch.float32).expand(height, -1) + 0.5
    y = torch.arange(height, device=stretch.device, dtype=torch.float32)[:, None].expand(-1, width) + 0.5
    # what is covered in the next frame does not know where it goes
    known = (~motion.covered).float()[None]
    flow = motion.flow
    certain = seen.sums(torch.cat([known, flow * known]))
    mean = certain[:, 1:] / certain[:, :1].clamp_min(1e-6)
    there = _at(flow, strokes.center * stretch)
    mean = torch.where((certain[:, :1] > HIDDEN), mean, there)
    agreed, _ = seen.agreeing(flow, mean, APART)
    one = agreed.sums(torch.cat([known, flow * known, x[None] * known, y[None] * known]))
    weight = one[:, :1].clamp_min(1e-6)
    shift, middle = one[:, 1:3] / weight, one[:, 3:5] / weight
    # second moments around the middle: places by places, and flow by places
    u, v = flow * known
    two = agreed.sums(torch.stack([x * x, x * y, y * y]) * known)
    cross = agreed.sums(torch.stack([u * x, u * y, v * x, v * y]))
    two = two / weight - torch.stack([middle[:, 0] ** 2, middle.prod(1), middle[:, 1] ** 2], 1)
    cross = cross / weight - (shift[:, :, None] * middle[:, None]).flatten(1)
    plenty = one[:, :1] > HIDDEN
    around = agreed.means(_slopes(flow)).view(-1, 2, 2)
    strain = torch.where(plenty[..., None], _strain(two, cross, around), torch.zeros_like(around))
    offset = strokes.center * stretch - middle
    move = torch.where(plenty, shift + (strain @ offset[..., None])[..., 0], mean)
    moves = move.norm(dim=1) > UNMOVED
    return _moved(strokes, move / stretch, strain, moves), moves


def _slopes(flow: Tensor) -> Tensor:
    """(4, h, w) derivatives of a smoothed flow (2, h, w): of x by x, of x by y, of y by x, of y by y."""
    side = SURROUNDINGS
    wide = F.pad(flow[None], (side // 2 + 1,) * 4, mode="replicate")
    smooth = F.avg_pool2d(wide, side, 1)[0]
    right = (smooth[:, 1:-1, 2:] - smooth[:, 1:-1, :-2]) / 2
    down = (smooth[:, 2:, 1:-1] - smooth[:, :-2, 1:-1]) / 2
    slopes = torch.stack([right, down], 1).flatten(0, 1)
    return slopes * (slopes.norm(dim=0) < PARTING)


def _strain(two: Tensor, cross: Tensor, around: Tensor) -> Tensor:
    """(N, 2, 2) derivative of the flow by the place, least squares with a pull to what it is around a stroke.

    Args:
        two: (N, 3) second moments of places; cross: (N, 4) of flow and places; around: (N, 2, 2).
    """
    pull = LEAST_SPREAD * torch.eye(2, device=two.device)
    places = torch.stack([two[:, 0], two[:, 1], two[:, 1], two[:, 2]], 1).view(-1, 2, 2)
    strain = (cross.view(-1, 2, 2) + around @ pull) @ torch.linalg.inv(places + pull)
    size = strain.flatten(1).norm(dim=1)[:, None, None]
    return strain * (MOST_STRAIN / size.clamp_min(1e-9)).clamp_max(1)


def _moved(strokes: Strokes, move: Tensor, strain: Tensor, moves: Tensor) -> Strokes:
    """Centres by `move` (N, 2) pixels of the canvas, forms by their strain (N, 2, 2); only those that move (N,)."""
    along = torch.stack([strokes.angle.cos(), strokes.angle.sin()], 1)
    after = along + (strain @ along[..., None])[..., 0]
    longer = after.norm(dim=1).clamp_min(1e-3)
    wider = (torch.linalg.det(strain + torch.eye(2, device=strain.device)) / longer).clamp_min(1e-3)
    size, angle = strokes.size * torch.stack([longer, wider], 1), torch.atan2(after[:, 1], after[:, 0])
    there = strokes.shaped(size=size, angle=angle)
    return dataclasses.replace(
        strokes,
        center=torch.where(moves[:, None], strokes.center + move, strokes.center),
        size=torch.where(moves[:, None], there.size, strokes.size),
        angle=torch.where(moves, there.angle, strokes.angle),
        bend=torch.where(moves, there.bend, strokes.bend),
        taper=torch.where(moves, there.taper, strokes.taper),
    )


def _at(flow: Tensor, places: Tensor) -> Tensor:
    """(N, 2) the flow (2, h, w) at places (N, 2)."""
    height, width = flow.shape[1:]
    x, y = places.long().unbind(1)
    return flow[:, y.clamp(0, height - 1), x.clamp(0, width - 1)].T

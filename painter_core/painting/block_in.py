"""Blocking in: broad strokes that cover the whole canvas before anything is described, as painters begin.

They leave no pixel of bare ground between later strokes, whatever those do, and cost about as many strokes as the
coarsest levels would.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from ..brushes.brush import Brush
from ..images import resized, shrunk_size, size_of
from ..manner import Manner
from ..rendering.marks import marks_of
from ..rendering.sampling import sample
from ..strokes import Strokes

#: The least and most strokes that are spent, the most with the usual share; below the least there is no blocking in.
LEAST, MOST, USUAL_SHARE = 8, 300, 1 / 40
#: Extent of a stroke in units of the distance between strokes: the full part of a bristle mark then covers its cell
#: at any angle.
LENGTH, WIDTH = 2.7, 1.65
#: Irregularity of place (in distances) and of direction (radians, standard deviation).
JITTER, WAVER = 0.12, 0.15
#: Pixels along the long side of the small picture from which colors are taken.
STUDY = 96
#: Marks that are sampled at once there.
MARKS_AT_ONCE = 32


def block_in(
    picture: Tensor,
    budget: int,
    brush: Brush,
    ground: Tensor,
    generator: torch.Generator,
    manner: Manner,
    on_marks: Callable[[], None] = lambda: None,
) -> Strokes:
    """Broad strokes over all of a picture, in its colors, along its structure.

    Args:
        picture: (3, H, W) in [0, 1]; budget: strokes of the whole painting; ground: (3,) color below.
        generator: for the irregularities; manner: its share of the budget, and bounds for the strokes.
        on_marks: called after every few marks; what it raises passes through: a way to cancel.
    Returns:
        About that share of the budget in layer 0; none if it is too small for blocking in.
    """
    height, width = picture.shape[1:]
    count = min(int(MOST * max(1.0, manner.blocked / USUAL_SHARE)), int(budget * manner.blocked))
    canvas = (height, width)
    if count < LEAST or min(height, width) < 4:
        return Strokes.empty(canvas, ground.cpu(), (brush,)).to(picture.device)
    center, apart = _bricks(height, width, count, generator, JITTER * (1 + manner.variety))
    center = center[torch.randperm(len(center), generator=generator)][:budget]
    n = len(center)
    angle = directions(picture, center) + WAVER * torch.randn(n, generator=generator)
    size = manner.bounded(apart * torch.tensor([LENGTH, WIDTH]).expand(n, 2), canvas)
    seed = torch.randint(2**31, (n,), generator=generator)
    strokes = Strokes.build(center, size, angle, torch.zeros(n, 3), canvas=canvas, ground=ground.cpu(), seed=seed,
                            opacity=manner.opacity, brushes=(brush,))  # fmt: skip
    on_marks()
    return _colored(strokes.to(picture.device), picture, brush, on_marks)


def _bricks(height: int, width: int, count: int, generator: torch.Generator, jitter: float) -> tuple[Tensor, float]:
    """Centers (n, 2) x, y laid like bricks, every second row shifted by half, and the distance between them."""
    apart = math.sqrt(height * width / count)
    rows, columns = max(1, round(height / apart)), max(1, round(width / apart))
    down, across = height / rows, width / columns
    places = []
    for row in range(rows):
        odd = row % 2
        x = (torch.arange(columns + odd) + 0.5 * (1 - odd)) * across
        places.append(torch.stack([x, torch.full_like(x, (row + 0.5) * down)], 1))
    center = torch.cat(places)
    apart = max(down, across)
    return center + (torch.rand(center.shape, generator=generator) * 2 - 1) * jitter * apart, apart


def directions(picture: Tensor, center: Tensor) -> Tensor:
    """Direction of least change around each place, by the structure tensor of a small version of the picture.

    Args:
        picture: (3, H, W); center: (N, 2) x, y in its pixels.
    Returns:
        (N,) angle in radians, on the CPU; level where there is no structure.
    """
    height, width = picture.shape[1:]
    factor = STUDY / max(height, width)
    small = resized(picture, (max(2, round(height * factor)), max(2, round(width * factor))), "area").cpu()
    dx = F.pad(small[:, :, 1:] - small[:, :, :-1], (0, 1))
    dy = F.pad(small[:, 1:] - small[:, :-1], (0, 0, 0, 1))
    tensor = torch.stack([(dx * dx - dy * dy).sum(0), 2 * (dx * dy).sum(0)])
    reach = STUDY // 8 * 2 + 1
    tensor = F.avg_pool2d(tensor[None], reach, 1, reach // 2, count_include_pad=False)[0]
    x = (center[:, 0] * small.shape[2] / width).long().clamp(0, small.shape[2] - 1)
    y = (center[:, 1] * small.shape[1] / height).long().clamp(0, small.shape[1] - 1)
    # the double angle points across the structure; a quarter turn of the angle lies along it
    return 0.5 * torch.atan2(tensor[1, y, x], tensor[0, y, x]) + math.pi / 2


def _colored(strokes: Strokes, picture: Tensor, brush: Brush, on_marks: Callable[[], None]) -> Strokes:
    """The strokes in the least-squares colors of the picture under their visible parts."""
    size = shrunk_size(size_of(picture), STUDY)
    target = resized(picture, size, "area").flatten(1)
    atlas, stamps = marks_of(strokes, size, brush)
    x = torch.arange(size[1], device=picture.device)[None] + 0.5
    y = torch.arange(size[0], device=picture.device)[None] + 0.5
    color = torch.empty_like(strokes.color)
    through = torch.ones_like(target[0])  # what the strokes above let through
    for last in range(len(strokes), 0, -MARKS_AT_ONCE):
        part = slice(max(0, last - MARKS_AT_ONCE), last)
        number = part.stop - part.start
        cover, _ = sample(atlas, stamps[part], x.expand(number, -1), y.expand(number, -1))
        cover = cover.flatten(1)
        for index in range(number - 1, -1, -1):
            squared = (cover[index] * through).square()
            through = through * (1 - cover[index])
            # a stroke that is hidden, or lies outside, still needs a color: that of all it covers
            if float(squared.sum()) <= 1e-3:
                squared = cover[index].square() + 1e-6
            color[part.start + index] = (target @ squared) / squared.sum()
        on_marks()
    return strokes.replace(color=color.clamp(0, 1))

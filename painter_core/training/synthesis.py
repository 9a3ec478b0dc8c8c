"""Training samples made of nothing but random strokes: a canvas, the strokes that are missing, and the target.

The idea of Paint Transformer's self-training, with what its own recipe leaves out: marks reach over the edges of the
patch, grounds are any color and not black, sizes run over several octaves, and every mark has one description
(length >= width, angle in [0, pi)).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from .patches import composite, coverage, visible_weights


@dataclass(frozen=True)
class SynthesisConfig:
    """Ranges of the random marks, as fractions of the patch."""

    center: tuple[float, float] = (-0.05, 1.05)
    length: tuple[float, float] = (0.15, 0.9)
    aspect: tuple[float, float] = (0.1, 0.4)
    #: how far marks bend, in radians, and taper, to either side; 0 and 0: straight ones, which have no such columns
    bend: float = 0.0
    taper: float = 0.0
    #: a mark that later ones hide by more than this share of its area is not asked for
    least_visible: float = 0.3


@dataclass(frozen=True)
class SyntheticBatch:
    """canvas, target: (B, 3, H, H); marks: (B, S, 5 or 7) in painting order; present: (B, S) bool, which count."""

    canvas: Tensor
    target: Tensor
    marks: Tensor
    present: Tensor


def random_marks(count: tuple[int, int], config: SynthesisConfig, generator: torch.Generator) -> Tensor:
    """(B, S) random marks: (B, S, 5), or (B, S, 7) if they bend or taper; lengths are uniform in their logarithm."""

    def uniform(low: float, high: float) -> Tensor:
        return low + (high - low) * torch.rand(count, generator=generator)

    length = torch.exp(uniform(math.log(config.length[0]), math.log(config.length[1])))
    width = length * uniform(*config.aspect)
    columns = [uniform(*config.center), uniform(*config.center), length, width, uniform(0, math.pi)]
    if config.bend or config.taper:
        columns += [uniform(-config.bend, config.bend), uniform(-config.taper, config.taper)]
    return torch.stack(columns, -1)


@torch.no_grad()
def synthesise(
    batch: int,
    strokes: int,
    size: int,
    config: SynthesisConfig,
    generator: torch.Generator,
    device: torch.device | str = "cpu",
) -> SyntheticBatch:
    """A batch of canvases with random marks on them, and targets with one to `strokes` further marks on top.

    Args:
        batch: B; strokes: S, the most marks that may be missing; size: pixels along a side of the patch.
        generator: on the CPU, whatever the device, so that a seed means the same everywhere.
    """
    ground = torch.rand((batch, 3, 1), generator=generator).to(device).expand(-1, -1, size * size)
    under = random_marks((batch, strokes), config, generator).to(device)
    weights, through = visible_weights(coverage(under, size))
    colors = torch.rand((batch, strokes, 3), generator=generator).to(device)
    canvas = composite(weights, through, colors, ground)

    marks = random_marks((batch, strokes), config, generator).to(device)
    number = torch.randint(1, strokes + 1, (batch, 1), generator=generator)
    drawn = (torch.arange(strokes) < number).to(device)
    cover = coverage(marks, size) * drawn[..., None]
    weights, through = visible_weights(cover)
    visible = weights.sum(-1) / cover.sum(-1).clamp_min(1.0)
    present = drawn & (visible > config.least_visible)
    # hidden marks are not drawn either, so that target and truth agree
    weights, through = visible_weights(cover * present[..., None])
    colors = torch.rand((batch, strokes, 3), generator=generator).to(device)
    target = composite(weights, through, colors, canvas)
    shape = (batch, 3, size, size)
    return SyntheticBatch(canvas.reshape(shape), target.reshape(shape), marks, present)

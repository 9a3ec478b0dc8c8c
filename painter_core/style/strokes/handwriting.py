"""What a reference says about strokes: how broad and long they are, how lively, and which way they run."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor

from ...detail.orientation import SCALES, SIDE, structure
from ...images import resized
from ...manner import Manner
from ...refinement.pull import Forms
from ...strokes import Strokes
from ..guided import lightness
from ..networks.distances import measured

#: Pixels at which a reference is read: as many as on a square with the side that the scales of structure mean.
PIXELS = SIDE * SIDE
#: Bands of detail, by the blur (sigma in pixels of that size) that separates each from the next.
BANDS = (1.0, 1.41, 2.0, 2.83, 4.0, 5.66, 8.0, 11.3)
#: The usual size of detail in paintings (3.2 in a late van Gogh, 5.4 in the Mona Lisa), and the width of strokes there,
#: both in pixels of that size; the width goes with this power of the size of detail.
USUAL_DETAIL, USUAL_WIDTH, STEEPNESS = 4.0, 8.0, 2.0
#: Length / width of strokes where no direction prevails, and what a coherence of 1 adds to it.
SHORTEST, LONGER = 1.8, 5.0
#: Narrowest and broadest stroke in widths, and how far proportions may be from the usual ones.
NARROW, BROAD, STOUT, SLIM = 0.3, 1.5, 0.5, 2.0
#: Extent of a covering stroke in distances between strokes, so that neighbors overlap.
COVER = 1.5


@dataclass(frozen=True)
class Handwriting:
    """How the strokes of a reference are.

    Attributes:
        width: share of the side of a square as large as the picture.
        aspect: length / width.
        lively: standard deviation of lightness (sRGB) among neighboring strokes.
    """

    width: float
    aspect: float
    lively: float

    @staticmethod
    def of(styles: Sequence[Tensor]) -> Handwriting:
        """Of one reference (3, H, W) in [0, 1], or the mean of several."""
        read = [_read(style) for style in styles]
        return Handwriting(*(sum(values) / len(read) for values in zip(*read, strict=True)))

    def manner(self, base: Manner, canvas: tuple[int, int], count: int, covering: float) -> Manner:
        """`base` with strokes of this width and these proportions, for `count` strokes on a canvas (height, width).

        Args:
            covering: share of the strokes that cover the canvas, which therefore can't be too narrow.
        """
        area, long = canvas[0] * canvas[1], max(canvas)
        width = max(self.width * math.sqrt(area), COVER * math.sqrt(area / max(1.0, covering * count)), 1.0)
        return dataclasses.replace(
            base,
            widths=(max(1.0, NARROW * width), min(1.0, BROAD * width / long)),
            aspect=(max(1.0, STOUT * self.aspect), max(1.0, SLIM * self.aspect)),
            blocked=covering,
        )


def _read(style: Tensor) -> tuple[float, float, float]:
    seen = measured(style, PIXELS)
    light = lightness(seen)
    levels = [_blurred(light, sigma) for sigma in BANDS]
    energy = torch.stack([(fine - coarse).square().mean() for fine, coarse in pairwise(levels)])
    middle = torch.tensor([math.log(a * b) / 2 for a, b in pairwise(BANDS)]).to(energy)
    detail = float((energy * middle).sum().div(energy.sum() + 1e-12).exp()) if energy.sum() > 1e-9 else USUAL_DETAIL
    width = USUAL_WIDTH * (detail / USUAL_DETAIL) ** STEEPNESS
    here = structure(seen, SCALES[1])
    clear = here.strength.clamp_min(1e-6)
    coherence = float((here.coherence * clear).sum() / clear.sum())
    lively = float((light - _blurred(light, width)).std(correction=0))
    return width / SIDE, SHORTEST + LONGER * coherence, lively


def _blurred(planes: Tensor, sigma: float) -> Tensor:
    """(C, H, W) about as under a Gaussian of `sigma` pixels: three box filters."""
    side = max(1, round(sigma * 1.88) // 2 * 2 + 1)  # the box whose variance is a third of sigma squared, about
    for _ in range(3):
        planes = torch.nn.functional.avg_pool2d(planes, side, 1, side // 2, count_include_pad=False)
    return planes


class Flow(Forms):
    """The directions of a content's forms; where it has none, those of a reference, laid over the canvas."""

    def __init__(self, content: Tensor, styles: Sequence[Tensor], share: float) -> None:
        """Both (3, H, W) in [0, 1]; `share` from 0 to 1: how much the reference's directions count in calm places."""
        super().__init__(content)
        theirs = torch.stack([_laid(Forms(measured(style, PIXELS)), self.size) for style in styles]).mean(0)
        calm = 1 - self.vectors.norm(dim=1, keepdim=True).clamp(0, 1)
        self.vectors = self.vectors + share * calm * theirs

    def turned(self, strokes: Strokes) -> Strokes:
        """The strokes, each along the flow below it, as far as it is clear."""
        wanted, clear = self.along(strokes)
        turn = torch.remainder(wanted - strokes.angle + math.pi / 2, math.pi) - math.pi / 2
        return strokes.shaped(angle=strokes.angle + turn * (4 * clear).clamp(0, 1))


def _laid(forms: Forms, size: tuple[int, int]) -> Tensor:
    """(scales, 2, h, w) the directions of a reference over a canvas of another size."""
    return torch.stack([resized(plane, size, "area") for plane in forms.vectors])

"""Where lines and edges are that a painter would draw, as against the even roughness of foliage, gravel or cloth."""

from __future__ import annotations

import torch
from torch import Tensor

from ..images import blurred

#: Blur of the picture before differences are taken, of an edge's energy, and of its surroundings' energy, as
#: fractions of the picture's long side.
EDGE, NEAR, AROUND = 1 / 400, 1 / 150, 1 / 24
#: The least blur before differences are taken, in pixels: those of single pixels are noise.
LEAST_BLUR = 0.7
#: How much of the surroundings' energy is taken off: what is as busy as its neighborhood is texture. Grigorescu,
#: Petkov, Westenberg, "Contour detection based on nonclassical receptive field inhibition" (2003).
INHIBITION = 0.9
#: Of an energy that is all texture, so much stays.
TEXTURE = 0.3
#: Of the differences in energy, those in the two color channels count so much: cameras and JPEG spoil them most.
CHROMA = 0.5
#: Gaussians are cut off at so many standard deviations.
CUT = 2.5
#: Share of the picture's pixels that is taken to show noise only, and to be strongest.
CALM, STRONGEST = 0.25, 0.01
#: Energy (Lab / 100 a pixel) that the strongest place needs to count fully.
FULL = 0.03


def structure(lab: Tensor) -> Tensor:
    """How much there is to draw at each place: (h, w) in [0, 1], all 0 for a plain picture.

    Args:
        lab: (3, h, w) CIE Lab / 100.
    """
    size = max(lab.shape[1:])
    weight = torch.tensor([1.0, CHROMA, CHROMA], device=lab.device)
    smooth = blurred(lab * weight[:, None, None], max(EDGE * size, LEAST_BLUR), cut=CUT)
    right = smooth.diff(dim=2, append=smooth[:, :, -1:])
    down = smooth.diff(dim=1, append=smooth[:, -1:])
    energy = (right.square() + down.square()).sum(0, keepdim=True).sqrt()
    energy = (energy - _least_of(energy, CALM)).clamp_min(0)
    near = blurred(energy, NEAR * size, cut=CUT)
    drawn = (near - INHIBITION * blurred(energy, AROUND * size, cut=CUT)).clamp_min(0) + TEXTURE * near
    return (drawn[0] / _least_of(drawn, 1 - STRONGEST).clamp_min(FULL)).clamp_max(1)


def _least_of(field: Tensor, share: float) -> Tensor:
    """The value that a share of a field's places lies below."""
    return field.flatten().kthvalue(min(field.numel(), 1 + int(share * field.numel()))).values

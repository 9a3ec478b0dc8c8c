"""Where lines and edges are that a painter would draw, as against the even roughness of foliage, gravel or cloth."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor

#: Blur of the picture before differences are taken, of an edge's energy, and of its surroundings' energy, as
#: fractions of the picture's long side.
EDGE, NEAR, AROUND = 1 / 400, 1 / 150, 1 / 24
#: How much of the surroundings' energy is taken off: what is as busy as its neighbourhood is texture. Grigorescu,
#: Petkov, Westenberg, "Contour detection based on nonclassical receptive field inhibition" (2003).
INHIBITION = 0.6
#: Of an energy that is all texture, so much stays.
TEXTURE = 0.35
#: Energy (Lab / 100 a pixel) below which nothing is drawn, and the share of pixels that are taken to be strongest.
NOISE, STRONGEST = 0.01, 0.05


def structure(lab: Tensor) -> Tensor:
    """How much there is to draw at each place: (h, w) in [0, 1], all 0 for a plain picture.

    Args:
        lab: (3, h, w) CIE Lab / 100.
    """
    size = max(lab.shape[1:])
    smooth = blurred(lab, EDGE * size)
    right = smooth.diff(dim=2, append=smooth[:, :, -1:])
    down = smooth.diff(dim=1, append=smooth[:, -1:])
    energy = (right.square() + down.square()).sum(0, keepdim=True).sqrt()
    near = blurred(energy, NEAR * size)
    drawn = (near - INHIBITION * blurred(energy, AROUND * size)).clamp_min(0) + TEXTURE * near
    strong = drawn.flatten().kthvalue(max(1, round((1 - STRONGEST) * drawn.numel()))).values
    return (drawn[0] / torch.clamp(strong, min=NOISE)).clamp_max(1)


def blurred(field: Tensor, sigma: float) -> Tensor:
    """(C, h, w) under a Gaussian of `sigma` pixels, with repeated borders."""
    reach = math.ceil(2.5 * sigma)
    if reach < 1:
        return field
    offset = torch.arange(-reach, reach + 1, device=field.device, dtype=field.dtype)
    kernel = torch.exp(-0.5 * (offset / max(sigma, 1e-3)).square())
    kernel = kernel / kernel.sum()
    stack = F.pad(field[:, None], (reach, reach, reach, reach), mode="replicate")
    return F.conv2d(F.conv2d(stack, kernel[None, None, None, :]), kernel[None, None, :, None])[:, 0]

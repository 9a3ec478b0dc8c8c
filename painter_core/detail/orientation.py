"""Which way a picture's forms run: the structure tensor."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import pad

from ..images import blurred

#: The structure tensor's outer scales: sigma in pixels of a picture whose long side is SIDE pixels; on others
#: they grow with it. A stroke is judged by the one that is nearest to half its width.
SCALES, SIDE = (2.0, 4.0, 8.0), 512
#: The scale that gradients are taken at, as a share of the outer one: a broad stroke can't follow what is finer.
INNER_SHARE = 0.5
#: What makes structure clear: coherence (0.5: the gradient across is 2.4 times that along), and gradient strength, of
#: which a straight edge with a step of h has 0.23 h on it (so a step of 0.087, or 22 of 255).
CLEAR_COHERENCE, CLEAR_STRENGTH = 0.5, 0.02


@dataclass(frozen=True)
class Structure:
    """The direction of a picture's structure at each pixel, at one scale; see `structure`.

    Attributes:
        angle: (H, W) along the structure in radians, [0, pi), clockwise on screen from the x axis as in `Strokes`.
        coherence: (H, W) in [0, 1], 0 where no direction prevails, 1 for parallel stripes and straight edges.
        strength: (H, W) root mean square of the gradient times its scale, so that it depends on contrast, not on size.
    """

    angle: Tensor
    coherence: Tensor
    strength: Tensor

    @property
    def clear(self) -> Tensor:
        """(H, W) bool: is there a direction to speak of?"""
        return (self.coherence >= CLEAR_COHERENCE) & (self.strength >= CLEAR_STRENGTH)


def structure(picture: Tensor, outer: float, inner: float | None = None) -> Structure:
    """The structure tensor of a (3, H, W) picture in [0, 1].

    Bigun, Granlund, "Optimal orientation detection of linear symmetry" (1987): products of the gradient's components,
    averaged over a neighborhood; the eigenvector of the smaller eigenvalue points along the structure. The colors'
    tensors are averaged (Di Zenzo, "A note on the gradient of a multi-image", 1986). Coherence is
    (l1 - l2)^2 / (l1 + l2)^2 of the eigenvalues (Jaehne, "Digital image processing", simple neighborhoods). Gradients
    are multiplied by their scale (Lindeberg's normalised derivatives), so that one threshold serves all scales.

    Args:
        picture: (3, H, W) in [0, 1].
        outer: sigma in pixels of the Gaussian that averages the tensor, above 0.
        inner: sigma in pixels of the Gaussian that the picture is blurred with before; default: INNER_SHARE * outer.
    Raises ValueError for another shape or scale.
    """
    if picture.ndim != 3 or picture.shape[0] != 3 or not picture.numel():
        raise ValueError(f"picture must have the shape (3, H, W), got {tuple(picture.shape)}")
    inner = INNER_SHARE * outer if inner is None else inner
    if not (outer > 0 and inner > 0):
        raise ValueError(f"the scales of the structure tensor must be above 0 pixels, got {outer} and {inner}")
    smooth = blurred(picture.float(), inner)
    wide = pad(smooth[None], (1, 1, 1, 1), mode="replicate")[0]
    right = (wide[:, 1:-1, 2:] - wide[:, 1:-1, :-2]) * (inner / 2)
    down = (wide[:, 2:, 1:-1] - wide[:, :-2, 1:-1]) * (inner / 2)
    products = torch.stack([(right * right).mean(0), (down * down).mean(0), (right * down).mean(0)])
    xx, yy, xy = blurred(products, outer)
    across = torch.atan2(2 * xy, xx - yy) / 2  # of the larger eigenvalue: the way the gradient points
    total = xx + yy
    spread = torch.hypot(xx - yy, 2 * xy)
    coherence = (spread / total.clamp_min(1e-30)).square().clamp(0, 1)
    angle = torch.remainder(across + math.pi / 2, math.pi)
    return Structure(angle.float(), coherence.float(), total.sqrt().float())

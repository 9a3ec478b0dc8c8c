"""How near a painting is to its picture, and how painterly its strokes are."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from ..brushes.brush import Brush
from ..detail.orientation import SCALES, SIDE, structure
from ..images import blurred
from ..rendering.topmost import topmost
from ..strokes import Strokes

#: The window of SSIM: side in pixels and standard deviation of its Gaussian (Wang et al. 2004).
SSIM_WINDOW, SSIM_SIGMA = 11, 1.5
#: ... and where that ends, in standard deviations: 5 pixels from its middle.
SSIM_CUT = 3.3
#: The constants that keep SSIM stable, for values in [0, 1] (Wang et al. 2004: K1 = 0.01, K2 = 0.03).
SSIM_C1, SSIM_C2 = 0.01**2, 0.03**2
#: Widths under this many pixels count as this much, so that hairlines have a finite length to width.
LEAST_WIDTH = 1e-3

#: A stroke whose direction is no further off than this many degrees follows the structure; 2 / 9 do by chance.
ALIGNED_DEGREES = 20.0


def l1(a: Tensor, b: Tensor) -> float:
    """Mean absolute difference of two (3, H, W) pictures in [0, 1]; 0 is equal. Raises ValueError for other shapes."""
    _check_pair(a, b)
    return float((a.double() - b.to(a.device).double()).abs().mean())


def psnr(a: Tensor, b: Tensor) -> float:
    """Peak signal to noise ratio in dB of two (3, H, W) pictures in [0, 1]: 10 log10(1 / mean squared difference).

    Infinite for equal pictures. Raises ValueError for other shapes.
    """
    _check_pair(a, b)
    error = float((a.double() - b.to(a.device).double()).square().mean())
    return math.inf if error == 0 else -10 * math.log10(error)


def ssim(a: Tensor, b: Tensor) -> float:
    """Structural similarity of two (3, H, W) pictures in [0, 1]; 1 is equal.

    Wang, Bovik, Sheikh, Simoncelli, "Image quality assessment: from error visibility to structural similarity" (2004):
    a Gaussian window of 11 pixels with sigma 1.5, population covariance, only windows that lie inside the picture;
    the mean over the three channels. Raises ValueError for other shapes and for sides under 11 pixels.
    """
    _check_pair(a, b)
    if min(a.shape[-2:]) < SSIM_WINDOW:
        raise ValueError(f"SSIM needs pictures of at least {SSIM_WINDOW} pixels each side, got {tuple(a.shape[-2:])}")
    a, b = a.double(), b.to(a.device).double()
    mean_a, mean_b, square_a, square_b, product = [
        blurred(one, SSIM_SIGMA, border="valid", cut=SSIM_CUT) for one in (a, b, a * a, b * b, a * b)
    ]
    variance_a, variance_b = square_a - mean_a**2, square_b - mean_b**2
    covariance = product - mean_a * mean_b
    luminance = (2 * mean_a * mean_b + SSIM_C1) / (mean_a**2 + mean_b**2 + SSIM_C1)
    structure = (2 * covariance + SSIM_C2) / (variance_a + variance_b + SSIM_C2)
    return float((luminance * structure).mean())


def border_ratio(painting: Tensor, patch: int) -> float:
    """Do the borders of patches show? Mean gradient magnitude across them over that everywhere else.

    A border lies between pixels `patch * k - 1` and `patch * k`, so the steps between those are compared with all
    other steps between neighbors, along rows and columns. 1 is invisible, more is a visible grid. A painting without
    any gradient has no borders: 1.

    Args:
        painting: (3, H, W) in [0, 1].
        patch: side of the patches in pixels, at least 2 and less than H or W, with patches laid from the top left.
    Raises ValueError for a patch size that leaves nothing to compare.
    """
    _check_picture(painting, "painting")
    if not 2 <= patch < max(painting.shape[-2:]):
        sides = tuple(painting.shape[-2:])
        raise ValueError(f"patch must be from 2 to under the painting's long side of {sides}, got {patch}")
    at_border, elsewhere = [], []
    for steps in (painting.double().diff(dim=2), painting.double().diff(dim=1).transpose(1, 2)):
        size = steps.square().sum(dim=0).sqrt()  # (lines, steps along them): one magnitude for the three channels
        border = (torch.arange(size.shape[1], device=size.device) + 1) % patch == 0
        at_border.append(size[:, border].flatten())
        elsewhere.append(size[:, ~border].flatten())
    inside = float(torch.cat(elsewhere).mean())
    across = float(torch.cat(at_border).mean())
    if inside == 0:
        return 1.0 if across == 0 else math.inf
    return across / inside


def elongation(strokes: Strokes) -> float:
    """Median length over width of the strokes; 1 is a blob, NaN for no strokes."""
    if not len(strokes):
        return math.nan
    length, width = strokes.size.double().unbind(dim=-1)
    return float((length / width.clamp(min=LEAST_WIDTH)).median())


@dataclass(frozen=True)
class Alignment:
    """How well strokes follow the structure of their picture, over pixels that are painted and have clear structure.

    Attributes:
        share: of those pixels, how many have a stroke within ALIGNED_DEGREES of the structure; NaN if there are none.
        degrees: mean angle between stroke and structure, 0 to 90; 45 by chance; NaN if there are no such pixels.
        clear: how many of the picture's pixels they are, in [0, 1].
    """

    share: float
    degrees: float
    clear: float


def alignment(strokes: Strokes, picture: Tensor, brush: str | Brush | None = None) -> Alignment:
    """Do the strokes run along the forms?

    Every painted pixel has one stroke that is seen most there (`topmost`). Its direction is compared with that of the
    picture's structure (`structure`) at the scale that fits the stroke: of three outer scales (2, 4 and 8 pixels at a
    long side of 512, gradients taken at half of that) the one that is nearest, in octaves, to half the stroke's width.
    So a broad stroke is asked to follow the form and not its texture, and a fine one to follow the hair. Only pixels
    whose structure is clear at that scale count. A blob counts with the direction that it is stored with.

    Args:
        strokes: of the picture; another canvas size is scaled to the picture's.
        picture: (3, H, W) in [0, 1], what was painted.
        brush: what draws all strokes (default: their own brushes); it decides what covers what.
    Raises ValueError for another shape of picture.
    """
    _check_picture(picture, "picture")
    height, width = picture.shape[-2:]
    top = topmost(strokes, brush, (height, width)).to(picture.device)
    unit = max(height, width) / SIDE
    stretch = max(height, width) / max(strokes.canvas)
    half = (strokes.size[:, 1] * stretch / 2).to(picture.device).clamp_min(LEAST_WIDTH)
    scales = unit * torch.tensor(SCALES, device=picture.device)
    nearest = (half[:, None].log2() - scales.log2()).abs().argmin(dim=1)  # (N,)
    off, counted = [], 0
    for which, outer in enumerate(scales.tolist()):
        here = structure(picture, outer)
        chosen = (top >= 0) & here.clear
        chosen[chosen.clone()] = nearest[top[chosen]] == which
        angle = strokes.angle.to(picture.device)[top[chosen]]
        turn = torch.remainder(angle - here.angle[chosen] + math.pi / 2, math.pi) - math.pi / 2
        off.append(turn.abs() * (180 / math.pi))
        counted += len(off[-1])
    apart = torch.cat(off).double()
    if not counted:
        return Alignment(math.nan, math.nan, 0.0)
    return Alignment(float((apart <= ALIGNED_DEGREES).double().mean()), float(apart.mean()), counted / top.numel())


def coverage_fraction(coverage: Tensor, least: float = 0.5) -> float:
    """Share of the canvas that is painted.

    Args:
        coverage: (H, W) in [0, 1], how much of each pixel strokes cover (`raster.coverage`).
        least: a pixel counts as painted from this coverage on, in (0, 1].
    Raises ValueError for another shape or an impossible `least`.
    """
    if coverage.ndim != 2 or not coverage.numel():
        raise ValueError(f"coverage must be (H, W) with at least one pixel, got {tuple(coverage.shape)}")
    if not 0 < least <= 1:
        raise ValueError(f"least must lie in (0, 1], got {least}")
    return float((coverage >= least).double().mean())


def _check_picture(picture: Tensor, name: str) -> None:
    if picture.ndim != 3 or picture.shape[0] != 3 or not picture.numel():
        raise ValueError(f"{name} must be a picture of shape (3, H, W), got {tuple(picture.shape)}")


def _check_pair(a: Tensor, b: Tensor) -> None:
    _check_picture(a, "the first picture")
    if a.shape != b.shape:
        raise ValueError(f"the pictures to compare must have one shape, got {tuple(a.shape)} and {tuple(b.shape)}")

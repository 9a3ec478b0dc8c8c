"""OKLab: the space in which distances between colors are about as large as they look.

Formulas and constants: Bjorn Ottosson, "A perceptual color space for image processing" (2020); transfer function of
sRGB: IEC 61966-2-1.
"""

from __future__ import annotations

import torch
from torch import Tensor

#: Linear sRGB to the responses of the eye's cones, and their cube roots to lightness and two opponent colors.
_TO_CONES = (
    (0.4122214708, 0.5363325363, 0.0514459929),
    (0.2119034982, 0.6806995451, 0.1073969566),
    (0.0883024619, 0.2817188376, 0.6299787005),
)
_TO_LAB = (
    (0.2104542553, 0.7936177850, -0.0040720468),
    (1.9779984951, -2.4285922050, 0.4505937099),
    (0.0259040371, 0.7827717662, -0.8086757660),
)
#: Halvings of the chroma when a color is brought into sRGB: its chroma is then right to 1/1000 of what it was.
GAMUT_STEPS = 10
#: What lies outside [0, 1] by less than this (a tenth of an 8-bit step) is rounding and not another gamut.
ROUNDING = 4e-4


def to_linear(color: Tensor) -> Tensor:
    """sRGB in [0, 1], of any shape, as linear light (IEC 61966-2-1)."""
    return torch.where(color <= 0.04045, color / 12.92, ((color.clamp_min(0) + 0.055) / 1.055) ** 2.4)


def from_linear(light: Tensor) -> Tensor:
    """Linear light, of any shape, as sRGB; values below 0 stay below 0."""
    return torch.where(light <= 0.0031308, light * 12.92, 1.055 * light.clamp_min(1e-9) ** (1 / 2.4) - 0.055)


def to_oklab(color: Tensor) -> Tensor:
    """sRGB (..., 3) in [0, 1] as OKLab (..., 3): lightness in [0, 1], green to red, blue to yellow (within +-0.35)."""
    cones = to_linear(color) @ _matrix(_TO_CONES, color).T
    return cones.sign() * cones.abs() ** (1 / 3) @ _matrix(_TO_LAB, color).T


def from_oklab(lab: Tensor) -> Tensor:
    """OKLab (..., 3) as sRGB (..., 3) in [0, 1].

    What sRGB cannot show keeps lightness and hue and loses as much chroma as it must; lightness is held in [0, 1].
    """
    light = lab[..., :1].clamp(0, 1)
    lab = torch.cat([light, lab[..., 1:]], dim=-1)
    color = unclipped(lab)
    outside = ((color < -ROUNDING) | (color > 1 + ROUNDING)).any(dim=-1)
    if bool(outside.any()):
        color = color.clone()
        color[outside] = unclipped(_within_gamut(lab[outside]))
    return color.clamp(0, 1)


def _within_gamut(lab: Tensor) -> Tensor:
    """Colors (M, 3) with the most chroma that sRGB can show at their lightness and hue, by bisection."""
    low, high = torch.zeros_like(lab[:, :1]), torch.ones_like(lab[:, :1])
    for _ in range(GAMUT_STEPS):
        middle = (low + high) / 2
        color = unclipped(torch.cat([lab[:, :1], lab[:, 1:] * middle], dim=1))
        fits = ((color >= -ROUNDING) & (color <= 1 + ROUNDING)).all(dim=1, keepdim=True)
        low, high = torch.where(fits, middle, low), torch.where(fits, high, middle)
    return torch.cat([lab[:, :1], lab[:, 1:] * low], dim=1)


def unclipped(lab: Tensor) -> Tensor:
    """OKLab (..., 3) as sRGB that may leave [0, 1], where sRGB has no such color."""
    cones = (lab @ _inverse(_TO_LAB, lab).T) ** 3
    return from_linear(cones @ _inverse(_TO_CONES, lab).T)


def _matrix(rows: tuple[tuple[float, ...], ...], like: Tensor) -> Tensor:
    return torch.tensor(rows, dtype=like.dtype, device=like.device)


def _inverse(rows: tuple[tuple[float, ...], ...], like: Tensor) -> Tensor:
    # in double precision, so that black and white come back as black and white
    return torch.linalg.inv(torch.tensor(rows, dtype=torch.float64)).to(device=like.device, dtype=like.dtype)

"""Reflectance spectra for colors: what mixing paint needs and three numbers cannot say.

A color has many possible spectra; the smoothest one that stays between 0 and 1 looks like a pigment's (Scott Allen
Burns, "Numerical methods for smoothest reflectance reconstruction", Color Research & Application 2020: least slope
squared in the space of the hyperbolic tangent). It is computed for the eight corners of the sRGB cube. Every other
color is a mixture of four corners, as Brian Smits puts it ("An RGB to spectrum conversion for reflectances", 1999),
so that it keeps its color exactly.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import torch
from torch import Tensor

#: Middles of the bands, in nanometres.
WAVELENGTHS = np.arange(380.0, 740.0, 10.0)
#: CIE standard illuminant D65, relative power at those wavelengths (ISO/CIE 11664-2).
D65 = np.array(
    [
        [49.98, 54.65, 82.75, 91.49, 93.43, 86.68, 104.86, 117.01, 117.81, 114.86, 115.92, 108.81],
        [109.35, 107.80, 104.79, 107.69, 104.41, 104.05, 100.00, 96.33, 95.79, 88.69, 90.01, 89.60],
        [87.70, 83.29, 83.70, 80.03, 80.21, 82.28, 78.28, 69.72, 71.61, 74.35, 61.60, 69.89],
    ]
).ravel()
#: The eye's responses x, y, z as sums of lobes (height, peak in nm, steepness below and above it in 1/nm): Wyman, Sloan
#: and Shirley, "Simple analytic approximations to the CIE XYZ color matching functions", JCGT 2013, table 1.
LOBES = (
    ((0.362, 442.0, 0.0624, 0.0374), (1.056, 599.8, 0.0264, 0.0323), (-0.065, 501.1, 0.0490, 0.0382)),
    ((0.821, 568.8, 0.0213, 0.0247), (0.286, 530.9, 0.0613, 0.0322)),
    ((1.217, 437.0, 0.0845, 0.0278), (0.681, 459.0, 0.0385, 0.0725)),
)
#: CIE XYZ to linear sRGB (IEC 61966-2-1).
XYZ_TO_RGB = np.array([[3.2406, -1.5372, -0.4986], [-0.9689, 1.8758, 0.0415], [0.0557, -0.2040, 1.0570]])
#: No paint reflects nothing or everything: what black reflects, and what white lacks.
DARKEST = 0.01
#: Newton steps for a corner's spectrum (7 are enough), and the longest of them.
STEPS, LONGEST_STEP = 60, 1.5


def to_spectrum(light: Tensor) -> Tensor:
    """Linear sRGB (N, 3) in [0, 1] as reflectance (N, 36), between 0 and 1."""
    values, order = light.clamp(0, 1).sort(dim=1, descending=True)
    corners = _tensor(_corners(), light)
    bit = 2**order
    top, two = corners[bit[:, 0]], corners[bit[:, 0] + bit[:, 1]]
    share = torch.cat([1 - values[:, :1], -values.diff(dim=1), values[:, 2:]], dim=1)
    return share[:, :1] * corners[0] + share[:, 1:2] * top + share[:, 2:3] * two + share[:, 3:] * corners[7]


def from_spectrum(reflectance: Tensor) -> Tensor:
    """Reflectance (N, 36) as linear sRGB (N, 3) that may leave [0, 1] a little: the inverse of `to_spectrum`."""
    return (reflectance @ _tensor(_observer(), reflectance).T - DARKEST) / (1 - 2 * DARKEST)


def luminance(reflectance: Tensor) -> Tensor:
    """How light a reflectance (N, 36) is to the eye, (N,) in [0, 1]."""
    return reflectance @ _tensor(_daylight_eye()[1] / _daylight_eye()[1].sum(), reflectance)


def _tensor(array: np.ndarray, like: Tensor) -> Tensor:
    return torch.tensor(array, dtype=like.dtype, device=like.device)


@cache
def _daylight_eye() -> np.ndarray:
    """(3, 36): the eye's x, y, z for a reflectance in daylight, up to a factor."""

    def lobe(height: float, peak: float, below: float, above: float) -> np.ndarray:
        steepness = np.where(peak > WAVELENGTHS, below, above)
        return height * np.exp(-0.5 * ((WAVELENGTHS - peak) * steepness) ** 2)

    return np.stack([sum(lobe(*entry) for entry in curve) for curve in LOBES]) * D65


@cache
def _observer() -> np.ndarray:
    """(3, 36): reflectance to linear sRGB; a reflectance of 1 everywhere is white, exactly."""
    rows = XYZ_TO_RGB @ _daylight_eye()
    return rows / rows.sum(axis=1, keepdims=True)


@cache
def _corners() -> np.ndarray:
    """(8, 36): spectra of the sRGB cube's corners; corner 1 * red + 2 * green + 4 * blue."""
    colors = np.array([[corner >> channel & 1 for channel in range(3)] for corner in range(8)], dtype=float)
    return np.stack([_smoothest(DARKEST + (1 - 2 * DARKEST) * color) for color in colors])


def _smoothest(light: np.ndarray) -> np.ndarray:
    """The smoothest reflectance (36,) with this linear color (3,), 0 < color < 1.

    Newton's method on the Lagrange function: r = (tanh(z) + 1) / 2, least sum of (z[i + 1] - z[i])^2, observer @ r =
    color.
    """
    observer, bands = _observer(), len(WAVELENGTHS)
    slope = 4 * np.eye(bands) - 2 * np.eye(bands, k=1) - 2 * np.eye(bands, k=-1)
    slope[0, 0] = slope[-1, -1] = 2
    z, multiplier = np.zeros(bands), np.zeros(3)
    for _ in range(STEPS):
        reflectance = (np.tanh(z) + 1) / 2
        rate = 0.5 / np.cosh(z) ** 2
        pull = observer.T @ multiplier
        missing = np.concatenate([slope @ z + rate * pull, observer @ reflectance - light])
        if np.abs(missing).max() < 1e-10:
            break
        curvature = slope + np.diag(-2 * np.tanh(z) * rate * pull)
        system = np.block([[curvature, rate[:, None] * observer.T], [observer * rate, np.zeros((3, 3))]])
        step = np.linalg.solve(system, -missing)
        step *= min(1.0, LONGEST_STEP / np.abs(step[:bands]).max())
        z, multiplier = z + step[:bands], multiplier + step[bands:]
    return (np.tanh(z) + 1) / 2

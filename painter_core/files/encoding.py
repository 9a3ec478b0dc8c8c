"""Color spaces that a file names by number: primaries and a transfer function, converted to sRGB.

Sources: ITU-T H.273 (numbers of cICP), IEC 61966-2-1 (sRGB), Adobe RGB (1998) color image encoding, EXIF 2.3 and DCF
2.0 (interoperability "R03" is Adobe RGB), PNG specification (order in which its chunks count).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from ..color import from_linear, to_linear

#: x and y of white, red, green and blue.
Chromaticities = tuple[float, float, float, float, float, float, float, float]
D65 = (0.3127, 0.329)
SRGB: Chromaticities = (*D65, 0.64, 0.33, 0.30, 0.60, 0.15, 0.06)
ADOBE_RGB: Chromaticities = (*D65, 0.64, 0.33, 0.21, 0.71, 0.15, 0.06)
ADOBE_GAMMA = 563 / 256
#: Primaries of H.273 by their number.
PRIMARIES: dict[int, Chromaticities] = {
    1: SRGB,
    4: (0.310, 0.316, 0.67, 0.33, 0.21, 0.71, 0.14, 0.08),
    5: (*D65, 0.64, 0.33, 0.29, 0.60, 0.15, 0.06),
    6: (*D65, 0.630, 0.340, 0.310, 0.595, 0.155, 0.070),
    7: (*D65, 0.630, 0.340, 0.310, 0.595, 0.155, 0.070),
    8: (0.310, 0.316, 0.681, 0.319, 0.243, 0.692, 0.145, 0.049),
    9: (*D65, 0.708, 0.292, 0.170, 0.797, 0.131, 0.046),
    11: (0.314, 0.351, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060),
    12: (*D65, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060),
    22: (*D65, 0.630, 0.340, 0.295, 0.605, 0.155, 0.077),
}
#: Transfer functions of H.273 by their number: the name of a curve, or a gamma. (16 and 18 are those of high dynamic
#: range, whose light does not fit into a picture.)
TRANSFERS: dict[int, str | float] = {
    1: "bt709", 4: 2.2, 5: 2.8, 6: "bt709", 8: 1.0, 13: "srgb", 14: "bt709", 15: "bt709",
}  # fmt: skip
#: How far a gamma may be from that of sRGB, as a factor, and chromaticities from its own, to count as sRGB. (libpng
#: has the first of these, too.)
SAME_GAMMA, SAME_PLACE = 1.05, 0.005
SRGB_GAMMA = 2.2
#: Gammas that can be meant.
LEAST_GAMMA, MOST_GAMMA = 0.2, 10.0
#: The matrix from XYZ to the responses of the eye's cones between which white is adapted (Bradford).
BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
#: EXIF: the color space, the interoperability directory and its index.
COLOR_SPACE, EXIF_DIRECTORY, INTEROPERABILITY = 0xA001, 0x8769, 0xA005
ADOBE_COLOR_SPACE = 2


@dataclass(frozen=True)
class Encoding:
    """What the numbers of a picture mean, where that is not sRGB.

    Attributes:
        chromaticities: of white and the primaries.
        transfer: "srgb", "bt709" or a gamma: light is the number to that power.
    """

    chromaticities: Chromaticities = SRGB
    transfer: str | float = "srgb"

    def to_srgb(self, pixels: Tensor) -> Tensor:
        """(3, ...) numbers in [0, 1] of this encoding as sRGB in [0, 1]; colors that sRGB does not have are clipped."""
        light = self._light(pixels)
        if not _same_place(self.chromaticities):
            under_d65 = adaptation(self.chromaticities[:2], D65) @ to_xyz(self.chromaticities)
            matrix = np.linalg.inv(to_xyz(SRGB)) @ under_d65
            light = torch.einsum("ij,j...->i...", torch.from_numpy(matrix).to(light), light)
        light = light.clamp_(0, 1)
        return from_linear(light)

    def _light(self, pixels: Tensor) -> Tensor:
        if self.transfer == "srgb":
            return to_linear(pixels)
        if self.transfer == "bt709":
            return torch.where(pixels < 0.081, pixels / 4.5, ((pixels + 0.099) / 1.099) ** (1 / 0.45))
        return pixels ** float(self.transfer)


def from_cicp(numbers: tuple[int, int, int, int]) -> Encoding | None:
    """The encoding of a PNG's cICP chunk: (primaries, transfer, matrix, full range); None for sRGB.

    Raises ValueError with the reason if it is one that cannot be converted here.
    """
    primaries, transfer, matrix, full = numbers
    if transfer in (16, 18):
        raise ValueError("light of high dynamic range")
    if matrix != 0 or full != 1 or primaries not in PRIMARIES or transfer not in TRANSFERS:
        raise ValueError("numbers " + ", ".join(map(str, numbers)))
    return _unless_srgb(Encoding(PRIMARIES[primaries], TRANSFERS[transfer]))


def from_gamma(gamma: float | None, chromaticities: Any) -> Encoding | None:
    """The encoding of a PNG's gAMA and cHRM chunks (None: the chunk is not there); None for sRGB.

    `gamma` is as the chunk has it: the number is light to that power. Raises ValueError if it cannot be meant.
    """
    transfer: str | float = "srgb"
    if gamma is not None:
        if not 1 / MOST_GAMMA <= gamma <= 1 / LEAST_GAMMA:
            raise ValueError(f"a gamma of {gamma:g}")
        if not 1 / SAME_GAMMA <= gamma * SRGB_GAMMA <= SAME_GAMMA:
            transfer = 1 / gamma
    if chromaticities is None or _same_place(chromaticities):
        chromaticities = SRGB
    elif not _possible(chromaticities):
        raise ValueError("impossible primaries")
    return _unless_srgb(Encoding(chromaticities, transfer))


def from_exif(exif: Image.Exif) -> Encoding | None:
    """Adobe RGB where EXIF data say so, by their color space or, as cameras do, by interoperability "R03"."""
    try:
        directory = exif.get_ifd(EXIF_DIRECTORY)
        index, space = exif.get_ifd(INTEROPERABILITY).get(1), directory.get(COLOR_SPACE)
    except Exception:  # EXIF parsers raise nearly anything, and the pixels are fine
        return None
    index = index.encode() if isinstance(index, str) else index
    named = isinstance(index, bytes) and index.rstrip(b"\0 ") == b"R03"
    return Encoding(ADOBE_RGB, ADOBE_GAMMA) if named or space == ADOBE_COLOR_SPACE else None


def to_xyz(chromaticities: Chromaticities) -> np.ndarray:
    """(3, 3): linear RGB of these primaries to XYZ in which their white has Y = 1 (SMPTE RP 177)."""
    white, *primaries = (_xyz(*chromaticities[i : i + 2]) for i in range(0, 8, 2))
    columns = np.stack(primaries, axis=1)
    return columns * np.linalg.solve(columns, white)


def adaptation(white: tuple[float, float], other: tuple[float, float]) -> np.ndarray:
    """(3, 3): XYZ as seen under one white to the same under another (x, y of both)."""
    scale = (BRADFORD @ _xyz(*other)) / (BRADFORD @ _xyz(*white))
    return np.linalg.inv(BRADFORD) @ np.diag(scale) @ BRADFORD


def _xyz(x: float, y: float) -> np.ndarray:
    return np.array([x / y, 1.0, (1 - x - y) / y])


def _unless_srgb(encoding: Encoding) -> Encoding | None:
    return None if encoding == Encoding() else encoding


def _same_place(chromaticities: tuple[float, ...]) -> bool:
    return all(abs(one - other) <= SAME_PLACE for one, other in zip(chromaticities, SRGB, strict=True))


def _possible(chromaticities: tuple[float, ...]) -> bool:
    """Whether primaries span a triangle with the white inside, so that all light of white is of them."""
    if not all(math.isfinite(value) and 0 <= value <= 1 for value in chromaticities):
        return False
    if min(chromaticities[1::2]) < 0.001:  # no luminance
        return False
    white, *primaries = (_xyz(*chromaticities[i : i + 2]) for i in range(0, 8, 2))
    try:
        return bool((np.linalg.solve(np.stack(primaries, axis=1), white) > 0).all())
    except np.linalg.LinAlgError:
        return False

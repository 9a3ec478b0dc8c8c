"""Color spaces by number come out as a color management system has them from a profile of the same space."""

from __future__ import annotations

import io

import numpy as np
import pytest
import torch
from file_samples import profile_with
from PIL import Image, ImageCms

from painter_core.files.encoding import (
    ADOBE_GAMMA,
    ADOBE_RGB,
    D65,
    PRIMARIES,
    SRGB,
    Chromaticities,
    Encoding,
    adaptation,
    from_cicp,
    from_gamma,
    to_xyz,
)
from painter_core.files.srgb import srgb_profile

#: XYZ of the primaries under D50, as the published profiles of these spaces have them.
ADOBE_COLORS = ((0.60974, 0.31111, 0.01947), (0.20528, 0.62567, 0.06087), (0.14919, 0.06322, 0.74457))
P3_COLORS = ((0.51512, 0.24120, -0.00105), (0.29198, 0.69225, 0.04189), (0.15710, 0.06657, 0.78407))
BT2020_COLORS = ((0.67348, 0.27904, -0.00194), (0.16566, 0.67535, 0.02998), (0.12505, 0.04561, 0.79686))


def srgb_curve(number: float) -> float:
    return number / 12.92 if number <= 0.04045 else ((number + 0.055) / 1.055) ** 2.4


def bt709_curve(number: float) -> float:
    return number / 4.5 if number < 0.081 else ((number + 0.099) / 1.099) ** (1 / 0.45)


def seen_by_lcms(profile: bytes, numbers: np.ndarray) -> np.ndarray:
    """(N, 3) uint8 through a profile to sRGB."""
    source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    image = ImageCms.profileToProfile(Image.fromarray(numbers[None]), source, ImageCms.createProfile("sRGB"))
    return np.asarray(image)[0]


@pytest.mark.parametrize(
    ("encoding", "profile"),
    [
        (Encoding(ADOBE_RGB, ADOBE_GAMMA), profile_with(lambda x: x**ADOBE_GAMMA, ADOBE_COLORS)),
        (Encoding(PRIMARIES[12]), profile_with(srgb_curve, P3_COLORS)),
        (Encoding(PRIMARIES[9], "bt709"), profile_with(bt709_curve, BT2020_COLORS)),
        (Encoding(SRGB, 1.0), profile_with(lambda x: x)),
        (Encoding(SRGB, 1.8), profile_with(lambda x: x**1.8)),
    ],
    ids=["Adobe RGB", "Display P3", "BT.2020", "linear", "gamma 1.8"],
)
def test_as_color_management_has_it(encoding: Encoding, profile: bytes) -> None:
    numbers = np.random.default_rng(0).integers(0, 256, (2000, 3), dtype=np.uint8)
    ours = encoding.to_srgb(torch.from_numpy(numbers.T.astype(np.float32) / 255)).numpy().T * 255
    assert np.abs(ours - seen_by_lcms(profile, numbers)).max() < 1.5


def test_srgb_is_nothing_to_convert() -> None:
    numbers = torch.rand(3, 5, 7, generator=torch.Generator().manual_seed(0))
    assert torch.allclose(Encoding().to_srgb(numbers), numbers, atol=1e-6)
    assert from_cicp((1, 13, 0, 1)) is None
    assert from_gamma(None, None) is None
    for gamma in (0.45455, 0.45, 0.454):
        assert from_gamma(gamma, (0.3127, 0.329, 0.64, 0.33, 0.3, 0.6, 0.15, 0.06)) is None


@pytest.mark.parametrize("place", PRIMARIES.values())
def test_white_stays_white(place: Chromaticities) -> None:
    white = Encoding(place, 2.2).to_srgb(torch.ones(3, 1))
    assert torch.allclose(white, torch.ones(3, 1), atol=1e-5)
    assert np.allclose(adaptation(place[:2], D65) @ to_xyz(place) @ np.ones(3), to_xyz(SRGB) @ np.ones(3))


@pytest.mark.parametrize("numbers", [(9, 16, 0, 1), (9, 18, 0, 1), (1, 13, 1, 1), (1, 13, 0, 0), (2, 2, 0, 1)])
def test_spaces_that_cannot_be_converted_are_refused(numbers: tuple[int, int, int, int]) -> None:
    with pytest.raises(ValueError, match=r"numbers|high dynamic range"):
        from_cicp(numbers)


@pytest.mark.parametrize(
    ("gamma", "place"),
    [
        (0.0, None),
        (100.0, None),
        (None, (0.0,) * 8),
        (None, (0.3,) * 8),
        (None, (0.3127, 0.329, 0.64, 0.33, 0.60, 0.35, 0.62, 0.30)),  # the white lies outside
        (0.45455, (float("inf"),) * 8),
    ],
)
def test_what_cannot_be_meant_is_refused(gamma: float | None, place: tuple[float, ...] | None) -> None:
    with pytest.raises(ValueError, match=r"gamma|primaries"):
        from_gamma(gamma, place)


def test_the_profile_of_written_pictures_is_srgb() -> None:
    numbers = np.random.default_rng(1).integers(0, 256, (20_000, 3), dtype=np.uint8)
    assert np.array_equal(seen_by_lcms(srgb_profile(), numbers), numbers)
    assert srgb_profile() is srgb_profile()
    assert len(srgb_profile()) < 3000

"""Which of the many ways in which files say what their colors mean counts, and what is said where none can be used."""

from __future__ import annotations

from PIL import Image

from .encoding import Encoding, from_cicp, from_exif, from_gamma
from .icc import Profile
from .pixels import GREY_MODES, Meaning, is_deep

#: TIFF's numbers of the bits of a channel, of how black and white are meant, and of the value for "0 is white".
BITS_PER_SAMPLE, PHOTOMETRIC, WHITE_IS_ZERO = 258, 262, 0


def meaning_of(image: Image.Image, exif: Image.Exif, found: list[str]) -> Meaning:
    """What the numbers of an opened image mean; what cannot be used is said in a line added to `found`."""
    meaning = Meaning()
    tags = getattr(image, "tag_v2", None)
    if tags is not None and is_deep(image):
        meaning.inverted = tags.get(PHOTOMETRIC) == WHITE_IS_ZERO
        if tags.get(BITS_PER_SAMPLE) == (12,):  # Pillow unpacks these and does not stretch them
            meaning.white = 4095.0
    if _use_named(image, meaning, found):
        return meaning
    if not _use_profile(image, meaning, found) and "srgb" not in image.info:
        meaning.encoding = _from_gamma(image, found) or from_exif(exif)
    return meaning


def _use_named(image: Image.Image, meaning: Meaning, found: list[str]) -> bool:
    """Whether a PNG names its color space by number, which counts before everything else."""
    numbers = image.info.get("cicp")
    if numbers is None:
        return False
    try:
        meaning.encoding = from_cicp(numbers)
    except ValueError as error:
        found.append(f"its color space (cICP: {error}) cannot be converted and was ignored")
        return False
    return True


def _use_profile(image: Image.Image, meaning: Meaning, found: list[str]) -> bool:
    """Whether there is a profile that can be used."""
    data = image.info.get("icc_profile")
    if not data:
        return False
    deep = is_deep(image)
    try:
        profile = Profile(data, grey=deep or image.mode in GREY_MODES, cmyk=image.mode == "CMYK", deep=deep)
    except ValueError as error:
        found.append(f"its color profile was ignored: {error}")
        return False
    meaning.profile = None if profile.is_srgb else profile
    return True


def _from_gamma(image: Image.Image, found: list[str]) -> Encoding | None:
    try:
        return from_gamma(image.info.get("gamma"), image.info.get("chromaticity"))
    except ValueError as error:
        found.append(f"its color space (gAMA, cHRM: {error}) cannot be meant and was ignored")
        return None

"""What a picture file says about its print and its owner: resolution and copyright, read and written."""

from __future__ import annotations

import html
import math
import re
from dataclasses import dataclass
from typing import Any

from PIL import Image

#: EXIF's and TIFF's numbers of what is read and written here.
ORIENTATION, X_RESOLUTION, Y_RESOLUTION, RESOLUTION_UNIT, COPYRIGHT = 0x0112, 0x011A, 0x011B, 0x0128, 0x8298
#: Dots per inch of units that EXIF knows: inch and centimeter.
UNITS = {2: 1.0, 3: 2.54}
#: Resolutions outside of this are no resolutions (1 is how many programs write "not known").
LEAST_DPI, MOST_DPI = 2.0, 100_000.0
#: Most characters of a copyright notice that are kept.
MOST_TEXT = 2000
#: The owner in XMP: the text of the first entry of dc:rights. A pattern and no XML parser, which a hostile file could
#: keep busy.
XMP_RIGHTS = re.compile(r"<dc:rights>[^<]*<rdf:Alt>[^<]*<rdf:li[^>]*>([^<]{1,8000})</rdf:li>")


@dataclass(frozen=True)
class About:
    """Resolution and owner of a picture.

    Attributes:
        dpi: (across, down) dots per inch, or None where they are not known.
        copyright: the notice, or None.
    """

    dpi: tuple[float, float] | None = None
    copyright: str | None = None


def about(image: Image.Image, exif: Image.Exif) -> About:
    """What an opened Pillow image says; `exif` are its EXIF data. Whatever is not well-formed is left out."""
    # of a JPEG that does not say it, Pillow makes 72 dpi up
    made_up = image.format in ("JPEG", "MPO") and image.info.get("jfif_unit") not in (1, 2)
    dpi = (None if made_up else _resolution(image.info.get("dpi"))) or _exif_resolution(exif)
    if dpi and exif.get(ORIENTATION) in (5, 6, 7, 8):  # stored lying on its side
        dpi = (dpi[1], dpi[0])
    xmp = image.info.get("xmp")
    notice = _text(exif.get(COPYRIGHT)) or _text(image.info.get("Copyright")) or _xmp_rights(xmp)
    return About(dpi, notice)


def _resolution(pair: Any) -> tuple[float, float] | None:
    try:
        across, down = (float(value) for value in pair)
    except Exception:  # None, a fraction with 0 below, one number ...
        return None
    known = all(math.isfinite(value) and LEAST_DPI <= value <= MOST_DPI for value in (across, down))
    return (across, down) if known else None


def _exif_resolution(exif: Image.Exif) -> tuple[float, float] | None:
    unit = UNITS.get(exif.get(RESOLUTION_UNIT, 2))
    if unit is None:
        return None
    try:
        return _resolution((float(exif[X_RESOLUTION]) * unit, float(exif[Y_RESOLUTION]) * unit))
    except Exception:  # missing, or not numbers
        return None


def _text(value: object) -> str | None:
    """A text without control characters and with a bound on its length; None if nothing is left."""
    if isinstance(value, str):
        try:  # Pillow reads EXIF as Latin-1, most programs write UTF-8
            value = value.encode("latin-1").decode("utf-8")
        except UnicodeError:
            value = str(value)
    elif isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    else:
        return None
    # EXIF separates photographer and editor by a zero
    parts = [" ".join(part.split()) for part in value.split("\0")]
    text = "".join(char for char in "; ".join(filter(None, parts)) if char.isprintable())
    return text[:MOST_TEXT].strip() or None


def _xmp_rights(xmp: object) -> str | None:
    if not isinstance(xmp, bytes):
        return None
    found = XMP_RIGHTS.search(xmp.decode("utf-8", "replace"))
    return _text(html.unescape(found[1]).encode()) if found else None


def exif_of(about: About) -> bytes:
    """EXIF data that say the same."""
    exif = Image.Exif()
    if about.dpi is not None:
        exif[X_RESOLUTION], exif[Y_RESOLUTION] = about.dpi
        exif[RESOLUTION_UNIT] = 2
    if about.copyright is not None:
        exif[COPYRIGHT] = about.copyright.encode()  # as bytes: Pillow would write a question mark for each accent
    return exif.tobytes()

"""The chunks of a PNG that say what its colors mean, how large it prints, and whose it is."""

from __future__ import annotations

import struct

from .about import About
from .png_notes import METERS_PER_INCH

#: gAMA and cHRM of sRGB, as the specification gives them for programs that know no sRGB chunk.
SRGB_GAMMA = 45455
SRGB_CHROMATICITIES = (31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000)
PERCEPTUAL = 0


def tags_of(about: About, *, color: bool = True) -> list[tuple[bytes, bytes]]:
    """(kind, data) of the chunks, to stand before the pixels. Masks carry no color space: they are numbers."""
    chunks = []
    if color:
        chunks.append((b"sRGB", bytes([PERCEPTUAL])))
        chunks.append((b"gAMA", struct.pack(">I", SRGB_GAMMA)))
        chunks.append((b"cHRM", struct.pack(">8I", *SRGB_CHROMATICITIES)))
    if about.dpi is not None:
        across, down = (round(value / METERS_PER_INCH) for value in about.dpi)
        chunks.append((b"pHYs", struct.pack(">IIB", across, down, 1)))
    if about.copyright is not None:
        # text in UTF-8, not compressed, in no language
        chunks.append((b"iTXt", b"Copyright\0\0\0\0\0" + about.copyright.encode()))
    return chunks

"""TGA files that have a fourth channel, and say that it is no transparency."""

from __future__ import annotations

import os
from typing import Any

from PIL import Image

#: Where a TGA's header has its flags, and which of their bits count the bits of transparency.
FLAGS, ALPHA_BITS = 17, 0x0F


def without_false_alpha(image: Image.Image, path: str | os.PathLike[str], found: list[str]) -> Image.Image:
    """A decoded TGA without the transparency that its header says it does not have; other pictures as they are.

    Pillow takes a fourth channel for transparency in any case; many programs write zeros there. If it holds something,
    a line is added to `found`.
    """
    if image.format != "TGA" or image.mode not in ("RGBA", "LA"):
        return image
    with open(path, "rb") as file:
        header = file.read(FLAGS + 1)
    if header[FLAGS] & ALPHA_BITS:
        return image
    last: Any = image.getextrema()[-1]
    least, most = last
    if least != most:
        found.append("its header says that it has no transparency: its last channel was ignored")
    return image.convert(image.mode[:-1])

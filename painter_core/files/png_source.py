"""PNG files as Pillow can always read them: it is given the chunks that make up the pixels, and no others.

Pillow refuses a picture for what is beside it: text that is long, a comment with a wrong checksum, a resolution that
was cut. `png_notes` reads what is of use of that.
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from typing import Any, BinaryIO

import numpy as np
from PIL import Image

from .png import SIGNATURE
from .png_notes import Notes
from .spliced import Spliced

#: Chunks that make up the pixels of the still picture. (With a palette, tRNS is another one.)
PIXEL_CHUNKS = (b"IHDR", b"PLTE", b"IDAT", b"IEND")
#: The specification's color types that can have a key, and the one with a palette.
GREY, RGB, PALETTE = 0, 2, 3


class PngSource:
    """An opened PNG.

    Attributes:
        image: Pillow's image, not decoded yet; its `info` has what `notes` has.
        notes: what is beside the pixels.
        animated: whether other pictures come after the first.
        deep: whether there are 16 bits a channel.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        """Open a file; raises what Pillow raises, and OSError."""
        self._path = path
        self.notes, self.animated = Notes(), False
        self._bits, self._color = 8, RGB
        self._view = self._pixels(self.notes)
        self.image = Image.open(self._view, formats=["PNG"])
        self.image.info.update(self.notes.info)
        self.deep = self._bits == 16
        self._deep_color = self.deep and self._color == RGB
        if self.notes.key and not self._deep_color:
            self.image.info["transparency"] = self._key()

    def decoded(self) -> Image.Image:
        """The decoded image.

        Pillow compares no key of 16 bits a channel with colors, of which it keeps the upper bytes. The lower ones come
        from decoding once more, as if the file had the other order of bytes.
        """
        self.image.load()
        if not (self.notes.key and self._deep_color):
            return self.image
        with self._pixels(Notes()) as view, Image.open(view, formats=["PNG"]) as lower:
            lower.tile = [_in_order(tile, "RGB;16L") for tile in lower.tile]
            lower.load()
            clear = (np.asarray(self.image) == [value >> 8 for value in self.notes.key]).all(-1)
            clear &= (np.asarray(lower) == [value & 255 for value in self.notes.key]).all(-1)
        result = self.image.copy()
        result.putalpha(Image.fromarray(np.where(clear, 0, 255).astype(np.uint8)))
        return result

    def close(self) -> None:
        """Close the file."""
        self._view.close()

    def _key(self) -> int | tuple[int, ...]:
        """The transparent color in the units of Pillow's pixels."""
        most = 2**self._bits - 1
        white = most if self.deep else 255
        key = tuple((value & most) * white // most for value in self.notes.key)
        return key if self._color == RGB else key[0]

    def _pixels(self, notes: Notes) -> BinaryIO:
        """The file as its pixels alone. What else it holds goes into `notes`."""
        file = open(self._path, "rb")  # noqa: SIM115 - what is returned closes it
        try:
            parts = [(0, len(SIGNATURE))]
            for kind, start, length in _chunks(file):
                if kind == b"IHDR":
                    header = file.read(10)
                    if len(header) == 10:  # if not, the decoder will say so
                        self._bits, self._color = header[8], header[9]
                if kind in PIXEL_CHUNKS or (kind == b"tRNS" and self._color == PALETTE):
                    _append(parts, start - 8, length + 12)
                elif kind == b"acTL":
                    self.animated = int.from_bytes(file.read(4), "big") > 1
                elif kind != b"tRNS" or self._color in (GREY, RGB):
                    notes.add(file, kind, length)
            return io.BufferedReader(Spliced(file, parts))
        except BaseException:
            file.close()
            raise


def is_png(path: str | os.PathLike[str]) -> bool:
    """Whether a file starts like a PNG."""
    with open(path, "rb") as file:
        return file.read(len(SIGNATURE)) == SIGNATURE


def _chunks(file: BinaryIO) -> Iterator[tuple[bytes, int, int]]:
    """(kind, where its data start, their length) of each chunk; the file stands at the data.

    Ends after IEND, and where the file ends: what is missing is for the decoder to say.
    """
    place = len(SIGNATURE)
    while True:
        file.seek(place)
        head = file.read(8)
        if len(head) < 8:
            return
        length, kind = int.from_bytes(head[:4], "big"), head[4:]
        yield kind, place + 8, length
        if kind == b"IEND":
            return
        place += length + 12


def _append(parts: list[tuple[int, int]], start: int, length: int) -> None:
    """Add a part, as more of the last one where it follows right after it."""
    if sum(parts[-1]) == start:
        start, before = parts.pop()
        length += before
    parts.append((start, length))


def _in_order(tile: Any, raw_mode: str) -> tuple:
    """A Pillow tile (a tuple, in newer versions one with names) with another order of bytes."""
    return tile._replace(args=raw_mode) if hasattr(tile, "_replace") else (*tile[:3], raw_mode)

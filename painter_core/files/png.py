"""PNG files written row by row, so that a picture larger than the memory can be saved while it is drawn.

The format is that of the PNG specification (ISO/IEC 15948): 8 bits a channel, grey, RGB or RGBA, no interlacing.
"""

from __future__ import annotations

import math
import struct
import zlib
from collections.abc import Sequence
from typing import BinaryIO

import numpy as np

SIGNATURE = b"\x89PNG\r\n\x1a\n"
#: The specification's color types by the number of channels: greyscale, truecolor, truecolor with alpha.
COLOR_TYPES = {1: 0, 3: 2, 4: 6}
#: The specification's numbers of the filters that are tried for each row: what differs from the left, from above, and
#: from the mean of the two. (Its fifth, Paeth, gains 1 % on paintings and takes as long as all of these.)
SUB, UP, AVERAGE = 1, 2, 3
#: zlib's effort, 0 to 9: higher ones gain little on paintings and take much longer.
COMPRESSION = 4
#: Compressed bytes of one IDAT chunk.
CHUNK_BYTES = 1 << 18
#: Longest side that the specification allows.
MAX_SIDE = 2**31 - 1


class PngWriter:
    """Writes one picture into a binary file that is open for writing: rows from top to bottom, then `close`.

    `tags` are (kind, data) of chunks that stand before the pixels: color space, resolution, texts.
    """

    def __init__(
        self, file: BinaryIO, height: int, width: int, channels: int, tags: Sequence[tuple[bytes, bytes]] = ()
    ) -> None:
        if channels not in COLOR_TYPES or not (1 <= height <= MAX_SIDE and 1 <= width <= MAX_SIDE):
            raise ValueError(
                f"a PNG has 1, 3 or 4 channels and sides of 1 to {MAX_SIDE} pixels, got {channels}, {width} x {height}"
            )
        self._file = file
        self._shape = (width, channels)
        self._missing = height
        self._above = np.zeros((1, width * channels), np.uint8)
        self._zlib = zlib.compressobj(COMPRESSION)
        self._waiting = bytearray()
        file.write(SIGNATURE)
        self._chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, COLOR_TYPES[channels], 0, 0, 0))
        for kind, data in tags:
            self._chunk(kind, data)

    def write(self, rows: np.ndarray) -> None:
        """The next rows: (h, width, channels) uint8, or (h, width) for one channel."""
        flat = np.ascontiguousarray(rows).reshape(len(rows), math.prod(rows.shape[1:]))
        if rows.dtype != np.uint8 or flat.shape[1] != self._above.shape[1] or len(flat) > self._missing:
            raise ValueError(f"{rows.dtype} {rows.shape} does not belong to this PNG, which lacks {self._missing} rows")
        if not len(flat):
            return
        above = np.concatenate([self._above, flat[:-1]])
        self._waiting += self._zlib.compress(_filtered(flat, above, self._shape[1]).data)
        self._above = flat[-1:].copy()
        self._missing -= len(flat)
        if len(self._waiting) >= CHUNK_BYTES:
            self._flush()

    def close(self) -> None:
        """Write what is left; ValueError if rows are missing. The file stays open."""
        if self._missing:
            raise ValueError(f"{self._missing} rows of this PNG are missing")
        self._waiting += self._zlib.flush()
        self._flush()
        self._chunk(b"IEND", b"")

    def _flush(self) -> None:
        self._chunk(b"IDAT", bytes(self._waiting))
        self._waiting.clear()

    def _chunk(self, kind: bytes, data: bytes) -> None:
        checksum = zlib.crc32(data, zlib.crc32(kind))
        self._file.write(struct.pack(">I", len(data)) + kind + data + struct.pack(">I", checksum))


def _filtered(rows: np.ndarray, above: np.ndarray, channels: int) -> np.ndarray:
    """(h, 1 + n): each row (h, n) as its differences under the filter that leaves the smallest ones, and which it is.

    The heuristic is the specification's: the least sum of differences taken as signed bytes.
    """
    left = np.zeros_like(rows)
    left[:, channels:] = rows[:, :-channels]
    # the mean of two bytes, rounded down, without leaving bytes
    mean = (left & above) + ((left ^ above) >> 1)
    best = np.empty((len(rows), rows.shape[1] + 1), np.uint8)
    least = np.full(len(rows), np.iinfo(np.int64).max)
    for number, guess in ((SUB, left), (UP, above), (AVERAGE, mean)):
        differences = rows - guess  # modulo 256, as the specification wants
        cost = np.abs(differences.view(np.int8).astype(np.int16)).sum(axis=1, dtype=np.int64)
        better = cost < least
        least[better] = cost[better]
        best[better, 0] = number
        best[better, 1:] = differences[better]
    return best

"""JPEG files whose last bytes did not arrive: read if hardly anything is missing.

Decoders stop at a file that ends early, though it may lack its last two bytes only. Here it gets an end, and the pixels
that its missing data decide are found by giving it two different ones: where the two pictures differ, data are missing.
"""

from __future__ import annotations

import io
import os
import re
import struct

import numpy as np
from PIL import Image

#: Largest share of a picture's pixels that may be missing.
MOST_MISSING = 0.02
END = b"\xff\xd9"
START_OF_SCAN, RESTART_INTERVAL = 0xDA, 0xDD
#: Markers that start a frame: all of this range but three, which are tables.
START_OF_FRAME = tuple(marker for marker in range(0xC0, 0xD0) if marker not in (0xC4, 0xC8, 0xCC))
#: What follows a scan's data: a marker that is neither a stuffed zero nor a restart.
NEXT_MARKER = re.compile(rb"\xff+[^\x00\xff\xd0-\xd7]")
RESTART = re.compile(rb"\xff[\xd0-\xd7]")
#: Data that stand for any.
ANY = b"\x55"
#: Coefficients of a block.
COEFFICIENTS = 64
#: Rows that are compared at a time.
ROWS = 512


def mended(path: str | os.PathLike[str]) -> tuple[Image.Image, float] | None:
    """An opened picture, not decoded yet, of a JPEG without its end, and the share of its pixels that are missing.

    None where more than `MOST_MISSING` is missing, or another fault stops the decoder.
    """
    with open(path, "rb") as file:
        data = file.read().rstrip(b"\xff")
    try:
        last = _last_scan(data)
        if last is None:
            return None
        start, restarts = last
        with Image.open(io.BytesIO(data + END)) as first:
            more = _more(data[start:], restarts, max(len(data), first.width * first.height // 2))
            with Image.open(io.BytesIO(data + more + END)) as second:
                missing = _different(first, second)
    except Exception:  # decoders of broken files raise nearly anything
        return None
    return (Image.open(io.BytesIO(data + END)), missing) if missing <= MOST_MISSING else None


def _last_scan(data: bytes) -> tuple[int, bool] | None:
    """Where the data of the last scan start, and whether they have restarts in them.

    None if scans are missing that a whole picture has after it.
    """
    place, restarts = 2, False
    wanted: set[tuple[int, int]] | None = None
    while True:
        while data[place + 1] == 0xFF:  # fill bytes
            place += 1
        marker, (length,) = data[place + 1], struct.unpack_from(">H", data, place + 2)
        body = data[place + 4 : place + 2 + length]
        place += 2 + length
        if marker in START_OF_FRAME and wanted is None:
            wanted = {(component, index) for component in body[6::3] for index in range(COEFFICIENTS)}
        elif marker == RESTART_INTERVAL:
            restarts = any(body)
        elif marker == START_OF_SCAN:
            count = body[0]
            first, last, bits = body[1 + 2 * count : 4 + 2 * count]
            if bits & 15 == 0 and wanted is not None:  # no finer scan follows
                wanted -= {(body[1 + 2 * i], index) for i in range(count) for index in range(first, last + 1)}
            following = NEXT_MARKER.search(data, place)
            if following is None:
                return None if wanted else (place, restarts)
            place = following.end() - 2


def _more(scan: bytes, restarts: bool, length: int) -> bytes:
    """At least `length` bytes that go on where a scan's data stop: its own once more.

    They look like the missing ones, and decide other pixels than nothing does. Restarts are numbered in turn.
    """
    again = scan or ANY
    if restarts:
        parts = RESTART.split(scan)
        seen = len(parts) - 1
        again = b"".join(
            (parts[i % len(parts)] or ANY) + bytes([0xFF, 0xD0 + (seen + i) % 8])  # numbers come back after 8
            for i in range(8 * len(parts))
        )
    return again * (length // len(again) + 1)


def _different(first: Image.Image, second: Image.Image) -> float:
    """The share of pixels in which two pictures of one size differ."""
    count = 0
    for top in range(0, first.height, ROWS):
        box = (0, top, first.width, min(top + ROWS, first.height))
        rows, others = (np.asarray(image.crop(box)).reshape(box[3] - top, box[2], -1) for image in (first, second))
        count += int((rows != others).any(-1).sum())
    return count / (first.width * first.height)

"""The sRGB profile that written pictures carry, made here: small, the same bytes on every day and machine.

Layout: ICC.1:2001-04 (version 2.4), which every program reads.
"""

from __future__ import annotations

import struct
from functools import lru_cache

import numpy as np
import torch

from ..color import to_linear
from .encoding import D65, SRGB, adaptation, to_xyz

#: The white of the profile connection space, as x and y, and as XYZ in the numbers of a profile's header.
D50 = (0.34567, 0.35850)
D50_NUMBERS = (0xF6D6, 0x10000, 0xD32D)
#: Points of the curve: no level of 8 bits is off by it.
POINTS = 1024
#: A date is part of the header: that of the standard.
DATE = (1999, 10, 18, 0, 0, 0)
NAME, NOTICE = b"sRGB", b"No copyright, use freely"


@lru_cache(maxsize=1)
def srgb_profile() -> bytes:
    """An ICC profile of sRGB (IEC 61966-2-1), about 2.5 kB."""
    light = to_linear(torch.linspace(0, 1, POINTS, dtype=torch.float64)).numpy()
    curve = struct.pack(f">4s4xI{POINTS}H", b"curv", POINTS, *np.round(light * 65535).astype(int))
    colors = adaptation(D65, D50) @ to_xyz(SRGB)
    tags = {
        b"desc": struct.pack(f">4s4xI{len(NAME) + 1}s78x", b"desc", len(NAME) + 1, NAME),
        b"cprt": struct.pack(f">4s4x{len(NOTICE) + 1}s", b"text", NOTICE),
        b"wtpt": _place(D50_NUMBERS),
        **{name: _place(np.round(column * 65536)) for name, column in zip(_names("XYZ"), colors.T, strict=True)},
        **dict.fromkeys(_names("TRC"), curve),
    }
    return _profile(tags)


def _names(suffix: str) -> list[bytes]:
    return [f"{channel}{suffix}".encode() for channel in "rgb"]


def _place(xyz: tuple[int, ...] | np.ndarray) -> bytes:
    return struct.pack(">4s4x3i", b"XYZ ", *(int(value) for value in xyz))


def _profile(tags: dict[bytes, bytes]) -> bytes:
    """A display profile of these tags; tags of the same contents share it."""
    start, body, places, rows = 128 + 4 + 12 * len(tags), b"", {}, b""
    for name, content in tags.items():
        if content not in places:
            places[content] = start + len(body)
            body += content + bytes(-len(content) % 4)
        rows += struct.pack(">4sII", name, places[content], len(content))
    header = struct.pack(
        ">I4xI4s4s4s6H4s24xI3I48x", start + len(body), 0x02400000, b"mntr", b"RGB ", b"XYZ ", *DATE, b"acsp", 0,
        *D50_NUMBERS,
    )  # fmt: skip
    return header + struct.pack(">I", len(tags)) + rows + body

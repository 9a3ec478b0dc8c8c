"""Small picture files as cameras, scanners and editors write them, each made here byte by byte or by Pillow."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

from painter_core.files.srgb import POINTS, srgb_profile

PHOTO = Path(__file__).parents[2] / "assets" / "photo.jpg"
SIZE = (24, 16)


def save(folder: Path, image: Image.Image, name: str = "in.png", **options: Any) -> Path:
    image.save(folder / name, **options)
    return folder / name


def flat(*color: int) -> Image.Image:
    """An RGB picture of one color."""
    return Image.new("RGB", SIZE, color)


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(
    rows: np.ndarray, bits: int, color_type: int, before: Iterable[bytes] = (), after: Iterable[bytes] = ()
) -> bytes:
    """A PNG of (H, W) or (H, W, C) numbers with 8 or 16 bits, or of (H, bytes) rows of fewer bits.

    `before` and `after` are chunks before and after the pixels.
    """
    height, width = rows.shape[:2]
    if bits < 8:
        width = width * 8 // bits
    dtype = ">u2" if bits == 16 else np.uint8
    data = b"".join(b"\0" + row.astype(dtype).tobytes() for row in rows)
    header = struct.pack(">IIBBBBB", width, height, bits, color_type, 0, 0, 0)
    parts = [chunk(b"IHDR", header), *before, chunk(b"IDAT", zlib.compress(data)), *after, chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def rgb_png(color: Sequence[int], *before: bytes, after: Iterable[bytes] = ()) -> bytes:
    """A PNG of one RGB color with more chunks."""
    return png(np.full((SIZE[1], SIZE[0], 3), color, np.uint8), 8, 2, before, after)


def profile_with(curve: Callable[[float], float] | None = None, colors: Sequence[Sequence[float]] = ()) -> bytes:
    """The profile of written pictures, sRGB by name, with another curve and other colors (XYZ of red, green, blue)."""
    whole = srgb_profile()
    if curve is not None:
        points = struct.pack(f">{POINTS}H", *(round(65535 * curve(i / (POINTS - 1))) for i in range(POINTS)))
        place = whole.index(b"curv") + 12
        whole = whole[:place] + points + whole[place + len(points) :]
    for name, color in zip((b"rXYZ", b"gXYZ", b"bXYZ"), colors, strict=False):
        row = whole.index(name)
        place = struct.unpack_from(">I", whole, row + 4)[0] + 8
        whole = whole[:place] + struct.pack(">3i", *(round(value * 65536) for value in color)) + whole[place + 12 :]
    return whole


def linear_profile() -> bytes:
    """A profile that is named sRGB and has straight curves."""
    return profile_with(lambda number: number)


def swapped_profile() -> bytes:
    """A profile of another name whose red is green and whose green is red."""
    whole = srgb_profile().replace(b"sRGB\0", b"test\0")
    return whole.replace(b"rXYZ", b"....").replace(b"gXYZ", b"rXYZ").replace(b"....", b"gXYZ")


def grey_profile(gamma: float) -> bytes:
    """A profile for grey pixels: light is the number to the power of `gamma`."""
    tags = {
        b"desc": struct.pack(">4s4xI5s78x", b"desc", 5, b"grey"),
        b"wtpt": struct.pack(">4s4x3i", b"XYZ ", 0xF6D6, 0x10000, 0xD32D),
        b"kTRC": struct.pack(">4s4xIH", b"curv", 1, round(gamma * 256)),
    }
    start, rows, body = 128 + 4 + 12 * len(tags), b"", b""
    for name, content in tags.items():
        rows += struct.pack(">4sII", name, start + len(body), len(content))
        body += content + bytes(-len(content) % 4)
    header = struct.pack(">I4xI4s4s4s12x4s28x3I48x", start + len(body), 0x02400000, b"mntr", b"GRAY", b"XYZ ", b"acsp",
                         0xF6D6, 0x10000, 0xD32D)  # fmt: skip
    return header + struct.pack(">I", len(tags)) + rows + body


def tga(bgra: Sequence[int], alpha_bits: int) -> bytes:
    """An uncompressed TGA with four bytes a pixel, stored from the top."""
    width, height = SIZE
    header = struct.pack("<BBB5sHHHHBB", 0, 0, 2, b"", 0, 0, width, height, 32, 0x20 | alpha_bits)
    return header + bytes(bgra) * (width * height)


def tiff(values: np.ndarray, *, bits: int, photometric: int = 1) -> bytes:
    """A little-endian TIFF of one strip with (H, W) greys of 16 bits, or (H, bytes) packed ones of 12."""
    height, width = values.shape
    width = width if bits == 16 else width * 8 // bits
    data = values.astype("<u2" if bits == 16 else np.uint8).tobytes()
    entries = [
        (256, width), (257, height), (258, bits), (259, 1), (262, photometric), (273, 8), (277, 1), (278, height),
        (279, len(data)),
    ]  # fmt: skip
    table = b"".join(struct.pack("<HHII", tag, 4 if tag in (273, 279) else 3, 1, value) for tag, value in entries)
    data += bytes(len(data) % 2)
    return struct.pack("<2sHI", b"II", 42, 8 + len(data)) + data + struct.pack("<H", len(entries)) + table + bytes(4)


def jpeg(image: Image.Image, **options: Any) -> bytes:
    whole = io.BytesIO()
    image.save(whole, "JPEG", **({"quality": 95} | options))
    return whole.getvalue()


def camera_exif(index: bytes, space: int) -> bytes:
    """EXIF data with a color space and a four byte interoperability index, as cameras write them."""
    first, second, third = 8, 8 + 18, 8 + 18 + 30  # where the three directories start
    directories = [
        [(0x8769, 4, 1, struct.pack("<I", second))],
        [(0xA001, 3, 1, struct.pack("<HH", space, 0)), (0xA005, 4, 1, struct.pack("<I", third))],
        [(1, 2, 4, index)],
    ]
    body = struct.pack("<2sHI", b"II", 42, first)
    for entries in directories:
        body += struct.pack("<H", len(entries))
        body += b"".join(struct.pack("<HHI4s", *entry) for entry in entries) + bytes(4)
    return b"Exif\0\0" + body


def exif(tags: dict[int, object]) -> Image.Exif:
    """EXIF data of some tags of the main directory."""
    result = Image.Exif()
    for tag, value in tags.items():
        result[tag] = value
    return result


def noise(channels: int = 3, height: int = 12, width: int = 20) -> torch.Tensor:
    """(channels, height, width) values in [0, 1], the same on each call."""
    return torch.rand(channels, height, width, generator=torch.Generator().manual_seed(0))

"""What a PNG says beside its pixels: color space, resolution, owner. Read here, checked, left out where it is damaged.

Numbers and names are those of the PNG specification (third edition, W3C 2025).
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass, field
from typing import Any, BinaryIO

#: Longest chunk that is read, and longest text and color profile after decompression, in bytes.
MOST_CHUNK, MOST_TEXT, MOST_PROFILE = 1 << 24, 1 << 20, 1 << 24
#: Texts that are of use, by the name that they have in Pillow's `info`.
TEXTS = {b"Copyright": "Copyright", b"XML:com.adobe.xmp": "xmp", b"Raw profile type exif": "Raw profile type exif"}
#: Chunks whose loss changes colors.
COLOR_CHUNKS = {b"iCCP": "color profile", b"cICP": "color space", b"gAMA": "gamma", b"cHRM": "primaries"}
METERS_PER_INCH = 0.0254


@dataclass
class Notes:
    """What the chunks beside the pixels say.

    Attributes:
        info: with the names and values that Pillow's `info` has, and "cicp", the four numbers of that chunk.
        key: the color that is transparent, in the file's own bits: one number or three; () without.
        warnings: about what was left out.
    """

    info: dict[str, Any] = field(default_factory=dict)
    key: tuple[int, ...] = ()
    warnings: list[str] = field(default_factory=list)

    def add(self, file: BinaryIO, kind: bytes, length: int) -> None:
        """Read one chunk's data and checksum from where the file stands; those of no use here are passed over."""
        reader = _READERS.get(kind)
        if reader is None:
            return
        try:
            if length > MOST_CHUNK:
                raise ValueError("too long")
            data = file.read(length)
            (checksum,) = struct.unpack(">I", file.read(4))
            if checksum != zlib.crc32(data, zlib.crc32(kind)):
                raise ValueError("wrong checksum")
            reader(self, data)
        except (ValueError, struct.error, zlib.error):  # UnicodeError is a ValueError
            if kind in COLOR_CHUNKS:
                self.warnings.append(f"its {COLOR_CHUNKS[kind]} ({kind.decode()}) is damaged and was ignored")
            elif kind == b"tRNS":
                self.warnings.append("its transparency (tRNS) is damaged and was ignored")

    def _profile(self, data: bytes) -> None:
        _, rest = data.split(b"\0", 1)
        self.info["icc_profile"] = _inflated(rest[1:], MOST_PROFILE)

    def _cicp(self, data: bytes) -> None:
        self.info["cicp"] = struct.unpack(">4B", data)

    def _gamma(self, data: bytes) -> None:
        self.info["gamma"] = struct.unpack(">I", data)[0] / 100_000

    def _chromaticity(self, data: bytes) -> None:
        self.info["chromaticity"] = tuple(value / 100_000 for value in struct.unpack(">8I", data))

    def _srgb(self, data: bytes) -> None:
        self.info["srgb"] = data[0] if data else 0

    def _transparency(self, data: bytes) -> None:
        if len(data) not in (2, 6):
            raise ValueError("a key has one number or three")
        self.key = struct.unpack(f">{len(data) // 2}H", data)

    def _resolution(self, data: bytes) -> None:
        across, down, unit = struct.unpack(">IIB", data)
        if unit == 1:
            self.info["dpi"] = (across * METERS_PER_INCH, down * METERS_PER_INCH)

    def _exif(self, data: bytes) -> None:
        self.info["exif"] = b"Exif\0\0" + data

    def _text(self, data: bytes) -> None:
        key, text = data.split(b"\0", 1)
        self._keep(key, text, "latin-1")

    def _compressed_text(self, data: bytes) -> None:
        key, text = data.split(b"\0", 1)
        if key in TEXTS:
            self._keep(key, _inflated(text[1:], MOST_TEXT), "latin-1")

    def _international_text(self, data: bytes) -> None:
        key, rest = data.split(b"\0", 1)
        if key in TEXTS:
            text = rest[2:].split(b"\0", 2)[2]
            self._keep(key, _inflated(text, MOST_TEXT) if rest[0] else text, "utf-8")

    def _keep(self, key: bytes, text: bytes, encoding: str) -> None:
        if key in TEXTS and len(text) <= MOST_TEXT:
            name = TEXTS[key]
            self.info[name] = text if name == "xmp" else text.decode(encoding)


_READERS = {
    b"iCCP": Notes._profile,
    b"cICP": Notes._cicp,
    b"gAMA": Notes._gamma,
    b"cHRM": Notes._chromaticity,
    b"sRGB": Notes._srgb,
    b"tRNS": Notes._transparency,
    b"pHYs": Notes._resolution,
    b"eXIf": Notes._exif,
    b"tEXt": Notes._text,
    b"zTXt": Notes._compressed_text,
    b"iTXt": Notes._international_text,
}


def _inflated(data: bytes, most: int) -> bytes:
    """Decompressed data of at most so many bytes; ValueError for more."""
    inflate = zlib.decompressobj()
    result = inflate.decompress(data, most)
    if inflate.unconsumed_tail:
        raise ValueError("too long")
    return result

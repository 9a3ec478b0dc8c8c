"""Bytes that are not what they say: small files with large claims."""

from __future__ import annotations

import json
import os
import struct
import zlib
from typing import Any


class Malicious:
    """Makes a folder when it is unpickled."""

    def __init__(self, trace: str) -> None:
        self.trace = trace

    def __reduce__(self) -> tuple:
        return os.mkdir, (self.trace,)


def safetensors(header: Any, data: bytes = b"", length: int | None = None) -> bytes:
    """A safetensors file whose header is an object, or bytes; `length`: how long it says that its header is."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text) if length is None else length) + text + data


def entry(shape: list[int], start: int, end: int, dtype: str = "F32") -> dict[str, Any]:
    """What a safetensors header says of a tensor."""
    return {"dtype": dtype, "shape": shape, "data_offsets": [start, end]}


def png(width: int, height: int, *, color: int = 2, rows: bytes = b"", end: bool = True, wrong: bool = False) -> bytes:
    """A PNG that says it has so many pixels; `rows`: what is in it, compressed here; `wrong`: its checksum is."""
    head = struct.pack(">IIBBBBB", width, height, 8, color, 0, 0, 0)
    content = b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head, wrong) + _chunk(b"IDAT", zlib.compress(rows))
    return content + (_chunk(b"IEND", b"") if end else b"")


def _chunk(kind: bytes, body: bytes, wrong: bool = False) -> bytes:
    sum_ = zlib.crc32(kind + body) ^ wrong
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", sum_)


def grey_png(width: int, height: int) -> bytes:
    """A sound black PNG of one channel, made without all of its pixels in memory."""
    pack = zlib.compressobj(1)
    row = bytes(width + 1)
    body = b"".join(pack.compress(row) for _ in range(height)) + pack.flush()
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", body) + _chunk(b"IEND", b"")


def deep(depth: int = 200_000) -> bytes:
    """JSON of lists in lists."""
    return b"[" * depth + b"]" * depth


def long(count: int = 3_000_000) -> bytes:
    """JSON of many empty lists, each of which takes thirty times its bytes in memory."""
    return b"[" + b"[]," * count + b"[]]"

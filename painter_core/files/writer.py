"""Pictures out: whole or not at all, strip by strip, with an sRGB tag and what is known about the picture."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from .about import COPYRIGHT, About, exif_of
from .atomic import atomic_path
from .png import PngWriter
from .png_tags import tags_of
from .srgb import srgb_profile

#: How each kind of file is written. JPEG and WebP at a quality where a painting's edges stay clean.
WRITE_OPTIONS: dict[str, dict[str, Any]] = {
    ".png": {"format": "PNG"},
    ".jpg": {"format": "JPEG", "quality": 95, "subsampling": 0},
    ".jpeg": {"format": "JPEG", "quality": 95, "subsampling": 0},
    ".webp": {"format": "WEBP", "quality": 95},
    ".tif": {"format": "TIFF", "compression": "tiff_lzw"},
    ".tiff": {"format": "TIFF", "compression": "tiff_lzw"},
    ".bmp": {"format": "BMP"},
}
#: Those that can be transparent.
WITH_ALPHA = (".png", ".webp", ".tif", ".tiff")
#: Longest side in pixels that a kind of file can have.
MOST_SIDE = {"JPEG": 65_500, "WEBP": 16_383}
#: Channels of a picture that is written: grey (a mask), color, color with transparency.
CHANNELS = (1, 3, 4)


def write_picture(path: str | os.PathLike[str], picture: Tensor, about: About | None = None) -> None:
    """Write a picture with values in [0, 1] (others are clamped), whole or not at all.

    The suffix picks the kind of file (`WRITE_OPTIONS`). Values are rounded to 8 bits, not truncated.

    Args:
        path: the file.
        picture: (3, H, W) color, (4, H, W) color with alpha, or an (H, W) mask.
        about: resolution and copyright for the file to carry.

    Raises ValueError for another suffix, a size or transparency that the kind of file cannot hold, another shape, or
    NaN; OSError that names the file and the reason when it cannot be written.
    """
    check_picture_suffix(path)
    if picture.ndim not in (2, 3) or (picture.ndim == 3 and picture.shape[0] not in (3, 4)) or 0 in picture.shape:
        raise ValueError(
            f"{path}: a picture to write has the shape (3, H, W), (4, H, W) or (H, W), got {tuple(picture.shape)}"
        )
    height, width = picture.shape[-2:]
    with picture_writer(path, (height, width), len(picture) if picture.ndim == 3 else 1, about) as write:
        write(picture)


@contextmanager
def picture_writer(
    path: str | os.PathLike[str], size: tuple[int, int], channels: int = 3, about: About | None = None
) -> Iterator[Callable[[Tensor], None]]:
    """Write a picture of (height, width) `size` strip by strip, whole or not at all, as `write_picture` does.

    Gives a function to call with one strip after the other, from top to bottom: (channels, h, width), or (h, width) if
    `channels` is 1. PNG goes to the file as it comes; the other kinds are kept until the end with 8 bits a channel.

    Raises ValueError as `write_picture`, and for strips that do not make up the picture; OSError as `write_picture`.
    """
    options = WRITE_OPTIONS[check_picture_suffix(path, alpha=channels == 4)]
    check_picture_size(path, *size)
    with atomic_path(path) as temporary, temporary.open("wb") as file:
        known = about or About()
        if options["format"] == "PNG":
            sink = PngWriter(file, *size, channels, tags_of(known, color=channels > 1))
        else:
            sink = _Whole(file, size, channels, options | _tags(options["format"], known, color=channels > 1))

        def write(strip: Tensor) -> None:
            sink.write(_bytes(path, strip))

        yield write
        sink.close()


def check_picture_suffix(path: str | os.PathLike[str], alpha: bool = False) -> str:
    """The suffix of `path` in lower case, if a picture (with `alpha`: a transparent one) can be written there.

    Raises ValueError that lists those that can.
    """
    suffix = os.path.splitext(os.fspath(path))[1].lower()
    if suffix not in WRITE_OPTIONS:
        given = f"the suffix {suffix!r}" if suffix else "no suffix"
        raise ValueError(f"{path}: a picture cannot be written with {given}; use one of {', '.join(WRITE_OPTIONS)}")
    if alpha and suffix not in WITH_ALPHA:
        raise ValueError(f"{path}: {suffix} files have no transparency; use one of {', '.join(WITH_ALPHA)}")
    return suffix


def check_picture_size(path: str | os.PathLike[str], height: int, width: int) -> None:
    """Raise ValueError if the kind of file that the suffix of `path` asks for cannot hold so many pixels."""
    kind = WRITE_OPTIONS[check_picture_suffix(path)]["format"]
    most = MOST_SIDE.get(str(kind))
    if most is not None and max(height, width) > most:
        raise ValueError(
            f"{path}: a {kind} has at most {most:,} pixels a side and this picture {width} x {height}; write a .png"
        )


class _Whole:
    """Collects the strips of a picture for Pillow, which writes whole pictures only."""

    def __init__(self, file: BinaryIO, size: tuple[int, int], channels: int, options: dict[str, Any]) -> None:
        self._file, self._options, self._filled = file, options, 0
        self._pixels = np.empty((*size, channels) if channels > 1 else size, np.uint8)

    def write(self, rows: np.ndarray) -> None:
        end = self._filled + len(rows)
        if end > len(self._pixels) or rows.shape[1:] != self._pixels.shape[1:]:
            raise ValueError(f"a strip {rows.shape} does not belong to this picture, {self._pixels.shape}")
        self._pixels[self._filled : end] = rows
        self._filled = end

    def close(self) -> None:
        if self._filled < len(self._pixels):
            raise ValueError(f"{len(self._pixels) - self._filled} rows of this picture are missing")
        # encoders that are given a file tell of a full disk in many ways, a file of Python's in one
        encoded = io.BytesIO()
        try:
            Image.fromarray(self._pixels).save(encoded, **self._options)
        except ValueError as error:
            raise OSError(str(error)) from error
        self._file.write(encoded.getbuffer())


def _tags(kind: object, about: About, color: bool) -> dict[str, Any]:
    """Options of Pillow for what a file carries beside its pixels. (A BMP only has a resolution.)"""
    options: dict[str, Any] = {}
    if color and kind != "BMP":
        options["icc_profile"] = srgb_profile()
    if about.dpi is not None and kind != "WEBP":
        options["dpi"] = about.dpi
    if kind == "TIFF" and about.copyright is not None:  # its own tag; as bytes, for the sake of accents
        options["tiffinfo"] = {COPYRIGHT: about.copyright.encode() + b"\0"}
    elif kind in ("JPEG", "WEBP") and about != About():
        options["exif"] = exif_of(about)
    return options


def _bytes(path: str | os.PathLike[str], strip: Tensor) -> np.ndarray:
    """(C, h, w) or (h, w) in [0, 1] as (h, w, C) or (h, w) uint8."""
    if not bool(torch.isfinite(strip).all()):
        raise ValueError(f"{path}: the picture to write holds NaN or infinite values")
    pixels = strip.detach().clamp(0, 1).mul_(255).round_().to("cpu", torch.uint8)
    return np.ascontiguousarray(pixels.permute(1, 2, 0) if pixels.ndim == 3 else pixels)

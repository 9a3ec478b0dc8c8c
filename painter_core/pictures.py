"""Pictures in and out: files of any common kind to float tensors, and back."""

from __future__ import annotations

import io
import os
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import BinaryIO

import numpy as np
import torch
from PIL import Image, ImageCms, ImageOps
from torch import Tensor

from .atomic import atomic_path
from .png import PngWriter

#: Largest picture that is opened, in pixels (9,459 squared); more is taken for a decompression bomb.
MAX_PIXELS = 89_478_485
#: What 16-bit white is.
WHITE_16 = 65535.0
#: Pillow's modes that hold one 16-bit (or, from old decoders, 32-bit) number for each pixel.
DEEP_GREY_MODES = ("I;16", "I;16B", "I;16L", "I;16N", "I")
#: Pillow's modes with transparency of their own (a palette or a colour key has it in `info`).
ALPHA_MODES = ("RGBA", "RGBa", "LA", "La", "PA")
#: How each kind of file is written. JPEG and WebP at a quality where a painting's edges stay clean.
WRITE_OPTIONS: dict[str, dict[str, object]] = {
    ".png": {"format": "PNG"},
    ".jpg": {"format": "JPEG", "quality": 95, "subsampling": 0},
    ".jpeg": {"format": "JPEG", "quality": 95, "subsampling": 0},
    ".webp": {"format": "WEBP", "quality": 95},
    ".tif": {"format": "TIFF", "compression": "tiff_lzw"},
    ".tiff": {"format": "TIFF", "compression": "tiff_lzw"},
    ".bmp": {"format": "BMP"},
}


def read_picture(path: str | os.PathLike[str]) -> Tensor:
    """The picture in a file as (3, H, W) float32 sRGB in [0, 1], upright.

    Transparency is laid over white. An embedded colour profile (CMYK, Display P3 ...) is converted to sRGB, EXIF
    rotation is applied, 16-bit greyscale keeps its full range, 16-bit colour is read with 8 bits, of an animation the
    first frame is taken.

    Raises ValueError that names the file and the reason: missing, empty, truncated, not a picture, more than
    `MAX_PIXELS` pixels, values that are NaN or outside their range.
    """
    return _read(path, backdrop="white")


def read_mask(path: str | os.PathLike[str]) -> Tensor:
    """The brightness of the picture in a file as an (H, W) float32 mask in [0, 1]; white is 1.

    Transparency is laid over black: where nothing was drawn the mask is 0. Raises ValueError as `read_picture`.
    """
    weights = torch.tensor([0.299, 0.587, 0.114])  # ITU-R BT.601 luma, as every editor's greyscale
    picture = _read(path, backdrop="black")
    if torch.equal(picture[0], picture[1]) and torch.equal(picture[1], picture[2]):
        return picture[0].clone()  # grey stays exact
    return torch.einsum("c,chw->hw", weights, picture).clamp(0, 1)


def write_picture(path: str | os.PathLike[str], picture: Tensor) -> None:
    """Write a (3, H, W) picture or an (H, W) mask with values in [0, 1] (others are clamped), whole or not at all.

    The suffix picks the kind of file (`WRITE_OPTIONS`). Values are rounded to 8 bits, not truncated.

    Raises ValueError for another suffix, shape, or NaN; OSError that names the file and the reason when it cannot be
    written.
    """
    check_picture_suffix(path)
    if picture.ndim not in (2, 3) or (picture.ndim == 3 and picture.shape[0] != 3) or 0 in picture.shape:
        raise ValueError(f"{path}: a picture to write has the shape (3, H, W) or (H, W), got {tuple(picture.shape)}")
    height, width = picture.shape[-2:]
    with picture_writer(path, (height, width), 3 if picture.ndim == 3 else 1) as write:
        write(picture)


@contextmanager
def picture_writer(
    path: str | os.PathLike[str], size: tuple[int, int], channels: int = 3
) -> Iterator[Callable[[Tensor], None]]:
    """Write a picture of (height, width) `size` strip by strip, whole or not at all, as `write_picture` does.

    Gives a function to call with one strip after the other, from top to bottom: (3, h, width), or (h, width) if
    `channels` is 1. PNG goes to the file as it comes; the other kinds are kept until the end with 8 bits a channel.

    Raises ValueError for another suffix, NaN, or strips that do not make up the picture; OSError as `write_picture`.
    """
    options = WRITE_OPTIONS[check_picture_suffix(path)]
    with atomic_path(path) as temporary, temporary.open("wb") as file:
        sink = PngWriter(file, *size, channels) if options["format"] == "PNG" else _Whole(file, size, channels, options)

        def write(strip: Tensor) -> None:
            sink.write(_bytes(path, strip))

        yield write
        sink.close()


class _Whole:
    """Collects the strips of a picture for Pillow, which writes whole pictures only."""

    def __init__(self, file: BinaryIO, size: tuple[int, int], channels: int, options: dict[str, object]) -> None:
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
        try:
            Image.fromarray(self._pixels).save(self._file, **self._options)
        except ValueError as error:  # a side longer than the format allows
            raise OSError(str(error)) from error


def _bytes(path: str | os.PathLike[str], strip: Tensor) -> np.ndarray:
    """(3, h, w) or (h, w) in [0, 1] as (h, w, 3) or (h, w) uint8."""
    if not bool(torch.isfinite(strip).all()):
        raise ValueError(f"{path}: the picture to write holds NaN or infinite values")
    pixels = strip.detach().clamp(0, 1).mul_(255).round_().to("cpu", torch.uint8)
    return np.ascontiguousarray(pixels.permute(1, 2, 0) if pixels.ndim == 3 else pixels)


def check_picture_suffix(path: str | os.PathLike[str]) -> str:
    """The suffix of `path` in lower case, if a picture can be written there; otherwise ValueError that lists them."""
    suffix = os.path.splitext(os.fspath(path))[1].lower()
    if suffix not in WRITE_OPTIONS:
        given = f"the suffix {suffix!r}" if suffix else "no suffix"
        raise ValueError(f"{path}: a picture cannot be written with {given}; use one of {', '.join(WRITE_OPTIONS)}")
    return suffix


def _read(path: str | os.PathLike[str], backdrop: str) -> Tensor:
    if not os.path.exists(path):
        raise ValueError(f"{path}: there is no such file")
    if os.path.isdir(path):
        raise ValueError(f"{path}: this is a folder, not a picture")
    if os.path.isfile(path) and os.path.getsize(path) == 0:
        raise ValueError(f"{path}: the file is empty")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow's bomb warning: the limit here is below where it warns
            with Image.open(path) as image:
                if image.width * image.height > MAX_PIXELS:
                    raise Image.DecompressionBombError
                image.load()
                return _to_tensor(_upright(image), backdrop)
    except Image.DecompressionBombError as error:
        raise ValueError(
            f"{path}: the picture is larger than the {MAX_PIXELS:,} pixels that are read; make it smaller first"
        ) from error
    except Image.UnidentifiedImageError as error:
        raise ValueError(f"{path}: this is not a picture of a kind that can be read") from error
    except Exception as error:  # decoders of broken files raise nearly anything: OSError, SyntaxError, struct.error
        raise ValueError(f"{path}: the picture cannot be read ({error or type(error).__name__})") from error


def _upright(image: Image.Image) -> Image.Image:
    """The image turned as its EXIF data say; as it is, if they are broken."""
    try:
        return ImageOps.exif_transpose(image)
    except Exception:  # EXIF parsers raise nearly anything, and the pixels are fine
        return image


def _to_tensor(image: Image.Image, backdrop: str) -> Tensor:
    """Any Pillow image as (3, H, W) float32 in [0, 1]."""
    if image.mode in DEEP_GREY_MODES or image.mode == "F":
        return _deep_grey(image)
    if image.mode in ALPHA_MODES or "transparency" in image.info:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, backdrop), _to_srgb(image))
    elif image.mode in ("RGB", "CMYK"):
        image = _to_srgb(image)
    pixels = torch.from_numpy(np.array(image.convert("RGB")))
    return pixels.permute(2, 0, 1).to(torch.float32, memory_format=torch.contiguous_format).div_(255)


def _deep_grey(image: Image.Image) -> Tensor:
    """Greyscale with 16 bits or as floats: its own range, not Pillow's conversion to 8 bits, which clips."""
    values = np.array(image).astype(np.float32)
    if image.mode != "F":
        values /= WHITE_16
    if not np.isfinite(values).all():
        raise ValueError("it holds NaN or infinite values")
    if values.size and (values.min() < 0 or values.max() > 1):
        raise ValueError(f"its values must lie in [0, 1], or [0, 65535] for whole numbers; mode {image.mode} was given")
    return torch.from_numpy(values).expand(3, -1, -1).clone()


def _to_srgb(image: Image.Image) -> Image.Image:
    """The image with its embedded colour profile applied, if it has one that can be used and is not sRGB already."""
    profile = image.info.get("icc_profile")
    if not profile:
        return image
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if "srgb" in ImageCms.getProfileDescription(source).lower():
            return image
        target_mode = "RGBA" if image.mode == "RGBA" else "RGB"
        return ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode=target_mode)
    except (ImageCms.PyCMSError, OSError):  # a broken profile, or one of another colour space than the pixels
        return image

"""Pictures in: files of any common kind, upright and in sRGB, with a warning where they are not quite sound."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from typing import Any

import torch
from PIL import Image
from torch import Tensor

from ..exhaustion import is_out_of_memory
from ..images import shrunk_size, size_of
from .about import ORIENTATION, about
from .color_space import BITS_PER_SAMPLE, meaning_of
from .jpeg_end import mended
from .picture import Picture, PictureWarning
from .pixels import is_deep, narrowed, to_tensors
from .png_source import PngSource, is_png
from .tga import without_false_alpha

#: Largest picture that is read, in pixels (9,459 squared); more is taken for a decompression bomb.
MAX_PIXELS = 89_478_485
#: The same for pictures that are read smaller than they are: never in memory as more than 4 bytes a pixel.
MAX_PIXELS_SHRUNK = 2 * MAX_PIXELS
#: Larger JPEG files than `MAX_PIXELS` are decoded at a fraction of their size, this many times the wanted one or more.
DRAFT = 2
#: Pictures of 16 bits whose brightest value is below this are nearly black: they may hold 12 bits in 16.
TWELVE_OF_SIXTEEN = 4096 / 65535
#: Kinds of files in which several pictures are a film (and not pages, or views of one scene).
FILMS = ("GIF", "WEBP", "AVIF")
#: EXIF's orientations: the axes to turn around, after swapping the two.
FLIPS = {2: (-1,), 3: (-2, -1), 4: (-2,), 5: (), 6: (-1,), 7: (-2, -1), 8: (-2,)}
SWAPPED = (5, 6, 7, 8)
#: A mask that is nowhere brighter than this was drawn in black on transparency.
DARK = 0.1


def open_picture(path: str | os.PathLike[str], max_size: int | None = None) -> Picture:
    """The picture in a file, with its transparency and what the file says about it.

    Colors become sRGB by what the file says about them: a color profile (also CMYK, grey, indexed), cICP, gAMA and cHRM
    of PNG files, Adobe RGB as cameras mark it. EXIF rotation is applied, 16-bit greyscale keeps its full range, 16-bit
    color is read with 8 bits, of an animation the first frame is taken. JPEG files may lack their last few bytes.

    Args:
        path: the file.
        max_size: longest side in pixels that the picture is shrunk to, as `sizes.shrunk` does; None: as it is.

    Raises:
        ValueError that names the file and the reason: missing, empty, truncated, not a picture, more than `MAX_PIXELS`
        pixels (`MAX_PIXELS_SHRUNK` with a `max_size`), values that are NaN or outside their range.

    Gives a `PictureWarning` for each thing that people should know: a color profile that cannot be used, missing bytes,
    a picture that is nearly black or fully transparent.
    """
    picture, found = _open(path, max_size)
    if _is_clear(picture):
        found.append("it is fully transparent: there is nothing to see")
    _warn(path, found)
    return picture


def read_picture(path: str | os.PathLike[str], max_size: int | None = None) -> Tensor:
    """The picture in a file as (3, H, W) float32 sRGB in [0, 1]: `open_picture` laid over white."""
    picture, found = _open(path, max_size)
    if _is_clear(picture):
        found.append("it is fully transparent, so that it is all white")
    _warn(path, found)
    return picture.over()


def read_mask(path: str | os.PathLike[str], max_size: int | None = None) -> Tensor:
    """The brightness of the picture in a file as an (H, W) float32 mask in [0, 1]; white is 1.

    Transparency is laid over black: where nothing was drawn the mask is 0. A mask that was drawn in black on
    transparency, and would select nothing, is 1 where it is opaque. Raises and warns as `open_picture`.
    """
    picture, found = _open(path, max_size)
    mask = _brightness(picture.over(torch.zeros(3)))
    if picture.alpha is not None and float(mask.max()) <= DARK < float(picture.alpha.max()):
        mask = picture.alpha.clone()
        found.append("this mask is drawn in black on transparency: it selects what is opaque")
    if float(mask.max()) <= 0:
        found.append("this mask selects nothing: all of it is black or transparent")
    _warn(path, found)
    return mask


def decoded_image(path: str | os.PathLike[str]) -> Image.Image:
    """The picture in a file as Pillow has it, as it is stored: for what looks at modes and transparency itself.

    Raises and warns as `open_picture`, but for colors, which stay what they are.
    """
    found: list[str] = []
    with _opened(path) as (image, png):
        image = _decoded(path, image, png, None, found).copy()
    _warn(path, found)
    return image


def _brightness(picture: Tensor) -> Tensor:
    if torch.equal(picture[0], picture[1]) and torch.equal(picture[1], picture[2]):
        return picture[0].clone()  # grey stays exact
    weights = torch.tensor([0.299, 0.587, 0.114])  # ITU-R BT.601 luma, as every editor's greyscale
    return torch.einsum("c,chw->hw", weights, picture).clamp(0, 1)


def _is_clear(picture: Picture) -> bool:
    return picture.alpha is not None and float(picture.alpha.max()) <= 0


def _warn(path: str | os.PathLike[str], found: list[str]) -> None:
    for text in found:
        warnings.warn(f"{path}: {text}", PictureWarning, stacklevel=3)


def _open(path: str | os.PathLike[str], max_size: int | None) -> tuple[Picture, list[str]]:
    """The picture, and what people should know about it."""
    if max_size is not None and max_size < 1:
        raise ValueError(f"max_size must be at least 1 pixel, got {max_size}")
    found: list[str] = []
    with _opened(path, max_size) as (image, png):
        return _read(path, image, png, max_size, found), found


@contextmanager
def _opened(
    path: str | os.PathLike[str], max_size: int | None = None
) -> Iterator[tuple[Image.Image, PngSource | None]]:
    """Pillow's image, not decoded yet; of a PNG also the rest. ValueError for whatever goes wrong with it."""
    if not os.path.exists(path):
        raise ValueError(f"{path}: there is no such file")
    if os.path.isdir(path):
        raise ValueError(f"{path}: this is a folder, not a picture")
    if os.path.isfile(path) and os.path.getsize(path) == 0:
        raise ValueError(f"{path}: the file is empty")
    limit = MAX_PIXELS if max_size is None else MAX_PIXELS_SHRUNK
    try:
        with warnings.catch_warnings(), ExitStack() as stack:
            warnings.simplefilter("ignore")  # Pillow's own, its bomb warning among them: the limits are checked here
            png = stack.enter_context(closing(PngSource(path))) if is_png(path) else None
            image = stack.enter_context(Image.open(path)) if png is None else png.image
            if image.width * image.height > limit:
                raise Image.DecompressionBombError
            yield image, png
    except Image.DecompressionBombError as error:
        raise ValueError(
            f"{path}: the picture is larger than the {limit:,} pixels that are read; make it smaller first"
            + (" or have it read smaller (max_size, --max-size)" if max_size is None else "")
        ) from error
    except Image.UnidentifiedImageError as error:
        raise ValueError(f"{path}: this is not a picture of a kind that can be read") from error
    except Exception as error:  # decoders of broken files raise nearly anything: OSError, SyntaxError, struct.error
        if is_out_of_memory(error):  # then it is no broken file
            raise
        raise ValueError(f"{path}: the picture cannot be read ({error or type(error).__name__})") from error


def _read(
    path: str | os.PathLike[str], image: Image.Image, png: PngSource | None, max_size: int | None, found: list[str]
) -> Picture:
    large = image.width * image.height > MAX_PIXELS
    stored = image.size
    size = shrunk_size((image.height, image.width), max_size)
    draft = (DRAFT * size[1], DRAFT * size[0]) if large else None
    image = _decoded(path, image, png, draft, found)
    exif = _exif(image)
    orientation = exif.get(ORIENTATION)
    if image.size == stored[::-1]:  # Pillow turns some kinds of files itself
        size = (size[1], size[0])
    meaning = meaning_of(image, exif, found)
    pixels, alpha = to_tensors(image, meaning, width=size[1] if large else None)
    smaller = size != size_of(pixels)
    if smaller:
        pixels, alpha = narrowed(pixels, alpha, size)
    if alpha is not None and float(alpha.min()) >= 1:
        alpha = None
    deep = is_deep(image) or (png is not None and png.deep) or 16 in _bits(image)
    if deep and 0 < float(pixels.max()) < TWELVE_OF_SIXTEEN:
        brightest = round(float(pixels.max()) * 65535)
        found.append(f"it is nearly black (its brightest value is {brightest:,} of 65,535): are these 12 bits in 16?")
    fine = is_deep(image) or meaning.encoding is not None or smaller
    animated = png.animated if png is not None else _is_film(image)
    alpha = None if alpha is None else _turned(alpha, orientation)
    return Picture(_turned(pixels, orientation), alpha, about(image, exif), animated, fine)


def _decoded(
    path: str | os.PathLike[str], image: Image.Image, png: PngSource | None, draft: tuple[int, int] | None,
    found: list[str],
) -> Image.Image:  # fmt: skip
    """The decoded image, with `draft` at a fraction of its size that is at least that (width, height), if it can."""
    if png is not None:
        found += png.notes.warnings
        return png.decoded()
    if draft is not None:
        image.draft(None, draft)
    try:
        image.load()
    except OSError:
        mend = mended(path) if image.format in ("JPEG", "MPO") else None
        if mend is None:
            raise
        image, missing = mend
        if draft is not None:
            image.draft(None, draft)
        image.load()
        rest = f"{missing:.1%} of its pixels are grey" if missing else "nothing of the picture is lost"
        found.append(f"the end of the file is missing ({rest})")
    return without_false_alpha(image, path, found)


def _exif(image: Image.Image) -> Image.Exif:
    """The image's EXIF data; none, if they are broken."""
    try:
        return image.getexif()
    except Exception:  # EXIF parsers raise nearly anything, and the pixels are fine
        return Image.Exif()


def _bits(image: Image.Image) -> tuple[int, ...]:
    """The bits of each channel that a TIFF has; () for other files."""
    tags = getattr(image, "tag_v2", None) or {}
    bits = tags.get(BITS_PER_SAMPLE, ())
    return bits if isinstance(bits, tuple) else (bits,)


def _is_film(image: Image.Image) -> bool:
    try:
        return image.format in FILMS and bool(getattr(image, "is_animated", False))
    except Exception:  # what comes after the first picture is broken
        return False


def _turned(picture: Tensor, orientation: Any) -> Tensor:
    """A (..., H, W) tensor upright, from how EXIF says that it is stored."""
    if orientation not in FLIPS:
        return picture
    if orientation in SWAPPED:
        picture = picture.transpose(-2, -1)
    return picture.flip(FLIPS[orientation]).contiguous()

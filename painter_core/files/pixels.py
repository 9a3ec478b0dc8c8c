"""Decoded Pillow images to tensors, strip by strip: color in sRGB, transparency, whatever the mode."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from ..images import resized
from .encoding import Encoding
from .icc import Profile

#: What 16-bit white is.
WHITE_16 = 65535.0
#: Pillow's modes that hold one 16-bit (or, from old decoders, 32-bit) number for each pixel.
DEEP_GREY_MODES = ("I;16", "I;16B", "I;16L", "I;16N", "I")
#: Pillow's modes with transparency of their own (a palette or a color key has it in `info`).
ALPHA_MODES = ("RGBA", "RGBa", "LA", "La", "PA")
#: Modes that hold grey, with transparency or without.
GREY_MODES = ("1", "L", "LA", "La")
#: Pixels that are converted at a time: memory beside the result stays below 200 MB.
STRIP_PIXELS = 1 << 22


@dataclass
class Meaning:
    """What the numbers of an image mean.

    Attributes:
        profile, encoding: how they become sRGB, one of them or none.
        white: of 16-bit greys, the number that is white.
        inverted: whether, of 16-bit greys, 0 is white.
    """

    profile: Profile | None = None
    encoding: Encoding | None = None
    white: float = WHITE_16
    inverted: bool = False


def is_deep(image: Image.Image) -> bool:
    """Whether an image is grey with more than 8 bits."""
    return image.mode in DEEP_GREY_MODES or image.mode == "F"


def has_alpha(image: Image.Image) -> bool:
    """Whether an image has transparency of any kind."""
    return image.mode in ALPHA_MODES or "transparency" in image.info


def to_tensors(image: Image.Image, meaning: Meaning, width: int | None = None) -> tuple[Tensor, Tensor | None]:
    """The pixels (3, H, W) float32 sRGB in [0, 1] and the alpha (H, W), or None, of a decoded image.

    With a `width`, its rows are shrunk to that many pixels, and the sizes are (H, width): a picture of many pixels then
    never is in memory as numbers of 32 bits. Colors are weighted by their alpha in that.

    Raises ValueError for values that are NaN or outside of their range.
    """
    rows = max(1, STRIP_PIXELS // image.width)
    size = (image.height, width or image.width)
    pixels, alpha = torch.empty(3, *size), torch.empty(size) if has_alpha(image) else None
    for top in range(0, image.height, rows):
        bottom = min(top + rows, image.height)
        strip = image if rows >= image.height else image.crop((0, top, image.width, bottom))
        color, cover = _strip(strip, meaning)
        if width is not None:
            color, cover = narrowed(color, cover, (bottom - top, width))
        pixels[:, top:bottom] = color
        if alpha is not None:
            alpha[top:bottom] = 1 if cover is None else cover
    return pixels, alpha


def narrowed(color: Tensor, cover: Tensor | None, size: tuple[int, int]) -> tuple[Tensor, Tensor | None]:
    """Color (3, H, W) and cover (H, W) at another (height, width), colors weighted by their cover."""
    if cover is None:
        return resized(color, size), None
    small = resized(cover, size)
    weighted = resized(color * cover, size) / small.clamp_min(1e-6)
    return torch.where(small > 1e-6, weighted.clamp(0, 1), resized(color, size)), small


def _strip(image: Image.Image, meaning: Meaning) -> tuple[Tensor, Tensor | None]:
    """`to_tensors` of a few rows."""
    if is_deep(image):
        color, cover = _deep_grey(image, meaning)
    elif meaning.profile is not None and image.mode in GREY_MODES:
        color, cover = _grey(image, meaning.profile)
    else:
        color, cover = _color(image, meaning.profile)
    if meaning.encoding is not None:
        color = meaning.encoding.to_srgb(color)
    return color, cover


def _color(image: Image.Image, profile: Profile | None) -> tuple[Tensor, Tensor | None]:
    if has_alpha(image):
        image = image.convert("RGBA")
    elif profile is None or image.mode != "CMYK":
        image = image.convert("RGB")
    if profile is not None:
        image = profile.converted(image)
    numbers = _scaled(image)
    return (numbers[:3], numbers[3]) if len(numbers) == 4 else (numbers, None)


def _grey(image: Image.Image, profile: Profile) -> tuple[Tensor, Tensor | None]:
    """Greys of 8 bits by the curves of their profile."""
    if has_alpha(image):
        numbers = np.asarray(image.convert("RGBA"))
        greys, cover = numbers[..., 0], numbers[..., 3]
    else:
        greys, cover = np.asarray(image.convert("L")), None
    color = torch.from_numpy(np.stack([curve[greys] for curve in profile.curves]))
    return color, None if cover is None else torch.from_numpy(cover.astype(np.float32) / 255)


def _deep_grey(image: Image.Image, meaning: Meaning) -> tuple[Tensor, Tensor | None]:
    """Greyscale with 16 bits or as floats: its own range, not Pillow's conversion to 8 bits, which clips."""
    numbers = np.array(image)
    key = image.info.get("transparency")
    cover = None if key is None else torch.from_numpy((numbers != key).astype(np.float32))
    values = numbers.astype(np.float32)
    if image.mode != "F":
        values /= meaning.white
    if not np.isfinite(values).all():
        raise ValueError("it holds NaN or infinite values")
    if values.size and (values.min() < 0 or values.max() > 1):
        raise ValueError(f"its values must lie in [0, 1], or [0, 65535] for whole numbers; mode {image.mode} was given")
    if meaning.inverted:
        values = 1 - values
    if meaning.profile is None:
        return torch.from_numpy(values).expand(3, -1, -1), cover
    places = np.linspace(0, 1, meaning.profile.curves.shape[1], dtype=np.float32)
    color = np.stack([np.interp(values, places, curve).astype(np.float32) for curve in meaning.profile.curves])
    return torch.from_numpy(color), cover


def _scaled(image: Image.Image) -> Tensor:
    """An image of 8 bits a channel as (C, H, W) in [0, 1]."""
    return torch.from_numpy(np.array(image)).permute(2, 0, 1).to(torch.float32).div_(255)

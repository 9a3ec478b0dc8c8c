"""Pictures inside stroke files: PNG of 8 bits, as bytes or as text."""

from __future__ import annotations

import base64
import binascii
import io
import warnings

import numpy as np
from PIL import Image

from ..exhaustion import is_out_of_memory


def png_of(pixels: np.ndarray) -> bytes:
    """A PNG of (H, W) grey or (H, W, 3) sRGB uint8."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, format="PNG", optimize=True)
    return buffer.getvalue()


def pixels_of(data: bytes, mode: str, most: int, what: str) -> np.ndarray:
    """The pixels of a PNG of 8 bits; (H, W) for the mode "L", (H, W, 3) for "RGB".

    Raises ValueError that begins with `what` for anything else, and for more than `most` pixels.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow's bomb warning: the limit here is what counts
            with Image.open(io.BytesIO(data), formats=["PNG"]) as image:
                width, height = image.size
                if width * height > most or image.mode != mode:
                    raise ValueError(f"it must be 8-bit {mode} of at most {most} pixels, got {image.mode} of "
                                     f"{width} x {height}")  # fmt: skip
                return np.array(image)
    except Exception as error:  # decoders of broken files raise nearly anything: OSError, SyntaxError, struct.error
        if is_out_of_memory(error):
            raise
        reason = "these bytes are none" if isinstance(error, Image.UnidentifiedImageError) else error
        raise ValueError(f"{what} is no PNG that can be read ({reason or type(error).__name__})") from error


def text_of(data: bytes) -> str:
    """Bytes as text for JSON: base64."""
    return base64.b64encode(data).decode("ascii")


def bytes_of(text: object, what: str) -> bytes:
    """`text_of` backwards; ValueError that begins with `what` for anything else."""
    if not isinstance(text, str):
        raise ValueError(f"{what} must be a PNG as base64 text, got {type(text).__name__}")
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError(f"{what} must be a PNG as base64 text ({error})") from error

"""Pictures in and out: files of any common kind to float tensors, and back. What is behind it lies in `files`."""

from __future__ import annotations

from .about import About
from .picture import Picture, PictureWarning
from .reader import MAX_PIXELS, MAX_PIXELS_SHRUNK, open_picture, read_mask, read_picture
from .writer import WRITE_OPTIONS, check_picture_size, check_picture_suffix, picture_writer, write_picture

__all__ = [
    "MAX_PIXELS",
    "MAX_PIXELS_SHRUNK",
    "WRITE_OPTIONS",
    "About",
    "Picture",
    "PictureWarning",
    "check_picture_size",
    "check_picture_suffix",
    "open_picture",
    "picture_writer",
    "read_mask",
    "read_picture",
    "write_picture",
]

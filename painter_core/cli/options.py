"""Kinds of values that the commands take, each refused with what was given and what is allowed."""

from __future__ import annotations

import argparse
import math
import os

from ..files.identity import check_files
from .numbers import number, whole_number

__all__ = [
    "check_files", "check_output_size", "check_suffix", "number", "picture_size", "positive_number",
    "whole_number",
]  # fmt: skip

#: Largest picture that is drawn, in pixels (16,384 squared); its floats take 3.2 GB.
MAX_OUTPUT_PIXELS = 2**28


def positive_number(text: str) -> float:
    """An argparse type: a finite number above 0."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not (math.isfinite(value) and value > 0):
        raise argparse.ArgumentTypeError(f"must be a number above 0, got {text!r}")
    return value


def picture_size(text: str) -> tuple[int, int]:
    """An argparse type: WxH in pixels, as (height, width)."""
    width, _, height = text.lower().partition("x")
    if not (width.isdecimal() and height.isdecimal() and int(width) > 0 and int(height) > 0):
        raise argparse.ArgumentTypeError(f"must be WIDTHxHEIGHT in pixels, such as 1920x1080, got {text!r}")
    check_output_size(int(height), int(width))
    return int(height), int(width)


def check_output_size(height: int, width: int) -> None:
    """Raise ArgumentTypeError if a picture of this size is too large to draw."""
    if height * width > MAX_OUTPUT_PIXELS:
        raise argparse.ArgumentTypeError(
            f"{width}x{height} pixels are too many to draw; at most {MAX_OUTPUT_PIXELS:,} (such as 16384x16384)"
        )


def check_suffix(path: str | None, suffix: str, option: str) -> None:
    """Raise ValueError if the file given for `option` has another suffix than `suffix`; None is fine."""
    if path is not None and os.path.splitext(path)[1].lower() != suffix:
        raise ValueError(f"{option} writes {suffix} files, got {path}")

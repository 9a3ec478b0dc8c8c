"""What people write for the values of edit operations, and what the operations get of it."""

from __future__ import annotations

import argparse
import math
import re
from collections.abc import Callable
from typing import Any

from torch import Tensor

from ..edit import color_text
from ..edit.operation import Kind, Value
from ..strokes import Strokes
from .numbers import number, whole_number
from .options import picture_size, positive_number

#: Kinds that are said as the name of a file, or of a file among other names.
FILES = (Kind.PICTURE, Kind.FITTED, Kind.MASK, Kind.STROKES, Kind.BRUSH)
#: What stands behind an option in the help.
METAVARS = {
    Kind.NUMBER: "X", Kind.FACTOR: "X", Kind.WHOLE: "N", Kind.COLOR: "COLOR", Kind.PICTURE: "PICTURE",
    Kind.FITTED: "PICTURE", Kind.MASK: "MASK.png", Kind.STROKES: "STROKES", Kind.BRUSH: "NAME|FILE", Kind.SPAN: "A-B",
    Kind.EXTENT: "SIZE", Kind.RECTANGLE: "LEFT,TOP,WIDTH,HEIGHT", Kind.SIZE: "WxH",
}  # fmt: skip


def argument(value: Value) -> dict[str, Any]:
    """How argparse takes a value; None is what is not given."""
    words: dict[str, Any] = {"default": None, "help": value.about}
    if value.kind is Kind.YES:
        # only what is usually off can be said by its name alone
        return words | {"action": "store_const", "const": not value.default}
    if value.kind is Kind.CHOICE:
        words["choices"] = value.choices
    elif parse := _type(value):
        words["type"] = parse
    metavar = value.metavar or METAVARS.get(value.kind)
    return words | ({"metavar": metavar} if metavar else {})


def read(value: Value, given: Any, strokes: Strokes) -> Any:
    """What an operation gets: what files hold, everything else as it is; raises ValueError that names the file."""
    if value.kind is Kind.COLOR and isinstance(given, str):  # what it usually is, as a widget has it
        return color_text.color_from_text(given) if given.strip() else None
    if given is None or value.kind not in FILES or value.kind is Kind.BRUSH:
        return given
    from ..export.stroke_io import load_strokes
    from ..files.pictures import read_mask, read_picture
    from .fitting import fitted

    if value.kind is Kind.STROKES:
        return load_strokes(given)
    if value.kind is Kind.MASK:
        return read_mask(given)
    picture = read_picture(given)
    return fitted(picture, strokes.canvas, given) if value.kind is Kind.FITTED else picture


def _type(value: Value) -> Callable[[str], Any] | None:
    if value.kind is Kind.NUMBER:
        return number(-math.inf if value.least is None else value.least, math.inf if value.most is None else value.most)
    if value.kind is Kind.WHOLE:
        return whole_number(int(value.least or 0), None if value.most is None else int(value.most))
    return {
        Kind.FACTOR: positive_number, Kind.COLOR: color, Kind.SPAN: span, Kind.EXTENT: extent,
        Kind.RECTANGLE: rectangle, Kind.SIZE: picture_size,
    }.get(value.kind)  # fmt: skip


def span(text: str) -> tuple[float, float]:
    """An argparse type: A-B, two numbers of 0 or more; an empty end is open."""
    found = re.fullmatch(r"(\d*\.?\d*)-(\d*\.?\d*)", text.strip())
    if not found or "." in found.groups() or found.groups() == ("", ""):
        raise argparse.ArgumentTypeError(f"must be A-B, such as 0-2, 3- or -5, got {text!r}")
    low, high = float(found[1] or 0), float(found[2] or math.inf)
    if low > high:
        raise argparse.ArgumentTypeError(f"must not end before it begins, got {text!r}")
    return low, high


def extent(text: str) -> tuple[float, str]:
    """An argparse type: a length in pixels, or in percent of the canvas's longer side, as (number, unit)."""
    percent = text.endswith("%")
    return number(0, 1e9)(text.removesuffix("%")), "percent" if percent else "pixels"


def rectangle(text: str) -> tuple[int, int, int, int]:
    """An argparse type: LEFT,TOP,WIDTH,HEIGHT in whole pixels."""
    found = re.fullmatch(r"(-?\d{1,7}),(-?\d{1,7}),(\d{1,7}),(\d{1,7})", text.replace(" ", ""))
    if not found:
        raise argparse.ArgumentTypeError(f"must be LEFT,TOP,WIDTH,HEIGHT in pixels, such as 0,0,640,480, got {text!r}")
    left, top, width, height = (int(part) for part in found.groups())
    return left, top, width, height


def color(text: str) -> Tensor:
    """An argparse type: a color as people write it."""
    try:
        return color_text.color_from_text(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error

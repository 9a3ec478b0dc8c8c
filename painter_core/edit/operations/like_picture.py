"""The operation `match`: the colors of a picture, on the command line; the node that recolors has it as a method."""

from __future__ import annotations

from torch import Tensor

from ...strokes import Strokes
from ..operation import Face, Kind, Operation, Value
from ..recolor import match_colors
from ..transport import METHODS


def _matched(strokes: Strokes, *, match: Tensor | None, match_closely: Tensor | None) -> Strokes:
    for picture, method in zip((match, match_closely), METHODS, strict=True):
        if picture is not None:
            strokes = match_colors(strokes, picture, method)
    return strokes


_FACE = Face(
    (
        Value("match", Kind.PICTURE, "take over the colors of a picture: mean and spread"),
        Value("match_closely", Kind.PICTURE, "take over the colors of a picture: their whole distribution"),
    ),
    _matched,
)
OPERATION = Operation("match", "6. colors", _FACE, flags=_FACE)

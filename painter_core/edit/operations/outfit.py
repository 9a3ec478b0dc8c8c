"""The operation `outfit`: another brush and another ground, on the command line only; nodes say both when they draw."""

from __future__ import annotations

from torch import Tensor

from ...brushes.brush import get_brush
from ...strokes import Strokes
from ..operation import Face, Kind, Operation, Value


def _outfitted(strokes: Strokes, *, brush: str | None, canvas: Tensor | None) -> Strokes:
    if brush is not None:
        strokes = strokes.with_brush(get_brush(brush))
    return strokes if canvas is None else strokes.replace(ground=canvas)


_FACE = Face(
    (
        Value("brush", Kind.BRUSH, "draw all of them with this brush from now on"),
        Value("canvas", Kind.FITTED, "put them on this picture, in place of their ground", metavar="IMAGE"),
    ),
    _outfitted,
)
OPERATION = Operation("outfit", "2. what they are drawn with", _FACE, flags=_FACE)

"""The operation `place`: longer or broader strokes; all of them mirrored, turned and moved on a canvas that stays."""

from __future__ import annotations

from ...strokes import Strokes
from ..operation import Face, Kind, Node, Operation, Value
from ..transform import FLIPS, flipped, moved, stretched, turned, zoomed

PERCENT = 0.01


def _placed(
    strokes: Strokes, *, stroke_length: float, stroke_width: float, flip: str, zoom: float, rotate: float,
    move_x: float, move_y: float,
) -> Strokes:  # fmt: skip
    height, width = strokes.canvas
    strokes = flipped(stretched(strokes, stroke_length, stroke_width), flip)
    strokes = turned(zoomed(strokes, zoom), rotate)
    return moved(strokes, move_x * PERCENT * width, move_y * PERCENT * height)


def _turned(
    strokes: Strokes, *, stroke_length: float | None, stroke_width: float | None, flip: str | None,
    rotate: float | None,
) -> Strokes:  # fmt: skip
    if stroke_length or stroke_width:
        strokes = stretched(strokes, stroke_length or 1.0, stroke_width or 1.0)
    if flip:
        strokes = flipped(strokes, flip)
    return turned(strokes, rotate) if rotate else strokes


def _factor(name: str, about: str) -> Value:
    return Value(name, Kind.NUMBER, about, 1.0, 0.05, 20.0, 0.05)


def _percent(name: str, about: str) -> Value:
    return Value(name, Kind.NUMBER, about, 0.0, -200.0, 200.0, 0.5)


OPERATION = Operation(
    "place",
    "5. geometry",
    Face(
        (
            _factor("stroke_length", "How many times as long every stroke gets, where it is."),
            _factor("stroke_width", "How many times as wide every stroke gets, where it is."),
            Value("flip", Kind.CHOICE, "Mirror it: left to right, upside down.", FLIPS[0], choices=FLIPS),
            _factor("zoom", "How many times as large the painting gets; its canvas stays."),
            Value("rotate", Kind.NUMBER, "Turn the painting clockwise about its middle, in degrees; its canvas stays.",
                  0.0, -360.0, 360.0, 1.0),
            _percent("move_x", "Move the painting to the right, in percent of the canvas's width."),
            _percent("move_y", "Move the painting down, in percent of the canvas's height."),
        ),
        _placed,
    ),
    Node(
        "TransformStrokes", "Transform Strokes", ("flip", "mirror", "rotate", "move strokes", "stroke size"),
        "Longer or broader strokes; the painting flipped, enlarged, turned and moved on its canvas.",
        (("strokes", "The transformed painting, on a canvas of the same size."),),
    ),
    Face(
        (
            Value("stroke_length", Kind.FACTOR, "times as long, every stroke where it is"),
            Value("stroke_width", Kind.FACTOR, "times as wide, every stroke where it is"),
            Value("flip", Kind.CHOICE, "mirror the painting", choices=FLIPS[1:]),
            Value("rotate", Kind.NUMBER, "turn the painting clockwise on its canvas", None, -360, 360,
                  metavar="DEGREES"),
        ),
        _turned,
    ),
)  # fmt: skip

"""The operation `canvas`: a painting cut out, with bare canvas around it, or at another size."""

from __future__ import annotations

from ...strokes import Strokes
from ..operation import Face, Kind, Node, Operation, Value
from ..transform import cropped, resized

#: Largest side of a canvas that a widget can ask for, in pixels.
LARGEST = 16_384


def _cut(
    strokes: Strokes, *, left: int, top: int, width: int, height: int, resize_width: int, resize_height: int
) -> Strokes:
    sides = (width or strokes.canvas[1] - left, height or strokes.canvas[0] - top)
    return _sized(cropped(strokes, left, top, *sides), resize_width, resize_height)


def _sized(strokes: Strokes, width: int, height: int) -> Strokes:
    """At (width, height); a side of 0 keeps the shape."""
    if not width and not height:
        return strokes
    rows, columns = strokes.canvas
    width, height = width or round(columns * height / rows), height or round(rows * width / columns)
    return resized(strokes, max(1, width), max(1, height))


def _rescaled(
    strokes: Strokes, *, scale: float | None, crop: tuple[int, int, int, int] | None, resize: tuple[int, int] | None
) -> Strokes:
    if scale:
        strokes = strokes.scaled(scale)
    if crop:
        strokes = cropped(strokes, *crop)
    return resized(strokes, resize[1], resize[0]) if resize else strokes


def _side(name: str, about: str) -> Value:
    return Value(name, Kind.WHOLE, about, 0, 0, LARGEST)


def _edge(name: str, about: str) -> Value:
    return Value(name, Kind.WHOLE, about, 0, -LARGEST, LARGEST)


OPERATION = Operation(
    "canvas",
    "5. geometry",
    Face(
        (
            _edge("left", "Where the rectangle begins, in pixels of the painting; below 0 adds bare canvas."),
            _edge("top", "Where the rectangle begins, in pixels of the painting; below 0 adds bare canvas."),
            _side("width", "Width of the rectangle in pixels; 0: up to the right border."),
            _side("height", "Height of the rectangle in pixels; 0: down to the lower border."),
            _side("resize_width", "Then bring it to this width in pixels; 0: follows the height, or stays."),
            _side("resize_height", "Then bring it to this height in pixels; 0: follows the width, or stays."),
        ),
        _cut,
    ),
    Node(
        "CropStrokes", "Crop and Resize Canvas (Strokes)", ("crop painting", "extend canvas", "resize"),
        "Cut a rectangle out of a painting, add bare canvas around it, or bring it to another size.",
        (("strokes", "The painting on its new canvas."),),
    ),
    Face(
        (
            Value("scale", Kind.FACTOR, "times as large, the painting and its canvas"),
            Value("crop", Kind.RECTANGLE, "only this part; may reach over the canvas"),
            Value("resize", Kind.SIZE, "bring the canvas to this size in pixels"),
        ),
        _rescaled,
    ),
)  # fmt: skip

"""Change the canvas of a painting."""

from __future__ import annotations

from comfy_api.latest import io

from ..painter_core import Strokes
from ..painter_core.edit import cropped, resized
from . import menu
from .edit_batch import each, strokes_input, strokes_output

#: Largest side of a canvas that a widget can ask for, in pixels.
LARGEST = 16_384


def _side(name: str, tooltip: str) -> io.Input:
    return io.Int.Input(name, default=0, min=0, max=LARGEST, tooltip=tooltip)


def _edge(name: str, tooltip: str) -> io.Input:
    return io.Int.Input(name, default=0, min=-LARGEST, max=LARGEST, tooltip=tooltip)


class CropStrokes(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return menu.schema(
            "CropStrokes",
            description="Cut a rectangle out of a painting, add bare canvas around it, or bring it to another size.",
            inputs=[
                strokes_input(),
                _edge("left", "Where the rectangle begins, in pixels of the painting; below 0 adds bare canvas."),
                _edge("top", "Where the rectangle begins, in pixels of the painting; below 0 adds bare canvas."),
                _side("width", "Width of the rectangle in pixels; 0: up to the right border."),
                _side("height", "Height of the rectangle in pixels; 0: down to the lower border."),
                _side("resize_width", "Then bring it to this width in pixels; 0: follows the height, or stays."),
                _side("resize_height", "Then bring it to this height in pixels; 0: follows the width, or stays."),
            ],
            outputs=[strokes_output("The painting on its new canvas.")],
        )

    @classmethod
    def execute(
        cls,
        strokes: list[Strokes],
        left: int,
        top: int,
        width: int,
        height: int,
        resize_width: int,
        resize_height: int,
    ) -> io.NodeOutput:
        def change(index: int, painting: Strokes) -> Strokes:
            sides = (width or painting.canvas[1] - left, height or painting.canvas[0] - top)
            return _sized(cropped(painting, left, top, *sides), resize_width, resize_height)

        return io.NodeOutput(each(strokes, change))


def _sized(painting: Strokes, width: int, height: int) -> Strokes:
    """At (width, height); a side of 0 keeps the shape."""
    if not width and not height:
        return painting
    rows, columns = painting.canvas
    width, height = width or round(columns * height / rows), height or round(rows * width / columns)
    return resized(painting, max(1, width), max(1, height))

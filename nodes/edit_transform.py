"""Change the geometry of a painting."""

from __future__ import annotations

from comfy_api.latest import io

from ..painter_core import Strokes
from ..painter_core.edit import flipped, moved, stretched, turned, zoomed
from ..painter_core.edit.transform import FLIPS
from . import menu
from .edit_batch import each, strokes_input, strokes_output
from .inputs import check_choice

PERCENT = 0.01


def _factor(name: str, tooltip: str) -> io.Input:
    return io.Float.Input(name, default=1.0, min=0.05, max=20.0, step=0.05, tooltip=tooltip)


def _percent(name: str, tooltip: str) -> io.Input:
    return io.Float.Input(name, default=0.0, min=-200.0, max=200.0, step=0.5, tooltip=tooltip)


class TransformStrokes(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return menu.schema(
            "TransformStrokes",
            description="Longer or broader strokes; the painting flipped, enlarged, turned and moved on its canvas.",
            inputs=[
                strokes_input(),
                _factor("stroke_length", "How many times as long every stroke gets, where it is."),
                _factor("stroke_width", "How many times as wide every stroke gets, where it is."),
                io.Combo.Input(
                    "flip", options=list(FLIPS), default=FLIPS[0], tooltip="Mirror it: left to right, upside down."
                ),
                _factor("zoom", "How many times as large the painting gets; its canvas stays."),
                io.Float.Input(
                    "rotate",
                    default=0.0,
                    min=-360.0,
                    max=360.0,
                    step=1.0,
                    tooltip="Turn the painting clockwise about its middle, in degrees; its canvas stays.",
                ),
                _percent("move_x", "Move the painting to the right, in percent of the canvas's width."),
                _percent("move_y", "Move the painting down, in percent of the canvas's height."),
            ],
            outputs=[strokes_output("The transformed painting, on a canvas of the same size.")],
        )

    @classmethod
    def execute(
        cls,
        strokes: list[Strokes],
        stroke_length: float,
        stroke_width: float,
        flip: str,
        zoom: float,
        rotate: float,
        move_x: float,
        move_y: float,
    ) -> io.NodeOutput:
        check_choice("flip", flip, FLIPS)

        def change(index: int, painting: Strokes) -> Strokes:
            height, width = painting.canvas
            painting = flipped(stretched(painting, stroke_length, stroke_width), flip)
            painting = turned(zoomed(painting, zoom), rotate)
            return moved(painting, move_x * PERCENT * width, move_y * PERCENT * height)

        return io.NodeOutput(each(strokes, change))

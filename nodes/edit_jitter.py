"""Make a painting less neat."""

from __future__ import annotations

from comfy_api.latest import io

from ..painter_core import Strokes
from ..painter_core.edit import jittered
from . import menu
from .edit_batch import each, seed_input, strokes_input, strokes_output


def _amount(name: str, default: float, most: float, step: float, tooltip: str) -> io.Input:
    return io.Float.Input(name, default=default, min=0.0, max=most, step=step, tooltip=tooltip)


class JitterStrokes(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return menu.schema(
            "JitterStrokes",
            description="Every stroke a little off in place, direction, size and color: a looser hand.",
            inputs=[
                strokes_input(),
                _amount("position", 0.15, 5.0, 0.05, "How far strokes move, in their own width."),
                _amount("angle", 6.0, 90.0, 1.0, "How far strokes turn, in degrees."),
                _amount("size", 0.1, 1.0, 0.01, "How much sizes vary: 0.1 is about a tenth."),
                _amount("color", 0.02, 0.5, 0.01, "How much colors vary: 0.02 is a breath, 0.1 a lot."),
                seed_input("The same seed gives the same strokes. All paintings of a batch get it."),
            ],
            outputs=[strokes_output("The same strokes, each a little off.")],
        )

    @classmethod
    def execute(
        cls, strokes: list[Strokes], position: float, angle: float, size: float, color: float, seed: int
    ) -> io.NodeOutput:
        amounts = {"position": position, "angle": angle, "size": size, "color": color}
        return io.NodeOutput(each(strokes, lambda _, painting: jittered(painting, seed, **amounts)))

"""Keep the strokes of a painting that matter most."""

from __future__ import annotations

import comfy.model_management as mm
from comfy_api.latest import io
from torch import Tensor

from ..painter_core import Brush, Strokes, render
from ..painter_core.painting.paint_options import MOST_STROKES
from ..painter_core.refinement.prune import prune
from . import adapt, menu
from .edit_batch import each, strokes_input, strokes_output
from .inputs import brush_input, other_brush
from .types import BrushTip


class KeepBestStrokes(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return menu.schema(
            "KeepBestStrokes",
            description="Leave out the strokes that matter least, so that a painting gets by with fewer.",
            inputs=[
                strokes_input(),
                io.Int.Input(
                    "count", default=1500, min=0, max=MOST_STROKES, tooltip="How many stay: those that matter most."
                ),
                brush_input("What the painting will be drawn with: strokes are judged by what is seen of them."),
                io.Image.Input(
                    "picture",
                    optional=True,
                    tooltip="What it should look like: the picture that was painted. Without one: as it looks now.",
                ),
                BrushTip.Input(
                    "brush_tip", optional=True, tooltip="A brush from Load Brush, in place of the one that is chosen."
                ),
            ],
            outputs=[strokes_output("The strokes that matter most, in their order, in colors that suit them.")],
        )

    @classmethod
    def execute(
        cls,
        strokes: list[Strokes],
        count: int,
        brush: str,
        picture: Tensor | None = None,
        brush_tip: Brush | None = None,
    ) -> io.NodeOutput:
        tip = other_brush(brush, brush_tip)
        device = mm.get_torch_device()

        def change(index: int, painting: Strokes) -> Strokes:
            if len(painting) <= count:
                return painting
            work, look = painting.to(device), mm.throw_exception_if_processing_interrupted
            if picture is None:
                wanted = render(work, brush=tip, on_band=look)
            else:
                source = adapt.picture(picture, adapt.partner(picture, index), device)
                wanted = adapt.resized(source, painting.canvas)
            return prune(work, wanted, count, tip, on_step=look).to(painting.center.device)

        return io.NodeOutput(each(strokes, change))

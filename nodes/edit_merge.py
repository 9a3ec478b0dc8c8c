"""Two paintings become one."""

from __future__ import annotations

from comfy_api.latest import io
from torch import Tensor

from ..painter_core import Strokes
from ..painter_core.edit import merged
from . import menu
from .edit_batch import each, mask_of, seed_input, strokes_input, strokes_output
from .types import StrokeBatch


class MergeStrokes(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return menu.schema(
            "MergeStrokes",
            description="Two paintings on one canvas: the other one inside a mask, or over the first.",
            inputs=[
                strokes_input("The paintings below, or outside the mask. Canvas and ground are theirs."),
                StrokeBatch.Input(
                    "other", tooltip="The paintings above, or inside the mask; of any size, they are made to fit."
                ),
                seed_input("Where the mask is grey, chance decides stroke by stroke which painting it is."),
                io.Mask.Input(
                    "mask", optional=True, tooltip="Where the other painting is: white. Without one it is on top."
                ),
            ],
            outputs=[strokes_output("Both as one painting.")],
        )

    @classmethod
    def execute(
        cls, strokes: list[Strokes], other: list[Strokes], seed: int, mask: Tensor | None = None
    ) -> io.NodeOutput:
        if not other:
            return io.NodeOutput(strokes)

        def change(index: int, painting: Strokes) -> Strokes:
            above = other[index % len(other)]
            return merged(painting, above, mask_of(mask, index, painting), seed=seed)

        return io.NodeOutput(each(strokes, change))

"""Paint the same strokes in another order."""

from __future__ import annotations

from comfy_api.latest import io
from torch import Tensor

from ..painter_core import Strokes
from ..painter_core.edit import ORDERS, ordered
from . import menu
from .edit_batch import each, mask_of, seed_input, strokes_input, strokes_output
from .inputs import check_choice


class ReorderStrokes(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return menu.schema(
            "ReorderStrokes",
            description="Paint the same strokes in another order: background first, by color, light before dark ...",
            inputs=[
                strokes_input(),
                io.Combo.Input(
                    "order",
                    options=list(ORDERS),
                    default="region",
                    tooltip="region: the background first, the subject last. color: one color after the other.",
                ),
                io.Boolean.Input(
                    "same_picture",
                    default=True,
                    tooltip="Strokes that overlap stay in their order, so that the finished painting is the same. Off: "
                    "sorted without looking, which makes another picture.",
                ),
                seed_input("For the order 'random'. All paintings of a batch get it."),
                io.Mask.Input("mask", optional=True, tooltip="For the order 'region': where the subject is."),
            ],
            outputs=[strokes_output("The same strokes in their new order.")],
        )

    @classmethod
    def execute(
        cls, strokes: list[Strokes], order: str, same_picture: bool, seed: int, mask: Tensor | None = None
    ) -> io.NodeOutput:
        check_choice("order", order, ORDERS)

        def change(index: int, painting: Strokes) -> Strokes:
            subject = mask_of(mask, index, painting)
            turn = ordered(painting, order, mask=subject, seed=seed, same_picture=same_picture)
            return painting[turn]

        return io.NodeOutput(each(strokes, change))

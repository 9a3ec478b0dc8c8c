"""Mix a painting's colors as paint is mixed."""

from __future__ import annotations

from comfy_api.latest import io
from torch import Tensor

from ..painter_core import Strokes
from ..painter_core.edit import PALETTES, mix_toward, with_pigments
from ..painter_core.edit.color_text import color_from_text
from . import menu
from .edit_batch import each, mask_of, strokes_input, strokes_output
from .inputs import check_choice, refused_color

ANY = "any"
CHOICES = (ANY, *PALETTES)


class MixStrokeColors(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return menu.schema(
            "MixStrokeColors",
            description="Colors as real paint mixes them: blue and yellow make green. Paint with a painter's palette.",
            inputs=[
                strokes_input(),
                io.Combo.Input(
                    "palette",
                    options=list(CHOICES),
                    default="zorn",
                    tooltip="Each color becomes the closest one that this palette can mix from white and three "
                    "paints. zorn: white, yellow ochre, vermilion, black. any: colors stay.",
                ),
                io.Float.Input(
                    "strength", default=1.0, min=0.0, max=1.0, step=0.05, tooltip="How far colors go to the palette."
                ),
                io.String.Input(
                    "color",
                    default="#f5c842",
                    tooltip="A paint to mix into every color first: #f5c842, or a name such as teal.",
                ),
                io.Float.Input(
                    "amount", default=0.0, min=0.0, max=1.0, step=0.05, tooltip="How much of it: 0 none, 0.5 half."
                ),
                io.Mask.Input("mask", optional=True, tooltip="Change only where this is white; grey is halfway."),
            ],
            outputs=[strokes_output("The same strokes in their new colors.")],
        )

    @classmethod
    def validate_inputs(cls, color: str | None) -> bool | str:
        """Before anything of the graph runs; None comes from another node, and is known later."""
        return refused_color(color) or True

    @classmethod
    def execute(
        cls,
        strokes: list[Strokes],
        palette: str,
        strength: float,
        color: str,
        amount: float,
        mask: Tensor | None = None,
    ) -> io.NodeOutput:
        check_choice("palette", palette, CHOICES)
        paint = color_from_text(color) if amount else None

        def change(index: int, painting: Strokes) -> Strokes:
            where = mask_of(mask, index, painting)
            if paint is not None:
                painting = mix_toward(painting, paint, amount, mask=where)
            return painting if palette == ANY else with_pigments(painting, palette, strength=strength, mask=where)

        return io.NodeOutput(each(strokes, change))

"""Give a painting other colors."""

from __future__ import annotations

from comfy_api.latest import io
from torch import Tensor

from ..painter_core import Strokes
from ..painter_core.edit import adjust, limit_colors, match_colors, palette_of, to_palette
from ..painter_core.edit.clusters import MOST_COLORS
from ..painter_core.edit.transport import METHODS as MATCHES
from . import adapt, menu
from .edit_batch import each, mask_of, strokes_input, strokes_output
from .inputs import check_choice

KEEP, LIMIT, PALETTE, MATCH, MATCH_CLOSELY = METHODS = (
    "keep colors",
    "few colors",
    "palette of picture",
    "mood of picture",
    "all colors of picture",
)
#: What the methods that look at a picture do with it.
WITH_PICTURE = {MATCH: MATCHES[0], MATCH_CLOSELY: MATCHES[1]}


class RecolorStrokes(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return menu.schema(
            "RecolorStrokes",
            description="Paint the same strokes in few colors, in those of a picture, or brighter, calmer, bluer.",
            inputs=[
                strokes_input(),
                io.Combo.Input(
                    "method",
                    options=list(METHODS),
                    default=LIMIT,
                    tooltip="few colors: the ones that suit the painting. palette of picture: few colors taken from "
                    "the picture. mood of picture: its mean and spread. all colors of picture: its whole distribution.",
                ),
                io.Int.Input(
                    "colors", default=12, min=1, max=MOST_COLORS, tooltip="How many colors 'few' and 'palette' leave."
                ),
                io.Float.Input("hue", default=0.0, min=-180.0, max=180.0, step=1.0, tooltip="Turn all hues: degrees."),
                io.Float.Input(
                    "saturation", default=1.0, min=0.0, max=4.0, step=0.05, tooltip="0 is grey, 1 as it is, 2 twice."
                ),
                io.Float.Input(
                    "brightness", default=0.0, min=-1.0, max=1.0, step=0.01, tooltip="Lighter or darker; 0 as it is."
                ),
                io.Float.Input(
                    "contrast", default=1.0, min=0.0, max=4.0, step=0.05, tooltip="Below 1 is hazy, above 1 is harder."
                ),
                io.Float.Input(
                    "strength", default=1.0, min=0.0, max=1.0, step=0.01, tooltip="How much of all this: 0 none, 1 all."
                ),
                io.Image.Input(
                    "picture", optional=True, tooltip="Where colors come from, for methods that name a picture."
                ),
                io.Mask.Input("mask", optional=True, tooltip="Recolor only where this is white; grey is halfway."),
            ],
            outputs=[strokes_output("The same strokes in their new colors.")],
        )

    @classmethod
    def execute(
        cls,
        strokes: list[Strokes],
        method: str,
        colors: int,
        hue: float,
        saturation: float,
        brightness: float,
        contrast: float,
        strength: float,
        picture: Tensor | None = None,
        mask: Tensor | None = None,
    ) -> io.NodeOutput:
        check_choice("method", method, METHODS)
        if picture is None and method in (PALETTE, *WITH_PICTURE):
            raise ValueError(f"Method '{method}' needs a picture. Connect one, or choose '{LIMIT}'.")

        def change(index: int, painting: Strokes) -> Strokes:
            amount = {"strength": strength, "mask": mask_of(mask, index, painting)}
            if method == LIMIT:
                painting = limit_colors(painting, colors, **amount)
            elif method != KEEP and picture is not None:
                source = adapt.picture(picture, adapt.partner(picture, index), painting.center.device)
                if method == PALETTE:
                    painting = to_palette(painting, palette_of(source, colors), **amount)
                else:
                    painting = match_colors(painting, source, WITH_PICTURE[method], **amount)
            shift = {"hue": hue, "saturation": saturation, "brightness": brightness, "contrast": contrast}
            return adjust(painting, **shift, **amount)

        return io.NodeOutput(each(strokes, change))

"""Give pictures the style of another one, and paint the result."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import comfy.model_management as mm
from comfy.model_patcher import ModelPatcher
from comfy_api.latest import io
from torch import Tensor

from ..painter_core import Brush, Strokes, paint
from ..painter_core import preset as make_preset
from ..painter_core.brush import BRUSHES, get_brush
from ..painter_core.style import METHODS, style_strokes, stylize
from . import adapt
from .draw import draw_image
from .inputs import Extras, check_choice
from .paint import BYTES_PER_PIXEL, PATCH_BATCH_BYTES
from .paint_inputs import LOOKS, NONE, SEEDS
from .progress import Progress
from .style_inputs import BATCHES, BLEND, STROKES, STYLE_METHODS, style_inputs, style_outputs

#: Working memory of VGG16's features and their gradients, at the size that paintings are looked at.
LOOKING_BYTES = 512 * 2**20
#: Of the time for a picture: until it is stylised, and until its strokes are found; the rest is drawing the result.
STYLED, FOUND = 0.2, 0.9


class StyleTransferThenPaint(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="StyleTransferThenPaint",
            display_name="Style Transfer, Then Paint",
            category="painter",
            description="Give pictures the style of another one and paint the result, or shape the strokes themselves.",
            inputs=style_inputs(),
            outputs=style_outputs(),
        )

    @classmethod
    def execute(
        cls,
        predictor: ModelPatcher,
        content: Tensor,
        style: Tensor,
        method: str,
        strength: float,
        keep_colors: bool,
        style_batch: str,
        strokes: int,
        brush: str,
        seed: int,
        preset: str,
        refine: int,
        stroke_length: float,
        flow: float,
        variety: float,
        attention: float,
        mask: Tensor | None = None,
        brush_tip: Brush | None = None,
    ) -> io.NodeOutput:
        for name, value, choices in (("method", method, STYLE_METHODS), ("style batch", style_batch, BATCHES),
                                     ("brush", brush, BRUSHES), ("preset", preset, LOOKS)):  # fmt: skip
            check_choice(name, value, choices)
        options = make_preset(
            None if preset == NONE else preset, strokes=strokes, length=stroke_length, flow=flow, variety=variety,
            refine=refine, attention=attention,
        )  # fmt: skip
        options = replace(options, brush=get_brush(brush_tip or (brush if preset == NONE else options.brush)))
        count, size = len(content), (content.shape[1], content.shape[2])
        memory = PATCH_BATCH_BYTES + LOOKING_BYTES + BYTES_PER_PIXEL * size[0] * size[1]
        mm.load_models_gpu([predictor], memory_required=memory, force_full_load=True)
        out, stylized = adapt.empty_image(count, size), adapt.empty_image(count, size)
        paintings: list[Strokes] = []
        progress, how = Progress(count), {"strength": strength, "keep_colors": keep_colors}
        for i in range(count):
            picture = adapt.picture(content, i, predictor.load_device)
            extras = Extras(None, None, mask).of(i, picture)
            chosen = range(len(style)) if style_batch == BLEND else [adapt.partner(style, i)]
            theirs = [adapt.picture(style, index, picture.device) for index in chosen]
            mine = replace(options, seed=(seed + i) % SEEDS)
            made = stylize(
                picture, theirs, method=_picture_method(method), mask=extras.mask, on_step=progress.of(i, end=STYLED),
                **how,
            )  # fmt: skip
            find = partial(style_strokes, picture, theirs, **how) if method == STROKES else partial(paint, made)
            finding = progress.of(i, STYLED, FOUND)
            painting = find(predictor=predictor.model, options=mine, mask=extras.paintable(), on_step=finding)
            draw_image(out[i], painting, mine.brush, None, progress.of(i, FOUND))
            extras.keep_outside(out[i], picture)
            stylized[i] = made.movedim(0, -1)
            paintings.append(painting.to("cpu"))
        progress.finish()
        return io.NodeOutput(out, paintings, stylized, options.brush)


def _picture_method(method: str) -> str:
    """What makes the picture: for the strokes' method, that which gives it its colours."""
    return method if method in METHODS else next(iter(METHODS))

"""Paint pictures with brush strokes."""

from __future__ import annotations

import comfy.model_management as mm
from comfy.model_patcher import ModelPatcher
from comfy_api.latest import io
from torch import Tensor
from torch.nn import Module

from ..painter_core import PaintOptions, Strokes, paint
from ..painter_core.brush import BRUSHES
from ..painter_core.painter import MODES, MOST_STROKES
from ..painter_core.paper import paint_paper
from . import adapt
from .draw import draw_image
from .inputs import Extras, check_choice
from .progress import Progress
from .types import StrokeBatch, StrokePredictor

SEEDS = 2**64
#: Working memory of the painter: so much for a batch of patches, and so much for each pixel of the picture.
PATCH_BATCH_BYTES = 256 * 2**20
BYTES_PER_PIXEL = 256
#: Of the time for a picture, what finding the strokes takes; the rest is drawing the result.
FINDING = 0.9


class PaintImage(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="PaintImage",
            display_name="Paint Image (Brush Strokes)",
            category="painter",
            description="Paint pictures with brush strokes, coarse to fine, every stroke placed by a neural network.",
            inputs=[
                StrokePredictor.Input("predictor", tooltip="The network, from Load Stroke Predictor."),
                io.Image.Input(
                    "image",
                    tooltip="The pictures to paint, of any size. Each picture of a batch is painted by itself. "
                    "Transparency is ignored.",
                ),
                io.Int.Input(
                    "strokes",
                    default=3000,
                    min=1,
                    max=MOST_STROKES,
                    tooltip="How many strokes a painting has. 300 is a sketch, 3000 a painting, 20000 nearly a photo.",
                ),
                io.Combo.Input(
                    "brush",
                    options=list(BRUSHES),
                    default=BRUSHES[0],
                    tooltip="What a stroke looks like: oil shows bristles, round is soft, flat is a hard-edged mark.",
                ),
                io.Combo.Input(
                    "mode",
                    options=list(MODES),
                    default=MODES[0],
                    tooltip="fast: our painter. paper: what the Paint Transformer paper (2021) does, to compare with; "
                    "it ignores strokes, brush and seed, and takes no canvas, detail or mask.",
                ),
                io.Int.Input(
                    "seed",
                    default=0,
                    min=0,
                    max=SEEDS - 1,
                    control_after_generate=True,
                    tooltip="The same seed gives the same painting. The pictures of a batch get seed, seed + 1, ...",
                ),
                io.Image.Input(
                    "canvas",
                    optional=True,
                    tooltip="Paint on this picture instead of a plain ground, for example on a half-finished painting.",
                ),
                io.Mask.Input(
                    "detail",
                    optional=True,
                    tooltip="Where to spend the strokes: white gets fine detail, black stays broad.",
                ),
                io.Mask.Input(
                    "mask",
                    optional=True,
                    tooltip="Paint only where this is white. Elsewhere the canvas stays, or the picture if there "
                    "is no canvas.",
                ),
            ],
            outputs=[
                io.Image.Output(display_name="image", tooltip="The paintings, as large as the pictures."),
                StrokeBatch.Output(
                    display_name="strokes",
                    tooltip="The strokes of each painting, for Stroke Render: larger, as a video, or as vectors.",
                ),
            ],
        )

    @classmethod
    def execute(
        cls,
        predictor: ModelPatcher,
        image: Tensor,
        strokes: int,
        brush: str,
        mode: str,
        seed: int,
        canvas: Tensor | None = None,
        detail: Tensor | None = None,
        mask: Tensor | None = None,
    ) -> io.NodeOutput:
        extras = Extras(canvas, detail, mask)
        check_choice("brush", brush, BRUSHES)
        check_choice("mode", mode, MODES)
        if mode == "paper":
            _check_paper(extras)
        count, size = len(image), (image.shape[1], image.shape[2])
        memory = PATCH_BATCH_BYTES + BYTES_PER_PIXEL * size[0] * size[1]
        mm.load_models_gpu([predictor], memory_required=memory, force_full_load=True)
        out = adapt.empty_image(count, size)
        paintings: list[Strokes] = []
        progress = Progress(count)
        for i in range(count):
            picture = adapt.picture(image, i, predictor.load_device)
            if mode == "paper":
                painting, result = paint_paper(picture, predictor.model, on_step=progress.of(i))
                out[i] = result.movedim(0, -1)
            else:
                options = PaintOptions(strokes=strokes, brush=brush, seed=(seed + i) % SEEDS)
                painting = _paint(picture, predictor.model, options, extras.of(i, picture), out[i], progress, i)
            paintings.append(painting.to("cpu"))
        progress.finish()
        return io.NodeOutput(out, paintings)


def _paint(
    picture: Tensor, model: Module, options: PaintOptions, extras: Extras, out: Tensor, progress: Progress, index: int
) -> Strokes:
    """Paint one picture into `out` (H, W, 3)."""
    finding, drawing = progress.of(index, end=FINDING), progress.of(index, start=FINDING)
    given = {"canvas": extras.canvas, "detail": extras.detail, "mask": extras.paintable()}
    painting = paint(picture, model, options, on_step=finding, **given)
    draw_image(out, painting, options.brush, extras.canvas, drawing)
    extras.keep_outside(out, picture)
    return painting


def _check_paper(extras: Extras) -> None:
    """The paper's inference has no use for the optional inputs; ignoring them silently would puzzle people."""
    connected = ", ".join(extras.connected())
    if connected:
        raise ValueError(
            f"Mode 'paper' does only what the paper does and takes no {connected}. "
            f"Disconnect {connected}, or choose mode 'fast'."
        )

"""Paint pictures with brush strokes."""

from __future__ import annotations

from collections.abc import Callable

import comfy.model_management as mm
from comfy.model_patcher import ModelPatcher
from comfy_api.latest import io
from torch import Tensor
from torch.nn import Module

from ..painter_core import Brush, PaintOptions, Strokes, paint
from ..painter_core.options import OPTIONS
from ..painter_core.painting.transparency import on_ground
from ..painter_core.paper import PREDICTOR as PAPER_PREDICTOR
from ..painter_core.paper import paint_paper
from . import adapt, menu, models, viewer
from .draw import draw_image
from .film import FilmPainting
from .inputs import Extras
from .older import refuse_old_graph
from .paint_inputs import paint_inputs, paint_outputs
from .painting_options import painting_options
from .progress import Progress

SEEDS = int(OPTIONS["seed"].most) + 1

#: Working memory of the painter: so much for a batch of patches, and so much for each pixel of the picture.
PATCH_BATCH_BYTES = 256 * 2**20
BYTES_PER_PIXEL = 256
#: Of the time for a picture, what finding the strokes takes; the rest is drawing the result.
FINDING = 0.9


class PaintImage(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return menu.schema(
            "PaintImage",
            description="Paint pictures with brush strokes, coarse to fine, every stroke placed by a neural network.",
            inputs=paint_inputs(),
            outputs=paint_outputs(),
            hidden=[io.Hidden.prompt],
        )

    @classmethod
    def execute(
        cls,
        image: Tensor,
        predictor: ModelPatcher | None = None,
        canvas: Tensor | None = None,
        detail: Tensor | None = None,
        mask: Tensor | None = None,
        brush_tip: Brush | None = None,
        film: bool = False,
        mode: str = OPTIONS["mode"].default,
        **widgets: float | str,
    ) -> io.NodeOutput:
        refuse_old_graph(cls.hidden.prompt, "PaintImage")
        extras, options = Extras(canvas, detail, mask), painting_options(widgets, brush_tip)
        OPTIONS["mode"].check(mode)
        paper = mode == "paper"
        if paper:
            _check_paper(extras, brush_tip, film)
        if predictor is None:
            predictor = models.shipped(PAPER_PREDICTOR if paper else None)
        count, size = len(image), (image.shape[1], image.shape[2])
        memory = PATCH_BATCH_BYTES + BYTES_PER_PIXEL * size[0] * size[1]
        mm.load_models_gpu([predictor], memory_required=memory, force_full_load=True)
        out = adapt.empty_image(count, size)
        paintings: list[Strokes] = []
        progress = Progress(count)
        find = FilmPainting(predictor.model, options) if film else paint
        for i in range(count):
            source = adapt.source(image, i, predictor.load_device)
            mine = extras.of(i, source.pixels)
            picture = source.over() if paper else on_ground(source, options, mine.canvas)
            if paper:
                painting, result = paint_paper(picture, predictor.model, on_step=progress.of(i))
                out[i] = result.movedim(0, -1)
            else:
                painting = _paint(find, picture, predictor.model, options, mine, out[i], progress, i)
            paintings.append(painting.to("cpu"))
        progress.finish()
        return io.NodeOutput(out, paintings, ui=viewer.of(paintings, out, image, canvas=canvas, mask=mask))


def _paint(
    find: Callable[..., Strokes], picture: Tensor, model: Module, options: PaintOptions, extras: Extras, out: Tensor,
    progress: Progress, index: int,
) -> Strokes:  # fmt: skip
    """Paint one picture into `out` (H, W, 3)."""
    finding, drawing = progress.of(index, end=FINDING), progress.of(index, start=FINDING)
    given = {"canvas": extras.canvas, "detail": extras.detail, "mask": extras.paintable()}
    painting = find(picture, model, options, on_step=finding, **given)
    draw_image(out, painting, None, None, drawing)
    extras.keep_outside(out, picture)
    return extras.grounded(painting, picture)


def _check_paper(extras: Extras, brush_tip: Brush | None, film: bool) -> None:
    """The paper's inference has no use for the optional inputs; ignoring them silently would puzzle people."""
    if film:
        raise ValueError("Mode 'paper' paints every picture by itself. Switch film off, or choose mode 'fast'.")
    connected = ", ".join([*extras.connected(), *([] if brush_tip is None else ["brush tip"])])
    if connected:
        raise ValueError(
            f"Mode 'paper' does only what the paper does and takes no {connected}. "
            f"Disconnect {connected}, or choose mode 'fast'."
        )

"""Give pictures the style of another one, and paint the result."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import comfy.model_management as mm
from comfy.model_patcher import ModelPatcher
from comfy_api.latest import io
from torch import Tensor

from ..painter_core import Brush, PaintOptions, Strokes, paint
from ..painter_core.painting.transparency import on_ground
from ..painter_core.style import METHODS, StrokeStylizer, Stylizer
from ..painter_core.style.methods import OFFICIAL
from . import adapt, menu, models, viewer
from . import style_weights as official
from .draw import draw_image
from .film import FilmPainting
from .inputs import Extras, check_choice
from .older import refuse_old_graph
from .paint import BYTES_PER_PIXEL, PATCH_BATCH_BYTES
from .painting_options import painting_options
from .progress import Progress
from .style_inputs import BATCHES, BLEND, METHOD, STROKES, style_inputs, style_methods, style_outputs

#: Working memory of the methods, each at the size that it works at: colors, and VGG16's features with their gradients.
#: The networks' methods were seen to take up to 850 MiB.
LOOKING_BYTES = {"palette": 128 * 2**20, STROKES: 512 * 2**20}
NETWORK_BYTES = 1024 * 2**20
#: Of the time for a picture: until it is stylised, by method, and until its strokes are found; the rest is drawing the
#: result.
STYLED, FOUND = {"palette": 0.1, STROKES: 0.1, "lapstyle": 0.6}, 0.9
#: The first of them for other methods.
USUALLY_STYLED = 0.4


class StyleTransferThenPaint(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return menu.schema(
            "StyleTransferThenPaint",
            description="Give pictures the style of another one and paint the result, or shape the strokes themselves.",
            inputs=style_inputs(),
            outputs=style_outputs(),
            hidden=[io.Hidden.prompt],
        )

    @classmethod
    def execute(
        cls,
        content: Tensor,
        style: Tensor,
        method: str = METHOD,
        strength: float = 1.0,
        keep_colors: bool = False,
        style_batch: str = BLEND,
        film: bool = False,
        style_weights: str = official.BUILT_IN,
        predictor: ModelPatcher | None = None,
        mask: Tensor | None = None,
        brush_tip: Brush | None = None,
        **widgets: float | str,
    ) -> io.NodeOutput:
        refuse_old_graph(cls.hidden.prompt, "StyleTransferThenPaint")
        check_choice("method", method, style_methods())
        check_choice("style batch", style_batch, BATCHES)
        owned = official.path_of(style_weights)
        weights = owned if method == OFFICIAL else None
        options = painting_options(widgets, brush_tip)
        predictor = models.shipped() if predictor is None else predictor
        count, size = len(content), (content.shape[1], content.shape[2])
        memory = PATCH_BATCH_BYTES + LOOKING_BYTES.get(method, NETWORK_BYTES) + BYTES_PER_PIXEL * size[0] * size[1]
        mm.load_models_gpu([predictor], memory_required=memory, force_full_load=True)
        out, stylized = adapt.empty_image(count, size), adapt.empty_image(count, size)
        paintings: dict[int, Strokes] = {}
        progress = Progress(count)
        for chosen, indices in _groups(count, len(style), style_batch):
            theirs = [adapt.picture(style, index, predictor.load_device) for index in chosen]
            how = {"strength": strength, "keep_colors": keep_colors, "film": film}
            # strokes that are shaped by the style stay by means of their own
            find = FilmPainting(predictor.model, options) if film else paint
            work = _Work(theirs, method, weights, how, progress, find)
            for i in indices:
                picture = on_ground(adapt.source(content, i, predictor.load_device), options)
                extras = Extras(None, None, mask).of(i, picture)
                paintings[i], made = work.painted(picture, extras, predictor.model, options, out[i], len(paintings))
                stylized[i] = made.movedim(0, -1)
        progress.finish()
        made = [paintings[i] for i in range(count)]
        return io.NodeOutput(out, made, stylized, ui=viewer.of(made, out, content, mask=mask))


class _Work:
    """What is made of the pictures that one style, or one blend, is for: each is known as long as they last."""

    def __init__(
        self, styles: list[Tensor], method: str, weights: Path | None, how: dict[str, Any], progress: Progress,
        find: Callable[..., Strokes],
    ) -> None:  # fmt: skip
        # the strokes' method makes no picture: what it starts from has the style's colors
        made_by = next(iter(METHODS)) if method == STROKES else method
        self.stylizer = Stylizer(styles, method=made_by, weights=weights, **how)
        self.shaper = StrokeStylizer(styles, **how) if method == STROKES else None
        self.find = self.shaper or find
        self.progress, self.styled = progress, STYLED.get(method, USUALLY_STYLED)

    def painted(
        self, picture: Tensor, extras: Extras, model: Any, options: PaintOptions, out: Tensor, done: int
    ) -> tuple[Strokes, Tensor]:
        """Paint one picture (3, H, W) into `out` (H, W, 3): its strokes, and the stylized picture (3, H, W)."""
        made = self.stylizer(picture, mask=extras.mask, on_step=self.progress.of(done, end=self.styled))
        how = {"options": options, "mask": extras.paintable(), "on_step": self.progress.of(done, self.styled, FOUND)}
        strokes = self.find(picture if self.shaper else made, model, **how)
        draw_image(out, strokes, None, None, self.progress.of(done, FOUND))
        extras.keep_outside(out, picture)
        return extras.grounded(strokes, picture).to("cpu"), made


def _groups(count: int, styles: int, style_batch: str) -> list[tuple[range, range]]:
    """For each style, or blend, that is used: the indices of its pictures, and of those that it is for, in order."""
    if style_batch == BLEND:
        return [(range(styles), range(count))]
    return [(range(k, k + 1), range(k, count, styles)) for k in range(min(styles, count))]

"""Draw strokes again: at any size, as a video of the painting being made, as vectors."""

from __future__ import annotations

from functools import partial
from io import BytesIO

import comfy.model_management as mm
from comfy_api.latest import io
from torch import Tensor

from ..painter_core import Strokes
from ..painter_core.brush import BRUSHES
from ..painter_core.export import save_timelapse, strokes_to_svg
from . import adapt
from .draw import draw_coverage, draw_image, output_size
from .inputs import check_choice
from .lazy import LazySVG, LazyVideo
from .progress import Progress
from .types import StrokeBatch

#: Of the time for a painting, what the picture takes; the rest is the mask.
PICTURE = 0.5


class StrokeRender(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="StrokeRender",
            display_name="Stroke Render",
            category="painter",
            description="Draw the strokes of a painting again: larger, with another brush, as a video, as vectors.",
            inputs=[
                StrokeBatch.Input("strokes", tooltip="The strokes of one or more paintings, from Paint Image."),
                io.Float.Input(
                    "scale",
                    default=1.0,
                    min=1.0,
                    max=16.0,
                    step=0.5,
                    tooltip="How many times as large the image and the mask are. Strokes stay sharp at every size.",
                ),
                io.Combo.Input(
                    "brush",
                    options=list(BRUSHES),
                    default=BRUSHES[0],
                    tooltip="What a stroke looks like: oil shows bristles, round is soft, flat is a hard-edged mark.",
                ),
                io.Float.Input(
                    "seconds",
                    default=8.0,
                    min=0.5,
                    max=120.0,
                    step=0.5,
                    tooltip="How long the video shows the painting being made; then the result stays for a moment.",
                ),
                io.Int.Input("fps", default=30, min=1, max=120, tooltip="Frames per second of the video."),
                io.Image.Input(
                    "canvas",
                    optional=True,
                    tooltip="The picture that was painted on, if Paint Image had one; else a plain ground is used.",
                ),
            ],
            outputs=[
                io.Image.Output(display_name="image", tooltip="The paintings at the chosen scale."),
                io.Mask.Output(display_name="mask", tooltip="How much of each pixel is covered with paint."),
                io.Video.Output(
                    display_name="video",
                    tooltip="The first painting being made, stroke by stroke, at most 1080 pixels on its long side. "
                    "Only made when it is connected.",
                ),
                io.SVG.Output(
                    display_name="svg",
                    tooltip="Each painting as vectors: one shape for every stroke. Only made when it is connected.",
                ),
            ],
        )

    @classmethod
    def execute(
        cls,
        strokes: list[Strokes],
        scale: float,
        brush: str,
        seconds: float,
        fps: int,
        canvas: Tensor | None = None,
    ) -> io.NodeOutput:
        size = _common_size(strokes, scale)
        check_choice("brush", brush, BRUSHES)
        image, mask = adapt.empty_image(len(strokes), size), adapt.empty_mask(len(strokes), size)
        progress = Progress(len(strokes))
        for i, painting in enumerate(strokes):
            painting = painting.to(mm.get_torch_device())
            ground = _ground(canvas, i, size, mm.get_torch_device())
            draw_image(image[i], painting, brush, ground, progress.of(i, end=PICTURE))
            draw_coverage(mask[i], painting, brush, progress.of(i, start=PICTURE))
        progress.finish()
        ground = _ground(canvas, 0, strokes[0].canvas, "cpu")
        video = LazyVideo(partial(_film, strokes[0], brush, seconds, fps, ground))
        svg = LazySVG([partial(strokes_to_svg, painting) for painting in strokes])
        return io.NodeOutput(image, mask, video, svg)


def _common_size(strokes: list[Strokes], scale: float) -> tuple[int, int]:
    """(height, width) of the output; ValueError when the paintings cannot make one batch."""
    sizes = {output_size(painting, scale) for painting in strokes}
    if len(sizes) != 1:
        raise ValueError(f"The paintings of a batch must have one size; these have (height, width): {sorted(sizes)}.")
    return sizes.pop()


def _ground(canvas: Tensor | None, index: int, size: tuple[int, int], device: object) -> Tensor | None:
    if canvas is None:
        return None
    return adapt.resized(adapt.picture(canvas, adapt.partner(canvas, index), device), size)


def _film(strokes: Strokes, brush: str, seconds: float, fps: int, ground: Tensor | None, target: BytesIO) -> None:
    """Encode the time-lapse, with the progress bar of whichever node asked for it.

    No previews: the front end would go on showing the last of them in place of Save Video's player.
    """
    progress = Progress(1, previews=False)
    save_timelapse(strokes, target, seconds=seconds, fps=fps, brush=brush, ground=ground, on_step=progress.of(0))
    progress.finish()

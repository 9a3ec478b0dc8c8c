"""Draw strokes again: at any size, as a film of the painting being made, as vectors."""

from __future__ import annotations

from functools import partial

import comfy.model_management as mm
from comfy_api.latest import io
from torch import Tensor

from ..painter_core import Strokes
from ..painter_core.brush import BRUSHES
from ..painter_core.edit.order import ORDERS
from ..painter_core.export import Process, strokes_to_svg
from ..painter_core.export.schedule import EASINGS
from ..painter_core.export.svg import STYLES
from . import adapt
from .draw import draw_image, output_size
from .film import Film
from .inputs import check_choice
from .lazy import LazySVG, LazyVideo
from .progress import Progress
from .types import StrokeBatch

#: Of the bar, what the paintings take if there are frames to draw too.
PAINTINGS = 0.3


class StrokeRender(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="StrokeRender",
            display_name="Stroke Render",
            category="painter",
            description="Draw the strokes of a painting again: larger, with another brush, as a film, as vectors.",
            inputs=[
                StrokeBatch.Input("strokes", tooltip="The strokes of one or more paintings, from Paint Image."),
                io.Float.Input("scale", default=1.0, min=1.0, max=16.0, step=0.5,
                               tooltip="How many times as large the image and the mask are. Strokes stay sharp."),
                io.Combo.Input("brush", options=list(BRUSHES), default=BRUSHES[0],
                               tooltip="What a stroke looks like: oil shows bristles, round is soft, flat is a "
                               "hard-edged mark."),
                io.Float.Input("seconds", default=8.0, min=0.5, max=120.0, step=0.5,
                               tooltip="How long the video shows the painting being made, without the hold."),
                io.Int.Input("fps", default=30, min=1, max=120, tooltip="Frames per second of the video."),
                io.Image.Input("canvas", optional=True,
                               tooltip="The picture that was painted on, if Paint Image had one; else a plain ground "
                               "is used."),
                *_film_inputs(),
            ],
            outputs=[
                io.Image.Output(display_name="image", tooltip="The paintings at the chosen scale."),
                io.Mask.Output(display_name="mask", tooltip="How much of each pixel is covered with paint."),
                io.Video.Output(display_name="video",
                                tooltip="The first painting being made, stroke by stroke. Only made when it is "
                                "connected."),
                io.SVG.Output(display_name="svg",
                              tooltip="Each painting as vectors: one shape for every stroke. Only made when it is "
                              "connected."),
                io.Image.Output(display_name="frames",
                                tooltip="The first painting being made as a batch of pictures, as many as the widget "
                                "says; when it is 0 only the finished one, as in image."),
            ],
        )  # fmt: skip

    @classmethod
    def execute(
        cls,
        strokes: list[Strokes],
        scale: float,
        brush: str,
        seconds: float,
        fps: int,
        canvas: Tensor | None = None,
        order: str = ORDERS[0],
        easing: str = EASINGS[0],
        hold: float = 1.5,
        frames: int = 0,
        video_size: int = 0,
        svg_style: str = STYLES[0],
        mask: Tensor | None = None,
    ) -> io.NodeOutput:
        size = _common_size(strokes, scale)
        choices = {"brush": BRUSHES, "order": ORDERS, "easing": EASINGS, "svg_style": STYLES}
        for (name, allowed), value in zip(choices.items(), (brush, order, easing, svg_style), strict=True):
            check_choice(name, value, allowed)
        image, cover = adapt.empty_image(len(strokes), size), adapt.empty_mask(len(strokes), size)
        progress, device = Progress(len(strokes)), mm.get_torch_device()
        end = PAINTINGS if frames else 1.0
        for i, painting in enumerate(strokes):
            on_step = progress.of(i, end=end if i == len(strokes) - 1 else 1.0)
            draw_image(image[i], painting.to(device), brush, _ground(canvas, i, device), on_step, cover[i])
        subject = None if mask is None else adapt.mask(mask, 0, strokes[0].canvas, "cpu")
        process = Process(order, easing, subject)
        batch = image[:1]
        if frames:
            film = Film(strokes[0].to(device), brush, _ground(canvas, 0, device), process, video_size)
            batch = film.frames(frames, progress.of(len(strokes) - 1, start=end))
        progress.finish()
        film = Film(strokes[0], brush, _ground(canvas, 0, "cpu"), process, video_size)
        video = LazyVideo(partial(film.encode, seconds=seconds, fps=fps, hold=hold))
        svg = LazySVG([partial(strokes_to_svg, painting, style=svg_style, brush=brush) for painting in strokes])
        return io.NodeOutput(image, cover, video, svg, batch)


def _film_inputs() -> list[io.Input]:
    """The inputs that came later: optional, so that graphs of older versions run as they are."""
    return [
        io.Combo.Input("order", options=list(ORDERS), default=ORDERS[0], optional=True,
                       tooltip="In which order the strokes appear in the film: as painted, big to small, by region "
                       "like a painter (background first, then the subject), color by color, ... It always ends with "
                       "the same painting."),
        io.Combo.Input("easing", options=list(EASINGS), default=EASINGS[0], optional=True,
                       tooltip="Where the film takes its time: it may start slowly, end slowly, or both."),
        io.Float.Input("hold", default=1.5, min=0.0, max=60.0, step=0.5, optional=True,
                       tooltip="For how many seconds the video shows the finished painting at its end."),
        io.Int.Input("frames", default=0, min=0, max=1000, optional=True,
                     tooltip="How many pictures of the process the frames output has; 0: only the finished one. "
                     "All of them are in memory at once, the video never is."),
        io.Int.Input("video_size", display_name="video size", default=0, min=0, max=4096, step=2, optional=True,
                     tooltip="Long side of the video and the frames in pixels. 0: the painting's own size, at most "
                     "1080."),
        io.Combo.Input("svg_style", display_name="svg style", options=list(STYLES), default=STYLES[0], optional=True,
                       tooltip="shapes: outlines that look like the brush. strokes: centre lines with a width, for "
                       "plotters and for editing."),
        io.Mask.Input("mask", optional=True,
                      tooltip="Where the subject is (white), for the order region. Without it the subject is where "
                      "the strokes are small and many."),
    ]  # fmt: skip


def _common_size(strokes: list[Strokes], scale: float) -> tuple[int, int]:
    """(height, width) of the output; ValueError when the paintings cannot make one batch."""
    sizes = {output_size(painting, scale) for painting in strokes}
    if len(sizes) != 1:
        raise ValueError(f"The paintings of a batch must have one size; these have (height, width): {sorted(sizes)}.")
    return sizes.pop()


def _ground(canvas: Tensor | None, index: int, device: object) -> Tensor | None:
    return None if canvas is None else adapt.picture(canvas, adapt.partner(canvas, index), device)

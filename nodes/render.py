"""Draw strokes again: at any size, as a film of the painting being made, as vectors."""

from __future__ import annotations

from functools import partial

import comfy.model_management as mm
import torch
from comfy_api.latest import io
from torch import Tensor

from ..painter_core import Brush, Strokes
from ..painter_core.edit.order import ORDERS
from ..painter_core.export import Process, frame_size, strokes_to_svg
from ..painter_core.export.schedule import EASINGS
from ..painter_core.export.svg import STYLES
from . import adapt, menu, viewer
from .draw import common_size, draw_height, draw_image
from .film import Film
from .inputs import check_choice, other_brush
from .lazy import LazySVG, LazyVideo
from .progress import Progress
from .render_inputs import render_inputs, render_outputs
from .room import check_frames

#: Of the bar, what the paintings take if there are frames to draw too.
PAINTINGS = 0.3
#: Size of a mask that says nothing, as Load Image gives for pictures without transparency.
NOTHING = (64, 64)


class StrokeRender(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return menu.schema(
            "StrokeRender",
            description="Draw the strokes of a painting again: larger, with another brush, as a film, as vectors.",
            inputs=render_inputs(),
            outputs=render_outputs(),
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
        order: str = ORDERS[0],
        easing: str = EASINGS[0],
        hold: float = 1.5,
        frames: int = 0,
        video_size: int = 0,
        svg_style: str = STYLES[0],
        mask: Tensor | None = None,
        height_map: bool = False,
        brush_tip: Brush | None = None,
    ) -> io.NodeOutput:
        size = common_size(strokes, scale, channels=5 if height_map else 4)
        choices = {"order": ORDERS, "easing": EASINGS, "svg_style": STYLES}
        for (name, allowed), value in zip(choices.items(), (order, easing, svg_style), strict=True):
            check_choice(name, value, allowed)
        if frames:
            check_frames(frame_size(strokes[0].canvas, video_size or None), frames)
        drawn_with = other_brush(brush, brush_tip)
        image, cover = adapt.empty_image(len(strokes), size), adapt.empty_mask(len(strokes), size)
        height = adapt.empty_mask(len(strokes), size if height_map else NOTHING).zero_()
        progress, device = Progress(len(strokes)), mm.get_torch_device()
        end = PAINTINGS if frames else 1.0
        for i, painting in enumerate(strokes):
            share = end if i == len(strokes) - 1 else 1.0
            drawn = share / 2 if height_map else share
            painting = painting.to(device)
            draw_image(image[i], painting, drawn_with, _ground(canvas, i, device), progress.of(i, end=drawn), cover[i])
            if height_map:
                draw_height(height[i], painting, drawn_with, progress.of(i, start=drawn, end=share))

        def process_of(index: int) -> Process:
            return Process(
                order, easing, None if mask is None else adapt.mask(mask, index, strokes[index].canvas, "cpu")
            )

        process = process_of(0)
        batch = image[:1]
        if frames:
            film = Film(strokes[0].to(device), drawn_with, _ground(canvas, 0, device), process, video_size)
            batch = film.frames(frames, progress.of(len(strokes) - 1, start=end))
        progress.finish()
        film = Film(strokes[0], drawn_with, _ground(canvas, 0, "cpu"), process, video_size)
        video = LazyVideo(partial(film.encode, seconds=seconds, fps=fps, hold=hold))
        look = mm.throw_exception_if_processing_interrupted
        drawn = {"style": svg_style, "brush": drawn_with, "on_stroke": look}
        svg = LazySVG([partial(strokes_to_svg, painting, ground=_ground(canvas, i, "cpu"), **drawn)
                       for i, painting in enumerate(strokes)])  # fmt: skip
        shown = viewer.of(strokes, image, brush=drawn_with, canvas=canvas, process=process_of, on_stroke=look)
        return io.NodeOutput(image, cover, video, svg, batch, height, ui=shown)


def _ground(canvas: Tensor | None, index: int, device: torch.device | str) -> Tensor | None:
    return None if canvas is None else adapt.picture(canvas, adapt.partner(canvas, index), device)

"""What Stroke Render takes and gives. Names and order are kept for ever: what is new goes last."""

from __future__ import annotations

from comfy_api.latest import io

from ..painter_core.edit.order import ORDERS
from ..painter_core.export.schedule import EASINGS
from ..painter_core.export.svg import STYLES
from .inputs import brush_input
from .types import BrushTip, StrokeBatch


def render_inputs() -> list[io.Input]:
    """The inputs; those that came later are optional, so that graphs of older versions run as they are."""
    return [
        StrokeBatch.Input("strokes", tooltip="The strokes of one or more paintings, from Paint Image."),
        io.Float.Input("scale", default=1.0, min=1.0, max=16.0, step=0.5,
                       tooltip="How many times as large the image and the mask are. Strokes stay sharp."),
        brush_input("What a stroke looks like: a painting knows what it was painted with; choose another brush to see "
                    "what happens."),
        io.Float.Input("seconds", default=8.0, min=0.5, max=120.0, step=0.5,
                       tooltip="How long the video shows the painting being made, without the hold."),
        io.Int.Input("fps", default=30, min=1, max=120, tooltip="Frames per second of the video."),
        io.Image.Input("canvas", optional=True,
                       tooltip="A picture to draw on, in place of the ground that it was painted on."),
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
                       tooltip="shapes: outlines that look like the brush. strokes: center lines with a width, for "
                       "plotters and for editing."),
        io.Mask.Input("mask", optional=True,
                      tooltip="Where the subject is (white), for the order region. Without it the subject is where "
                      "the strokes are small and many."),
        io.Boolean.Input("height_map", display_name="height map", default=False, optional=True,
                         tooltip="Also find out how thick the paint lies, for the output height. Takes as long as the "
                         "image."),
        BrushTip.Input("brush_tip", display_name="brush tip", optional=True,
                       tooltip="A brush from Load Brush or Brush from Image that draws all strokes."),
    ]  # fmt: skip


def render_outputs() -> list[io.Output]:
    """The outputs."""
    return [
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
        io.Mask.Output(display_name="height",
                       tooltip="How thick the paint lies, from black, bare ground, to white; all black unless height "
                       "map is on."),
    ]  # fmt: skip

"""What Paint Image takes and gives. Names and order are kept for ever: what is new goes last."""

from __future__ import annotations

from comfy_api.latest import io

from .compat import newer
from .painting_options import FIRST, OTHERS, painting_inputs
from .types import BrushTip, StrokeBatch, StrokePredictor


def paint_inputs() -> list[io.Input]:
    """The inputs; only the image has to be there."""
    return [
        io.Image.Input("image",
                       tooltip="The pictures to paint, of any size. Each picture of a batch is painted by itself. "
                       "Where one is transparent, the canvas or the ground stays."),
        *painting_inputs(FIRST),
        film_input(),
        *painting_inputs(OTHERS, {"mode": "It takes no canvas, detail, mask or brush tip."}),
        predictor_input(),
        io.Image.Input("canvas", optional=True,
                       tooltip="Paint on this picture instead of the look's ground, for example on a half-finished "
                       "painting."),
        detail_input(),
        io.Mask.Input("mask", optional=True,
                      tooltip="Paint only where this is white. Elsewhere the canvas stays, or the picture if there "
                      "is no canvas."),
        brush_tip_input(),
    ]  # fmt: skip


def film_input() -> io.Input:
    return newer(io.Boolean.Input, "film", default=False, optional=True, advanced=True,
                 tooltip="The pictures of the batch are the frames of one film, in their order: strokes move with what "
                 "they depict and do not flicker. Paint Video does so for whole videos.")  # fmt: skip


def detail_input() -> io.Input:
    return io.Mask.Input("detail", optional=True,
                         tooltip="Where to spend the strokes: white gets fine detail, black stays broad.")  # fmt: skip


def predictor_input() -> io.Input:
    return StrokePredictor.Input("predictor", optional=True,
                                 tooltip="Another network, from Load Stroke Predictor. Without one it is the network "
                                 "that comes with this pack.")  # fmt: skip


def brush_tip_input() -> io.Input:
    return BrushTip.Input("brush_tip", display_name="brush tip", optional=True,
                          tooltip="A brush of your own, from Load Brush or Brush from Image. It wins over the look's "
                          "and over the brush that is chosen.")  # fmt: skip


def paint_outputs() -> list[io.Output]:
    """The outputs."""
    return [
        io.Image.Output(display_name="image", tooltip="The paintings, as large as the pictures."),
        StrokeBatch.Output(display_name="strokes",
                           tooltip="The strokes of each painting, for Stroke Render: larger, as a video, or as "
                           "vectors. A painting knows its brush and its ground."),
    ]  # fmt: skip

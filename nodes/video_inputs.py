"""What Paint Video takes and gives. Names and order are kept for ever: what is new goes last."""

from __future__ import annotations

from comfy_api.latest import io

from ..painter_core.sequence import COHERENCE
from .paint_inputs import brush_tip_input, detail_input, predictor_input
from .painting_options import FIRST, OTHERS, painting_inputs
from .types import StrokeBatch

__all__ = ["COHERENCE", "coherence_input", "video_inputs", "video_outputs"]


def coherence_input() -> io.Input:
    return io.Float.Input("coherence", default=COHERENCE, min=0.0, max=1.0, step=0.05, optional=True,
                          tooltip="How much strokes stay: 0 paints every frame by itself, which flickers; 1 keeps "
                          "strokes as long as it can, and is slower to notice small changes.")  # fmt: skip


def video_inputs() -> list[io.Input]:
    """The inputs; only the video has to be there."""
    return [
        io.Video.Input("video", tooltip="The film to paint, of any length. It is never in memory as a whole; its sound "
                       "is kept."),
        *painting_inputs(FIRST),
        coherence_input(),
        *painting_inputs(name for name in OTHERS if name != "mode"),
        predictor_input(),
        io.Image.Input("canvas", optional=True, tooltip="Paint on this picture instead of the look's ground."),
        detail_input(),
        io.Mask.Input("mask", optional=True,
                      tooltip="Paint only where this is white. Elsewhere the canvas stays, or the film if there is no "
                      "canvas."),
        brush_tip_input(),
    ]  # fmt: skip


def video_outputs() -> list[io.Output]:
    """The outputs."""
    return [
        io.Video.Output(display_name="video", tooltip="The painted film, with its sound, for Save Video."),
        StrokeBatch.Output(display_name="strokes",
                           tooltip="The strokes of every frame, on disk: for Stroke Render, Save Strokes and the nodes "
                           "that edit strokes."),
    ]  # fmt: skip

"""What Paint Image takes and gives. Names and order are kept for ever: what is new goes last."""

from __future__ import annotations

from comfy_api.latest import io

from ..painter_core.brush import BRUSHES
from ..painter_core.painter import MODES, MOST_ATTENTION, MOST_STROKES
from ..painter_core.presets import PRESETS
from .types import BrushTip, StrokeBatch, StrokePredictor

SEEDS = 2**64
#: No preset.
NONE = "none"
#: What there is to choose from.
LOOKS = (NONE, *PRESETS)
#: Most refinement steps, and those of a new node: what gains most, and takes about as long as the painting itself.
MOST_STEPS, USUAL_STEPS = 1000, 20


def paint_inputs() -> list[io.Input]:
    """The inputs; those that came later are optional, so that graphs of older versions run as they are."""
    return [
        StrokePredictor.Input("predictor", tooltip="The network, from Load Stroke Predictor."),
        io.Image.Input("image",
                       tooltip="The pictures to paint, of any size. Each picture of a batch is painted by itself. "
                       "Transparency is ignored."),
        io.Int.Input("strokes", default=3000, min=1, max=MOST_STROKES,
                     tooltip="How many strokes a painting has. 300 is a sketch, 3000 a painting, 20000 nearly a "
                     "photo."),
        io.Combo.Input("brush", options=list(BRUSHES), default=BRUSHES[0],
                       tooltip="What a stroke looks like: oil, filbert, fan, knife and dry are for paint, watercolor "
                       "for washes, pencil, charcoal and marker for drawing; round is soft, flat hard-edged. A preset "
                       "brings its own."),
        io.Combo.Input("mode", options=list(MODES), default=MODES[0],
                       tooltip="fast: our painter. paper: what the Paint Transformer paper (2021) does, to compare "
                       "with; it ignores all widgets but this one, and takes no canvas, detail, mask or brush tip."),
        io.Int.Input("seed", default=0, min=0, max=SEEDS - 1, control_after_generate=True,
                     tooltip="The same seed gives the same painting. The pictures of a batch get seed, seed + 1, ..."),
        io.Image.Input("canvas", optional=True,
                       tooltip="Paint on this picture instead of a plain ground, for example on a half-finished "
                       "painting."),
        io.Mask.Input("detail", optional=True,
                      tooltip="Where to spend the strokes: white gets fine detail, black stays broad."),
        io.Mask.Input("mask", optional=True,
                      tooltip="Paint only where this is white. Elsewhere the canvas stays, or the picture if there "
                      "is no canvas."),
        *_manner_inputs(),
    ]  # fmt: skip


def _manner_inputs() -> list[io.Input]:
    """The look of the painting, refinement, and what strokes are like."""
    return [
        io.Combo.Input("preset", options=list(LOOKS), default=NONE, optional=True,
                       tooltip="A look: its brush, its ground and its manner replace the brush widget; the number of "
                       "strokes, refine and the sliders below still apply. Pointillist and pencil want many strokes "
                       "(5000 to 8000), watercolor and marker few (about 1000)."),
        io.Int.Input("refine", default=USUAL_STEPS, min=0, max=MOST_STEPS, optional=True,
                     tooltip="Steps in which all strokes are improved together when they are laid: moved, turned, "
                     "recolored, the least useful ones planted elsewhere. 20 gain most of it in a few seconds, 80 "
                     "nearly all there is in four times as long, 0 leaves the painting as it was laid."),
        io.Float.Input("stroke_length", display_name="stroke length", default=1.0, min=0.2, max=5.0, step=0.1,
                       optional=True,
                       tooltip="How long strokes are for their width: 0.5 are dabs, 2 long sweeps. With a preset: "
                       "times the preset's own."),
        io.Float.Input("flow", default=1.0, min=0.0, max=5.0, step=0.1, optional=True,
                       tooltip="How much strokes follow the forms of the picture, round a cheek or along a branch, "
                       "while they are refined. 0: not at all; it does nothing when refine is 0."),
        io.Float.Input("variety", default=0.0, min=0.0, max=3.0, step=0.1, optional=True,
                       tooltip="How much neighboring strokes differ in color, direction and length, as a lively hand "
                       "would have it. 0: no more than the picture asks for."),
        io.Float.Input("attention", default=0.5, min=0.0, max=MOST_ATTENTION, step=0.1, optional=True,
                       tooltip="How much small strokes go where people look: eyes and faces first, then what stands "
                       "out. 0: everywhere alike. A detail mask takes its place."),
        BrushTip.Input("brush_tip", display_name="brush tip", optional=True,
                       tooltip="A brush from Load Brush or Brush from Image, in place of the one that is chosen or "
                       "the preset's."),
    ]  # fmt: skip


def paint_outputs() -> list[io.Output]:
    """The outputs."""
    return [
        io.Image.Output(display_name="image", tooltip="The paintings, as large as the pictures."),
        StrokeBatch.Output(display_name="strokes",
                           tooltip="The strokes of each painting, for Stroke Render: larger, as a video, or as "
                           "vectors."),
        BrushTip.Output(display_name="brush",
                        tooltip="What it was painted with: connect it to brush tip of Stroke Render or Paint Surface, "
                        "and they draw with the same brush, whatever the preset."),
    ]  # fmt: skip

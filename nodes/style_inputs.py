"""What Style Transfer, Then Paint takes and gives. Names and order are kept for ever: what is new goes last."""

from __future__ import annotations

from comfy_api.latest import io

from ..painter_core.brush import BRUSHES
from ..painter_core.painter import MOST_ATTENTION, MOST_STROKES
from ..painter_core.style import METHODS
from ..painter_core.style.methods import OFFICIAL
from . import style_weights
from .paint_inputs import LOOKS, MOST_STEPS, NONE, SEEDS, USUAL_STEPS
from .types import BrushTip, StrokeBatch, StrokePredictor

#: The method that shapes strokes; all others make a picture, which is then painted.
STROKES = "strokes"
#: A sentence on each, for the tooltip.
ABOUT = {
    "palette": "palette: the style's colors, exactly, and nothing else of it; instant.",
    "fast": "fast: colors and textures, the same all over the picture.",
    "adaattn": "adaattn: every part of the picture takes after the parts of the style that are like it.",
    "lapstyle": "lapstyle: a rough draft of that, revised until it has the style's own strokes; takes longest.",
    STROKES: "strokes: no picture in between, the strokes themselves are shaped until the painting looks like the "
    "style; takes up to a minute a picture.",
}
#: What the styles of a batch are for.
BLEND, EACH = BATCHES = ("blend", "one per picture")


def style_methods() -> list[str]:
    """The methods there are, with the one that official checkpoints are for where people own some."""
    owned = style_weights.names()[1:]
    return list(dict.fromkeys((*METHODS, *([OFFICIAL] if owned else []), STROKES)))


def style_inputs() -> list[io.Input]:
    """The inputs."""
    methods = style_methods()
    return [
        StrokePredictor.Input("predictor", tooltip="The network, from Load Stroke Predictor."),
        io.Image.Input("content", tooltip="The pictures to paint, of any size. Transparency is ignored."),
        io.Image.Input("style",
                       tooltip="The picture with the style, of any size; several, as a batch, are blended or go with "
                       "the pictures one by one."),
        io.Combo.Input("method", options=methods, default=methods[0],
                       tooltip=" ".join(ABOUT[name] for name in methods)),
        io.Float.Input("strength", default=1.0, min=0.0, max=1.0, step=0.05,
                       tooltip="How much of the style: 0 paints the content as it is."),
        io.Boolean.Input("keep_colors", display_name="keep colors", default=False,
                         tooltip="Take light and dark from the style; hues stay the content's."),
        io.Combo.Input("style_batch", display_name="style batch", options=list(BATCHES), default=BATCHES[0],
                       tooltip="What a batch of styles is for: blend mixes all of them for every picture; one per "
                       "picture pairs them with the contents, starting again when there are fewer."),
        io.Int.Input("strokes", default=3000, min=1, max=MOST_STROKES, tooltip="How many strokes a painting has."),
        io.Combo.Input("brush", options=list(BRUSHES), default=BRUSHES[0],
                       tooltip="What a stroke looks like. A preset brings its own."),
        io.Int.Input("seed", default=0, min=0, max=SEEDS - 1, control_after_generate=True,
                     tooltip="The same seed gives the same painting. The pictures of a batch get seed, seed + 1, ..., "
                     "the frames of a film all the same."),
        io.Combo.Input("preset", options=list(LOOKS), default=NONE,
                       tooltip="A look, as in Paint Image: its brush, its ground and its manner. With the method "
                       "strokes, the style says how broad and long strokes are."),
        io.Int.Input("refine", default=USUAL_STEPS, min=0, max=MOST_STEPS,
                     tooltip="Steps in which all strokes are improved together, as in Paint Image. The method strokes "
                     "improves them by the style instead, and ignores this."),
        io.Float.Input("stroke_length", display_name="stroke length", default=1.0, min=0.2, max=5.0, step=0.1,
                       tooltip="How long strokes are for their width: 0.5 are dabs, 2 long sweeps."),
        io.Float.Input("flow", default=1.0, min=0.0, max=5.0, step=0.1,
                       tooltip="How much strokes follow the forms. With the method strokes, those of the style where "
                       "the picture has none."),
        io.Float.Input("variety", default=0.0, min=0.0, max=3.0, step=0.1,
                       tooltip="How much neighboring strokes differ in color, direction and length."),
        io.Float.Input("attention", default=0.5, min=0.0, max=MOST_ATTENTION, step=0.1,
                       tooltip="How much small strokes go where people look: eyes and faces first."),
        io.Mask.Input("mask", optional=True,
                      tooltip="Style and paint only where this is white; elsewhere the content stays."),
        BrushTip.Input("brush_tip", display_name="brush tip", optional=True,
                       tooltip="A brush from Load Brush or Brush from Image, in place of the chosen one."),
        io.Boolean.Input("film", default=False, optional=True,
                         tooltip="The contents are successive frames of one film: what does not change keeps its look "
                         "from frame to frame, and all frames get the same seed."),
        io.Combo.Input("style_weights", display_name="style weights", options=style_weights.names(),
                       default=style_weights.BUILT_IN, optional=True,
                       tooltip="For the method adaattn: the network that comes with this pack, or the official "
                       "checkpoints that you have put into a folder of models/style_transfer."),
    ]  # fmt: skip


def style_outputs() -> list[io.Output]:
    """The outputs."""
    return [
        io.Image.Output(display_name="image", tooltip="The paintings, as large as the contents."),
        StrokeBatch.Output(display_name="strokes", tooltip="The strokes of each painting, for Stroke Render."),
        io.Image.Output(display_name="stylized",
                        tooltip="The stylized pictures that were painted. The method strokes makes none: it gives the "
                        "contents in the style's colors, where it started from."),
        BrushTip.Output(display_name="brush",
                        tooltip="What it was painted with: connect it to brush tip of Stroke Render or Paint Surface."),
    ]  # fmt: skip

"""What Style Transfer, Then Paint takes and gives. Names and order are kept for ever: what is new goes last."""

from __future__ import annotations

from comfy_api.latest import io

from ..painter_core.style import METHODS, methods
from ..painter_core.style.methods import OFFICIAL
from ..painter_core.style.strokes import by_style
from ..painter_core.style.strokes.by_style import STROKES
from . import style_weights
from .compat import newer
from .paint_inputs import brush_tip_input, predictor_input
from .painting_options import FIRST, OTHERS, painting_inputs
from .types import StrokeBatch

#: A sentence on each, for the tooltip.
ABOUT = {name: f"{name}: {text}" for name, text in {**methods.ABOUT, STROKES: by_style.ABOUT}.items()}
#: The one of a new node.
METHOD = next(iter(METHODS))
#: What the method strokes makes of the painting options.
WITH_STROKES = {
    "look": "With the method strokes, the style says how broad and long strokes are.",
    "refine": "The method strokes improves them by the style instead, and ignores this.",
    "flow": "With the method strokes: along the forms of the style where the picture has none.",
}
#: What the styles of a batch are for.
BLEND, EACH = BATCHES = ("blend", "one per picture")


def style_methods() -> list[str]:
    """The methods there are, with the one that official checkpoints are for where people own some."""
    owned = style_weights.names()[1:]
    return list(dict.fromkeys((*METHODS, *([OFFICIAL] if owned else []), STROKES)))


def style_inputs() -> list[io.Input]:
    """The inputs; only the two pictures have to be there."""
    return [
        io.Image.Input("content", tooltip="The pictures to paint, of any size. Transparency is seen as white."),
        io.Image.Input("style",
                       tooltip="The picture with the style, of any size; several, as a batch, are blended or go with "
                       "the pictures one by one."),
        io.Combo.Input("method", options=style_methods(), default=METHOD, optional=True,
                       tooltip=" ".join(ABOUT[name] for name in style_methods())),
        io.Float.Input("strength", default=1.0, min=0.0, max=1.0, step=0.05, optional=True,
                       tooltip="How much of the style: 0 paints the content as it is."),
        *painting_inputs(FIRST, WITH_STROKES),
        io.Boolean.Input("keep_colors", display_name="keep colors", default=False, optional=True,
                         tooltip="Take light and dark from the style; hues stay the content's."),
        newer(io.Combo.Input, "style_batch", display_name="style batch", options=list(BATCHES), default=BATCHES[0],
              optional=True, advanced=True,
              tooltip="What a batch of styles is for: blend mixes all of them for every picture; one per picture "
              "pairs them with the contents, starting again when there are fewer."),
        newer(io.Boolean.Input, "film", default=False, optional=True, advanced=True,
              tooltip="The contents are successive frames of one film: what does not change keeps its look from frame "
              "to frame."),
        newer(io.Combo.Input, "style_weights", display_name="style weights", options=style_weights.names(),
              default=style_weights.BUILT_IN, optional=True, advanced=True,
              tooltip="For the method adaattn: the network that comes with this pack, or the official checkpoints that "
              "you have put into a folder of models/style_transfer."),
        *painting_inputs((name for name in OTHERS if name != "mode"), WITH_STROKES),
        predictor_input(),
        io.Mask.Input("mask", optional=True,
                      tooltip="Style and paint only where this is white; elsewhere the content stays."),
        brush_tip_input(),
    ]  # fmt: skip


def style_outputs() -> list[io.Output]:
    """The outputs."""
    return [
        io.Image.Output(display_name="image", tooltip="The paintings, as large as the contents."),
        StrokeBatch.Output(display_name="strokes", tooltip="The strokes of each painting, for Stroke Render."),
        io.Image.Output(display_name="stylized",
                        tooltip="The stylized pictures that were painted. The method strokes makes none: it gives the "
                        "contents in the style's colors, where it started from."),
    ]  # fmt: skip

"""Style: one picture in the manner of another, as a picture or as strokes.

    from painter_core.style import Stylizer, stylize, style_strokes

    picture = stylize(content, style, method="palette", strength=0.8)       # (3, H, W)
    stylizer = Stylizer(style, film=True)                                   # for frames, one after the other
    frames = [stylizer(frame) for frame in film]
    strokes = style_strokes(content, style, predictor)                      # a painting in the reference's hand

`methods` has the methods that make a picture; `strokes` shapes strokes without one; `networks.distances` measures. Each
of the two has a class for many pictures of one style, or the frames of a film: `Stylizer` and `StrokeStylizer`.
"""

from __future__ import annotations

from .keep_colors import keep_colors
from .methods import METHODS
from .networks.distances import content_distance, style_distance
from .protocol import MakeTransform, Method, StyleTransform
from .strokes.by_style import StrokeStylizer, style_strokes
from .stylizer import Stylizer, stylize

__all__ = [
    "METHODS", "MakeTransform", "Method", "StrokeStylizer", "StyleTransform", "Stylizer", "content_distance",
    "keep_colors", "style_distance", "style_strokes", "stylize",
]  # fmt: skip

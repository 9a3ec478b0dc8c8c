"""Finished paintings changed stroke by stroke: choose, recolor, transform, reorder, merge.

    from painter_core.edit import by_layer, limit_colors, ordered, split

    kept, rest = split(strokes, by_layer(strokes, 0, 2))
    poster = limit_colors(kept, 12)
    poster = poster[ordered(poster, "light to dark")]

Every function returns new strokes and leaves those that it was given as they are.
"""

from __future__ import annotations

from .jitter import jittered
from .merge import merged
from .order import ORDERS, ordered
from .pigment import PALETTES, mix
from .recolor import adjust, limit_colors, match_colors, mix_toward, palette_of, to_palette, with_pigments
from .select import by_color, by_layer, by_mask, by_progress, by_size, split
from .transform import cropped, flipped, moved, resized, stretched, turned, zoomed

__all__ = [
    "ORDERS",
    "PALETTES",
    "adjust",
    "by_color",
    "by_layer",
    "by_mask",
    "by_progress",
    "by_size",
    "cropped",
    "flipped",
    "jittered",
    "limit_colors",
    "match_colors",
    "merged",
    "mix",
    "mix_toward",
    "moved",
    "ordered",
    "palette_of",
    "resized",
    "split",
    "stretched",
    "to_palette",
    "turned",
    "with_pigments",
    "zoomed",
]

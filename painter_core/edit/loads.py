"""The colors on the brush: one for a plain stroke, two for a loaded one. What is done to one is done to both."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from torch import Tensor

from ..strokes import Strokes


def colors_of(strokes: Strokes) -> list[Tensor]:
    """The strokes' colors, (N, 3) sRGB each: one tensor, or two if any stroke has a second color."""
    return [strokes.color, strokes.color2] if strokes.loaded else [strokes.color]


def with_colors(strokes: Strokes, colors: Sequence[Tensor], **changes: Any) -> Strokes:
    """The strokes in other colors, as many as `colors_of` gave, and with other `changes`."""
    names = ("color", "color2")[: len(colors)]
    return strokes.replace(**dict(zip(names, colors, strict=True)), **changes)

"""The operation `recolor`: few colors, those of a picture, or all of them brighter, calmer, bluer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor

from ...strokes import Strokes
from ..clusters import MOST_COLORS
from ..operation import Face, Kind, Node, Operation, Value
from ..recolor import adjust, limit_colors, match_colors, palette_of, to_palette
from ..transport import METHODS as MATCHES

KEEP, LIMIT, PALETTE, MATCH, MATCH_CLOSELY = METHODS = (
    "keep colors", "few colors", "palette of picture", "mood of picture", "all colors of picture",
)  # fmt: skip
#: What the methods that look at a picture do with it.
WITH_PICTURE = {MATCH: MATCHES[0], MATCH_CLOSELY: MATCHES[1]}
#: Colors of a palette where nobody says how many.
COLORS = 12


def _recolored(
    strokes: Strokes, *, method: str, colors: int, hue: float, saturation: float, brightness: float, contrast: float,
    strength: float, picture: Tensor | None, mask: Tensor | None,
) -> Strokes:  # fmt: skip
    amount: dict[str, Any] = {"strength": strength, "mask": mask}
    if method == LIMIT:
        strokes = limit_colors(strokes, colors, **amount)
    elif method == PALETTE and picture is not None:
        strokes = to_palette(strokes, palette_of(picture, colors), **amount)
    elif method != KEEP and picture is not None:
        strokes = match_colors(strokes, picture, WITH_PICTURE[method], **amount)
    return adjust(strokes, hue=hue, saturation=saturation, brightness=brightness, contrast=contrast, **amount)


def _check(given: Mapping[str, Any]) -> None:
    if given["picture"] is None and given["method"] in (PALETTE, *WITH_PICTURE):
        raise ValueError(f"Method '{given['method']}' needs a picture. Connect one, or choose '{LIMIT}'.")


def _adjusted(
    strokes: Strokes, *, palette: Tensor | None, colors: int | None, hue: float, saturation: float, brightness: float,
    contrast: float,
) -> Strokes:  # fmt: skip
    if palette is not None:
        strokes = to_palette(strokes, palette_of(palette, colors or COLORS))
    elif colors is not None:
        strokes = limit_colors(strokes, colors)
    return adjust(strokes, hue=hue, saturation=saturation, brightness=brightness, contrast=contrast)


OPERATION = Operation(
    "recolor",
    "6. colors",
    Face(
        (
            Value("method", Kind.CHOICE,
                  "few colors: the ones that suit the painting. palette of picture: few colors taken from the picture. "
                  "mood of picture: its mean and spread. all colors of picture: its whole distribution.",
                  LIMIT, choices=METHODS),
            Value("colors", Kind.WHOLE, "How many colors 'few' and 'palette' leave.", COLORS, 1, MOST_COLORS),
            Value("hue", Kind.NUMBER, "Turn all hues: degrees.", 0.0, -180.0, 180.0, 1.0),
            Value("saturation", Kind.NUMBER, "0 is grey, 1 as it is, 2 twice.", 1.0, 0.0, 4.0, 0.05),
            Value("brightness", Kind.NUMBER, "Lighter or darker; 0 as it is.", 0.0, -1.0, 1.0, 0.01),
            Value("contrast", Kind.NUMBER, "Below 1 is hazy, above 1 is harder.", 1.0, 0.0, 4.0, 0.05),
            Value("strength", Kind.NUMBER, "How much of all this: 0 none, 1 all.", 1.0, 0.0, 1.0, 0.01),
            Value("picture", Kind.PICTURE, "Where colors come from, for methods that name a picture."),
            Value("mask", Kind.MASK, "Recolor only where this is white; grey is halfway."),
        ),
        _recolored,
        _check,
    ),
    Node(
        "RecolorStrokes", "Recolor Strokes",
        ("color grade strokes", "palette", "hue", "saturation", "color match", "limited palette", "posterize"),
        "Paint the same strokes in few colors, in those of a picture, or brighter, calmer, bluer.",
        (("strokes", "The same strokes in their new colors."),),
    ),
    Face(
        (
            Value("palette", Kind.PICTURE, "only the main colors of this picture (--colors of them, or 12)"),
            Value("colors", Kind.WHOLE, "only K colors", None, 1, 256, metavar="K"),
            Value("hue", Kind.NUMBER, "turn all hues", 0.0, -360, 360, metavar="DEGREES"),
            Value("saturation", Kind.NUMBER, "0 is grey, 1 as it is", 1.0, 0, 10),
            Value("brightness", Kind.NUMBER, "0 as it is", 0.0, -1, 1),
            Value("contrast", Kind.NUMBER, "1 as it is", 1.0, 0, 10),
        ),
        _adjusted,
    ),
)  # fmt: skip

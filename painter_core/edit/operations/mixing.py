"""The operation `mix`: colors as paint mixes them."""

from __future__ import annotations

from torch import Tensor

from ...strokes import Strokes
from ..color_text import color_from_text
from ..operation import Face, Kind, Node, Operation, Value
from ..pigment import PALETTES
from ..recolor import mix_toward, with_pigments

ANY = "any"


def _mixed(
    strokes: Strokes, *, palette: str, strength: float, color: Tensor | None, amount: float, mask: Tensor | None
) -> Strokes:
    if amount:
        # no color is refused in the words of whoever reads colors
        strokes = mix_toward(strokes, color_from_text("") if color is None else color, amount, mask=mask)
    return strokes if palette == ANY else with_pigments(strokes, palette, strength=strength, mask=mask)


def _with_paint(strokes: Strokes, *, mix: Tensor | None, amount: float, pigments: str | None) -> Strokes:
    if mix is not None:
        strokes = mix_toward(strokes, mix, amount)
    return strokes if pigments is None else with_pigments(strokes, pigments)


OPERATION = Operation(
    "mix",
    "6. colors",
    Face(
        (
            Value("palette", Kind.CHOICE,
                  "Each color becomes the closest one that this palette can mix from white and three paints. zorn: "
                  "white, yellow ochre, vermilion, black. any: colors stay.", "zorn", choices=(ANY, *PALETTES)),
            Value("strength", Kind.NUMBER, "How far colors go to the palette.", 1.0, 0.0, 1.0, 0.05),
            Value("color", Kind.COLOR, "A paint to mix into every color first: #f5c842, or a name such as teal.",
                  "#f5c842"),
            Value("amount", Kind.NUMBER, "How much of it: 0 none, 0.5 half.", 0.0, 0.0, 1.0, 0.05),
            Value("mask", Kind.MASK, "Change only where this is white; grey is halfway."),
        ),
        _mixed,
    ),
    Node(
        "MixStrokeColors", "Mix Stroke Colors (Pigments)",
        ("paint mixing", "kubelka munk", "zorn palette", "tint", "pigment"),
        "Colors as real paint mixes them: blue and yellow make green. Paint with a painter's palette.",
        (("strokes", "The same strokes in their new colors."),),
    ),
    Face(
        (
            Value("mix", Kind.COLOR, "mix this paint into every color"),
            Value("amount", Kind.NUMBER, "how much of --mix (0.3)", 0.3, 0, 1, metavar="A"),
            Value("pigments", Kind.CHOICE, "only what white and three paints of a palette mix",
                  choices=tuple(PALETTES)),
        ),
        _with_paint,
    ),
)  # fmt: skip

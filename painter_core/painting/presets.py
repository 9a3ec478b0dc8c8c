"""Presets, or looks: named ways to paint, each a brush, a manner and as much refinement as pays.

A preset has a value for every painting option. What a person sets wins, what they leave unset is the preset's: the same
in Python, on the command line and in the nodes, which all come through `preset`.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from ..manner import Manner
from ..options import LOOK, MANNER, OPTIONS, OURS, PAINTING
from ..wording import shown
from .paint_options import PaintOptions

#: Ground colors: white paper, and one with a warm tooth.
WHITE, CREAM = (0.97, 0.97, 0.96), (0.95, 0.925, 0.87)

#: Every preset by its name.
PRESETS: Mapping[str, PaintOptions] = MappingProxyType({
    "oil": PaintOptions(),
    "alla prima": PaintOptions(
        strokes=700, brush="filbert", refine=40,
        manner=Manner(length=1.5, flow=1.0, variety=0.25, widths=(5.0, 1 / 7), aspect=(2.0, 24.0), blocked=1 / 14),
    ),
    "impressionist": PaintOptions(
        strokes=1800, brush="filbert",
        manner=Manner(variety=0.45, widths=(6.0, 1 / 12), aspect=(1.6, 5.0), blocked=1 / 12),
    ),
    "watercolor": PaintOptions(
        strokes=900, brush="watercolor",
        manner=Manner(opacity=0.7, widths=(4.0, 1 / 5), aspect=(1.2, 8.0), ground=WHITE, blocked=0.0),
    ),
    "pointillist": PaintOptions(
        strokes=8000, brush="dot", refine=0,
        manner=Manner(flow=0.0, variety=1.0, widths=(5.0, 1 / 75), aspect=(1.0, 1.0), ground=CREAM, blocked=0.6),
    ),
    "pencil": PaintOptions(
        strokes=5000, brush="pencil",
        manner=Manner(length=2.5, variety=0.3, opacity=0.9, widths=(1.5, 1 / 120), aspect=(3.0, 40.0), ground=CREAM,
                      blocked=0.0),
    ),
    "marker": PaintOptions(
        strokes=1200, brush="marker",
        manner=Manner(length=1.8, opacity=0.85, widths=(3.0, 1 / 40), aspect=(2.0, 16.0), ground=WHITE, blocked=0.0),
    ),
})  # fmt: skip
#: What is painted when nobody chooses.
DEFAULT = OPTIONS["look"].default


def preset(name: str | None = None, **changes: Any) -> PaintOptions:
    """The options of a preset, with what a person sets: `preset("pointillist", refine=5)`.

    Args:
        name: one of PRESETS; None: oil.
        changes: any of `options.OURS` but the look, None for what is left to the preset. `strokes`, `refine`, `seed`
            and `brush` take the place of the preset's own; `stroke_length`, `flow` and `attention` multiply it;
            `variety` is added to it. Marks that have a largest size grow where there are fewer strokes. `manner`, if it
            is given, is the whole manner.
    Raises:
        ValueError: a name that is none, a value out of range.
        TypeError: an option that there is not.
    """
    name = str(DEFAULT) if name is None else name
    if name not in PRESETS:
        raise ValueError(f"look: there is no {shown(name)}; there are {', '.join(PRESETS)}")
    base, given = PRESETS[name], {key: value for key, value in changes.items() if value is not None}
    unknown = [key for key in given if key != "manner" and (key not in OURS or OPTIONS[key].part == LOOK)]
    if unknown:
        raise TypeError(f"there is no painting option {unknown[0]!r}; there are {', '.join(OURS)}, manner")
    manner = given.pop("manner", base.manner)
    parts: dict[str, dict[str, Any]] = {PAINTING: {}, MANNER: {}}
    for key, value in given.items():
        option = OPTIONS[key]
        own = getattr(manner if option.part == MANNER else base, option.target)
        parts[option.part][option.target] = option.met(own, value)
    least, most = manner.widths
    if manner is base.manner and most < 1:  # as a share of the canvas; from 1 on marks are as large as they like
        most = min(1.0, most * math.sqrt(base.strokes / parts[PAINTING].get("strokes", base.strokes)))
    manner = dataclasses.replace(manner, widths=(least, most), **parts[MANNER])
    return dataclasses.replace(base, manner=manner, **parts[PAINTING])

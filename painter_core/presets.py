"""Presets: named ways to paint, each a brush, a manner and as much refinement as pays."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from types import MappingProxyType

from .manner import Manner
from .painter import PaintOptions

#: Refinement steps of the presets: about two seconds for 1,000 strokes and five for 3,000 at 512 pixels on two cores.
QUICK = 20
#: Ground colours: white paper, and one with a warm tooth.
WHITE, CREAM = (0.97, 0.97, 0.96), (0.95, 0.925, 0.87)

#: Every preset by its name.
PRESETS: Mapping[str, PaintOptions] = MappingProxyType({
    "oil": PaintOptions(brush="oil", refine=QUICK, attention=1.0),
    "impressionist": PaintOptions(
        strokes=1800, brush="filbert", refine=QUICK, attention=1.0,
        manner=Manner(variety=0.45, widths=(6.0, 1 / 12), aspect=(1.6, 5.0), blocked=1 / 12),
    ),
    "watercolor": PaintOptions(
        strokes=900, brush="watercolor", refine=QUICK, attention=1.0,
        manner=Manner(opacity=0.7, widths=(4.0, 1 / 5), aspect=(1.2, 8.0), ground=WHITE, blocked=0.0),
    ),
    "pointillist": PaintOptions(
        strokes=8000, brush="dot", attention=1.0,
        manner=Manner(flow=0.0, variety=1.0, widths=(5.0, 1 / 75), aspect=(1.0, 1.0), ground=CREAM, blocked=0.6),
    ),
    "pencil": PaintOptions(
        strokes=5000, brush="pencil", refine=QUICK, attention=1.0,
        manner=Manner(length=2.5, variety=0.3, opacity=0.9, widths=(1.5, 1 / 120), aspect=(3.0, 40.0), ground=CREAM,
                      blocked=0.0),
    ),
    "marker": PaintOptions(
        strokes=1200, brush="marker", refine=QUICK, attention=1.0,
        manner=Manner(length=1.8, opacity=0.85, widths=(3.0, 1 / 40), aspect=(2.0, 16.0), ground=WHITE, blocked=0.0),
    ),
})  # fmt: skip


def preset(
    name: str | None,
    *,
    strokes: int | None = None,
    length: float = 1.0,
    flow: float = 1.0,
    variety: float = 0.0,
    **changes: object,
) -> PaintOptions:
    """The options of a preset, adjusted.

    Args:
        name: one of PRESETS, or None for plain PaintOptions.
        strokes: how many instead of the preset's own; marks with a largest size grow where there are fewer.
        length, flow: factors on those of the preset's manner, from 0.2 to 5 and from 0 to 10; variety: is added to it.
        changes: other fields of PaintOptions, for example `refine=0` or `seed=3`.
    Raises:
        ValueError: a name that is none, or as PaintOptions and Manner do.
    """
    if name is not None and name not in PRESETS:
        raise ValueError(f"preset: there is no {name!r}; there are {', '.join(PRESETS)}")
    base = PaintOptions() if name is None else PRESETS[name]
    count = base.strokes if strokes is None else strokes
    least, most = base.manner.widths
    manner = dataclasses.replace(
        base.manner,
        length=min(5.0, max(0.2, base.manner.length * length)) if 0.2 <= length <= 5 else length,
        flow=base.manner.flow * flow if 0 <= flow <= 10 else flow,
        variety=base.manner.variety + variety,
        widths=(least, min(1.0, most * math.sqrt(base.strokes / max(1, count)))),
    )
    return dataclasses.replace(base, strokes=count, manner=manner, **changes)

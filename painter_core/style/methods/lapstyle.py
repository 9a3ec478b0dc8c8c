"""The method `lapstyle`: a small draft by AdaAttN, revised with as many steps as help."""

from __future__ import annotations

from functools import partial

from ..networks.revision import Level
from ..networks.working import ADAATTN_WEIGHTS, attentive_draft
from ..protocol import Method
from .plan import Plan, Plans
from .revised import revised_transform

#: Forms are half from the content. The first level settles colors and broad strokes, the second adds texture to them.
QUICK = Plan(
    pixels=256 * 256,
    lightness=0.5,
    cost=12,
    levels=(
        Level(pixels=256 * 256, steps=25, parts=16, reach=0.02, fine=0.5, colored=(0.25, 0.6)),
        Level(pixels=512 * 512, steps=10, parts=3, reach=0.015, fine=0.4, colored=(0.25, 0.6)),
    ),
)
#: Steps at an eighth of full size settle what is broad for a quarter of the time of those at half of it.
LIGHT = Plan(
    pixels=256 * 256,
    lightness=0.5,
    cost=12,
    levels=(
        Level(pixels=128 * 128, steps=12, parts=16, reach=0.02, fine=0.5, colored=(0.25, 0.6)),
        Level(pixels=256 * 256, steps=12, parts=16, reach=0.015, fine=0.5, colored=(0.25, 0.6)),
        Level(pixels=512 * 512, steps=2, parts=3, reach=0.015, fine=0.4, colored=(0.25, 0.6)),
    ),
)
PLANS = Plans(QUICK, LIGHT)
METHOD = Method(
    "lapstyle", partial(revised_transform, PLANS, attentive_draft),
    "a rough draft of that, revised until it has the style's own strokes; takes longest.",
    needs=ADAATTN_WEIGHTS,
)  # fmt: skip

"""The method `adaattn`: a draft by AdaAttN at full size, and a few steps of revision."""

from __future__ import annotations

from functools import partial

from ..networks.revision import Level
from ..networks.working import ADAATTN_WEIGHTS, attentive_draft
from ..protocol import Method
from .plan import FEW, Plan, Plans
from .revised import revised_transform

#: The draft of `adaattn` is further from the style, having taken different things from different places. What the steps
#: at full size do to fine texture, those at half of it leave as it is.
QUICK = Plan(
    pixels=512 * 512,
    lightness=1.0,
    cost=40,
    levels=(
        Level(pixels=512 * 512, steps=4, parts=16, reach=0.006, fine=0.5, colored=FEW),
        Level(pixels=256 * 256, steps=8, parts=16, reach=0.008, fine=0.5, colored=FEW),
    ),
)
#: No step at full size, and somewhat longer ones at half of it.
LIGHT = Plan(
    pixels=384 * 384,
    lightness=1.0,
    cost=16,
    levels=(Level(pixels=256 * 256, steps=8, parts=16, reach=0.01, fine=0.5, colored=FEW),),
    style=384 * 384,
)
PLANS = Plans(QUICK, LIGHT)
METHOD = Method(
    "adaattn", partial(revised_transform, PLANS, attentive_draft),
    "every part of the picture takes after the parts of the style that are like it.",
    needs=ADAATTN_WEIGHTS,
)  # fmt: skip

"""The method `fast`: a draft by the network with the same attention everywhere (AdaIN), and a few steps of revision."""

from __future__ import annotations

from functools import partial

from ..networks.revision import Level
from ..networks.working import ADAATTN_WEIGHTS, adain_draft
from ..protocol import Method
from .plan import FEW, Plan, Plans
from .revised import revised_transform

#: A step at full size takes as long as five at half of it.
QUICK = Plan(
    pixels=512 * 512,
    lightness=1.0,
    cost=40,
    levels=(Level(pixels=256 * 256, steps=6, parts=16, reach=0.008, fine=0.5, colored=FEW),),
)
#: Two thirds of the steps, each half as long again, from a draft of a third of the pixels.
LIGHT = Plan(
    pixels=288 * 288,
    lightness=1.0,
    cost=8,
    levels=(Level(pixels=256 * 256, steps=4, parts=16, reach=0.012, fine=0.5, colored=FEW),),
    style=288 * 288,
)
PLANS = Plans(QUICK, LIGHT)
METHOD = Method(
    "fast", partial(revised_transform, PLANS, adain_draft),
    "colors and textures, the same all over the picture.",
    needs=ADAATTN_WEIGHTS,
)  # fmt: skip

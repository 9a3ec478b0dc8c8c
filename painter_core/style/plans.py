"""How much work the methods `fast`, `adaattn` and `lapstyle` are, by what a device is quick at.

`lapstyle` revises a small draft with as many steps as help. `fast` and `adaattn` draft at full size, and a few steps at
half of it bring in what a network that sees a style for the first time leaves out: a third of its distance from the
style, in a third of its time.

A step is a way through VGG16 and back. Devices with matrix units for bfloat16 make it in a fraction of the time of
others. The others have light plans: fewer steps, the broad ones at smaller sizes, hardly any at full size.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

import torch

from .networks import revision
from .networks.revision import Level


@dataclass(frozen=True)
class Plan:
    """How a draft is made and revised.

    Attributes:
        pixels: that the content is reduced to for the draft, about; a smaller one keeps its size.
        lightness: share of the draft's light and dark that the revision starts with, the rest being the content's.
        looks: steps at 128 x 128 pixels that a draft takes as long as, for the progress that is told.
        levels: the sizes that it is revised at, one after the other. What is coarser than the draft leaves its finest
            detail as it is.
        style: pixels that the draft's style is reduced to.
    """

    pixels: int
    lightness: float
    looks: int
    levels: tuple[Level, ...]
    style: int = 512 * 512


#: Pixels of a look.
LOOK = 128 * 128
#: Forms are half from the content. The first level settles colours and broad strokes, the second adds texture to them.
LAPSTYLE = Plan(
    pixels=256 * 256,
    lightness=0.5,
    looks=12,
    levels=(
        Level(pixels=256 * 256, steps=25, parts=16, reach=0.02, fine=0.5, colored=(0.25, 0.6)),
        Level(pixels=512 * 512, steps=10, parts=3, reach=0.015, fine=0.4, colored=(0.25, 0.6)),
    ),
)
#: Steps at an eighth of full size settle what is broad for a quarter of the time of those at half of it.
LIGHT_LAPSTYLE = Plan(
    pixels=256 * 256,
    lightness=0.5,
    looks=12,
    levels=(
        Level(pixels=128 * 128, steps=12, parts=16, reach=0.02, fine=0.5, colored=(0.25, 0.6)),
        Level(pixels=256 * 256, steps=12, parts=16, reach=0.015, fine=0.5, colored=(0.25, 0.6)),
        Level(pixels=512 * 512, steps=2, parts=3, reach=0.015, fine=0.4, colored=(0.25, 0.6)),
    ),
)
#: All but the coarsest parts keep to the draft's colours: so few steps make blotches of what they have no time to sort.
FEW = (0.25, 0.25, 0.25, 0.25, 0.25, 0.5)
#: A step at full size takes as long as five at half of it.
FAST = Plan(
    pixels=512 * 512,
    lightness=1.0,
    looks=40,
    levels=(Level(pixels=256 * 256, steps=6, parts=16, reach=0.008, fine=0.5, colored=FEW),),
)
#: Two thirds of the steps, each half as long again, from a draft of a third of the pixels.
LIGHT_FAST = Plan(
    pixels=288 * 288,
    lightness=1.0,
    looks=8,
    levels=(Level(pixels=256 * 256, steps=4, parts=16, reach=0.012, fine=0.5, colored=FEW),),
    style=288 * 288,
)
#: The draft of `adaattn` is further from the style, having taken different things from different places. What the steps
#: at full size do to fine texture, those at half of it leave as it is.
ADAATTN = Plan(
    pixels=512 * 512,
    lightness=1.0,
    looks=40,
    levels=(
        Level(pixels=512 * 512, steps=4, parts=16, reach=0.006, fine=0.5, colored=FEW),
        Level(pixels=256 * 256, steps=8, parts=16, reach=0.008, fine=0.5, colored=FEW),
    ),
)
#: No step at full size, and somewhat longer ones at half of it.
LIGHT_ADAATTN = Plan(
    pixels=384 * 384,
    lightness=1.0,
    looks=16,
    levels=(Level(pixels=256 * 256, steps=8, parts=16, reach=0.01, fine=0.5, colored=FEW),),
    style=384 * 384,
)


@dataclass(frozen=True)
class Plans:
    """Two plans for one method: for devices that are quick in bfloat16, and for the others."""

    quick: Plan
    light: Plan

    def on(self, device: torch.device) -> Plan:
        """That of a device; always the same one on one machine."""
        return self.quick if revision.quick_in_bfloat16(device) else self.light


#: By method.
PLANS = MappingProxyType(
    {
        "fast": Plans(FAST, LIGHT_FAST),
        "adaattn": Plans(ADAATTN, LIGHT_ADAATTN),
        "lapstyle": Plans(LAPSTYLE, LIGHT_LAPSTYLE),
    }
)

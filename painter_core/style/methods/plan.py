"""How much work the methods `fast`, `adaattn` and `lapstyle` are, by what a device is quick at.

`lapstyle` revises a small draft with as many steps as help. `fast` and `adaattn` draft at full size, and a few steps at
half of it bring in what a network that sees a style for the first time leaves out: a third of its distance from the
style, in a third of its time.

A step is a way through VGG16 and back. Devices with matrix units for bfloat16 make it in a fraction of the time of
others. The others have light plans: fewer steps, the broad ones at smaller sizes, hardly any at full size.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

from ..networks import revision
from ..networks.revision import Level


@dataclass(frozen=True)
class Plan:
    """How a draft is made and revised.

    Attributes:
        pixels: that the content is reduced to for the draft, about; a smaller one keeps its size.
        lightness: share of the draft's light and dark that the revision starts with, the rest being the content's.
        cost: steps at 128 x 128 pixels that a draft takes as long as, for the progress that is told.
        levels: the sizes that it is revised at, one after the other. What is coarser than the draft leaves its finest
            detail as it is.
        style: pixels that the draft's style is reduced to.
    """

    pixels: int
    lightness: float
    cost: int
    levels: tuple[Level, ...]
    style: int = 512 * 512


#: Pixels of a step whose cost is 1.
UNIT = 128 * 128
#: All but the coarsest parts keep to the draft's colors: so few steps make blotches of what they have no time to sort.
FEW = (0.25, 0.25, 0.25, 0.25, 0.25, 0.5)


@dataclass(frozen=True)
class Plans:
    """Two plans for one method: for devices that are quick in bfloat16, and for the others."""

    quick: Plan
    light: Plan

    def on(self, device: torch.device) -> Plan:
        """That of a device; always the same one on one machine."""
        return self.quick if revision.quick_in_bfloat16(device) else self.light

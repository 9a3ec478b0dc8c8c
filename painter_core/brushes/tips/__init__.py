"""Procedural brush tips: the mark that one stroke of a brush leaves, drawn from random hairs and grains.

Every `..._tip` function returns (2, TIP_HEIGHT, TIP_WIDTH): coverage in [0, 1] and paint height in [-1, 1] (0 =
neutral), over the mark's own frame: columns run along the stroke from -1 (touch down) to 1 (lift off), rows across it
from -1 to 1. All of it is made here, from noise; nothing is scanned.
"""

from __future__ import annotations

from .bristle import fan_tip, filbert_tip, oil_tip
from .dot import dot_tip
from .dry import dry_tip
from .dry_media import charcoal_tip, pencil_tip
from .frame import EDGE_TEXELS, TIP_HEIGHT, TIP_WIDTH
from .knife import knife_tip
from .load import load_map
from .marker import marker_tip
from .plain import flat_tip, round_tip
from .watercolor import watercolor_tip

__all__ = [
    "EDGE_TEXELS",
    "TIP_HEIGHT",
    "TIP_WIDTH",
    "charcoal_tip",
    "dot_tip",
    "dry_tip",
    "fan_tip",
    "filbert_tip",
    "flat_tip",
    "knife_tip",
    "load_map",
    "marker_tip",
    "oil_tip",
    "pencil_tip",
    "round_tip",
    "watercolor_tip",
]

"""Procedural brush tips: the mark that one stroke of a brush leaves, drawn from random hairs and grains.

Every `..._tip` function returns (2, TIP_HEIGHT, TIP_WIDTH): coverage in [0, 1] and paint height in [-1, 1] (0 =
neutral), over the mark's own frame: columns run along the stroke from -1 (touch down) to 1 (lift off), rows across it
from -1 to 1. All of it is made here, from noise; nothing is scanned. A file says at
its end, as `BuiltIn`, which brush has these tips.
"""

from __future__ import annotations

from .frame import EDGE_TEXELS, TIP_HEIGHT, TIP_WIDTH

__all__ = ["EDGE_TEXELS", "TIP_HEIGHT", "TIP_WIDTH"]

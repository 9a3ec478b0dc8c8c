"""A dab: the crisp, nearly round touch of pointillism."""

from __future__ import annotations

import numpy as np

from ..contract import DETAIL, VARIATIONS, BuiltIn
from .fine import Fine
from .frame import TIP_HEIGHT, clouds, edge, frame, tip

#: Bumps around the outline, from two (an oval) on, and how large the first of them is.
BUMPS, BUMP = 7, 0.028


def dot_tip(seed: int) -> np.ndarray:
    """A slightly irregular disc, with the low ring that a lifted brush leaves in thick paint."""
    rng = np.random.default_rng([seed, 9])
    along, across = frame()
    turn = np.arctan2(across, along)
    radius = np.hypot(along, across)
    outline = np.full_like(turn, 0.945)
    for bump in range(2, BUMPS + 1):
        outline += BUMP * (2 / bump) ** 0.7 * rng.uniform(-1, 1) * np.cos(bump * turn + rng.uniform(0, 2 * np.pi))
    side = np.minimum(outline, 0.985) - radius
    ring = 0.4 * np.exp(-(((side - 0.13) / 0.09) ** 2))
    off = rng.uniform(-0.15, 0.15, 2)
    hollow = -0.3 * np.exp(-(((along - off[0]) ** 2 + (across - off[1]) ** 2) / 0.18))
    return tip(edge(side * TIP_HEIGHT / 2), ring + hollow + 0.22 * clouds(7, rng, stretch=2))


DOT = BuiltIn(
    "dot", lambda hairs, seed: dot_tip(seed), variations=2 * VARIATIONS, turned=False, relief=0.08,
    fine=Fine("tooth", 0.3, 0.4), detail=DETAIL,
)  # fmt: skip

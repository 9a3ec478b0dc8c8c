"""A wet brush: a wash with a soft irregular outline, pigment that pooled along its rim and settled in the paper."""

from __future__ import annotations

import numpy as np

from ..contract import DETAIL, HAIR_COUNTS, BuiltIn
from .fine import Fine
from .frame import USUAL_ASPECT, clouds, frame, noise_rows, smooth_step, tip

#: How much of the ground the middle of a wash hides; the rim hides all of it.
BODY = 0.78


def watercolor_tip(hairs: int, seed: int) -> np.ndarray:
    """A wash. It is meant for strokes with an opacity below 1, where washes that overlap grow darker.

    Args:
        hairs: how broad the mark is, in widths of a hair: the rim is about one and a half of them wide.
        seed: picks this tip.
    """
    rng = np.random.default_rng([seed, hairs, 5])
    along, across = frame()
    shape = 0.075 * clouds(22, rng) + 0.03 * clouds(8, rng) + 0.012 * clouds(3, rng)
    depth = _depth(along, across) - 0.10 + 0.5 * shape
    rim_width = float(np.clip(3.0 / hairs, 0.05, 0.16))
    pooled = 0.55 + 0.45 * np.clip(clouds(26, rng), -1, 1)
    rim = pooled * np.exp(-(((depth - 0.9 * rim_width) / rim_width) ** 2))
    slow = np.clip(0.5 * clouds(30, rng) + 0.35 * noise_rows(1, rng, knots=4), -1, 1)
    settled = clouds(0.4 * 128 / min(hairs, 40), rng)
    body = BODY + 0.11 * slow + 0.03 * settled
    coverage = smooth_step(depth, -0.02, 0.025) * np.clip(body + (1.05 - body) * rim, 0, 1)
    return tip(coverage, -0.9 * rim - 0.45 * slow - 0.08 * settled)


def _depth(along: np.ndarray, across: np.ndarray) -> np.ndarray:
    """Distance inside a lozenge with round ends, in units of half the width."""
    x, y = np.abs(along) * USUAL_ASPECT, np.abs(across)
    radius = 0.85
    dx, dy = np.clip(x - (USUAL_ASPECT - radius), 0, None), np.clip(y - (1 - radius), 0, None)
    inside = np.minimum(np.maximum(x - (USUAL_ASPECT - radius), y - (1 - radius)), 0)
    return radius - np.hypot(dx, dy) - inside


WATERCOLOR = BuiltIn(
    "watercolor", watercolor_tip, HAIR_COUNTS[1:], relief=0.22, hardness=0.0, detail=DETAIL,
    fine=Fine("tooth", 0.25, 0.35, crisp=6.0), body=0.05,
)  # fmt: skip

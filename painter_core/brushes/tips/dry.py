"""A dry brush: little paint, dragged so that only the hills of the canvas take it."""

from __future__ import annotations

import numpy as np

from ..contract import BROKEN_PITCH, DETAIL, HAIR_COUNTS, BuiltIn
from .fine import Fine
from .frame import (
    TIP_HEIGHT,
    TIP_WIDTH,
    USUAL_ASPECT,
    clouds,
    edge,
    frame,
    grains,
    hair_ends,
    hair_values,
    noise_rows,
    smooth_step,
    tip,
)


def dry_tip(hairs: int, seed: int) -> np.ndarray:
    """Broken streaks between which the weave shows; more and more of it towards the lift-off.

    Args:
        hairs: how many hairs lie side by side across the mark; a thread of the weave is some of them wide.
        seed: picks this tip's hairs.
    """
    rng = np.random.default_rng([seed, hairs, 4])
    along, across = frame()
    start, end = hair_ends(hairs, rng)
    grain = 0.42 * TIP_HEIGHT / hairs
    hair = hair_values(hairs, rng, 2, smooth=0.25)
    fade = noise_rows(1, rng)
    load = 1.25 - 1.25 * smooth_step(along, -0.5, 1.05) - 0.9 * smooth_step(np.abs(across), 0.55, 1.0)
    load = load + 0.55 * hair[0][:, None] + 0.35 * hair[1][:, None] * fade
    hills = 0.75 * weave(hairs / 2.5, rng) + 0.45 * clouds(grain, rng, stretch=1.6) + 0.25 * clouds(4 * grain, rng)
    hills = hills + 0.22 * clouds(0.4 * grain, rng)
    reach = np.minimum(along[0] + 1 - start[:, None], 1 - 0.7 * end[:, None] - along[0])
    side = 0.96 + 0.03 * noise_rows(1, rng) - np.abs(across)
    coverage = grains(load + hills, grain) * edge(reach * TIP_WIDTH / 2) * edge(side * TIP_HEIGHT / 2)
    return tip(coverage, 0.35 * hair[0][:, None] + 0.25 * hills)


def weave(threads: float, rng: np.random.Generator) -> np.ndarray:
    """(TIP_HEIGHT, TIP_WIDTH) height of linen, about -1 to 1: `threads` across the mark, over and under."""
    along, across = frame()
    drift = 0.35 * noise_rows(2, rng, knots=9)
    y = across * threads / 2 + drift[0] + rng.uniform(0, 2)
    x = along * threads / 2 * USUAL_ASPECT + drift[1][::2, None][:TIP_HEIGHT] + rng.uniform(0, 2)
    over = np.cos(np.pi * x) * np.cos(np.pi * y)  # which of the two threads lies above
    return np.sin(np.pi * y) ** 2 * (0.5 + 0.5 * over) + np.sin(np.pi * x) ** 2 * (0.5 - 0.5 * over) - 0.5


DRY = BuiltIn(
    "dry", dry_tip, HAIR_COUNTS, relief=0.10, fine=Fine("tooth", 0.5, 2.4), detail=DETAIL, least_pitch=BROKEN_PITCH,
    body=0.6,
)  # fmt: skip

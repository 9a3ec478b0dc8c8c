"""A palette knife: paint laid thick and smeared flat, cut off sharply, heaped up at the sides."""

from __future__ import annotations

import numpy as np

from ..contract import DETAIL, HAIR_COUNTS, BuiltIn
from .fine import Fine
from .frame import TIP_HEIGHT, TIP_WIDTH, clouds, edge, frame, grains, hair_values, noise_rows, smooth_step, tip


def knife_tip(hairs: int, seed: int) -> np.ndarray:
    """Straight sides, a torn lift-off, a thick ridge along one side, smears between.

    Args:
        hairs: how fine the scratches and tears are: as many lie side by side across the mark.
        seed: picks this tip.
    """
    rng = np.random.default_rng([seed, hairs, 3])
    along, across = frame()
    row, column = across[:, 0], along[0]
    slant = rng.uniform(-0.05, 0.05, 2)
    torn = hair_values(hairs, rng, smooth=0.25)[0]
    broad = hair_values(3, rng, 2, smooth=0.6)
    start = 0.06 + slant[0] * row + 0.012 * np.abs(broad[0])
    end = 0.08 + slant[1] * row + 0.05 * np.abs(broad[1]) + 0.02 * np.abs(torn)
    reach = np.minimum(column + 1 - start[:, None], 1 - end[:, None] - column)
    sides = 0.955 + 0.02 * noise_rows(2, rng, knots=4)[:, None, :]
    side = np.where(across > 0, sides[1], sides[0]) - np.abs(across)
    coverage = edge(reach * TIP_WIDTH / 2) * edge(side * TIP_HEIGHT / 2)
    grain = 0.3 * TIP_HEIGHT / hairs
    skipped = clouds(grain, rng, stretch=7) + 0.6 * clouds(grain, rng) - 3.4 + 1.7 * smooth_step(along, 0.1, 1.0)
    coverage *= 1 - grains(skipped, grain) * smooth_step(side, 0.05, 0.15)
    # the blade is tipped to one side: there the paint is left in a thick bead
    near, far = sides[1] - across, sides[0] + across
    bead = np.exp(-(((near - 0.07) / 0.06) ** 2)) - 0.5 * np.exp(-(((near - 0.21) / 0.07) ** 2))
    bead += 0.4 * np.exp(-(((far - 0.05) / 0.04) ** 2)) - 0.2 * np.exp(-(((far - 0.14) / 0.05) ** 2))
    lip = 0.7 * np.exp(-(((1 - end[:, None] - column - 0.035) / 0.03) ** 2))
    scratches = hair_values(hairs, rng, smooth=0.2)[0][:, None] * (0.6 + 0.4 * noise_rows(1, rng))
    smear = 0.16 * clouds(14, rng, stretch=6) + 0.09 * scratches + 0.10 * clouds(3, rng, stretch=9)
    return tip(coverage, 0.75 * bead + lip + smear)


KNIFE = BuiltIn(
    "knife", knife_tip, HAIR_COUNTS[1:], relief=0.22, fine=Fine("strands", 0.2, 2.0), detail=DETAIL, body=1.3
)

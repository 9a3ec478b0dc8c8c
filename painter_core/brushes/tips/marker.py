"""A felt-tip marker: an even line with slightly rounded ends and soft streaks."""

from __future__ import annotations

import numpy as np

from ..contract import DETAIL, BuiltIn
from .fine import Fine
from .frame import TIP_HEIGHT, TIP_WIDTH, USUAL_ASPECT, clouds, edge, frame, hair_values, noise_rows, tip


def marker_tip(hairs: int, seed: int) -> np.ndarray:
    """Ink that is darker where the pen was set down and lifted off, and along its sides.

    Args:
        hairs: how many fibres of the felt lie side by side across the mark.
        seed: picks this tip.
    """
    rng = np.random.default_rng([seed, hairs, 8])
    along, across = frame()
    sides = 0.965 + 0.018 * noise_rows(2, rng, knots=5)[:, None, :]
    side = np.where(across > 0, sides[1], sides[0]) - np.abs(across)
    cap = 0.55 / USUAL_ASPECT * (1 - (1 - np.clip(np.abs(across) / 0.97, 0, 1) ** 3.2) ** (1 / 2.2))
    ends = 0.02 + cap + 0.006 * np.abs(hair_values(8, rng, 2))[:, :, None]
    reach = np.minimum(along + 1 - ends[0], 1 - ends[1] - along)
    coverage = edge(reach * TIP_WIDTH / 2) * edge(side * TIP_HEIGHT / 2)
    fibres = hair_values(max(3, hairs // 2), rng, 2, smooth=0.4)
    share = 0.5 + 0.5 * noise_rows(1, rng)
    streaks = share * fibres[0][:, None] + (1 - share) * fibres[1][:, None]
    pools = np.exp(-((np.clip(reach, 0, None) * USUAL_ASPECT / 0.28) ** 2))
    wet = np.exp(-((np.clip(side, 0, None) / 0.08) ** 2))
    return tip(coverage, 0.28 * streaks + 0.10 * clouds(20, rng) - 0.75 * pools - 0.35 * wet)


MARKER = BuiltIn("marker", marker_tip, (8, 24), relief=0.12, fine=Fine("strands", 0.2, 0.3), detail=DETAIL, body=0.05)

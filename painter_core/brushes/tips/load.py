"""How a brush that was dipped into two colors carries them: the share of the second one on every hair."""

from __future__ import annotations

import numpy as np

from .frame import TIP_HEIGHT, frame, hair_values, noise_rows

#: Hairs across the load of brushes that have none of their own.
PLAIN_HAIRS = 12


def load_map(hairs: int, seed: int) -> np.ndarray:
    """(TIP_HEIGHT, TIP_WIDTH) share of the second color, 0 to 1: one side has more of it, in streaks along the hairs.

    Args:
        hairs: how many hairs lie side by side across the mark; 0 for a brush without hairs.
        seed: picks which hairs took what, and which side was dipped into the second color.
    """
    hairs = hairs or PLAIN_HAIRS
    rng = np.random.default_rng([seed, hairs, 20])
    along, across = frame()
    broad, fine = hair_values(max(3, hairs // 4), rng, 2, smooth=0.5), hair_values(hairs, rng, 2, smooth=0.3)
    blend = 0.5 + 0.5 * noise_rows(2, rng)
    streaks = 0.5 * (blend[0] * broad[0][:, None] + (1 - blend[0]) * broad[1][:, None])
    streaks = streaks + 0.55 * (blend[1] * fine[0][:, None] + (1 - blend[1]) * fine[1][:, None])
    # the colors mix on the ground: streaks are clearest where the brush touches down
    streaks = streaks * (1 - 0.25 * along)
    side = 1.0 if rng.random() < 0.5 else -1.0
    # half of the paint is of the second color, whatever the hairs took
    level = 1.1 * side * across + streaks
    return 0.5 + 0.5 * np.tanh(1.9 * (level - np.median(level[TIP_HEIGHT // 8 : -TIP_HEIGHT // 8])))

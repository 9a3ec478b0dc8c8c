"""Procedural brush tips: the mark that one stroke of a brush leaves, drawn from random hairs.

Every function returns (2, TIP_HEIGHT, TIP_WIDTH): coverage in [0, 1] and paint height in [-1, 1] (0 = neutral), over
the mark's own frame: columns run along the stroke from -1 (touch down) to 1 (lift off), rows across it from -1 to 1.
All of it is made here, from noise; nothing is scanned.
"""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter, gaussian_filter1d

TIP_HEIGHT, TIP_WIDTH = 128, 256
#: Softness of a hard edge in texels; the rasteriser sharpens it to one pixel at any size.
EDGE_TEXELS = 1.5


def flat_tip() -> np.ndarray:
    """A clean rectangle with rounded corners and no relief."""
    along, across = _frame()
    return np.stack([_rounded(along, across), np.zeros_like(along)])


def round_tip() -> np.ndarray:
    """A soft disc (an ellipse, once stretched over the mark): full in the middle, fading towards the rim."""
    along, across = _frame()
    radius = np.sqrt(along**2 + across**2)
    fade = np.clip((1.0 - radius) / 0.45, 0, 1)
    return np.stack([fade * fade * (3 - 2 * fade), np.zeros_like(along)])


def oil_tip(hairs: int, seed: int) -> np.ndarray:
    """A loaded bristle brush: ragged ends, streaks along the hairs, ridges where paint is pushed aside.

    Args:
        hairs: how many hairs lie side by side across the mark, at least 2.
        seed: picks this tip's hairs.
    """
    rng = np.random.default_rng([seed, hairs])
    along, across = _frame()
    start, end = _hair_ends(hairs, rng)
    sides = 0.93 + 0.05 * _noise_rows(2, rng)[:, None, :]
    reach = np.minimum(along[0] + 1 - start[:, None], 1 - end[:, None] - along[0])
    side = np.where(across > 0, sides[1], sides[0]) - np.abs(across)
    # distances to the ends count half: a texel along the stroke is half as large in the frame as one across it
    coverage = _edge(reach * TIP_WIDTH / 2) * _edge(side * TIP_HEIGHT / 2)
    coverage *= 1 - _dry_hairs(hairs, rng)
    height = _streaks(hairs, rng) + _ridges(reach, side)
    inside = coverage > 0.5
    height = np.where(inside, height - height[inside].mean(), 0.0)
    return np.stack([coverage, np.clip(height, -1, 1)])


def _frame() -> tuple[np.ndarray, np.ndarray]:
    columns = (np.arange(TIP_WIDTH) + 0.5) / TIP_WIDTH * 2 - 1
    rows = (np.arange(TIP_HEIGHT) + 0.5) / TIP_HEIGHT * 2 - 1
    along, across = np.meshgrid(columns, rows)
    return along, across


def _edge(texels: np.ndarray) -> np.ndarray:
    """Coverage from the distance inside an edge, in texels."""
    return np.clip(texels / (2 * EDGE_TEXELS) + 0.5, 0, 1)


def _rounded(along: np.ndarray, across: np.ndarray) -> np.ndarray:
    """Superellipse of power 8, a rectangle with corners rounded off."""
    radius = (along**8 + across**8) ** (1 / 8)
    return _edge((1 - radius) * TIP_HEIGHT / 2 - EDGE_TEXELS)


def _hair_values(hairs: int, rng: np.random.Generator, rows: int = 1, smooth: float = 0.35) -> np.ndarray:
    """(rows, TIP_HEIGHT) one standard normal value per hair, interpolated across the tip."""
    values = rng.standard_normal((rows, hairs + 2))
    position = (np.arange(TIP_HEIGHT) + 0.5) / TIP_HEIGHT * (hairs + 1)
    spread = np.stack([np.interp(position, np.arange(hairs + 2), row) for row in values])
    return gaussian_filter1d(spread, smooth * TIP_HEIGHT / hairs, axis=1, mode="nearest")


def _noise_rows(rows: int, rng: np.random.Generator, knots: int = 7) -> np.ndarray:
    """(rows, TIP_WIDTH) slow noise along the stroke, about -1 to 1."""
    values = rng.uniform(-1, 1, (rows, knots))
    position = np.linspace(0, knots - 1, TIP_WIDTH)
    spread = np.stack([np.interp(position, np.arange(knots), row) for row in values])
    return gaussian_filter1d(spread, TIP_WIDTH / knots / 3, axis=1, mode="nearest")


def _hair_ends(hairs: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """How far short of the frame each row of the tip starts and ends, in frame units (TIP_HEIGHT,)."""
    row = (np.arange(TIP_HEIGHT) + 0.5) / TIP_HEIGHT * 2 - 1
    clumps = _hair_values(max(2, hairs // 4), rng, 2, smooth=0.5)
    single = _hair_values(hairs, rng, 2, smooth=0.2)
    bow = np.abs(row) ** 3
    start = 0.03 + 0.10 * bow + 0.03 * np.abs(clumps[0]) + 0.02 * np.abs(single[0])
    end = 0.03 + 0.08 * bow + 0.07 * np.abs(clumps[1]) + 0.05 * np.abs(single[1])
    return np.clip(start, 0.01, 0.4), np.clip(end, 0.01, 0.5)


def _dry_hairs(hairs: int, rng: np.random.Generator) -> np.ndarray:
    """(TIP_HEIGHT, TIP_WIDTH) share of the ground that shows where single hairs run out of paint near the lift-off."""
    along, _ = _frame()
    dry = np.clip(_hair_values(hairs, rng, smooth=0.15)[0] - 1.1, 0, None)[:, None]
    return np.clip(2.5 * dry * np.clip(along - 0.3 + 0.3 * _noise_rows(1, rng)[0], 0, None), 0, 0.85)


def _streaks(hairs: int, rng: np.random.Generator) -> np.ndarray:
    """(TIP_HEIGHT, TIP_WIDTH) furrows of the hairs; they fade in and out along the stroke."""
    fine, broad = _hair_values(hairs, rng, 3), _hair_values(max(2, hairs // 3), rng, 2, smooth=0.5)
    blend = _noise_rows(2, rng) * 0.5 + 0.5
    streaks = fine[0][:, None] + blend[0] * fine[1][:, None] + (1 - blend[0]) * fine[2][:, None]
    streaks = 0.22 * streaks + 0.24 * (blend[1] * broad[0][:, None] + (1 - blend[1]) * broad[1][:, None])
    grain = gaussian_filter(rng.standard_normal((TIP_HEIGHT, TIP_WIDTH)), (0.8, 12.0))
    return streaks + 0.25 * grain / grain.std() * 0.25


def _ridges(reach: np.ndarray, side: np.ndarray) -> np.ndarray:
    """Paint pushed up along both sides and in front of the lift-off, in frame units from the edges."""
    return 0.45 * np.exp(-(((side - 0.08) / 0.07) ** 2)) + 0.25 * np.exp(-(((reach - 0.05) / 0.05) ** 2))

"""Loaded bristle brushes: hairs side by side that leave streaks and push paint aside."""

from __future__ import annotations

import numpy as np

from ..contract import DETAIL, FAN_PITCH, HAIR_COUNTS, BuiltIn
from .fine import Fine
from .frame import (
    TIP_HEIGHT,
    TIP_WIDTH,
    USUAL_ASPECT,
    dry_hairs,
    edge,
    frame,
    hair_ends,
    hair_values,
    noise_rows,
    ridges,
    streaks,
    tip,
)


def oil_tip(hairs: int, seed: int) -> np.ndarray:
    """A loaded bristle brush: ragged ends, streaks along the hairs, ridges where paint is pushed aside.

    Args:
        hairs: how many hairs lie side by side across the mark, at least 2.
        seed: picks this tip's hairs.
    """
    rng = np.random.default_rng([seed, hairs])
    along, across = frame()
    start, end = hair_ends(hairs, rng)
    sides = 0.93 + 0.05 * noise_rows(2, rng)[:, None, :]
    reach = np.minimum(along[0] + 1 - start[:, None], 1 - end[:, None] - along[0])
    side = np.where(across > 0, sides[1], sides[0]) - np.abs(across)
    # distances to the ends count half: a texel along the stroke is half as large in the frame as one across it
    coverage = edge(reach * TIP_WIDTH / 2) * edge(side * TIP_HEIGHT / 2)
    coverage *= 1 - dry_hairs(hairs, rng)
    height = streaks(hairs, rng) + ridges(reach, side)
    inside = coverage > 0.5
    height = np.where(inside, height - height[inside].mean(), 0.0)
    return np.stack([coverage, np.clip(height, -1, 1)])


def filbert_tip(hairs: int, seed: int) -> np.ndarray:
    """A bristle brush with rounded ends, like an almond: no corners, softer ridges, finer streaks than `oil_tip`."""
    rng = np.random.default_rng([seed, hairs, 1])
    along, across = frame()
    row = across[:, 0]
    cap = 1 / USUAL_ASPECT * (1 - np.sqrt(np.clip(1 - (np.abs(row) / 0.97) ** 2.3, 0, 1)))
    loose = hair_values(hairs, rng, 2, smooth=0.3)
    clumps = hair_values(max(2, hairs // 5), rng, 2, smooth=0.6)
    start = 0.02 + 1.1 * cap + 0.012 * np.abs(loose[0]) + 0.02 * np.abs(clumps[0])
    end = 0.02 + 1.4 * cap + 0.030 * np.abs(loose[1]) + 0.05 * np.abs(clumps[1])
    reach = np.minimum(along[0] + 1 - start[:, None], 1 - end[:, None] - along[0])
    side = 0.955 + 0.025 * noise_rows(1, rng) - np.abs(across)
    coverage = edge(reach * TIP_WIDTH / 2) * edge(side * TIP_HEIGHT / 2)
    # of few hairs none runs dry: it would be half of the mark
    coverage *= 1 - min(1.0, hairs / 20) * dry_hairs(hairs, rng)
    # distance from the outline in units of half the width, whichever edge is nearer
    inside = np.minimum(np.clip(reach, 0, None) * USUAL_ASPECT, np.clip(side, 0, None))
    rim = 0.5 * np.exp(-(((inside - 0.07) / 0.07) ** 2))
    body = 0.25 * np.sqrt(np.clip(inside, 0, 1))
    return tip(coverage, 0.85 * streaks(hairs, rng) + rim + body)


def fan_tip(hairs: int, seed: int) -> np.ndarray:
    """A fan brush: clumps of hair that leave the ground between them and spread along the stroke."""
    rng = np.random.default_rng([seed, hairs, 2])
    along, across = frame()
    column = along[0]
    count = max(3, round(hairs * 0.46))
    pitch = 1.9 / count
    place = (np.arange(count) + 0.5) * pitch - 0.95 + pitch * rng.uniform(-0.22, 0.22, count)
    spread = 0.86 + 0.14 * np.clip((column + 1) / 1.5, 0, 1)
    half = pitch * rng.uniform(0.30, 0.52, count)
    wobble = 0.16 * pitch * noise_rows(count, rng)
    bow = 0.10 * place**2
    start = 0.02 + bow + 0.05 * np.abs(rng.standard_normal(count))
    end = 0.03 + bow + 0.12 * np.abs(rng.standard_normal(count))
    thin = 1.25 - 0.5 * np.clip((column + 1) / 2, 0, 1) + 0.12 * noise_rows(count, rng)
    coverage, height = np.zeros_like(along), np.zeros_like(along)
    for i in range(count):
        reach = np.minimum(column + 1 - start[i], 1 - end[i] - column)
        taper = np.clip(reach / 0.12, 0, 1) ** 0.5
        width = half[i] * thin[i] * (0.35 + 0.65 * taper)
        aside = np.abs(across - place[i] * spread - wobble[i])
        strand = edge((width - aside) * TIP_HEIGHT / 2) * edge(reach * TIP_WIDTH / 2)
        dome = rng.uniform(0.3, 1.0) * np.sqrt(np.clip(1 - (aside / np.maximum(width, 1e-3)) ** 2, 0, 1))
        height = np.where(strand > coverage, dome, height)
        coverage = np.maximum(coverage, strand)
    return tip(coverage, height)


OIL = BuiltIn("oil", oil_tip, HAIR_COUNTS, relief=0.11, fine=Fine("strands", 0.7, 2.4))
FILBERT = BuiltIn("filbert", filbert_tip, HAIR_COUNTS, relief=0.12, fine=Fine("strands", 0.7, 2.4), detail=DETAIL)
FAN = BuiltIn(
    "fan", fan_tip, HAIR_COUNTS, relief=0.14, fine=Fine("strands", 0.35, 1.2), detail=DETAIL, least_pitch=FAN_PITCH
)

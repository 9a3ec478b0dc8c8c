"""Brushes that come to a point: a round sable for strokes that swell and fade, and a rigger for long lines."""

from __future__ import annotations

import numpy as np

from ..contract import DETAIL, HAIR_COUNTS, BuiltIn
from .fine import Fine
from .frame import TIP_HEIGHT, TIP_WIDTH, dry_hairs, edge, frame, hair_values, noise_rows, smooth_step, streaks, tip


def sable_tip(hairs: int, seed: int) -> np.ndarray:
    """A round brush of soft hair, set down, pressed and lifted: a blunt start, a belly, and a point at the end."""
    rng = np.random.default_rng([seed, hairs, 5])
    start, belly = 0.05 + 0.05 * rng.random(), rng.uniform(-0.35, -0.05)
    return _pointed(hairs, rng, start, belly, blunt=0.55, power=rng.uniform(1.6, 2.2))


def rigger_tip(hairs: int, seed: int) -> np.ndarray:
    """A long thin brush: a line that is set down and lifted in passing, pointed at both ends."""
    rng = np.random.default_rng([seed, hairs, 6])
    return _pointed(hairs, rng, 0.03, rng.uniform(-0.3, 0.2), blunt=0.1, power=2.6)


def _pointed(
    hairs: int, rng: np.random.Generator, start: float, belly: float, *, blunt: float, power: float
) -> np.ndarray:
    """A mark between two edges that meet at its ends.

    Args:
        start: how far short of the frame it starts; belly: where it is broadest, -1 to 1.
        blunt: how wide it is where it starts, as a share; power: the higher, the longer it stays broad.
    """
    along, across = frame()
    place = along[0]
    # both sides leave the belly level
    back = np.clip((belly - place) / (belly + 1 - start), 0, 1)
    rise = (1 - (1 - blunt) * back**power) * np.sqrt(np.clip((place + 1 - start) / 0.12, 0, 1))  # its start is round
    fall = 1 - np.clip((place - belly) / (0.985 - belly), 0, 1) ** power
    half = 0.94 * np.where(place < belly, rise, fall)
    sides = 1 + 0.05 * noise_rows(2, rng)
    middle = 0.03 * noise_rows(1, rng)[0]
    off = across - middle
    side = np.where(off > 0, sides[1], sides[0]) * half - np.abs(off)
    # hairs that part a little where the brush is lifted
    parting = 0.05 * np.abs(hair_values(hairs, rng, smooth=0.2)[0])[:, None] * smooth_step(place, 0.2, 1.0)
    coverage = edge((side - parting) * TIP_HEIGHT / 2) * edge((place + 1 - start) * TIP_WIDTH / 2)
    coverage *= 1 - min(1.0, hairs / 20) * dry_hairs(hairs, rng)
    inside = np.clip(side, 0, None)
    rim = 0.35 * np.exp(-(((inside - 0.06) / 0.06) ** 2))
    body = 0.3 * np.sqrt(np.clip(inside, 0, 1))
    return tip(coverage, 0.6 * streaks(hairs, rng) + rim + body)


SABLE = BuiltIn("sable", sable_tip, HAIR_COUNTS, relief=0.09, fine=Fine("strands", 0.4, 1.6), detail=DETAIL)
RIGGER = BuiltIn("rigger", rigger_tip, HAIR_COUNTS, relief=0.09, fine=Fine("strands", 0.4, 1.6), detail=DETAIL)

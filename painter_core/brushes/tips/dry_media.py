"""Dry color on the tooth of paper: colored pencil and charcoal."""

from __future__ import annotations

import numpy as np

from ..contract import BROKEN_PITCH, DETAIL, HAIR_COUNTS, BuiltIn
from .fine import Fine
from .frame import TIP_HEIGHT, TIP_WIDTH, clouds, edge, frame, grains, noise_rows, smooth_step, tip

#: Grains finer than this (in texels) would blur into grey.
LEAST_GRAIN = 0.75


def pencil_tip(hairs: int, seed: int) -> np.ndarray:
    """Colored pencil: one grainy line, or as many side by side, like hatching, as it takes to fill a broad mark.

    Args:
        hairs: how broad the mark is, in widths of a hair; a line is about four of them wide, a grain of the paper less
            than one.
        seed: picks this tip.
    """
    rng = np.random.default_rng([seed, hairs, 6])
    along, across = frame()
    column = along[0]
    lines = max(1, round(hairs / 4))
    pitch = 1.96 / lines
    pressure = np.full_like(along, -3.0)
    for i in range(lines):
        place = (i + 0.5) * pitch - 0.98 + pitch * rng.uniform(-0.12, 0.12) * (lines > 1)
        middle = place + pitch * 0.16 * (lines > 1) * noise_rows(1, rng, knots=5)[0]
        start, end = 0.02 + 0.05 * rng.random(2) * min(lines, 3)
        aside = np.abs(across - middle) / (pitch / 2)
        force = rng.uniform(1.35, 1.8) + 0.35 * noise_rows(1, rng)[0]
        line = force - 2.3 * np.clip(aside, 0, 1.4) ** 3.0
        reach = np.minimum(column + 1 - start, 1 - end - column)
        line = line - 4 * smooth_step(-reach, -0.05, 0.03)
        pressure = np.maximum(pressure, line)
    grain = max(0.30 * TIP_HEIGHT / hairs, LEAST_GRAIN)
    tooth = 0.75 * clouds(grain, rng, stretch=1.3) + 0.55 * clouds(2.2 * grain, rng) + 0.38 * clouds(0.45 * grain, rng)
    inside = edge((0.985 - np.abs(across)) * TIP_HEIGHT / 2) * edge((0.985 - np.abs(along)) * TIP_WIDTH / 2)
    return tip(grains(pressure + tooth, grain) * inside, 0.5 * np.clip(tooth, -1, 1))


def charcoal_tip(hairs: int, seed: int) -> np.ndarray:
    """A stick of charcoal or crayon drawn on its side: dense in the middle, crumbling at its edges, toothed all over.

    Args:
        hairs: how broad the mark is, in widths of a hair; grains of the paper are about one of them wide.
        seed: picks this tip.
    """
    rng = np.random.default_rng([seed, hairs, 7])
    along, across = frame()
    grain = max(0.42 * TIP_HEIGHT / hairs, LEAST_GRAIN)
    sides = 0.80 + 0.10 * noise_rows(2, rng)[:, None, :]
    side = np.where(across > 0, sides[1], sides[0]) - np.abs(across)
    reach = 0.90 + 0.05 * clouds(12, rng) - np.abs(along)
    force = 1.55 + 0.4 * noise_rows(1, rng) + 0.3 * clouds(24, rng, stretch=3)
    force = force - 2.8 * smooth_step(-side, -0.22, 0.16) - 2.8 * smooth_step(-reach, -0.10, 0.06)
    tooth = 0.85 * clouds(grain, rng) + 0.45 * clouds(2.5 * grain, rng, stretch=2) + 0.38 * clouds(0.4 * grain, rng)
    inside = edge((0.985 - np.abs(across)) * TIP_HEIGHT / 2) * edge((0.985 - np.abs(along)) * TIP_WIDTH / 2)
    return tip(grains(force + tooth, grain) * inside, 0.45 * np.clip(tooth, -1, 1))


PENCIL = BuiltIn(
    "pencil", pencil_tip, HAIR_COUNTS, relief=0.10, fine=Fine("tooth", 0.5, 2.4), detail=DETAIL,
    least_pitch=BROKEN_PITCH, body=0.05,
)  # fmt: skip
CHARCOAL = BuiltIn(
    "charcoal", charcoal_tip, HAIR_COUNTS, relief=0.10, fine=Fine("tooth", 0.5, 2.4), detail=DETAIL,
    least_pitch=BROKEN_PITCH, body=0.1,
)  # fmt: skip

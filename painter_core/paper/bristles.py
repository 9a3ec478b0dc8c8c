"""The paper's brush: two grey pictures of one dab of paint, with upright and with level bristles.

The authors' files are not ours to ship, so these are drawn here, to the same measures: 394 x 394 pixels, ink on 56.6 %
of them within columns 65 to 359 and rows 10 to 365, grey levels 149 to 254 with a mean of 231, black around; one
silhouette for both. Everything is a sum of sines with fixed phases, so the pictures are the same on every machine.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

SIDE = 394
#: First and last column and row of the ink.
COLUMNS = (65, 359)
ROWS = (10, 365)
INK_SHARE = 0.566
GREY_RANGE = (149, 254)
GREY_MEAN = 231
#: Standard deviation of the grey level over the ink, before the levels are limited to their range.
GREY_SPREAD = 11.0


def bristle_brushes() -> Tensor:
    """(2, 394, 394) float32 in [0, 1], 0 where there is no ink: upright bristles, then level ones."""
    ink = _silhouette()
    level = _bristles()
    pictures = []
    for bristles in (level.T, level):
        grey = GREY_MEAN + GREY_SPREAD * (bristles - bristles[ink].mean()) / bristles[ink].std()
        grey = np.clip(np.round(grey), *GREY_RANGE)
        # limiting the levels moves their mean; a second step puts it back
        grey = np.clip(np.round(grey + GREY_MEAN - grey[ink].mean()), *GREY_RANGE)
        pictures.append(np.where(ink, grey, 0))
    return torch.from_numpy(np.stack(pictures).astype(np.float32) / 255)


def _silhouette() -> np.ndarray:
    """(394, 394) bool: a box whose four sides fray, deep enough that the ink share comes out right."""
    rows, columns = np.arange(SIDE)[:, None], np.arange(SIDE)[None, :]
    across = (columns - COLUMNS[0]) / (COLUMNS[1] - COLUMNS[0])
    down = (rows - ROWS[0]) / (ROWS[1] - ROWS[0])
    top, bottom, left, right = _fray(across, 1), _fray(across, 2), _fray(down, 3), _fray(down, 4)
    shallow, deep = 0.0, 1.0
    for _ in range(24):
        depth = (shallow + deep) / 2
        # hairs leave the paper at the top and bottom of a dab: those ends fray twice as deep as the sides
        ink = (down >= 2 * depth * top) & (down <= 1 - 2 * depth * bottom)
        ink &= (across >= depth * left) & (across <= 1 - depth * right)
        if ink.mean() > INK_SHARE:
            shallow = depth
        else:
            deep = depth
    return ink


def _fray(position: np.ndarray, phase: int) -> np.ndarray:
    """How deep one side is worn along its position in [0, 1]: 0 where it reaches the box, more towards the corners."""
    noise = _ripple(4 * position, phase) + 0.2 * _ripple(19 * position, phase + 7)
    inside = (position >= 0) & (position <= 1)
    worn = noise - noise[inside].min() + 4 * np.abs(2 * position - 1) ** 6
    return worn - worn[inside].min()


def _bristles() -> np.ndarray:
    """(394, 394) grey streaks that run from left to right, swaying a little, some of them dark grooves."""
    y, x = np.mgrid[0:SIDE, 0:SIDE] / SIDE
    sway = y + 0.012 * _ripple(1.5 * x + 0.6 * y, 11)
    streaks = _ripple(9 * sway, 12) + _ripple(34 * sway + 0.3 * x, 13) + 0.6 * _ripple(90 * sway, 14)
    grooves = np.maximum(_ripple(13 * sway, 15) + _ripple(2 * x + 3 * y, 16) - 2, 0) ** 2
    grain = _ripple(61 * x + 3 * y, 17) * _ripple(47 * y, 18)
    return streaks - 3 * grooves + 0.25 * grain


def _ripple(t: np.ndarray, phase: int) -> np.ndarray:
    """Smooth noise of unit-length features along t: five sines, their phases a golden ratio apart."""
    golden = (1 + 5**0.5) / 2
    waves = [np.sin(2 * np.pi * ((0.55 + 0.25 * k) * t + golden * (k + 1) * (phase + 1))) for k in range(5)]
    return np.sum(waves, axis=0) * (2 / 5) ** 0.5

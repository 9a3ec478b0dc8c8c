"""Tips without hairs and without relief: a soft disc and a clean rectangle."""

from __future__ import annotations

import numpy as np

from ..contract import BuiltIn
from .frame import EDGE_TEXELS, TIP_HEIGHT, edge, frame


def flat_tip() -> np.ndarray:
    """A clean rectangle with rounded corners and no relief."""
    along, across = frame()
    return np.stack([_rounded(along, across), np.zeros_like(along)])


def round_tip() -> np.ndarray:
    """A soft disc (an ellipse, once stretched over the mark): full in the middle, fading towards the rim."""
    along, across = frame()
    radius = np.sqrt(along**2 + across**2)
    fade = np.clip((1.0 - radius) / 0.45, 0, 1)
    return np.stack([fade * fade * (3 - 2 * fade), np.zeros_like(along)])


def _rounded(along: np.ndarray, across: np.ndarray) -> np.ndarray:
    """Superellipse of power 8, a rectangle with corners rounded off."""
    radius = (along**8 + across**8) ** (1 / 8)
    return edge((1 - radius) * TIP_HEIGHT / 2 - EDGE_TEXELS)


ROUND = BuiltIn("round", lambda hairs, seed: round_tip(), variations=1, hardness=0.0)
FLAT = BuiltIn("flat", lambda hairs, seed: flat_tip(), variations=1)

"""What a mark shows at print size and its tip is too coarse to hold: single strands of paint, the tooth of paper.

A tip has a few texels for each hair. Here is one hair under a lens, or one grain: a tile of height and of how far
edges stand out or back, the same for all marks of a brush, in which every mark has a place of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter, gaussian_filter1d, map_coordinates

#: Texels of a tile for a hair (or a grain's width) along the stroke and across it; hairs across a tile.
STRAND_TEXELS, TOOTH_TEXELS, TILE_HAIRS = (4, 32), (32, 32), 32
#: Length of a tile of strands in hairs.
TILE_LENGTH = 128
#: Widths of strands in hairs, and how much those of each width rise and stand out; how evenly, in hairs, they run on.
STRANDS = ((0.62, 0.55, 0.50, 9.0), (0.23, 0.50, 0.42, 5.0), (0.09, 0.30, 0.22, 3.0))
#: Hairs by which strands wander aside, and how slowly, along and across.
WANDER, WANDER_REACH = 0.16, (10.0, 1.5)
#: Sizes of the paper's hills in hairs, and their amplitudes.
HILLS = ((0.42, 0.55), (0.20, 0.48), (0.09, 0.40), (0.045, 0.28))


@dataclass(frozen=True)
class Fine:
    """The fine structure of a brush's marks.

    Attributes:
        kind: "strands", drawn out along the stroke, or "tooth", the same in all directions.
        height: how high it stands, in units of the tip's height channel.
        edge: how far it moves edges, in quarters of the softness that they have in the tip.
        crisp: how many times sharper soft outlines are at print size.
    """

    kind: str
    height: float
    edge: float
    crisp: float = 1.0


def strands() -> np.ndarray:
    """(2, 1024, 512) height and edge, both with a mean of 0 and within -1 and 1, of paint that hairs drew out."""
    rng = np.random.default_rng([1, 40])
    shape = (TILE_HAIRS * STRAND_TEXELS[1], TILE_LENGTH * STRAND_TEXELS[0])
    slow = (WANDER_REACH[1] * STRAND_TEXELS[1], WANDER_REACH[0] * STRAND_TEXELS[0])
    row = (np.arange(shape[0])[:, None] + 0.5) / STRAND_TEXELS[1]
    row = row + WANDER * _unit(gaussian_filter(rng.standard_normal(shape), slow))
    height, edge = np.zeros(shape), np.zeros(shape)
    for width, rise, out, even in STRANDS:
        bounds = np.cumsum(width * rng.uniform(0.4, 1.6, round(1.2 * TILE_HAIRS / width) + 8)) - 4 * width - 1
        index = np.searchsorted(bounds, row) - 1
        place = 2 * (row - bounds[index]) / (bounds[index + 1] - bounds[index]) - 1
        own = gaussian_filter1d(rng.standard_normal((len(bounds), shape[1])), even * STRAND_TEXELS[0], axis=1)
        own = 0.6 * _unit(own) + 0.8 * rng.standard_normal((len(bounds), 1))
        value = np.take_along_axis(own, index, axis=0)
        # rounded, with a crease between one strand and the next
        height += rise * (0.9 * np.sqrt(np.clip(1 - place**2, 0, 1)) + 0.55 * value)
        edge += out * value
    return _tile(height, edge)


def tooth() -> np.ndarray:
    """(2, 1024, 1024) height and edge, both with a mean of 0 and within -1 and 1, of grains on rough paper."""
    rng = np.random.default_rng([2, 40])
    side = TILE_HAIRS * TOOTH_TEXELS[0]
    height = np.zeros((side, side))
    for size, rise in HILLS:
        height += rise * _hills(side, size * TOOTH_TEXELS[0], rng)
    return _tile(height, height)


TILES: dict[str, tuple[Callable[[], np.ndarray], tuple[int, int]]] = {
    "strands": (strands, STRAND_TEXELS),
    "tooth": (tooth, TOOTH_TEXELS),
}


def _hills(side: int, sigma: float, rng: np.random.Generator) -> np.ndarray:
    """(side, side) random hills with a deviation of 1; large ones are made small and enlarged, which is quick."""
    factor = max(1, int(sigma / 3))
    small = -(-side // factor) + 4
    hills = gaussian_filter(rng.standard_normal((small, small)), sigma / factor, mode="wrap")
    place = (np.arange(side) + 0.5) / factor + 1.5
    return _unit(map_coordinates(hills, np.meshgrid(place, place, indexing="ij"), order=3))


def _unit(values: np.ndarray) -> np.ndarray:
    return (values - values.mean()) / values.std()


def _tile(height: np.ndarray, edge: np.ndarray) -> np.ndarray:
    """Both as float32, at most 1 high and deep, with a mean of 0."""
    both = np.tanh(0.6 * np.stack([_unit(height), _unit(edge)]))
    return (both - both.mean((1, 2), keepdims=True)).clip(-1, 1).astype(np.float32)

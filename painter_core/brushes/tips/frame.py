"""What all tips are made of: the mark's frame, sharp edges, and noise along and across the hairs."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter, gaussian_filter1d

TIP_HEIGHT, TIP_WIDTH = 128, 256
#: Softness of a hard edge in texels; the rasteriser sharpens it to one pixel at any size.
EDGE_TEXELS = 1.5
#: Length over width of the usual mark: what shall look round in it is drawn narrower by half of this.
USUAL_ASPECT = 2.5


def frame() -> tuple[np.ndarray, np.ndarray]:
    """(TIP_HEIGHT, TIP_WIDTH) place of each texel along the stroke and across it, -1 to 1."""
    columns = (np.arange(TIP_WIDTH) + 0.5) / TIP_WIDTH * 2 - 1
    rows = (np.arange(TIP_HEIGHT) + 0.5) / TIP_HEIGHT * 2 - 1
    along, across = np.meshgrid(columns, rows)
    return along, across


def edge(texels: np.ndarray) -> np.ndarray:
    """Coverage from the distance inside an edge, in texels."""
    return np.clip(texels / (2 * EDGE_TEXELS) + 0.5, 0, 1)


def tip(coverage: np.ndarray, height: np.ndarray) -> np.ndarray:
    """(2, TIP_HEIGHT, TIP_WIDTH) coverage and height, made neutral: a stroke keeps its color on average."""
    mean = (height * coverage).sum() / max(coverage.sum(), 1e-6)
    return np.stack([np.clip(coverage, 0, 1), np.clip((height - mean) * (coverage > 0), -1, 1)])


def smooth_step(value: np.ndarray, start: float, end: float) -> np.ndarray:
    """0 up to `start`, 1 from `end` on, smooth between them."""
    share = np.clip((value - start) / (end - start), 0, 1)
    return share * share * (3 - 2 * share)


def hair_values(hairs: int, rng: np.random.Generator, rows: int = 1, smooth: float = 0.35) -> np.ndarray:
    """(rows, TIP_HEIGHT) one standard normal value per hair, interpolated across the tip."""
    values = rng.standard_normal((rows, hairs + 2))
    position = (np.arange(TIP_HEIGHT) + 0.5) / TIP_HEIGHT * (hairs + 1)
    spread = np.stack([np.interp(position, np.arange(hairs + 2), row) for row in values])
    return gaussian_filter1d(spread, smooth * TIP_HEIGHT / hairs, axis=1, mode="nearest")


def noise_rows(rows: int, rng: np.random.Generator, knots: int = 7) -> np.ndarray:
    """(rows, TIP_WIDTH) slow noise along the stroke, about -1 to 1."""
    values = rng.uniform(-1, 1, (rows, knots))
    position = np.linspace(0, knots - 1, TIP_WIDTH)
    spread = np.stack([np.interp(position, np.arange(knots), row) for row in values])
    return gaussian_filter1d(spread, TIP_WIDTH / knots / 3, axis=1, mode="nearest")


def clouds(grain: float, rng: np.random.Generator, stretch: float = 1.0) -> np.ndarray:
    """(TIP_HEIGHT, TIP_WIDTH) random hills with a deviation of 1, about `grain` texels each across the stroke.

    They are round in a mark of the usual aspect, and `stretch` times as long as wide.
    """
    along = grain * stretch * TIP_WIDTH / TIP_HEIGHT / USUAL_ASPECT
    hills = gaussian_filter(rng.standard_normal((TIP_HEIGHT, TIP_WIDTH)), (grain, along), mode="wrap")
    return (hills - hills.mean()) / hills.std()


def grains(field: np.ndarray, grain: float) -> np.ndarray:
    """Coverage of the places where a sum of `clouds` of `grain` texels is above zero, with sharp edges."""
    return edge(field * grain)


def hair_ends(hairs: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """How far short of the frame each row of a bristle tip starts and ends, in frame units (TIP_HEIGHT,)."""
    row = (np.arange(TIP_HEIGHT) + 0.5) / TIP_HEIGHT * 2 - 1
    clumps = hair_values(max(2, hairs // 4), rng, 2, smooth=0.5)
    single = hair_values(hairs, rng, 2, smooth=0.2)
    bow = np.abs(row) ** 3
    start = 0.03 + 0.10 * bow + 0.03 * np.abs(clumps[0]) + 0.02 * np.abs(single[0])
    end = 0.03 + 0.08 * bow + 0.07 * np.abs(clumps[1]) + 0.05 * np.abs(single[1])
    return np.clip(start, 0.01, 0.4), np.clip(end, 0.01, 0.5)


def dry_hairs(hairs: int, rng: np.random.Generator) -> np.ndarray:
    """(TIP_HEIGHT, TIP_WIDTH) share of the ground that shows where single hairs run out of paint near the lift-off."""
    along, _ = frame()
    dry = np.clip(hair_values(hairs, rng, smooth=0.15)[0] - 1.1, 0, None)[:, None]
    return np.clip(2.5 * dry * np.clip(along - 0.3 + 0.3 * noise_rows(1, rng)[0], 0, None), 0, 0.85)


def streaks(hairs: int, rng: np.random.Generator) -> np.ndarray:
    """(TIP_HEIGHT, TIP_WIDTH) furrows of the hairs; they fade in and out along the stroke."""
    fine, broad = hair_values(hairs, rng, 3), hair_values(max(2, hairs // 3), rng, 2, smooth=0.5)
    blend = noise_rows(2, rng) * 0.5 + 0.5
    furrows = fine[0][:, None] + blend[0] * fine[1][:, None] + (1 - blend[0]) * fine[2][:, None]
    furrows = 0.22 * furrows + 0.24 * (blend[1] * broad[0][:, None] + (1 - blend[1]) * broad[1][:, None])
    grain = gaussian_filter(rng.standard_normal((TIP_HEIGHT, TIP_WIDTH)), (0.8, 12.0))
    return furrows + 0.25 * grain / grain.std() * 0.25


def ridges(reach: np.ndarray, side: np.ndarray) -> np.ndarray:
    """Paint pushed up along both sides and in front of the lift-off, in frame units from the edges."""
    return 0.45 * np.exp(-(((side - 0.08) / 0.07) ** 2)) + 0.25 * np.exp(-(((reach - 0.05) / 0.05) ** 2))

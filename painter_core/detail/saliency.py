"""What stands out, without weights: two published methods that know that a subject seldom touches the frame.

Boolean maps (Zhang, Sclaroff, "Saliency detection: a Boolean map approach", ICCV 2013) find what is enclosed: eyes, a
ladybird on a stem. The minimum barrier distance from the frame (Zhang, Sclaroff, Lin, Shen, Price, Mech, "Minimum
barrier salient object detection at 80 FPS", ICCV 2015) finds what no smooth path leads to: whole objects, with their
outlines. Either misses what the other finds, so the two are averaged.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import ndimage

Array = npt.NDArray[Any]

#: Thresholds for each color channel of the boolean maps.
THRESHOLDS = 12
#: Pixels that the boolean maps are widened by, and the blur of their mean as a fraction of the long side.
WIDENED, SMOOTH = 5, 1 / 40
#: Sweeps up, down, left and right for the minimum barrier distance; the paper finds three enough.
SWEEPS = 3
#: The frame's width as a fraction of the long side.
FRAME = 0.1
#: Spread of colors (Lab / 100) below which differences are noise: keeps flat pictures flat.
NOISE = 0.02


def saliency(lab: Array, on_part: Callable[[], None] = lambda: None) -> Array:
    """How much each place stands out: (h, w) in [0, 1], all 0 for a plain picture.

    Args:
        lab: (h, w, 3) CIE Lab / 100; small: about 160 pixels along the long side are enough.
        on_part: called often; what it raises passes through: a way to cancel.
    """
    # square roots: both methods name a few peaks, and a painter must not forget the rest of the subject
    return (np.sqrt(boolean_maps(lab, on_part)) + np.sqrt(barrier(lab))) / 2


def boolean_maps(lab: Array, on_part: Callable[[], None] = lambda: None) -> Array:
    """(h, w) in [0, 1]: how often a place is enclosed when whitened color channels are cut at thresholds."""
    height, width = lab.shape[:2]
    colors = lab.reshape(-1, 3) - lab.reshape(-1, 3).mean(0)
    spread, axes = np.linalg.eigh(colors.T @ colors / len(colors) + NOISE**2 * np.eye(3, dtype=np.float32))
    channels = (colors @ (axes / np.sqrt(spread)) @ axes.T).reshape(height, width, 3)
    attention = np.zeros((height, width), np.float32)
    for channel in np.moveaxis(channels, 2, 0):
        low, high = float(channel.min()), float(channel.max())
        if high - low < 1:  # less than one deviation of the noise and nothing to enclose
            continue
        for threshold in np.linspace(low, high, THRESHOLDS + 2)[1:-1]:
            on_part()
            for inside in (channel > threshold, channel <= threshold):
                enclosed = ndimage.maximum_filter(_enclosed(inside), WIDENED)
                # small regions count as much as large ones
                attention += enclosed / np.sqrt(max(float(enclosed.sum()), 1.0))
    return _stretched(ndimage.gaussian_filter(attention, SMOOTH * max(height, width)))


def _enclosed(inside: npt.NDArray[np.bool_]) -> Array:
    """1 where a region of a mask (h, w) does not touch the frame."""
    labeled: Any = ndimage.label(inside)
    regions, count = labeled
    keep = np.ones(count + 1, np.float32)
    for side in (regions[0], regions[-1], regions[:, 0], regions[:, -1]):
        keep[side] = 0
    keep[0] = 0
    return keep[regions]


def barrier(lab: Array) -> Array:
    """(h, w) in [0, 1]: minimum barrier distance to the frame, and distance from the frame's colors."""
    size = max(lab.shape[:2])
    lab = np.asarray(ndimage.gaussian_filter(lab, (size / 180, size / 180, 0)))
    distance = _barrier_distance(lab).sum(2)
    return _stretched(ndimage.gaussian_filter(_stretched(distance, 3 * NOISE) + _unlike_frame(lab), size / 64))


def _barrier_distance(lab: Array) -> Array:
    """(h, w, 3): for each channel, the least difference between the highest and lowest value on a way to the frame."""
    distance = np.full_like(lab, np.inf)
    distance[0], distance[-1], distance[:, 0], distance[:, -1] = 0, 0, 0, 0
    highest, lowest = lab.copy(), lab.copy()
    whole = np.s_[:]
    for _ in range(SWEEPS):
        for way in (whole, np.s_[::-1]):
            for turned in (False, True):
                fields = (distance, highest, lowest, lab)
                views = [(field.swapaxes(0, 1) if turned else field)[way] for field in fields]
                _sweep(*views)
    return distance


def _sweep(distance: Array, highest: Array, lowest: Array, lab: Array) -> None:
    """Let each row take the way of the row before it where that is shorter; changes all but `lab`, which are ours."""
    for row in range(1, len(lab)):
        high = np.maximum(highest[row - 1], lab[row])
        low = np.minimum(lowest[row - 1], lab[row])
        shorter = high - low < distance[row]
        np.copyto(highest[row], high, where=shorter)
        np.copyto(lowest[row], low, where=shorter)
        np.copyto(distance[row], high - low, where=shorter)


def _unlike_frame(lab: Array) -> Array:
    """(h, w) in [0, 1]: Mahalanobis distance from the colors of the sides of the frame, without the least like it."""
    band = max(1, round(FRAME * max(lab.shape[:2])))
    far = []
    for side in (lab[:band], lab[-band:], lab[:, :band], lab[:, -band:]):
        colors = side.reshape(-1, 3)
        middle = colors.mean(0)
        spread = (colors - middle).T @ (colors - middle) / len(colors) + NOISE**2 * np.eye(3, dtype=np.float32)
        offset = lab - middle
        far.append(_stretched(np.sqrt(np.einsum("hwi,ij,hwj->hw", offset, np.linalg.inv(spread), offset)), 1.0))
    # a subject that is cut off by one side of the frame is unlike the others
    return _stretched(np.sum(far, 0) - np.max(far, 0))


def _stretched(field: npt.NDArray[np.floating], least: float = 0.25) -> Array:
    """A field moved to start at 0 and scaled to reach 1; one whose whole range is below `least` stays below 1."""
    field = field - field.min()
    return (field / max(float(field.max()), least)).astype(np.float32)

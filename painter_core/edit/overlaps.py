"""What lies under what: so that a painting can be painted in another order and still come out the same."""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor

from ..shape import extent
from ..strokes import Strokes

#: Cells along the longer side of the canvas: strokes that share a cell count as overlapping.
CELLS = 96
#: With more strokes than this, what overlaps is no longer looked up one by one (50,000 take a second and a half).
MOST = 50_000
#: Marks may be antialiased beyond their edge, in pixels of the canvas.
SOFT = 1.5


def no_later_than_what_covers(strokes: Strokes, key: Tensor) -> Tensor:
    """Sort keys that never change the picture: a stroke's key is lowered to that of whatever is painted over it.

    Sorting by the result, with equal ones in painted order, keeps every two strokes that overlap in their order, while
    the strokes come as close to the order of `key` as that allows: what is in the way of a stroke is painted earlier.

    Args:
        key: (N,) numbers; strokes are to come in the order of their keys.
    Returns:
        (N,) float64 on the same device. With more than MOST strokes the layers are kept in order instead: keys are
        compared only within a layer (which shifts what overlaps within one).
    """
    if len(strokes) > MOST:
        rank = key.unique(return_inverse=True)[1]
        return strokes.layer.double() * (float(rank.max()) + 1) + rank.double()
    cell = max(strokes.canvas) / CELLS
    center, half, axis = _footprints(strokes, cell)
    lowest = np.full([math.ceil(side / cell) + 2 for side in strokes.canvas], np.inf)
    result = key.detach().cpu().double().numpy().copy()
    rows, columns = lowest.shape
    # boxes of cells; what lies outside the canvas counts as lying in its border cells
    reach = np.stack([(np.abs(axis) * half).sum(1), (np.abs(axis[:, ::-1]) * half).sum(1)], axis=1)
    first = np.clip(np.floor(center - reach), 0, [columns - 1, rows - 1]).astype(np.int64)
    last = np.clip(np.ceil(center + reach), 0, [columns - 1, rows - 1]).astype(np.int64) + 1
    for i in range(len(result) - 1, -1, -1):
        (left, top), (right, bottom) = first[i], last[i]
        window = lowest[top:bottom, left:right]
        if (right - left) * (bottom - top) > 4:
            x, y = np.arange(left, right) - center[i, 0], np.arange(top, bottom)[:, None] - center[i, 1]
            cos, sin = axis[i]
            touched = (np.abs(cos * x + sin * y) <= half[i, 0]) & (np.abs(cos * y - sin * x) <= half[i, 1])
        else:
            touched = np.ones(window.shape, dtype=bool)
        result[i] = min(result[i], window[touched].min(initial=np.inf))
        window[touched] = np.minimum(window[touched], result[i])
    return torch.from_numpy(result).to(key.device)


def _footprints(strokes: Strokes, cell: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Centers (N, 2) in cells, half length and half width (N, 2) in cells with room to spare, directions (N, 2).

    Cell (row, column) has its middle at the integers; a mark touches a cell for certain only if the middle lies within
    half a cell's diagonal of the mark, and is counted as touching then.
    """
    center = strokes.center.detach().cpu().double().numpy() / cell
    # beyond the border there is nothing to see
    border = np.array([strokes.canvas[1], strokes.canvas[0]]) / cell
    angle = strokes.angle.detach().cpu().double().numpy()
    along, low, high = extent(strokes.size / 2, strokes.bend, strokes.taper)
    half = torch.stack([along, (high - low) / 2], 1).detach().cpu().double().numpy() / cell
    half = half + math.sqrt(0.5) + SOFT / cell
    # a mark that bends lies to one side of its middle
    aside = ((low + high) / 2).detach().cpu().double().numpy()[:, None] / cell
    center = center + aside * np.stack([-np.sin(angle), np.cos(angle)], axis=1)
    far = 4 * border.max() + half.max(initial=0)
    return np.clip(center, -far, far), np.minimum(half, far), np.stack([np.cos(angle), np.sin(angle)], axis=1)

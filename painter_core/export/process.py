"""The pictures of a painting being made, in any order of its strokes, each drawn only where something new appears.

Strokes that overlap hide one another as in the finished painting, whenever they appear: a picture shows some of the
strokes in the order of the painting. So the last picture is the painting itself, bit for bit.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ..brushes.brush import Brush, get_brush
from ..edit.order import ORDERS
from ..images import reduced
from ..rendering.marks import marks_of
from ..rendering.raster import render
from ..strokes import Strokes
from .schedule import EASINGS, schedule

#: Longest side of the pictures in pixels when no size is asked for: what every player and web page takes.
LONG_SIDE = 1080
#: The pictures are drawn again in squares of this many pixels.
CELL = 32
#: What starting to draw a region costs, in cells that could be drawn meanwhile (4 ms against 0.2 ms, measured).
REGION_COST = 18


@dataclass(frozen=True)
class Process:
    """How a painting comes into being.

    order: one of `ORDERS`; easing: one of `EASINGS`; mask: (H, W) in [0, 1] of any size, 1 where the subject is, for
    the order "region" (None: where the strokes are small and many).
    """

    order: str = ORDERS[0]
    easing: str = EASINGS[0]
    mask: Tensor | None = None


AS_PAINTED = Process()


def painting_frames(
    strokes: Strokes,
    count: int,
    *,
    size: tuple[int, int] | None = None,
    brush: str | Brush | None = None,
    ground: Tensor | None = None,
    process: Process = AS_PAINTED,
) -> Iterator[Tensor]:
    """Yield `count` pictures of the painting being made: the bare ground first, the finished painting last.

    Args:
        strokes: what is painted.
        count: pictures, at least 1 (1: only the finished painting).
        size: (height, width) of the pictures in pixels; None for the reference canvas, at most 1,080 on its long side.
        brush: as in `render`.
        ground: (3,) color or (3, h, w) picture to paint on (brought to `size`); None for the strokes' own ground.
        process: in which order the strokes appear, and how quickly.
    Yields:
        (3, H, W) float32 in [0, 1], each a tensor of its own.
    Raises:
        ValueError: fewer than 1 picture, an unknown order, easing or brush, a mask that does not fit.
    """
    for canvas in canvases(strokes, count, size=size, brush=brush, ground=ground, process=process):
        yield canvas.clone()


def canvases(
    strokes: Strokes,
    count: int,
    *,
    size: tuple[int, int] | None = None,
    brush: str | Brush | None = None,
    ground: Tensor | None = None,
    process: Process = AS_PAINTED,
    on_band: Callable[[], None] | None = None,
) -> Iterator[Tensor]:
    """`painting_frames` without copies: it is always the same tensor, painted on between one picture and the next.

    on_band: called often, as by `render`; what it raises passes through: a way to cancel.
    """
    if count < 1:
        raise ValueError(f"a time-lapse needs at least 1 frame, got {count}")
    strokes, brush = strokes.detach(), None if brush is None else get_brush(brush)
    turn, shown_counts = schedule(
        strokes, count, order=process.order, easing=process.easing, mask=process.mask, on_stroke=on_band
    )
    turn = turn.to(strokes.center.device)
    size = frame_size(strokes.canvas) if size is None else (int(size[0]), int(size[1]))
    ground = strokes.ground if ground is None else ground
    # reduced once, and enlarged where it is seen
    strokes = dataclasses.replace(strokes, ground=ground if ground.ndim == 1 else reduced(ground, size))
    canvas = render(strokes[:0], size=size, brush=brush)
    _, stamps = marks_of(strokes, size, brush)
    boxes = torch.cat([stamps.center - stamps.reach, stamps.center + stamps.reach], dim=1).cpu().numpy()
    shown = torch.zeros(len(strokes), dtype=torch.bool, device=turn.device)
    before = 0
    for upto in shown_counts:
        if upto > before:
            new = turn[before:upto]
            shown[new] = True
            visible = strokes[shown]  # in the order of the painting
            for region in regions(_touched(boxes[new.cpu().numpy()], size), size):
                top, left, height, width = region
                part = render(visible, size=size, brush=brush, region=region, on_band=on_band)
                canvas[:, top : top + height, left : left + width] = part
            before = upto
        yield canvas


def frame_size(canvas: tuple[int, int], long_side: int | None = None) -> tuple[int, int]:
    """(height, width) of the pictures of a canvas with a long side of `long_side` pixels.

    None: the canvas's own size, or smaller with a long side of LONG_SIDE.
    """
    scale = min(1.0, LONG_SIDE / max(canvas)) if long_side is None else long_side / max(canvas)
    height, width = (max(1, round(side * scale)) for side in canvas)
    return height, width


def regions(dirty: np.ndarray, size: tuple[int, int]) -> list[tuple[int, int, int, int]]:
    """Rectangles (top, left, height, width) in pixels that hold all `dirty` cells (rows, columns) and few others."""
    found = []
    for top, left, bottom, right in _cut(dirty, 0, 0):
        y, x = top * CELL, left * CELL
        found.append((y, x, min(bottom * CELL, size[0]) - y, min(right * CELL, size[1]) - x))
    return found


def _touched(boxes: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Which cells (rows, columns) the boxes (n, 4: left, top, right, bottom in pixels) touch."""
    cells = np.zeros((-(-size[0] // CELL), -(-size[1] // CELL)), bool)
    # a mark's reach is not rounded up, and a pixel's middle may lie just within it
    first, last = np.floor((boxes[:, :2] - 1) / CELL), np.floor((boxes[:, 2:] + 1) / CELL) + 1
    first, last = np.clip(first, 0, 2**31).astype(int), np.clip(last, 0, 2**31).astype(int)
    for (left, top), (right, bottom) in zip(first, last, strict=True):
        cells[top:bottom, left:right] = True
    return cells


def _cut(dirty: np.ndarray, top: int, left: int) -> list[tuple[int, int, int, int]]:
    """Rectangles (top, left, bottom, right) of cells that cover what is dirty, cut in two where that saves work."""
    rows, columns = np.flatnonzero(dirty.any(1)), np.flatnonzero(dirty.any(0))
    if not len(rows):
        return []
    top, left = top + int(rows[0]), left + int(columns[0])
    dirty = dirty[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    whole = (top, left, top + dirty.shape[0], left + dirty.shape[1])
    down, down_cost = _best_cut(dirty)
    across, across_cost = _best_cut(dirty.T)
    if min(down_cost, across_cost) + REGION_COST >= dirty.size:
        return [whole]
    if down_cost <= across_cost:
        return _cut(dirty[:down], top, left) + _cut(dirty[down:], top + down, left)
    return _cut(dirty[:, :across], top, left) + _cut(dirty[:, across:], top, left + across)


def _best_cut(dirty: np.ndarray) -> tuple[int, float]:
    """Before which row to cut, and how many cells the boxes around what is dirty on both sides hold then."""
    if len(dirty) < 2:
        return 0, float("inf")
    above, below = _boxes_of_firsts(dirty), _boxes_of_firsts(dirty[::-1])[::-1]
    cells = above[:-1] + below[1:]
    best = int(cells.argmin())
    return best + 1, float(cells[best])


def _boxes_of_firsts(dirty: np.ndarray) -> np.ndarray:
    """Cells of the box around what is dirty in the first 1, 2 ... rows."""
    columns = dirty.shape[1]
    here = np.logical_or.accumulate(dirty, axis=0)
    lefts, rights = here.argmax(1), columns - here[:, ::-1].argmax(1)
    number = np.arange(1, len(dirty) + 1)
    some = dirty.any(1)
    last = np.maximum.accumulate(np.where(some, number, 0))
    return np.where(here.any(1), (rights - lefts) * (last - int(some.argmax())), 0)

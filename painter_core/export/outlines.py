"""The outlines of a brush's tips: polygons that look like its marks, with as many points as a mark's size deserves."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ..brushes.brush import Brush
from ..brushes.kept import kept_with_brush
from ..brushes.tips import TIP_HEIGHT, TIP_WIDTH

#: A tip is looked at with this many texels less along and across: finer bristles are no shapes to edit.
REDUCE = 2
#: What counts as paint, as a share of the tip's full coverage.
LEVEL = 0.5
#: Numbers of points of the outlines that are kept of each tip.
POINTS = (8, 12, 16, 24, 32, 48, 72)
#: Holes and flecks smaller than this share of the mark are left out.
LEAST_LOOP = 0.01
#: A mark of at least this opacity is drawn opaque.
OPAQUE = 0.93


@dataclass(frozen=True)
class Outline:
    """A tip's mark at every level of detail.

    loops[k]: closed polygons (n, 2) along, across in [-0.5, 0.5] of the mark's length and width, with POINTS[k] points
    for the largest; opacity[k]: what makes them as much paint as the tip's, whose gaps may be too small for them.
    """

    loops: tuple[tuple[np.ndarray, ...], ...]
    opacity: tuple[float, ...]

    def area(self, level: int = -1) -> float:
        """How much of the frame of a mark lies within its outline, 0 to 1."""
        return min(1.0, abs(sum(signed_area(loop) for loop in self.loops[level])))


@kept_with_brush(256)  # as many tips as a brush may have
def outline_of(brush: Brush, tip: int) -> Outline:
    """The outline of one of a brush's tips; kept, as tracing it takes a moment."""
    return _outline(brush.tips[tip, 0].detach().double().cpu().numpy())


def _outline(coverage: np.ndarray) -> Outline:
    small = coverage.reshape(TIP_HEIGHT // REDUCE, REDUCE, TIP_WIDTH // REDUCE, REDUCE).mean((1, 3))
    full = float(np.quantile(small, 0.99))
    if full <= 0:  # a tip without paint
        return Outline(tuple(() for _ in POINTS), tuple(0.0 for _ in POINTS))
    loops = _loops(np.pad(small / full - LEVEL, 1, constant_values=-LEVEL))
    size = np.array([small.shape[1], small.shape[0]], float)
    loops = [(loop - 0.5) / size - 0.5 for loop in loops]  # the padding is one texel, its middle lies at 0
    areas = [abs(signed_area(loop)) for loop in loops]
    largest = max(areas, default=0.0)
    kept = [(area, loop) for area, loop in zip(areas, loops, strict=True) if area >= LEAST_LOOP * largest > 0]
    kept.sort(key=lambda pair: -pair[0])
    levels = [[_simplified(loop, max(0, round(n * (area / largest) ** 0.5))) for area, loop in kept] for n in POINTS]
    outline = Outline(tuple(tuple(loop for loop in level if len(loop) >= 3) for level in levels), ())
    opacity = [float(small.mean()) / max(outline.area(level), 1e-6) for level in range(len(POINTS))]
    return replace(outline, opacity=tuple(1.0 if value >= OPAQUE else value for value in opacity))


def _loops(field: np.ndarray) -> list[np.ndarray]:
    """Closed polygons (n, 2) x, y along which the field is 0, by marching squares; field < 0 all around the border.

    Paint lies on the right of each step on screen, so that outlines and their holes run in opposite directions.
    """
    steps: dict[tuple[int, int, int], tuple[int, int, int]] = {}
    positive = field > 0
    # the corners of each square: 1 upper left, 2 upper right, 4 lower right, 8 lower left
    case = positive[:-1, :-1] + 2 * positive[:-1, 1:] + 4 * positive[1:, 1:] + 8 * positive[1:, :-1]
    for y, x in zip(*np.nonzero((case > 0) & (case < 15)), strict=True):
        # edges as (0 horizontal or 1 vertical, row, column of their first corner)
        edges = {"t": (0, y, x), "b": (0, y + 1, x), "l": (1, y, x), "r": (1, y, x + 1)}
        for start, end in _SEGMENTS[int(case[y, x])]:
            steps[edges[start]] = edges[end]
    loops = []
    while steps:
        first, edge = steps.popitem()
        path = [first]
        while edge != first:
            path.append(edge)
            edge = steps.pop(edge)
        loops.append(np.array([_crossing(field, *edge) for edge in path]))
    return loops


#: From which edge of a square (top, bottom, left, right) to which one the outline goes, by the corners with paint.
_SEGMENTS = {
    1: ["lt"], 2: ["tr"], 3: ["lr"], 4: ["rb"], 5: ["lt", "rb"], 6: ["tb"], 7: ["lb"],
    8: ["bl"], 9: ["bt"], 10: ["tr", "bl"], 11: ["br"], 12: ["rl"], 13: ["rt"], 14: ["tl"],
}  # fmt: skip


def _crossing(field: np.ndarray, vertical: int, y: int, x: int) -> tuple[float, float]:
    """x, y where the field is 0 between a corner and its right (or, if `vertical`, its lower) neighbor."""
    a = field[y, x]
    b = field[y + 1, x] if vertical else field[y, x + 1]
    share = a / (a - b)
    return (x, y + share) if vertical else (x + share, y)


def signed_area(loop: np.ndarray) -> float:
    """Area of a closed polygon (n, 2), negative if it runs clockwise in a frame whose y axis points up."""
    x, y = loop.T
    return float((x * np.roll(y, -1) - y * np.roll(x, -1)).sum() / 2)


def _simplified(loop: np.ndarray, points: int) -> np.ndarray:
    """The polygon with at most so many points: those go whose triangle with their neighbors is smallest.

    Visvalingam and Whyatt, "Line generalisation by repeated elimination of points", 1993.
    """
    loop = loop.copy()
    while len(loop) > points:
        before, after = np.roll(loop, 1, 0) - loop, np.roll(loop, -1, 0) - loop
        triangles = np.abs(before[:, 0] * after[:, 1] - before[:, 1] * after[:, 0])
        # far more than needed: many at once, but never two neighbors
        many = max(1, (len(loop) - points) // 8)
        drop = np.argsort(triangles, kind="stable")[:many]
        drop = drop[~np.isin((drop + 1) % len(loop), drop)] if many > 1 else drop
        loop = np.delete(loop, drop, axis=0)
    return loop

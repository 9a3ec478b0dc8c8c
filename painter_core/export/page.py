"""The page that vectors are drawn on: which marks reach it, and what of a center line lies on it."""

from __future__ import annotations

import dataclasses

import numpy as np
import torch

from ..strokes import Strokes

#: Marks are no larger than this, in pixels: far beyond every page, and still a number that every program reads.
LARGEST = 1e7


def on_page(strokes: Strokes) -> Strokes:
    """The strokes whose marks reach the canvas; the others cannot be seen, and may lie where no program can count."""
    size = strokes.size.clamp(max=LARGEST)
    strokes = dataclasses.replace(strokes, size=size)
    reach = strokes.reach.double()[:, None]  # whatever their direction
    center, page = strokes.center.double(), torch.tensor(strokes.canvas).flip(0)
    reaching = ((center >= -reach) & (center <= page + reach)).all(dim=1)
    return strokes[reaching]


def clipped(starts: np.ndarray, ends: np.ndarray, page: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Which part of each line from `starts` to `ends` (N, 2) lies on a page of (height, width).

    Liang and Barsky, "A new concept and method for line clipping", 1984.

    Returns:
        (N,), (N,): where that part begins and ends, 0 at the line's start and 1 at its end; where nothing of a line
        lies on the page it begins behind its end.
    """
    way, size = ends - starts, np.array([page[1], page[0]], float)
    with np.errstate(divide="ignore", invalid="ignore"):
        first, second = -starts / way, (size - starts) / way
    enter, leave = np.minimum(first, second), np.maximum(first, second)
    still = way == 0  # along an axis on which a line does not move, it is there or it is not
    inside = (starts >= 0) & (starts <= size)
    enter = np.where(still, np.where(inside, -np.inf, np.inf), enter)
    leave = np.where(still, np.where(inside, np.inf, -np.inf), leave)
    return np.maximum(enter.max(axis=1), 0.0), np.minimum(leave.min(axis=1), 1.0)


def visible_part(center: np.ndarray, size: np.ndarray, angle: float, page: tuple[int, int]) -> np.ndarray | None:
    """What can be seen of a mark that is cut by the border of a page of (height, width).

    Args:
        center, size: (2,) x, y and length, width of the mark; angle: in radians.
    Returns:
        (4,): along from, along to, across from, across to, measured from the mark's middle in its own directions: the
        frame of what lies on the page. None if nothing does.
    """
    along = np.array([np.cos(angle), np.sin(angle)])
    across = np.array([-along[1], along[0]])
    corners = [center + a * size[0] / 2 * along + b * size[1] / 2 * across for a, b in _CORNERS]
    height, width = page
    for normal, limit in (((1, 0), width), ((-1, 0), 0), ((0, 1), height), ((0, -1), 0)):
        corners = _cut(corners, np.array(normal, float), float(limit))
    if not corners:
        return None
    places = np.array(corners) - center
    u, v = places @ along, places @ across
    return np.array([u.min(), u.max(), v.min(), v.max()])


_CORNERS = ((-1, -1), (1, -1), (1, 1), (-1, 1))


def _cut(corners: list[np.ndarray], normal: np.ndarray, limit: float) -> list[np.ndarray]:
    """The part of a convex polygon where `normal . point <= limit` (Sutherland and Hodgman, 1974)."""
    kept = []
    for i, point in enumerate(corners):
        before = corners[i - 1]
        here, there = normal @ point - limit, normal @ before - limit
        if (here < 0) != (there < 0):
            kept.append(before + (point - before) * there / (there - here))
        if here <= 0:
            kept.append(point)
    return kept


@dataclasses.dataclass(frozen=True)
class Line:
    """A center line on the page: x, y of its `start` and `end`, and its `width` in pixels.

    `square`: its ends are to reach over the points by half its width, so that no corner of the page stays bare.
    """

    start: np.ndarray
    end: np.ndarray
    width: float
    square: bool = False


def lines_on_page(
    center: np.ndarray, size: np.ndarray, angle: np.ndarray, page: tuple[int, int], *, round_ends: bool
) -> list[Line | None]:
    """The center line of each mark, as far as it lies on a page of (height, width): a pen must not leave the paper.

    Of a mark that is seen although its own line lies beside the page, it is the line of what is seen of it.

    Args:
        center, size, angle: (N, 2) x, y; (N, 2) length, width; (N,) radians.
        round_ends: whether lines end in half discs, which belong to the mark's length.
    Returns:
        for each mark its line, None if nothing of it is on the page.
    """
    ends = size[:, 1] if round_ends else 0.0
    # a line of no length has no direction, and some programs do not show it
    half = np.maximum(size[:, 0] - ends, LEAST)[:, None] / 2 * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    starts, stops = center - half, center + half
    enter, leave = clipped(starts, stops, page)
    whole = (enter <= 0) & (leave >= 1)
    found: list[Line | None] = [Line(*line) for line in zip(starts, stops, size[:, 1].tolist(), strict=True)]
    for i in np.flatnonzero(~whole).tolist():
        if leave[i] > enter[i]:
            way = stops[i] - starts[i]
            cut = Line(starts[i] + enter[i] * way, starts[i] + leave[i] * way, found[i].width)
            found[i] = cut if round_ends else _squared(cut, bool(enter[i] > 0), bool(leave[i] < 1))
        else:
            found[i] = _beside(center[i], size[i], float(angle[i]), page)
    return found


#: Length of the line of a mark without length, in pixels.
LEAST = 0.01


def _squared(line: Line, at_start: bool, at_end: bool) -> Line:
    """A line that was cut at one end or both, with square ends; the other end is taken back by what they add."""
    way = line.end - line.start
    length = float(np.linalg.norm(way))
    back = way / max(length, 1e-12) * line.width / 2
    if not (at_start and at_end) and length <= line.width / 2:
        return line
    start, end = line.start + (0 if at_start else back), line.end - (0 if at_end else back)
    return Line(start, end, line.width, square=True)


def _beside(center: np.ndarray, size: np.ndarray, angle: float, page: tuple[int, int]) -> Line | None:
    """The line of what is seen of a mark whose own line lies beside the page."""
    part = visible_part(center, size, angle, page)
    if part is None or part[1] - part[0] <= 0 or part[3] - part[2] <= 0:
        return None
    along = np.array([np.cos(angle), np.sin(angle)])
    middle = center + (part[2] + part[3]) / 2 * np.array([-along[1], along[0]])
    start, end = middle + part[0] * along, middle + part[1] * along
    enter, leave = clipped(start[None], end[None], page)
    if leave[0] <= enter[0]:
        return None
    way = end - start
    return Line(start + enter[0] * way, start + leave[0] * way, float(part[3] - part[2]))

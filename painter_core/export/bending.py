"""Outlines and center lines of marks that bend and taper, for vectors: points and curves laid along an arc."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

#: A cubic follows a part of an arc that turns by no more than this (radians): it is off by less than 1 / 1,000 of the
#: radius then.
MOST_TURN = 1.6
#: Places along a center line at which it is found out whether it lies on the page.
LOOKS = 65


@dataclass(frozen=True)
class Bent:
    """One mark.

    center, size: (2,) x, y and length, width in pixels; angle and bend in radians; taper: see `Strokes`.
    """

    center: np.ndarray
    size: np.ndarray
    angle: float
    bend: float
    taper: float

    def laid(self, points: np.ndarray) -> np.ndarray:
        """Points (..., 2) along and across in shares of the mark's length and width, from its middle, in pixels."""
        along, across = points[..., 0], points[..., 1] * self.size[1] * (1 + 2 * self.taper * points[..., 0])
        turn = self.bend * along
        chord = self.size[0] * along * np.sinc(turn / (2 * math.pi))
        way = self.angle + turn / 2
        spine = np.stack([chord * np.cos(way), chord * np.sin(way)], -1)
        normal = np.stack([-np.sin(self.angle + turn), np.cos(self.angle + turn)], -1)
        return self.center + spine + across[..., None] * normal

    def refined(self, loop: np.ndarray, apart: float) -> np.ndarray:
        """A polygon (n, 2) in shares with points added, so that its sides are no further than `apart` pixels from the
        arcs that they stand for."""
        after = np.roll(loop, -1, 0)
        share = np.abs(after[:, 0] - loop[:, 0])
        # a chord that turns by t over a way of l lies t l / 8 beside its arc
        sagitta = abs(self.bend) * self.size[0] * share**2 / 8
        parts = np.ceil(np.sqrt(sagitta / apart)).clip(1).astype(int)
        index = np.repeat(np.arange(len(loop)), parts)
        step = (np.arange(len(index)) - np.repeat(np.cumsum(parts) - parts, parts)) / parts[index]
        return loop[index] + step[:, None] * (after - loop)[index]

    def rounded(self, extent: float, corner: float) -> list[np.ndarray]:
        """The outline of a bar with rounded corners, bent: its first point (1, 2), then cubics (3, 2), quadratics (2,
        2) and straight lines (1, 2), each from where the last one ended, in pixels.

        extent, corner: of the bar, as shares of length and width.
        """
        half, inner = extent / 2, extent / 2 - corner
        pieces = max(1, math.ceil(abs(self.bend) * 2 * inner / MOST_TURN))
        there = np.linspace(-inner, inner, pieces + 1)
        drawn = [self.laid(np.array([[-inner, -half]]))]
        for side in (-half, half):  # there along one side, back along the other
            drawn += [self._edge(start, end, side) for start, end in pairwise(there)]
            # a corner's handle is the corner of the sharp bar; ends go straight across
            end = math.copysign(half, there[-1])
            corners = (
                [[end, side], [end, side * inner / half]],
                [[end, -side * inner / half]],
                [[end, -side], [there[-1], -side]],
            )
            drawn += [self.laid(np.array(points)) for points in corners]
            there = there[::-1]
        return drawn

    def _edge(self, start: float, end: float, across: float) -> np.ndarray:
        """A cubic along the mark (3, 2): its handles and its end, from the directions at both ends."""
        ends = np.array([[start, across], [end, across]])
        first, last = self.laid(ends)
        third = (end - start) / 3 * self._way(ends)
        return np.stack([first + third[0], last - third[1], last])

    def _way(self, points: np.ndarray) -> np.ndarray:
        """The derivative (n, 2) of `laid` by the place along the mark at points (n, 2)."""
        along, across = points[:, 0], points[:, 1] * self.size[1]
        direction = self.angle + self.bend * along
        tangent = np.stack([np.cos(direction), np.sin(direction)], -1)
        normal = np.stack([-np.sin(direction), np.cos(direction)], -1)
        forth = self.size[0] - across * (1 + 2 * self.taper * along) * self.bend
        return forth[:, None] * tangent + (2 * self.taper * across)[:, None] * normal

    def parts_on(self, page: tuple[int, int], ends: float) -> list[tuple[float, float]]:
        """Which parts of the center line lie on a page of (height, width): from, to, in lengths from the middle.

        ends: how much of its length is left out at both ends together, as a share.
        """
        reach = 0.5 * (1 - ends)
        shares = np.linspace(-reach, reach, LOOKS)
        inside = self._on(shares, page)
        if not inside.any():
            return []
        edges = np.flatnonzero(np.diff(inside.astype(int)))
        cuts = [self._border(float(shares[i]), float(shares[i + 1]), page) for i in edges]
        bounds = ([] if not inside[0] else [-reach]) + cuts + ([] if not inside[-1] else [reach])
        return list(zip(bounds[::2], bounds[1::2], strict=True))

    def _on(self, shares: np.ndarray, page: tuple[int, int]) -> np.ndarray:
        x, y = self.laid(np.stack([shares, np.zeros_like(shares)], -1)).T
        return (x >= 0) & (x <= page[1]) & (y >= 0) & (y <= page[0])

    def _border(self, one: float, other: float, page: tuple[int, int]) -> float:
        """The last place on the page between two, one of which is on it."""
        here, there = (one, other) if self._on(np.array([one]), page)[0] else (other, one)
        for _ in range(20):
            middle = (here + there) / 2
            here, there = (middle, there) if self._on(np.array([middle]), page)[0] else (here, middle)
        return here

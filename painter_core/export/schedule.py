"""When each stroke of a time-lapse is seen: the order, and how the time is shared out."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from ..edit.order import ORDERS, ordered
from ..strokes import Strokes
from ..wording import shown

#: How the process gathers speed, the default first.
EASINGS = ("none", "slow start", "slow end", "both")
#: How much of the time is shared out by what is seen of the strokes, the rest equally. Coarse strokes cover much, so
#: they are seen one after the other, and the thousands of fine ones go by quickly.
TIME_BY_AREA = 0.8
#: Long side in pixels of the small canvas on which it is found out how much is seen of each stroke.
LOOK_SIDE = 160
#: Marks that turn by less than this are straight on it, in radians.
STRAIGHT = 0.05
#: With more strokes than this their areas alone share out the time: looking at each takes 20 microseconds.
MOST_LOOKED_AT = 100_000


def schedule(
    strokes: Strokes,
    count: int,
    *,
    order: str = ORDERS[0],
    easing: str = EASINGS[0],
    mask: Tensor | None = None,
    on_stroke: Callable[[], None] | None = None,
) -> tuple[Tensor, list[int]]:
    """Which strokes each of `count` pictures shows.

    Args:
        order, mask: as `ordered` takes them (`by`, `mask`).
        easing: one of EASINGS.
        on_stroke: called often; what it raises passes through: a way to cancel.
    Returns:
        (N,) int64 on the CPU, the strokes in the order in which they appear; and how many of them each picture shows,
        from none to all (a single picture shows all).
    Raises:
        ValueError: an unknown order or easing, a mask that does not fit.
    """
    _check(easing)
    turn, ends = _turns(strokes, order, mask, on_stroke)
    n = len(turn)
    if n == 0 or count == 1:
        return turn, [n] * count
    times = eased(torch.linspace(0, 1, count, dtype=torch.float64), easing) * ends[-1]
    shown = torch.searchsorted(ends, times, right=True).tolist()
    return turn, [*shown[:-1], n]


def moments(
    strokes: Strokes,
    *,
    order: str = ORDERS[0],
    easing: str = EASINGS[0],
    mask: Tensor | None = None,
    on_stroke: Callable[[], None] | None = None,
) -> tuple[Tensor, Tensor]:
    """When each stroke is seen, for whoever shows the process at moments of their own.

    Args and errors as of `schedule`.
    Returns:
        (N,) int64 on the CPU, the strokes in the order in which they appear; (N,) float64, what share of the time is
        over when each of them is there: ascending, the last one 1.
    """
    _check(easing)
    turn, ends = _turns(strokes, order, mask, on_stroke)
    return turn, _uneased(ends / ends[-1:], easing)


def _check(easing: str) -> None:
    if easing not in EASINGS:
        raise ValueError(f"there is no easing {shown(easing)}; choose one of: {', '.join(EASINGS)}")


def _turns(
    strokes: Strokes, order: str, mask: Tensor | None, on_stroke: Callable[[], None] | None
) -> tuple[Tensor, Tensor]:
    """(N,) the strokes in the order in which they appear, and (N,) when each is there without easing: ascending, the
    last one 1 but for rounding."""
    strokes = strokes.detach().to("cpu")
    mask = None if mask is None else mask.detach().cpu()
    # sorted without looking at what covers what: a picture shows its strokes in the order of the painting anyway
    turn = ordered(strokes, order, mask=mask, same_picture=False)
    n = len(strokes)
    seen = _area(strokes)
    if order != ORDERS[0] and n <= MOST_LOOKED_AT:
        seen = seen * _seen_shares(strokes, turn, on_stroke)
    seen = seen[turn]
    return turn, torch.cumsum(TIME_BY_AREA * seen / seen.sum().clamp(min=1e-12) + (1 - TIME_BY_AREA) / max(1, n), dim=0)


def eased(time: Tensor, easing: str) -> Tensor:
    """How far the process is (0 to 1) when a share `time` (0 to 1) of the time is over: parabolas, and smoothstep."""
    if easing == "slow start":
        return time**2
    if easing == "slow end":
        return 1 - (1 - time) ** 2
    if easing == "both":
        return time**2 * (3 - 2 * time)
    return time


def _uneased(progress: Tensor, easing: str) -> Tensor:
    """The time at which the process is so far: what `eased` is the inverse of, each in [0, 1]."""
    progress = progress.clamp(0, 1)
    if easing == "slow start":
        return progress.sqrt()
    if easing == "slow end":
        return 1 - (1 - progress).sqrt()
    if easing == "both":
        return 0.5 - torch.sin(torch.asin(1 - 2 * progress) / 3)
    return progress


def _area(strokes: Strokes) -> Tensor:
    """(N,) float64 area of each mark; one beyond the canvas shows no more than the canvas."""
    height, width = strokes.canvas
    return strokes.size.to(torch.float64).prod(dim=1).clamp(max=float(height * width))


def _seen_shares(strokes: Strokes, turn: Tensor, on_stroke: Callable[[], None] | None) -> Tensor:
    """(N,) float64: what share of each mark is seen at the moment when it appears.

    In another order than the painter's a mark may appear below others. Found on a small canvas, with marks as plain
    rectangles or parts of rings, that remembers for every pixel which mark is on top so far.
    """
    scale = min(1.0, LOOK_SIDE / max(strokes.canvas))
    height, width = (max(1, round(side * scale)) for side in strokes.canvas)
    top = np.full((height, width), -1, np.int64)
    center, half = (strokes.center * scale).double().numpy(), (strokes.size * scale / 2).double().clamp(min=0.5).numpy()
    cos, sin = strokes.angle.double().cos().numpy(), strokes.angle.double().sin().numpy()
    bend, shares = strokes.bend.double().numpy(), np.zeros(len(strokes))
    for i in turn.tolist():
        if on_stroke is not None:
            on_stroke()
        (x, y), (along, across) = center[i], half[i]
        reach_x, reach_y = abs(cos[i]) * along + abs(sin[i]) * across, abs(sin[i]) * along + abs(cos[i]) * across
        if bend[i]:
            reach_x = reach_y = math.hypot(along, across)
        left, right = max(0, math.floor(x - reach_x)), min(width, math.ceil(x + reach_x))
        upper, lower = max(0, math.floor(y - reach_y)), min(height, math.ceil(y + reach_y))
        if left >= right or upper >= lower:
            continue
        dx, dy = np.arange(left, right) + 0.5 - x, (np.arange(upper, lower) + 0.5 - y)[:, None]
        u, v = dx * cos[i] + dy * sin[i], dy * cos[i] - dx * sin[i]
        if abs(bend[i]) > STRAIGHT:
            # on a ring around the middle of its arc, within half its turn from its middle
            radius = 2 * along / abs(bend[i])
            v = radius - v * np.sign(bend[i])
            inside = (np.abs(np.hypot(u, v) - radius) <= across) & (np.abs(np.arctan2(u, v)) <= abs(bend[i]) / 2)
        else:
            inside = (np.abs(u) <= along) & (np.abs(v) <= across)
        part = top[upper:lower, left:right]
        seen = inside & (part < i)
        shares[i] = np.count_nonzero(seen) / max(1, np.count_nonzero(inside))
        part[seen] = i
    return torch.from_numpy(shares)

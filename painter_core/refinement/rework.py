"""Refining a painting: polish all strokes together, take out those that help least, plant others where it is wrong.

The network proposes strokes for what is still wrong with the painting as it is now; they are laid on top, everything is
weighed against everything else, and the least worthy go, old or new. In between all strokes are polished.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor

from ..manner import Manner
from ..rendering.color_fit import LARGEST, refit_colors
from ..rendering.raster import render
from ..strokes import Strokes
from .joining import joined
from .polish import polish
from .pull import Forms
from .removal import strongest
from .view import View, mixed

#: Pixels for each stroke: of the views in which strokes find their places, come to their form, and are finished.
ROUGH, MIDDLE, FINE = 64, 128, 300
#: Pixels that the first and the last of these views have at least: few strokes have edges too.
ROUGH_PIXELS, FINE_PIXELS = 3 << 15, 1 << 18
#: Share of the last steps that are taken in the middle view where the fine one has more pixels than this: there the
#: same in the fine one would take much longer and give little.
IN_THE_MIDDLE, LARGE = 0.75, 3 << 17
#: Least and most pixels of a view (above, looking takes too long; the strokes are finished in a reduced picture).
LEAST_PIXELS, MOST_PIXELS = 64 * 64, 3 << 19
#: Shares of the steps: before the first replanting, between replantings, and (the rest) at the end.
FIRST, BETWEEN = 0.15, 0.5
#: Steps that are worth a replanting, and most replantings.
STEPS_A_ROUND, MOST_ROUNDS = 6, 12
#: New strokes that are planted at a time, as a share of all.
PLANTED = 0.2


#: Adds at most so many strokes on top of others, where those are wrong, and returns all of them.
Plant = Callable[[Strokes, int], Strokes]


def rework(
    strokes: Strokes,
    view: View,
    manner: Manner,
    plant: Plant,
    steps: int,
    *,
    forms: Forms | None = None,
    drawn: Tensor | None = None,
    check_cancelled: Callable[[], None] = lambda: None,
    on_step: Callable[[], None] = lambda: None,
) -> Strokes:
    """Refine the strokes of a painting.

    Args:
        strokes: N of them; they keep their brushes.
        view: target, ground and weights in the picture's own size.
        manner: what strokes may be, and how much they follow `forms` (None: nothing to follow).
        plant: adds proposals on top of the strokes it is given; who makes them is none of the refinement's business.
        steps: how often all strokes are linearized and moved, 1 or more.
        drawn: (3, h, w) how the strokes look at some size, if that is known.
        check_cancelled: called often, on_step: after every step; what they raise passes through: a way to cancel.
    Returns:
        At most N strokes, never with a larger squared error, weighted as the view says. What counts is how both look in
        the view reduced to LARGEST pixels or fewer, each stroke in the color half way between its two (`mixed`): at
        full size and with both colors an error may come out a little larger.
    """
    return _Rework(view, manner, plant, forms, check_cancelled, on_step).run(strokes, steps, drawn)


@dataclass(frozen=True)
class _Rework:
    """What stays the same through one refinement; see `rework`."""

    view: View
    manner: Manner
    plant: Plant
    forms: Forms | None
    check_cancelled: Callable[[], None]
    on_step: Callable[[], None]

    def run(self, before: Strokes, steps: int, drawn: Tensor | None) -> Strokes:
        count = len(before)
        rounds = min(MOST_ROUNDS, steps // STEPS_A_ROUND)
        first = math.ceil(FIRST * steps)
        between = int(BETWEEN * steps) // rounds if rounds else 0
        rough, fine = self._view(max(ROUGH * count, ROUGH_PIXELS)), self._view(max(FINE * count, FINE_PIXELS))
        strokes = self._polished(mixed(before), rough, first, judged=False)
        price = 0.0
        for _ in range(rounds):
            strokes, price = self._replanted(strokes, rough, count, price)
            strokes = self._polished(strokes, rough, between, judged=False)
        last = steps - first - rounds * between
        coarser = int(IN_THE_MIDDLE * last) if fine.size[0] * fine.size[1] > LARGE else 0
        if coarser:
            strokes = self._polished(strokes, self._view(MIDDLE * count), coarser, judged=False)
        strokes = self._polished(strokes, fine, last - coarser)
        return self._judged(strokes, before, drawn)

    def _view(self, pixels: int) -> View:
        view = self.view.resized(min(MOST_PIXELS, max(LEAST_PIXELS, pixels)))
        self.check_cancelled()
        return view

    def _polished(self, strokes: Strokes, view: View, steps: int, judged: bool = True) -> Strokes:
        if not steps:
            return strokes
        return polish(
            strokes, view, None, self.manner, self.forms, steps, self.check_cancelled, self.on_step, judged=judged
        )

    def _replanted(self, strokes: Strokes, view: View, count: int, price: float) -> tuple[Strokes, float]:
        """With strokes planted where the painting is wrong, and as many taken out again: whichever are worth least.

        Strokes that continue each other are joined first where that costs less than `price`. Returns what the best one
        that was taken out was worth: the next price.
        """
        if price > 0:
            strokes = joined(strokes, view, price, self.manner.aspect[1], self.check_cancelled)
        strokes = self.plant(strokes, max(1, int(PLANTED * count)) + count - len(strokes))
        kept, price = strongest(strokes, view, None, count, self.check_cancelled)
        return strokes[kept], price

    def _judged(self, strokes: Strokes, before: Strokes, drawn: Tensor | None) -> Strokes:
        """The strokes in their best colors, or those of before if these come no closer to the target."""
        view = self.view.resized(LARGEST)
        after, seen = refit_colors(strokes, view.target, None, view.size, view.ground, self.check_cancelled)
        if drawn is None or tuple(drawn.shape[1:]) != view.size:
            drawn = render(mixed(before), size=view.size, ground=view.ground, on_band=self.check_cancelled)
        return mixed(after, -1) if float(view.errors(seen).sum()) <= float(view.errors(drawn).sum()) else before

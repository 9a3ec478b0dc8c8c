"""Refining a painting: polish all strokes together, take out those that help least, plant others where it is wrong.

The network proposes strokes for what is still wrong with the painting as it is now; they are laid on top, everything is
weighed against everything else, and the least worthy go, old or new. In between all strokes are polished.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from torch import Tensor

from ..rendering.color_fit import LARGEST, refit_colors
from ..rendering.raster import render
from ..strokes import Strokes
from .polish import polish
from .pull import Forms
from .removal import strongest
from .view import View, mixed

if TYPE_CHECKING:
    from ..painting.session import Painting

#: Pixels for each stroke: of the views in which strokes find their places, come to their form, and are finished.
ROUGH, MIDDLE, FINE = 64, 128, 300
#: Share of the last steps that are taken in the middle view: the same in the fine one would give no more.
IN_THE_MIDDLE = 0.75
#: Least and most pixels of a view (above, looking takes too long; the strokes are finished in a reduced picture).
LEAST_PIXELS, MOST_PIXELS = 64 * 64, 3 << 19
#: Shares of the steps: before the first replanting, between replantings, and (the rest) at the end.
FIRST, BETWEEN = 0.15, 0.5
#: Steps that are worth a replanting, and most replantings.
STEPS_A_ROUND, MOST_ROUNDS = 6, 12
#: New strokes that are planted at a time, as a share of all.
PLANTED = 0.2


def rework(painting: Painting, steps: int) -> Strokes:
    """Refine a painting in the making, with `steps` looks at all strokes; see `Rework`."""
    weight = None
    if painting.detail is not None:
        weight = painting.weights() / painting.weights().mean()
    forms = Forms(painting.picture, painting.breathe) if painting.options.manner.flow else None
    return Rework(painting, steps, forms, View(painting.goal(), painting.below(), weight)).run()


@dataclass
class Rework:
    """One refinement.

    Attributes:
        painting: whose strokes are refined; steps: how many looks; forms: what strokes follow, None for nothing.
        view: goal, ground and weights in the picture's own size.
    """

    painting: Painting
    steps: int
    forms: Forms | None
    view: View

    def run(self) -> Strokes:
        """The refined strokes: at most as many as before, never with a larger error."""
        before, drawn = self.painting.strokes, self.painting.seen
        self.painting.strokes = mixed(before)
        count = len(before)
        rounds = min(MOST_ROUNDS, self.steps // STEPS_A_ROUND)
        first = math.ceil(FIRST * self.steps)
        between = int(BETWEEN * self.steps) // rounds if rounds else 0
        rough, middle, fine = (self._view(pixels * count) for pixels in (ROUGH, MIDDLE, FINE))
        self._polish(rough, first, judged=False)
        for _ in range(rounds):
            self._replant(rough, count)
            self._polish(rough, between, judged=False)
        last = self.steps - first - rounds * between
        coarser = int(IN_THE_MIDDLE * last) if middle.size != fine.size else 0
        self._polish(middle, coarser, judged=False)
        self._polish(fine, last - coarser)
        return self._judged(before, drawn)

    def _view(self, pixels: int) -> View:
        return self.view.resized(min(MOST_PIXELS, max(LEAST_PIXELS, pixels)))

    def _polish(self, view: View, steps: int, judged: bool = True) -> None:
        painting = self.painting
        if steps:
            manner = painting.options.manner
            painting.strokes = polish(
                painting.strokes, view, None, manner, self.forms, steps, painting.breathe, painting.advance,
                judged=judged,
            )  # fmt: skip

    def _replant(self, view: View, count: int) -> None:
        """Plant strokes where the painting is wrong, and take as many out again: whichever are worth least."""
        painting = self.painting
        painting.plant(max(1, int(PLANTED * count)))
        kept = strongest(painting.strokes, view, None, count, painting.breathe)
        painting.strokes = painting.strokes[kept]

    def _judged(self, before: Strokes, drawn: Tensor | None) -> Strokes:
        """The strokes in their best colors, or those of before if these come no closer to the goal.

        Args:
            drawn: (3, h, w) how those of before look at some size, if that is known.
        """
        painting, view = self.painting, self.view.resized(LARGEST)
        after, seen = refit_colors(painting.strokes, view.target, None, view.size, view.ground, painting.breathe)
        if drawn is None or tuple(drawn.shape[1:]) != view.size:
            drawn = render(mixed(before), size=view.size, ground=view.ground, on_band=painting.breathe)
        return mixed(after, -1) if _error(seen, view) <= _error(drawn, view) else before


def _error(seen: Tensor, view: View) -> float:
    """Squared error of a painting that looks so (3, h, w) in that view, weighted."""
    wrong = (seen - view.target).square().sum(0)
    return float((wrong if view.weight is None else wrong * view.weight).sum())

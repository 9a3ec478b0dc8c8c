"""A painting in the making: the passes over its levels, and what is kept of each."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import torch
from torch import Tensor

from ..brushes.brush import get_brush
from ..images import fitted_size, resized, size_of
from ..predictor.base import StrokePredictor
from ..progress import OnStep
from ..refinement.pull import Forms
from ..refinement.rework import rework
from ..refinement.view import View
from ..rendering.atlas import atlas_of
from ..rendering.color_fit import LARGEST, refit_colors
from ..rendering.raster import render
from ..strokes import Strokes
from ..threads import each
from .block_in import block_in
from .budget import best, worthwhile
from .laying import WINDOWS_AT_ONCE, Board, Laid
from .levels import Grid, finest_level, patch_errors, worked_size
from .paint_options import PaintOptions
from .proposals import TURNS, propose

#: Patches whose mean squared error is below this are finished (a standard deviation of 1 / 255).
FINISHED = (1 / 255) ** 2
#: A stroke must lower the squared error, summed over pixels and channels, by eight times that of two 8-bit steps.
LEAST_GAIN = 8 * (2 / 255) ** 2
#: A patch is looked at if its squared error is this many times what a stroke has to gain.
WORTH_A_LOOK = 3.5
#: So many strokes are hoped for from a patch: no more patches are looked at than the rest of the budget needs, the
#: worst first.
STROKES_A_PATCH = 5
#: Pixels along the long side above which a picture's own pixels are fine enough for patches of 32 of them.
LARGE = 1024
#: With fewer pixels for each stroke, strokes have to be smaller than patches of the picture's own pixels make them.
CROWDED = 70
#: ... and with fewer in a large one, as small as they are elsewhere.
DENSE = 280
#: Levels whose patches start at a random place; finer ones have so many borders that it would only cost patches.
LEVELS_AT_RANDOM = 4
#: Rounds over the finest level after its two passes, while the budget is not used up: expected, and at most.
PLANNED_EXTRAS, MOST_EXTRAS = 2, 40
#: The finest levels are planted with strokes when a painting is refined.
LEVELS_PLANTED = 3
#: Weight of a stroke's gain where the detail map is 0; where it is 1 the weight is 1.
LEAST_DETAIL = 0.02


def last_level(height: int, width: int, patch: int, strokes: int) -> int:
    """The finest level worth painting: no finer than the budget could fill, and finer than the picture's own pixels by
    one level, by two for budgets that could not be spent there; for large pictures only if strokes are dense there."""
    area = height * width
    beyond = int(strokes > area // DENSE) if max(height, width) > LARGE else 1 + (strokes > area // CROWDED)
    return min(finest_level(height, width, patch) + beyond, math.ceil(math.log(strokes, 4)))


def planned(last: int, refine: int) -> int:
    """Steps that a painting down to level `last` and its refinement are expected to take."""
    return 2 * (last + 1) + PLANNED_EXTRAS + refine


@dataclass
class Painting:
    """One painting in the making; see `painter.paint` for what the fields mean."""

    picture: Tensor
    predictor: StrokePredictor
    options: PaintOptions
    canvas: Tensor | None
    detail: Tensor | None
    mask: Tensor | None
    on_step: OnStep | None
    generator: torch.Generator = field(init=False)

    def __post_init__(self) -> None:
        given = (self.canvas, self.detail, self.mask)
        self.canvas, self.detail, self.mask = (None if each is None else each.float() for each in given)
        self.generator = torch.Generator().manual_seed(self.options.seed % 2**64)
        self.brush = get_brush(self.options.brush)
        self.atlas = atlas_of(self.brush, self.picture.device)
        height, width = self.picture.shape[1:]
        ground = self.picture.mean((1, 2)).clamp(0, 1)
        if self.options.manner.ground is not None:
            ground = torch.tensor(self.options.manner.ground)
        self.strokes = Strokes.empty((height, width), ground.cpu(), (self.brush,)).to(self.picture.device)
        self.gains = torch.zeros(0, device=self.picture.device)
        self.last = last_level(height, width, self.predictor.patch, self.options.strokes)
        self.least = LEAST_GAIN
        self.seen: Tensor | None = None
        self._seen_at: Tensor | None = None
        self.done = 0
        self.budget = self.options.strokes
        self.total = planned(self.last, self.options.refine)

    def finish(self) -> Strokes:
        """Paint, refine if that is asked for, vary."""
        self._paint()
        if self.options.refine and len(self.strokes):
            self.strokes = self._reworked()
        self.strokes = self.options.manner.varied(self.strokes, self.generator)
        if self.canvas is not None:
            self.strokes = self.strokes.replace(ground=self.canvas.clamp(0, 1))
        self._step(self.total, None)
        return self.strokes

    def refine(self, strokes: Strokes) -> Strokes:
        """Refine finished strokes, instead of painting, with as many steps as the options say."""
        self.strokes, self.total = strokes, self.options.refine + 1
        self.strokes = self._reworked()
        self._step(self.total, None)
        return self.strokes

    def _reworked(self) -> Strokes:
        """The strokes, refined with as many steps as the options say."""
        weight = None if self.detail is None else self.weights() / self.weights().mean()
        manner = self.options.manner
        forms = Forms(self.picture, self.check_cancelled) if manner.flow else None
        view = View(self.target(), self.underpainting(), weight)
        return rework(
            self.strokes, view, manner, self.planted, self.options.refine,
            forms=forms, drawn=self.seen, check_cancelled=self.check_cancelled, on_step=self.advance,
        )  # fmt: skip

    def planted(self, strokes: Strokes, number: int) -> Strokes:
        """`strokes` with at most `number` more on top of them, those that help most against what is wrong with them."""
        self.strokes = strokes
        self.plant(number)
        return self.strokes

    def plant(self, number: int) -> None:
        """Add the `number` strokes that help most against what is wrong with the painting now, on top of it."""
        before = len(self.strokes)
        self.gains = torch.full((before,), math.inf, device=self.picture.device)
        self.least, self.seen, self.budget = LEAST_GAIN, None, before + number
        levels = range(max(0, self.last - LEVELS_PLANTED + 1), self.last + 1)
        # all strokes are drawn once; the coarser levels have it reduced, and get the strokes of each other drawn on it
        whole = self._drawn(self.strokes, self._drawn_size(self.last), self.canvas)
        for level in levels:
            shift = int(torch.randint(self.predictor.patch, (), generator=self.generator))
            had, (size, _) = len(self.strokes), self._worked_at(level)
            after = self._pass(level, shift, resized(whole, size, "area"))
            if level < self.last:
                same = after.shape == whole.shape
                whole = after if same else self._drawn(self.strokes[had:], size_of(whole), whole)
        new = best(self.gains[before:], number) + before
        self._keep(torch.cat([torch.arange(before, device=new.device), new]))
        self.seen = None

    def _paint(self) -> None:
        """Paint all levels, then go over the finest one again until the budget is used up or nothing helps any more."""
        self._block_in()
        half, eighth = self.predictor.patch // 2, self.predictor.patch // 8
        # what the coarsest level would say, broad strokes have said
        for level in range(min(self.last, 1 if len(self.strokes) else 0), self.last + 1):
            before = len(self.strokes)
            # borders of large patches lie elsewhere at every level and for every seed, so that they never add up
            shift = int(torch.randint(2 * half, (), generator=self.generator)) if level < LEVELS_AT_RANDOM else 0
            canvas = self._pass(level, shift, None)
            self._pass(level, (shift + half) % (2 * half), canvas)
            self._spend(level, before)
            if level < self.last:
                self._refit(self._drawn_size(level + 1))
        idle = 0
        for extra in range(MOST_EXTRAS):
            before = len(self.strokes)
            if before >= self.options.strokes or idle > 1:
                break
            # ever smaller gains, from ever new places
            self.least = max(LEAST_GAIN, self.least / 4)
            self._pass(self.last, (3 * extra + 2) % 8 * eighth, None)
            self._spend(self.last, before)
            idle = 0 if len(self.strokes) > before or self.least > LEAST_GAIN else idle + 1
        self._refit(size_of(self.picture))

    def _refit(self, size: tuple[int, int]) -> None:
        """Give all strokes the colors that are best for what is seen of them now, at a size, or below it if large."""
        self._step(self.done, None)
        target, size = self.target(), fitted_size(size, LARGEST)
        self.strokes, self.seen = refit_colors(self.strokes, target, None, size, self.canvas, self.check_cancelled)

    def target(self) -> Tensor:
        """(3, H, W) what is to be seen: the picture, and where painting is not allowed, what is there already."""
        return self.picture if self.mask is None else torch.where(self.mask > 0.5, self.picture, self.underpainting())

    def _drawn_size(self, level: int) -> tuple[int, int]:
        """(height, width) at which the canvas of a level is drawn."""
        whole = size_of(self.picture)
        size, _ = self._worked_at(level)
        return size if max(size) < max(whole) else whole

    def underpainting(self) -> Tensor:
        """(3, H, W) what there was before the first stroke."""
        if self.canvas is not None:
            return self.canvas
        return self.strokes.ground_at(size_of(self.picture))

    def _block_in(self) -> None:
        """Cover a fresh canvas with broad strokes, unless the picture is as plain as its ground."""
        plain = (self.picture - self.strokes.ground[:, None, None]).square().sum(0).max() < FINISHED
        if self.canvas is not None or self.mask is not None or plain:
            return
        options = self.options
        ground = self.strokes.ground
        self.strokes = block_in(
            self.picture, options.strokes, self.brush, ground, self.generator, options.manner, self.check_cancelled
        )
        # never up for discussion: they are what keeps the ground from showing
        self.gains = torch.full((len(self.strokes),), math.inf, device=self.picture.device)

    def _spend(self, level: int, before: int) -> None:
        """Drop the strokes from index `before` on that are not worth their share of the budget."""
        left = self.options.strokes - before
        gains = self.gains[before:]
        least = worthwhile(gains, left, self.last - level)
        index = (gains > least).nonzero()[:, 0]
        if level == self.last:
            index = best(gains, left)
        self._keep(torch.cat([torch.arange(before, device=index.device), before + index]))
        # what is asked of strokes here will be asked of finer ones too: do not lay what would be dropped again
        self.least = max(LEAST_GAIN, least / 2)

    def _keep(self, index: Tensor) -> None:
        self.strokes, self.gains = self.strokes[index], self.gains[index]

    def _pass(self, level: int, shift: int, canvas: Tensor | None) -> Tensor:
        """One grid of patches over one level: predict, lay, keep what helps.

        Args:
            shift: how far before the picture's corner the first patch starts, in pixels of the level.
            canvas: (3, h, w) the painting so far at the size where this level is worked on, if it is known.
        Returns:
            The same with the new strokes.
        """
        size, patch = self._worked_at(level)
        target = self._picture_at(size)
        if canvas is None or size_of(canvas) != size:
            canvas = self._canvas(level)
        allowed = None
        if self.mask is not None:
            allowed = (resized(self.mask[None], size, "area") > 0.5).float()
            target = torch.where(allowed > 0, target, canvas)
        self._step(self.done, canvas)
        grid = Grid(*size, patch, shift * patch // self.predictor.patch)
        errors = patch_errors(grid, target, canvas, None if self.detail is None else self._weights_at(size))
        # a stroke gains only a part of what is wrong with its patch
        pixel = float(1 / self._scale(grid).prod())
        chosen = (errors > max(FINISHED * patch**2, WORTH_A_LOOK * self.least / pixel)).nonzero()
        limit = max(64, (self.budget - len(self.strokes)) // STROKES_A_PATCH)
        if len(chosen) > limit:
            chosen = chosen[best(errors[chosen[:, 0], chosen[:, 1]], limit)]
        self._step(self.done, canvas)
        if len(chosen):
            canvas = self._lay(level, grid, chosen, target, canvas, allowed)
        # planting for a refinement comes after all that
        self.done = max(self.done, min(self.done + 1, self.total - 1 - self.options.refine))
        return canvas

    def _lay(
        self, level: int, grid: Grid, chosen: Tensor, target: Tensor, canvas: Tensor, allowed: Tensor | None
    ) -> Tensor:
        """Predict strokes for the chosen patches (P, 2) and lay them, in turns of windows that do not overlap.

        Returns the canvas (3, h, w) with them.
        """
        board, manner = Board(grid, target, canvas, allowed), self.options.manner
        new = propose(
            self.predictor, grid, chosen, board, self._scale(grid), self.strokes, manner, self.generator,
            self.check_cancelled,
        )  # fmt: skip
        stamps = new.stamps(self.brush, self.atlas, max(self.picture.shape[1:]))
        # gains are counted in pixels of the picture, whatever the level
        weight = self._weight(new.places) * new.pixel
        results: list[Laid] = []

        def laid(part: Tensor) -> Laid:
            least = self.least / weight[part]
            return board.lay(new.chosen[part], self.atlas, stamps[new.rows(part)], least, manner.opacity)

        for turn in range(TURNS):
            members = (new.turn == turn).nonzero()[:, 0]
            parts = members.split(WINDOWS_AT_ONCE) if len(members) else ()
            results += each(laid, parts, lambda: self._step(self.done, grid.cropped(board.canvas)))
        keep = torch.cat([part.keep for part in results]).flatten()
        color = torch.cat([part.color for part in results]).flatten(0, 1)
        gain = (torch.cat([part.gain for part in results]) * weight).flatten()
        painted = new.strokes(keep, color, self.strokes.canvas, manner.opacity, level, self.brush)
        self.strokes = Strokes.concat([self.strokes, painted])
        self.gains = torch.cat([self.gains, gain[keep]])
        return grid.cropped(board.canvas)

    def _scale(self, grid: Grid) -> Tensor:
        """Pixels of the level per pixel of the picture in x and y: (2,)."""
        height, width = self.picture.shape[1:]
        return torch.tensor([grid.width / width, grid.height / height], device=self.picture.device)

    def _weight(self, center: Tensor) -> Tensor:
        """(P, S) how much a gain counts at each center (P, S, 2), by the detail map."""
        if self.detail is None:
            return torch.ones(center.shape[:2], device=center.device)
        height, width = self.detail.shape
        x = center[..., 0].long().clamp(0, width - 1)
        y = center[..., 1].long().clamp(0, height - 1)
        return LEAST_DETAIL + (1 - LEAST_DETAIL) * self.detail[y, x]

    def weights(self) -> Tensor:
        """(H, W) how much errors count at each place, by the detail map, which must be there."""
        return self._weights_at(size_of(self.picture))

    def _weights_at(self, size: tuple[int, int]) -> Tensor:
        if self.detail is None:
            raise ValueError("there is no detail map")
        return LEAST_DETAIL + (1 - LEAST_DETAIL) * resized(self.detail[None], size, "area")[0]

    def _picture_at(self, size: tuple[int, int]) -> Tensor:
        """(3, *size) the picture; kept, since most levels are gone over more than once."""
        if self._seen_at is None or size_of(self._seen_at) != tuple(size):
            self._seen_at = resized(self.picture, size, "area")
            self.check_cancelled()
        return self._seen_at

    def _canvas(self, level: int) -> Tensor:
        """(3, h, w) the painting so far at a level; where that is finer than the picture, enlarged like it."""
        drawn, (size, _) = self._drawn_size(level), self._worked_at(level)
        seen, self.seen = self.seen, None
        if seen is not None and size_of(seen) == drawn:
            return resized(seen, size, "area")
        return resized(self._drawn(self.strokes, drawn, self.canvas), size, "area")

    def _drawn(self, strokes: Strokes, size: tuple[int, int], ground: Tensor | None) -> Tensor:
        """(3, *size) strokes on a picture (3, h, w), or on their own ground."""
        ground = None if ground is None else resized(ground, size, "area")
        return render(strokes, size=size, ground=ground, on_band=self.check_cancelled)

    def _worked_at(self, level: int) -> tuple[tuple[int, int], int]:
        """(height, width) at which a level is worked on, and the side of its patches there."""
        return worked_size(*size_of(self.picture), self.predictor.patch, level)

    def check_cancelled(self) -> None:
        """A moment in which the painting can be cancelled."""
        self._step(self.done, None)

    def advance(self) -> None:
        """One more step of the refinement is done."""
        self.done = min(self.done + 1, self.total - 1)
        self._step(self.done, None)

    def _step(self, done: int, canvas: Tensor | None) -> None:
        if self.on_step:
            self.on_step(done, self.total, canvas)

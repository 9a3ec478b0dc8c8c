"""One frame of a film: carry the strokes, lay new ones where they are missing, take out as many, and shape what no
longer fits."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from ..images import resized
from ..painting.session import Painting
from ..refinement.linearization import linearize
from ..refinement.polish import improved
from ..refinement.pull import Forms
from ..refinement.removal import worths
from ..refinement.rework import FINE, LEAST_PIXELS, MOST_PIXELS
from ..refinement.view import View, mixed
from ..rendering.raster import render
from ..strokes import Strokes
from .carry import UNTOUCHED, carried
from .measure import compared_size
from .motion import Motion
from .presence import FADING, as_shown
from .state import State
from .tips import with_their_tips
from .visible import Visible

#: Strokes that may be laid anew in a frame besides those that went, as a share of those that lie where it changed.
RELAID = 0.05
#: A stroke no longer fits if its error is so much larger than when it was shaped: a share of that, and so many standard
#: deviations of what the noise makes of it.
WORN, SURE = 0.15, 4.0
#: Steps in which strokes that do not fit are shaped.
STEPS = 1
#: Share of such a step that all other strokes take where something changed: what is lost in carrying them adds up.
GENTLE = 0.5
#: Most that a color changes from one frame to the next.
SLOW = 0.015
#: What is carried changes its width by a larger share than this only if what it depicts grows or shrinks.
STRETCHED = 0.004
#: How far around what comes to light, or is covered, strokes come and go at once, in pixels of the flow.
PARTED = 3
#: Share of a stroke in such places from which on it goes at once.
TOUCHED = 0.05
#: Turns (radians) in one step beyond which length and width have changed places: no way lies between.
TURNED = 0.7
#: A new stroke takes an old one's place if it is worth so many times as much.
BETTER = 1.5
#: What is seen of a stroke that leaves counts so much beside what it is worth: wrong ones stay till others cover them.
STEADY = 4.0
#: Strokes of which less is seen, in pixels of the working size, are gone.
GONE = 0.25
#: How far around changed places strokes may be laid, as a share of the long side.
AROUND = 1 / 60


@dataclass
class FrameStep:
    """A frame's work.

    Attributes:
        painting: of the frame, with no strokes yet; it plants.
        state: as it stood after the last frame, but `shown` and what belongs to it are this frame's.
        motion: since the last frame; coherence: as in `FilmPainter`.
    """

    painting: Painting
    state: State
    motion: Motion
    coherence: float

    def run(self) -> State:
        """The state after this frame."""
        painting, state = self.painting, self.state
        painting.strokes = state.strokes  # and what they are painted on
        weight = None if painting.detail is None else painting.weights() / painting.weights().mean()
        size = compared_size(state.strokes.canvas, len(state.strokes))
        whole = View(painting.target(), painting.underpainting(), weight)
        view = whole.resized(size[0] * size[1])
        fine = whole.resized(min(MOST_PIXELS, max(LEAST_PIXELS, FINE * len(state.strokes))))
        strokes, moved = carried(state.strokes, self.motion)
        strokes = with_their_tips(state.strokes, strokes, STRETCHED)
        painting.check_cancelled()
        changed = self._resized(self.motion.changed, view.size)
        strokes = mixed(strokes)
        seen = Visible(strokes, view.size)
        affected = seen.means(changed[None])[:, 0] > UNTOUCHED
        gone = (seen.area < GONE) & (moved | affected | self._outside(strokes))
        strokes, state = self._replanted(strokes, state, gone, affected, changed, view)
        strokes, fit = self._shaped(strokes, state, changed, view, fine)
        return dataclasses.replace(state, strokes=mixed(strokes, -1), fit=fit)

    def _outside(self, strokes: Strokes) -> Tensor:
        """(N,) bool: does a stroke lie wholly outside of the canvas?"""
        height, width = strokes.canvas
        reach = strokes.reach
        x, y = strokes.center.unbind(1)
        return (x < -reach) | (x > width + reach) | (y < -reach) | (y > height + reach)

    def _replanted(
        self, strokes: Strokes, state: State, gone: Tensor, affected: Tensor, changed: Tensor, view: View
    ) -> tuple[Strokes, State]:
        """With new strokes where the picture needs them, and as many taken out: those that are worth least."""
        painting = self.painting
        n = len(strokes)
        number = int(gone.sum()) + math.ceil(RELAID * int(affected.sum()))
        if not number:
            return strokes, state
        whole = strokes.canvas
        reach = max(1, round(AROUND * max(whole)))
        place = F.max_pool2d(resized(changed[None], whole, "area")[None], 2 * reach + 1, 1, reach)[0, 0]
        given = painting.detail
        painting.strokes, painting.detail = strokes, place if given is None else given * place
        painting.plant(number)
        painting.detail = given
        both = painting.strokes
        new = len(both) - n
        parting = self._parting(both, view.size)
        presence = torch.cat([state.presence, parting[n:].clamp(1 / FADING, 1)])
        # old ones by what is seen now, new ones by what they will be
        fresh = torch.arange(len(both), device=presence.device) >= n
        asked = torch.cat([affected | gone, fresh[n:]])
        steady = STEADY * (parting < TOUCHED)
        worth = worths(as_shown(both, presence), view, None, painting.check_cancelled, steady=steady, only=asked)
        later = worths(both, view, None, painting.check_cancelled, only=fresh)
        worth = torch.where(fresh, later / BETTER, worth)
        # what lies where nothing changed stays, whatever it is worth
        worth[:n][~(affected | gone)] = math.inf
        leave = worth.argsort(stable=True)[:new]
        keep = torch.ones(len(both), dtype=torch.bool, device=leave.device)
        keep[leave] = False
        lively = torch.randn(new, 5, generator=painting.generator).to(state.lively)
        ids = torch.arange(state.next_id, state.next_id + new, device=leave.device)
        state = dataclasses.replace(
            state,
            ids=torch.cat([state.ids, ids])[keep],
            born=torch.cat([state.born, torch.full_like(ids, state.frame - 1)])[keep],
            fit=torch.cat([state.fit, state.fit.new_zeros(new)])[keep],
            lively=torch.cat([state.lively, lively])[keep],
            presence=presence[keep],
            next_id=state.next_id + new,
        )
        return both[keep], state

    def _parting(self, strokes: Strokes, size: tuple[int, int]) -> Tensor:
        """(N,) share of each stroke that lies where things come to light or are covered, looked at in (h, w): nothing
        is steady there."""
        motion = self.motion
        there = F.max_pool2d((motion.uncovered | motion.covered).float()[None], 2 * PARTED + 1, 1, PARTED)
        return Visible(strokes, size).means(self._resized(there[0], size)[None])[:, 0]

    def _shaped(
        self, strokes: Strokes, state: State, changed: Tensor, view: View, fine: View
    ) -> tuple[Strokes, Tensor]:
        """With those that no longer fit shaped again, and the error (N,) that each is to be held to."""
        painting = self.painting
        manner = painting.options.manner
        seen, error = self._errors(strokes, view)
        noise = self.motion.noise
        spread = SURE * 2 * error.sqrt() * noise / (3 * seen.area.clamp_min(1)).sqrt() + noise**2
        affected = seen.means(changed[None])[:, 0] > UNTOUCHED
        worn = error > state.fit * (1 + WORN) + spread
        active = affected & worn
        if not bool(affected.any()):
            return strokes, state.fit
        share = torch.where(active, 1.0, GENTLE * affected)
        forms = Forms(painting.picture) if manner.flow else None
        for _ in range(STEPS):
            told = linearize(strokes, fine, None, painting.check_cancelled, affected)
            after = held(strokes, improved(strokes, told, fine, manner, forms), share)
            strokes = with_their_tips(strokes, after)
        _, error = self._errors(strokes, view)
        return strokes, torch.where(active, error, state.fit)

    def _errors(self, strokes: Strokes, view: View) -> tuple[Visible, Tensor]:
        return errors_of(strokes, view.target, view.ground)

    @staticmethod
    def _resized(plane: Tensor, size: tuple[int, int]) -> Tensor:
        return (resized(plane[None].float(), size, "area")[0] > 0.01).float()


def errors_of(strokes: Strokes, target: Tensor, ground: Tensor | None) -> tuple[Visible, Tensor]:
    """What is seen of each stroke, and (N,) its mean squared error (over pixels and colors) against (3, h, w)."""
    size = (target.shape[1], target.shape[2])
    seen = Visible(strokes, size)
    wrong = (render(strokes, size=size, ground=ground) - target).square().mean(0)
    return seen, seen.means(wrong[None])[:, 0]


def held(before: Strokes, after: Strokes, share: Tensor) -> Strokes:
    """The strokes on their way from `before` to `after`: a share (N,) of it each, from 0, not at all, to 1.

    Colors move at most SLOW in each channel, whatever the share.
    """
    # shares of a way along which a stroke's length and width would change places make no sense
    turned = (after.angle - before.angle).abs() > TURNED
    share = torch.where(turned & (share < 1), 0.0, share)
    changes = {}
    for name in ("center", "size", "angle", "bend", "taper", "color"):
        then, now = getattr(before, name), getattr(after, name)
        if name == "color":
            now = torch.minimum(torch.maximum(now, then - SLOW), then + SLOW)
        part = share.view(-1, *[1] * (now.ndim - 1))
        # to the last bit at both ends
        changes[name] = torch.where(part >= 1, now, torch.where(part <= 0, then, then + part * (now - then)))
    return dataclasses.replace(after, **changes)

"""The method `lapstyle`: a draft at a low resolution, revised from coarse to fine.

Lin, Ma, Li, He, Li, Ding, Wang, Li, Gao, "Drafting and revision: Laplacian pyramid network for fast high-quality
artistic style transfer" (CVPR 2021): one network drafts the stylised picture at a low resolution, where broad patterns
can be moved; others, one for each size, add to it what is missing as residuals in a Laplacian pyramid of the content.
Theirs are trained for one style each. Here any picture is a style: the draft is another method's, which takes any, and
the residuals are not guessed by a network but found by a short optimisation (`revision`), which takes seconds.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import Tensor

from .distances import Style, measured, style_of
from .revision import Goal, Level, enlarged, revised

if TYPE_CHECKING:
    from .methods import Look, Maker, OnPart

#: The sizes that are worked on. The first settles colours and broad strokes, the second adds texture to them.
LEVELS = (
    Level(pixels=256 * 256, steps=25, parts=16, reach=0.02, fine=0.5),
    Level(pixels=512 * 512, steps=10, parts=3, reach=0.015, fine=0.4),
)
#: How much of the draft's lightness the revision starts with, the rest being the content's; colours are the draft's.
DRAFTED = 0.5
#: In a film: change of the content's colour (root of the mean square around a place) below which a place counts as
#: the same, and side in pixels of what counts as around it.
STILL, AROUND = 0.03, 9
#: Steps for a frame in which little changed, as a share of all; nothing is done for one in which nothing did.
FEWEST = 0.2


class LapStyle:
    """Gives pictures a style that is known; a `Look`."""

    def __init__(self, styles: Sequence[Tensor], *, film: bool = False, draft: Maker) -> None:
        """Args:
            styles: (3, h, w) in [0, 1] of any size, which count alike.
            film: calls are for the frames of one film: where the content stays, the picture stays.
            draft: makes the look that drafts, from the same styles, at the first of LEVELS.
        """  # fmt: skip
        with torch.inference_mode(False), torch.no_grad():
            # copies made outside of inference mode are plain tensors, which gradients can meet
            self._styles = [one.float().clone() for one in styles]
            self._draft: Look = draft(self._styles, film=film)
        self._wanted: dict[tuple[int, torch.device], Style] = {}
        self._film, self._frames = film, {}

    def __call__(self, content: Tensor, on_part: OnPart | None = None) -> Tensor:
        """A (3, H, W) picture in [0, 1] -> a new one of that size; any device.

        A picture larger than the last of LEVELS is worked on at that size, and the change enlarged: it keeps its own
        finest detail.

        Args:
            on_part: called between steps with (steps done, steps in all); what it raises passes through.
        """
        total = sum(level.steps for level in LEVELS)

        def tell(done: float) -> None:
            if on_part:
                on_part(round(done), total)

        with torch.inference_mode(False), torch.no_grad():
            picture = content.float().clone()
            small = measured(picture, LEVELS[0].pixels)
            tell(0)
            change, done = self._draft(small, lambda *part: tell(0)) - small, 0
            change -= (1 - DRAFTED) * change.mean(0)
            for number, level in enumerate(LEVELS):
                small = measured(picture, level.pixels)
                if number and small.shape == change.shape:
                    break  # a small picture has no more to give
                start = (small + enlarged(change, small.shape[1:])).clamp(0, 1)

                def share(part: float, done: int = done, steps: int = level.steps) -> None:
                    tell(done + part * steps)

                change = self._revised(number, small, start, share) - small
                done += level.steps
            tell(total)
            change = enlarged(change, picture.shape[1:]) if change.shape != picture.shape else change
            return picture.add_(change).clamp_(0, 1)

    def _revised(self, number: int, content: Tensor, start: Tensor, tell: Callable[[float], None]) -> Tensor:
        """The picture (3, h, w) at the end of a level; `tell` takes the share of it that is done."""
        level, before = LEVELS[number], self._frames.get(number)
        free, steps = torch.ones_like(content[:1]), level.steps
        if before is not None and before.content.shape == content.shape and before.content.device == content.device:
            free = before.changed(content)
            start = (before.picture + content - before.content).lerp(start, free).clamp(0, 1)
            steps = math.ceil(level.steps * (FEWEST + (1 - FEWEST) * float(free.mean()))) if free.any() else 0
        made = start
        if steps:
            goal = Goal(content, self._style(level.pixels, content.device))
            made = revised(start, goal, level, free, steps, lambda step: tell(step / steps))
        if self._film:
            self._frames[number] = Frame(content, made)
        return made

    def _style(self, pixels: int, device: torch.device) -> Style:
        """The statistics that are wanted of a picture of about so many pixels; worked out once."""
        key = (pixels, device)
        if key not in self._wanted:
            self._wanted[key] = Style.mean([style_of(one.to(device), pixels) for one in self._styles])
        return self._wanted[key]


@dataclass(frozen=True)
class Frame:
    """A frame of a film at the size of one level, before and after; both (3, h, w)."""

    content: Tensor
    picture: Tensor

    def changed(self, content: Tensor) -> Tensor:
        """(1, h, w) from 0 where the next content is the same around a place to 1 where it is another."""
        off = (content - self.content).square().mean(0, keepdim=True)
        off = F.avg_pool2d(off, AROUND, 1, AROUND // 2, count_include_pad=False)
        return (off.sqrt() / STILL - 0.5).clamp(0, 1)  # noise of less than half of it moves nothing

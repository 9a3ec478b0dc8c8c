"""A draft by a network, revised: what the methods `fast`, `adaattn` and `lapstyle` have in common.

Lin, Ma, Li, He, Li, Ding, Wang, Li, Gao, "Drafting and revision: Laplacian pyramid network for fast high-quality
artistic style transfer" (LapStyle, CVPR 2021): one network drafts the stylised picture at a low resolution, where broad
patterns can be moved; others, one for each size, add to it what is missing as residuals in a Laplacian pyramid of the
content. Theirs are trained for one style each. Here any picture is a style: the draft is of a network that takes any,
and the residuals are not guessed by a network but found by a short optimisation (`revision`). Sizes and steps are
those of a `Plan`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor

from ..networks.distances import Style, measured, style_of
from ..networks.revision import Target, enlarged, revised
from ..protocol import MakeTransform, OnPart, StyleTransform
from .plan import UNIT, Plan, Plans

#: In a film: change of the content's color (root of the mean square around a place) below which a place counts as
#: the same, and side in pixels of what counts as around it.
STILL, AROUND = 0.03, 9
#: Steps for a frame in which little changed, as a share of all; nothing is done for one in which nothing did.
FEWEST = 0.2
#: Where the draft of the last frame is kept; levels have their numbers.
DRAFT = -1


def revised_transform(
    plans: Plans, draft: Callable[..., StyleTransform], styles: Sequence[Tensor], *, film: bool = False
) -> StyleTransform:
    """The transform of a method that revises a draft, by the plan for the styles' device."""
    plan = plans.on(styles[0].device)
    return RevisedTransform(styles, film=film, plan=plan, draft=partial(draft, pixels=plan.style))


class RevisedTransform:
    """Gives pictures a style that is known; a `StyleTransform`."""

    def __init__(self, styles: Sequence[Tensor], *, film: bool = False, plan: Plan, draft: MakeTransform) -> None:
        """Args:
            styles: (3, h, w) in [0, 1] of any size, which count alike.
            film: calls are for the frames of one film: where the content stays, the picture stays.
            draft: makes the transform that drafts, from the same styles.
        """  # fmt: skip
        with torch.inference_mode(False), torch.no_grad():
            # copies made outside of inference mode are plain tensors, which gradients can meet
            self._styles = [one.float().clone() for one in styles]
            self._draft: StyleTransform = draft(self._styles, film=film)
        self._plan = plan
        self._wanted: dict[tuple[int, torch.device], Style] = {}
        self._film = film
        self._frames: dict[int, Frame] = {}

    def __call__(self, content: Tensor, on_part: OnPart | None = None) -> Tensor:
        """A (3, H, W) picture in [0, 1] -> a new one of that size; any device.

        A picture larger than all that the plan works on is reduced, and the change enlarged: it keeps its own finest
        detail.

        Args:
            on_part: called between steps with (cost so far, cost in all, the picture so far, smaller, or None), see
                `Plan`; what it raises passes through.
        """
        plan = self._plan
        costs = [max(1, round(level.pixels / UNIT)) for level in plan.levels]
        total = plan.cost + sum(cost * level.steps for cost, level in zip(costs, plan.levels, strict=True))

        def tell(done: float, seen: Tensor | None = None) -> None:
            if on_part:
                on_part(round(done), total, seen)

        with torch.inference_mode(False), torch.no_grad():
            picture = content.float().clone()
            small = measured(picture, plan.pixels)
            tell(0)
            change = self._drafted(small, lambda part, parts: tell(plan.cost * part / parts)) - small
            change -= (1 - plan.lightness) * change.mean(0)
            done = plan.cost
            for number, (cost, level) in enumerate(zip(costs, plan.levels, strict=True)):
                small = measured(picture, level.pixels)
                drafted = enlarged(change, small.shape[1:])

                def share(part: float, seen: Tensor, done: int = done, whole: int = cost * level.steps) -> None:
                    tell(done + part * whole, seen)

                revision = self._revised(number, small, (small + drafted).clamp(0, 1), share) - small - drafted
                # a level that is coarser than the draft adds to it, a finer one goes on with what was enlarged
                finer = drafted if small.shape[1] > change.shape[1] else change
                change = finer + enlarged(revision, finer.shape[1:])
                done += cost * level.steps
            tell(total)
            change = enlarged(change, picture.shape[1:]) if change.shape != picture.shape else change
            return picture.add_(change).clamp_(0, 1)

    def _revised(self, number: int, content: Tensor, start: Tensor, tell: Callable[[float, Tensor], None]) -> Tensor:
        """The picture (3, h, w) at the end of a level; `tell` takes the share of it that is done, and how it looks."""
        level = self._plan.levels[number]
        made, free, shown = self._carried(number, content, start)
        steps = level.steps
        if free is None:
            free = torch.ones_like(content[:1])
        else:
            steps = math.ceil(level.steps * (FEWEST + (1 - FEWEST) * float(free.mean()))) if free.any() else 0
        if steps:
            target = Target(content, self._style(level.pixels, content.device))
            made = revised(made, target, level, free, steps, lambda step, seen: tell(step / steps, seen))
        if self._film:
            self._frames[number] = Frame(shown, made)
        return made

    def _drafted(self, content: Tensor, tell: OnPart) -> Tensor:
        """The draft (3, h, w) of a content of its size."""
        made, _, shown = self._carried(DRAFT, content, self._draft(content, tell))
        if self._film:
            self._frames[DRAFT] = Frame(shown, made)
        return made

    def _carried(self, number: int, content: Tensor, made: Tensor) -> tuple[Tensor, Tensor | None, Tensor]:
        """What is made of a content (3, h, w), with what stays from the last frame of a film.

        Returns:
            the picture; (1, h, w) how much places are new, None if all of them are; and the content that it shows.
        """
        before = self._frames.get(number)
        if before is None or before.content.shape != content.shape or before.content.device != content.device:
            return made, None, content
        free = before.changed(content)
        # what a place still differs in stays in its difference, until there is enough of it to be a change
        light = around(content - before.content)
        kept, shown = (before.picture + light).lerp(made, free), (before.content + light).lerp(content, free)
        return kept.clamp(0, 1), free, shown

    def _style(self, pixels: int, device: torch.device) -> Style:
        """The statistics that are wanted of a picture of about so many pixels; worked out once."""
        key = (pixels, device)
        if key not in self._wanted:
            self._wanted[key] = Style.mean([style_of(one.to(device), pixels) for one in self._styles])
        return self._wanted[key]


@dataclass(frozen=True)
class Frame:
    """A frame of a film at the size of one level; both (3, h, w).

    Attributes:
        content: what the picture shows: the content but for its noise, where it has not changed.
        picture: what was made of it.
    """

    content: Tensor
    picture: Tensor

    def changed(self, content: Tensor) -> Tensor:
        """(1, h, w) from 0 where the next content is the same around a place to 1 where it is another."""
        off = around((content - self.content).square().mean(0, keepdim=True))
        return (off.sqrt() / STILL - 0.5).clamp(0, 1)  # noise of less than half of it moves nothing


def around(values: Tensor) -> Tensor:
    """(C, h, w) the mean of what is around each place."""
    return F.avg_pool2d(values, AROUND, 1, AROUND // 2, count_include_pad=False)

"""A film divided into its shots, each of which can be painted without the others."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from ..images import size_of
from ..strokes import Strokes
from .cuts import is_cut, small
from .drawn import Drawn
from .source import Frame
from .state import State

if TYPE_CHECKING:
    from .job import Job

#: Frames that are painted together where each is painted by itself (coherence 0).
TOGETHER = 8


@dataclass
class Shot:
    """Frames to be painted together.

    Attributes:
        begins: how many frames of the film lie before it, or the state that it goes on from.
        frames: without their pictures; pictures: `packed`, as many.
        extras: what `FilmPainter`'s call gets with each of them.
    """

    begins: State | int
    frames: list[Frame]
    pictures: list[np.ndarray]
    extras: dict[str, Tensor | None]

    @property
    def goes_on(self) -> bool:
        """Does it go on from a painting that is there?"""
        return isinstance(self.begins, State)


def shots_of(job: Job, state: State | None, alone: bool) -> Iterator[Shot]:
    """The shots of all frames that are still to be painted, cut where the painter itself would begin afresh.

    `alone`: it paints every frame by itself (coherence 0).
    Raises what reading a frame raises, after the shot that ends before it.
    """
    done = 0 if state is None else state.frame
    before = None if state is None else state.before.cpu()
    size = None if state is None else state.size
    shot: Shot | None = None
    failure = None
    frames = job.frames(state)
    while True:
        try:
            found = next(frames, None)
        except (ValueError, OSError) as error:
            found, failure = None, error
        if found is None:
            break
        frame, picture = found
        now = small(picture)
        other = before is None or size != size_of(picture) or (not alone and is_cut(before, now))
        full = alone and (shot is None or len(shot.frames) == TOGETHER)
        if other or full or shot is None:
            if shot is not None:
                yield shot
            goes_on = shot is None and state is not None and not other and not alone
            shot = Shot(state if goes_on and state is not None else done, [], [], job.extras(picture))
        shot.frames.append(dataclasses.replace(frame, picture=torch.empty(3, 0, 0)))
        shot.pictures.append(packed(picture))
        before, size, done = now, size_of(picture), done + 1
    if shot is not None:
        yield shot
    if failure is not None:
        raise failure


def blank(frames: int) -> State:
    """The state of a painter that has so many frames behind it and shall begin afresh, with the first identity."""
    nothing, none = torch.zeros(3, 0, 0), torch.zeros(0, dtype=torch.int64)
    return State(
        frame=frames, size=(0, 0), strokes=Strokes.empty((1, 1)), ids=none, born=none, fit=torch.zeros(0),
        lively=torch.zeros(0, 5), presence=torch.ones(0), shown=nothing, seen=nothing[0], before=nothing, next_id=0,
    )  # fmt: skip


def shifted(drawn: Drawn, by: int) -> Drawn:
    """The same with identities that begin behind those of the shots before."""
    state = dataclasses.replace(drawn.state, ids=drawn.state.ids + by, next_id=drawn.state.next_id + by)
    return dataclasses.replace(
        drawn, painted=dataclasses.replace(drawn.painted, ids=drawn.painted.ids + by), state=state
    )


def packed(picture: Tensor) -> np.ndarray:
    """(3, H, W) in a quarter of the bytes, uint8, where that loses nothing, else as it is."""
    eight = picture.mul(255).round().to(torch.uint8)
    return (eight if torch.equal(eight.float().div(255), picture) else picture).cpu().numpy()


def unpacked(pixels: np.ndarray) -> Tensor:
    """What was `packed`, bit by bit."""
    picture = torch.from_numpy(pixels.copy())
    return picture.float().div(255) if picture.dtype == torch.uint8 else picture

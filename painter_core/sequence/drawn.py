"""Frames painted and drawn, one after the other, with what to go on from after each."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

import torch
from torch import Tensor

from ..progress import OnStep
from ..rendering.raster import render
from .film import FilmFrame, FilmPainter
from .source import Frame
from .state import State

About = TypeVar("About")


@dataclass(frozen=True)
class Drawn:
    """A frame's painting.

    Attributes:
        painted: its strokes; picture: (3, H, W) sRGB in [0, 1] of them, on the CPU.
        state: of the painter after it.
    """

    painted: FilmFrame
    picture: Tensor
    state: State

    def to(self, device: torch.device | str) -> Drawn:
        """The same on another device; the picture stays on the CPU."""
        moved = {name: getattr(self.painted, name).to(device) for name in ("strokes", "ids", "born")}
        return Drawn(dataclasses.replace(self.painted, **moved), self.picture, self.state.to(device))


@dataclass(frozen=True)
class Made:
    """A frame of the source, the picture (3, H, W) that was painted after it, and what came of it."""

    frame: Frame
    shown: Tensor
    drawn: Drawn


def drawn_frames(
    painter: FilmPainter,
    frames: Iterable[tuple[About, Tensor]],
    extras: Callable[[Tensor], dict[str, Tensor | None]],
    on_step: OnStep | None = None,
) -> Iterator[tuple[About, Tensor, Drawn]]:
    """Paint frames (3, H, W), each of which comes with something that goes along with it.

    Args:
        extras: for `FilmPainter`'s call, by the frame; on_step: as in `paint`.
    """
    picture = None
    for about, shown in frames:
        painted = painter(shown, on_step=on_step, **extras(shown))
        if painted.changed or picture is None:
            picture = render(painted.strokes, on_band=_breath(on_step)).cpu()
        assert painter.state is not None
        yield about, shown, Drawn(painted, picture, painter.state)


def _breath(on_step: OnStep | None) -> Callable[[], None] | None:
    return None if on_step is None else lambda: on_step(1, 1, None)

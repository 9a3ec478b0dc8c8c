"""Presence: new strokes of a film come in slowly, each with a share of its opacity that grows from frame to frame."""

from __future__ import annotations

import dataclasses

from torch import Tensor

from ..strokes import Strokes

#: New strokes come in within so many frames, unless they lie where nothing was to be seen before.
FADING = 4


def as_shown(strokes: Strokes, presence: Tensor) -> Strokes:
    """The strokes as they are seen: N of them, each with its share (N,) in (0, 1] of its opacity."""
    return strokes if bool((presence == 1).all()) else dataclasses.replace(strokes, opacity=strokes.opacity * presence)


def one_frame_later(presence: Tensor) -> Tensor:
    """(N,) the shares in the next frame."""
    return (presence + 1 / FADING).clamp_max(1)

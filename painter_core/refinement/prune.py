"""Pruning: a finished painting gets by with fewer strokes."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from ..brushes.brush import Brush, get_brush
from ..manner import Manner
from ..rendering.color_fit import refit_colors
from ..strokes import Strokes
from ..threads import working_together
from .polish import polish
from .pull import Forms
from .removal import strongest
from .view import View, mixed

#: Pixels for each stroke at which worth is measured, and most of them at all.
PIXELS_A_STROKE, MOST_PIXELS = 100, 1 << 20
#: Strokes that have hardly any width are taken for so many pixels wide.
LEAST_WIDTH = 1e-2


def prune(
    strokes: Strokes,
    picture: Tensor,
    count: int,
    brush: str | Brush | None = None,
    *,
    ground: Tensor | None = None,
    steps: int = 8,
    on_step: Callable[[], None] | None = None,
) -> Strokes:
    """Keep the `count` strokes that matter most for what the painting shows, in their order, and let them close up.

    Args:
        picture: (3, H, W) in [0, 1], of the shape of the reference canvas: what was painted.
        count: how many strokes stay, 0 or more; nothing changes if there are no more than that.
        brush: what draws all of them; default: their own brushes.
        ground: (3, H, W) what is painted on; default: the strokes' own ground.
        steps: how often all that stay are polished, to take over what the others did; 0 only fits their colors.
        on_step: called often; what it raises passes through: a way to cancel.
    Raises:
        ValueError: a picture of another shape, a negative count.
    """
    if tuple(picture.shape[1:]) != tuple(strokes.canvas) or len(picture) != 3:
        height, width = strokes.canvas
        raise ValueError(f"prune: the picture must be (3, {height}, {width}) as painted, got {tuple(picture.shape)}")
    if count < 0:
        raise ValueError(f"prune: the number of strokes to keep must be 0 or more, got {count}")
    if len(strokes) <= count:
        return strokes
    with torch.no_grad(), working_together(picture.device):
        tip = None if brush is None else get_brush(brush)
        picture = picture.float()
        below = strokes.ground_at(strokes.canvas) if ground is None else ground.float()
        view = View(picture, below).resized(min(MOST_PIXELS, max(1024, PIXELS_A_STROKE * len(strokes))))
        strokes = mixed(strokes.detach())
        kept = strokes[strongest(strokes, view, tip, count, on_step)[0]]
        if steps and count:
            kept = polish(kept, view, tip, _manner_of(kept), Forms(picture, on_step), steps, on_step)
        return mixed(refit_colors(kept, picture, tip, view.size, ground, on_step)[0], -1)


def _manner_of(strokes: Strokes) -> Manner:
    """A manner that keeps strokes as stout, slim, narrow and broad as some of them are: dots stay dots."""
    length, width = strokes.size.clamp_min(LEAST_WIDTH).double().unbind(1)
    aspect = (length / width).clamp_min(1)
    most = float(width.max()) / max(strokes.canvas)
    return Manner(aspect=(float(aspect.min()), float(aspect.max())), widths=(float(width.min()), most))

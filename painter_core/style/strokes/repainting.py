"""What of one frame's painting stays in the next one: as in a film that is painted on glass, what has not changed.

Where a frame looks as it did when that place was last painted, its strokes stay as they are, and nothing flickers. The
others are taken away, and strokes of a new painting of the frame take their place.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d, max_pool2d

from ...images import resized
from ...strokes import Strokes
from ..networks.distances import measured

#: How far a color (sRGB in [0, 1]) may go, in the mean of a small square, before a place counts as changed: a film's
#: noise and its compression stay below it.
NOTICED = 0.03
#: Sides of that square, and of the squares around changed places that are painted again, in shares of the long side.
SQUARE, AROUND = 1 / 48, 1 / 16
#: Share of the canvas that may have changed before all of it is painted anew: a cut, or a camera that moves.
MOST_CHANGED = 0.6


@dataclass(frozen=True)
class Frame:
    """A painting, and what it shows.

    Attributes:
        strokes: of the painting.
        shown: (4, h, w) the picture as it was when each place was last painted, reduced, and where painting was
            allowed.
    """

    strokes: Strokes
    shown: Tensor

    def changed(self, shown: Tensor) -> Tensor | None:
        """(h, w) bool, what of the next frame, which shows (4, h, w), is to be painted again; None: all of it."""
        if shown.shape != self.shown.shape or shown.device != self.shown.device:
            return None
        long = max(shown.shape[1:])
        # the mean of the difference, not of its size: noise must cancel out
        apart = avg_pool2d((shown - self.shown)[None], *_square(SQUARE * long), count_include_pad=False).abs()
        area = max_pool2d((apart.amax(1, keepdim=True) > NOTICED).float(), *_square(AROUND * long))[0, 0] > 0
        return None if area.float().mean() > MOST_CHANGED else area

    def painted_over(self, fresh: Strokes, area: Tensor, most: int) -> tuple[Strokes, Tensor]:
        """The strokes of this painting outside an area (h, w) bool, and those of a new one inside of it.

        Args:
            fresh: a painting of the whole of the next frame; most: strokes of the result.
        Returns:
            The strokes, and (N,) bool, which of them are new.
        """
        stay = (~_lies_in(self.strokes, area)).nonzero()[:, 0]
        come = _lies_in(fresh, area).nonzero()[:, 0][: most - len(stay)]
        both = Strokes.concat([self.strokes[stay], fresh[come]])
        # both were painted from broad to fine: a broad stroke of the new painting goes below what was fine in the old
        when = torch.cat([stay / max(1, len(self.strokes)), come / max(1, len(fresh))])
        order = torch.argsort(when, stable=True)
        return both[order], order >= len(stay)


def shown_of(target: Tensor, mask: Tensor | None, pixels: int) -> Tensor:
    """(4, h, w) of a picture (3, H, W) and the mask (H, W) that allows painting, at about so many pixels."""
    small = measured(target, pixels)
    size = (small.shape[1], small.shape[2])
    allowed = torch.ones_like(small[:1]) if mask is None else resized(mask[None], size, "area")
    return torch.cat([small, allowed])


def held(before: Strokes, after: Strokes, new: Tensor) -> Strokes:
    """The strokes `after` a step, but those that are not `new` (N,) bool as they were before."""
    changes = {}
    for name in ("center", "size", "angle", "color"):
        then, now = getattr(before, name), getattr(after, name)
        changes[name] = torch.where(new.view(-1, *[1] * (now.ndim - 1)), now, then)
    return dataclasses.replace(after, **changes)


def _lies_in(strokes: Strokes, area: Tensor) -> Tensor:
    """(N,) bool: is the center of a stroke in an area (h, w) of its canvas?"""
    height, width = area.shape
    stretch = strokes.center.new_tensor([width / strokes.canvas[1], height / strokes.canvas[0]])
    x, y = (strokes.center * stretch).long().unbind(1)
    return area[y.clamp(0, height - 1), x.clamp(0, width - 1)]


def _square(side: float) -> tuple[int, int, int]:
    """Kernel, stride and padding of a window with about that side in pixels."""
    half = max(1, round(side / 2))
    return 2 * half + 1, 1, half

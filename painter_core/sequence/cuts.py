"""Cuts: where a film shows something else from one frame to the next."""

from __future__ import annotations

from torch import Tensor

from ..images import resized, scaled_size, shrunk_size, size_of
from .flow import tvl1, warped

#: Long side in pixels at which frames are compared: what matters is what there is to be seen, not its grain.
LOOKED_AT = 64
#: ... and least of the short one.
LEAST_SIDE = 4
#: A color that is off by so much (sRGB, the largest channel) is another one.
OTHER = 0.12
#: Share of a picture without a counterpart in the frame before that makes a cut.
MOST_NEW = 0.5


def small(frame: Tensor) -> Tensor:
    """(3, H, W) no larger than it is looked at for cuts."""
    return resized(frame, shrunk_size(size_of(frame), LOOKED_AT), "area")


def is_cut(before: Tensor, after: Tensor) -> bool:
    """Does a new shot begin?

    Two frames belong together if most of the second is found in the first, wherever it was there, a little brighter or
    darker too: pans, zooms, exposure and a subject that walks in are no cuts. It depends on the two frames alone, so
    that a film can be divided into its shots without painting it.

    Args:
        before, after: (3, H, W) sRGB in [0, 1], of any size. Another size is a cut.
    """
    if before.shape != after.shape:
        return True
    height, width = scaled_size(size_of(after), LOOKED_AT / max(after.shape[1:]))
    size = max(LEAST_SIDE, height), max(LEAST_SIDE, width)
    first, second = resized(before.float(), size, "area"), resized(after.float(), size, "area")
    if _new(first, second) <= MOST_NEW:
        return False
    # the same scene in another light is the same scene
    lit = (first - first.mean()) * (second.std() / first.std().clamp_min(1e-3)).clamp(0.25, 4) + second.mean()
    related = _alike(first, second)
    if related and _new(lit, second) <= MOST_NEW:
        return False
    flow = tvl1(second, first)
    versions = [first, lit] if related else [first]
    return all(_new(warped(each, flow), second) > MOST_NEW for each in versions)


def _new(first: Tensor, second: Tensor) -> float:
    """Share of the places whose colors are others."""
    return float(((first - second).abs().amax(0) > OTHER).float().mean())


def _alike(first: Tensor, second: Tensor) -> bool:
    """Are light and dark in the same places?"""
    a, b = (each.mean(0).flatten() - each.mean() for each in (first, second))
    return bool((a @ b) > 0.7 * (a.norm() * b.norm()))

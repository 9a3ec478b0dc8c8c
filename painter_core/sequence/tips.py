"""Strokes that keep the hairs they have: which tip a stroke is drawn with depends on its width."""

from __future__ import annotations

import dataclasses
import math

from ..rendering.marks import brushes_of, tips_of
from ..strokes import Strokes


def with_their_tips(before: Strokes, after: Strokes, most: float = math.inf) -> Strokes:
    """`after` with the widths of `before` where another width would mean another tip: all hairs would change at once.

    Args:
        before, after: the same N strokes, drawn with the same brushes.
        most: a width that changes by a larger share is left alone.
    """
    tips = [tips_of(each, *brushes_of(each)) for each in (before, after)]
    then, now = before.size[:, 1], after.size[:, 1]
    keep = (tips[0] != tips[1]) & ((now - then).abs() <= most * then)
    if not bool(keep.any()):
        return after
    size = after.size.clone()
    size[:, 1] = then.where(keep, now)
    return dataclasses.replace(after, size=size)

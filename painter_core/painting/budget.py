"""Dividing a stroke budget over the levels of detail: which strokes of a level are worth keeping."""

from __future__ import annotations

import torch
from torch import Tensor

#: A stroke one level finer gains this many times less than one of the same rank; measured on training photographs.
GAIN_RATIO = 2.5
#: ... and there are this many times as many of them.
COUNT_RATIO = 4.0


def worthwhile(gains: Tensor, left: int, finer_levels: int) -> float:
    """The least gain a stroke of this level must have, so that the budget lasts for the finer levels too.

    All strokes should earn the same at the margin, whatever their size: that spends a budget best. What finer levels
    will offer is not known yet, so it is guessed from this level's own gains: `COUNT_RATIO` times as many strokes a
    level, each gaining `GAIN_RATIO` times less.

    Args:
        gains: (M,) gains of this level's strokes, in any unit; left: strokes that may still be painted, this level
            included; finer_levels: how many levels follow.
    Returns:
        A threshold in the gains' unit; 0 where the budget is enough for everything.
    """
    if not len(gains):
        return 0.0
    ranked = gains.sort(descending=True).values
    offers = [(ranked / GAIN_RATIO**finer, COUNT_RATIO**finer) for finer in range(finer_levels + 1)]
    every = torch.cat([offer for offer, _ in offers])
    number = torch.cat([torch.full_like(offer, count) for offer, count in offers])
    order = every.argsort(descending=True)
    spent = number[order].cumsum(0)
    over = (spent > left).nonzero()
    return float(every[order[over[0, 0]]]) if len(over) else 0.0


def best(gains: Tensor, count: int) -> Tensor:
    """Indices of the `count` largest gains, in their original order (ties: the earlier ones)."""
    order = gains.argsort(descending=True, stable=True)
    return order[:count].sort().values

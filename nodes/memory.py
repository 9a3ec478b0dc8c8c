"""Getting by with the memory there is."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import comfy.model_management as mm

T = TypeVar("T")


def halving(work: Callable[[int], T], amount: int, least: int = 1) -> T:
    """`work(amount)`; when the device runs out of memory, again with half the amount, down to `least`."""
    while True:
        try:
            return work(amount)
        except mm.InterruptProcessingException:
            raise
        except mm.OOM_EXCEPTION:
            if amount <= least:
                raise
        # outside of the except block: the exception holds on to the tensors that did not fit
        mm.soft_empty_cache()
        amount = max(least, amount // 2)

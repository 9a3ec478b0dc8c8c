"""A look at the cancel button after every operation on tensors: for networks, whose operations are few and large."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from torch.utils._python_dispatch import TorchDispatchMode


class _Watch(TorchDispatchMode):
    """Calls a function after every operation, those of a backward pass too; what it raises passes through."""

    def __init__(self, after: Callable[[], None]) -> None:
        super().__init__()
        self._after = after

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        """PyTorch would else import its compiler before the first operation, which takes over a second."""
        return False

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        made = func(*args, **(kwargs or {}))
        self._after()
        return made


def watched(after: Callable[[], None] | None) -> AbstractContextManager[object]:
    """Inside of it `after` is called when an operation is done; None: nothing is.

    A call costs about ten microseconds: little beside a convolution, much beside the painter's many small operations,
    which have callbacks of their own.
    """
    return nullcontext() if after is None else _Watch(after)

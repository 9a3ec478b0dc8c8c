"""Several processors at once: independent parts of the work in threads of Python, each with operations of one thread.

PyTorch spreads each operation over all processors by itself, and operations of a painting are too small for that: two
processors are hardly better than one, and on a machine that has other work worse. It lets go of the interpreter while
an operation runs, though, so that threads of Python get on side by side. Which parts there are never depends on how
many threads there are, and what comes of them is put together in their order: so pictures have the same bits.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

import torch

#: Beyond so many, threads wait for the interpreter.
MOST_THREADS = 8
#: Seconds after which one that waits for the others looks whether it is called off.
PATIENCE = 0.05

Part = TypeVar("Part")
Result = TypeVar("Result")


class CalledOffError(Exception):
    """Ends a part of work whose other parts were cancelled, or failed; `each` raises what did that."""


@dataclass
class _Team:
    """The threads that work along with the one that called them; their number is one less than all."""

    pool: ThreadPoolExecutor | None
    others: int


_local = threading.local()


@contextmanager
def working_together(device: torch.device) -> Iterator[None]:
    """Within it, `each` has as many threads as PyTorch had for one operation, and an operation has one.

    What PyTorch is set to comes back at the end, whatever happens; inside another such block nothing changes.

    Args:
        device: where the work is done; other devices than processors share it among themselves.
    """
    if getattr(_local, "team", None) is not None or device.type != "cpu":
        yield
        return
    before = torch.get_num_threads()
    others = min(before, MOST_THREADS) - 1
    pool = ThreadPoolExecutor(others, "alla-prima", _with_one_thread) if others else None
    torch.set_num_threads(1)
    _local.team = _Team(pool, others)
    try:
        yield
    finally:
        _local.team = None
        if pool is not None:
            pool.shutdown()
        torch.set_num_threads(before)


def only_here(callback: Callable[[], None] | None) -> Callable[[], None]:
    """What parts of `each` may call in between: `callback` where this function is called, nothing in other threads.

    There it ends a part whose work is called off.
    """
    here = threading.get_ident()

    def look() -> None:
        if threading.get_ident() == here:
            if callback:
                callback()
        elif _local.work.called_off:
            raise CalledOffError

    return look


def _with_one_thread() -> None:
    torch.set_num_threads(1)
    _local.team = _Team(None, 0)  # a part has no parts of its own that are worth a thread


def each(
    work: Callable[[Part], Result], parts: Sequence[Part], on_part: Callable[[], None] | None = None
) -> list[Result]:
    """`work(part)` of every part, in their order.

    Args:
        work: depends on nothing that another part changes. It runs in any thread, so that all it may call to report
            progress is what `only_here` gives.
        parts: each large enough to be worth a few hundred microseconds, and small enough to be waited for.
        on_part: called in the caller's own thread, often and after the last part; what it raises ends the work: a way
            to cancel. Parts that have begun are finished first.
    Raises:
        what `work` raised first, in the order of the parts.
    """
    team = getattr(_local, "team", None)
    if team is None or team.pool is None or len(parts) < 2 or torch.is_grad_enabled():
        results = []
        for part in parts:
            results.append(work(part))
            if on_part:
                on_part()
        return results
    return _Shared(work, parts).run(team, on_part)


class _Shared:
    """Parts that several threads take one after the other."""

    def __init__(self, work: Callable[[Part], Result], parts: Sequence[Part]) -> None:
        self.work, self.parts = work, parts
        self.results: list = [None] * len(parts)
        self.errors: dict[int, BaseException] = {}
        self.next = iter(range(len(parts)))
        self.lock = threading.Lock()
        self.called_off = False
        # how PyTorch counts belongs to each thread
        self.inference = torch.is_inference_mode_enabled()

    def run(self, team: _Team, on_part: Callable[[], None] | None) -> list:
        """All results; the caller's thread takes parts like the others."""
        assert team.pool is not None
        helping = [team.pool.submit(self._help) for _ in range(min(team.others, len(self.parts) - 1))]
        try:
            while self._take():
                if on_part and not self.called_off:
                    on_part()
            self._wait(helping, on_part)
        finally:
            self.called_off = True
            wait(helping)
        if self.errors:
            raise self.errors[min(self.errors)]
        return self.results

    def _wait(self, helping: list[Future], on_part: Callable[[], None] | None) -> None:
        """Until the others are done too."""
        waiting = set(helping)
        while waiting:
            _, waiting = wait(waiting, timeout=PATIENCE if on_part else None)
            if on_part and not self.called_off:
                on_part()

    def _help(self) -> None:
        _local.work = self
        with torch.inference_mode(self.inference), torch.no_grad():
            while self._take():
                pass

    def _take(self) -> bool:
        """Work on the next part, if there is one and nothing has gone wrong."""
        with self.lock:
            index = None if self.called_off else next(self.next, None)
        if index is None:
            return False
        try:
            self.results[index] = self.work(self.parts[index])
        except CalledOffError:
            pass
        except BaseException as error:
            self.errors[index] = error
            self.called_off = True
        return True

"""Signals that end the process end it as Ctrl-C does: what was begun is tidied away first."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

#: What asks a process to end, where the system has it: kill and services, a terminal that is closed, Ctrl-Break.
ENDING = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGHUP", "SIGBREAK") if hasattr(signal, name))


class Ended(KeyboardInterrupt):
    """The process was asked to end; whatever tidies up after Ctrl-C does so after this too."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.exit_code = 128 + number


@contextmanager
def heeded_signals() -> Iterator[None]:
    """Raise `Ended` in the main thread when the process is asked to end; signals that are ignored stay so (nohup)."""
    before: dict[int, Any] = {}

    def end(number: int, frame: object) -> None:
        for each in before:  # the tidying up is not to be interrupted by the next one
            signal.signal(each, signal.SIG_IGN)
        raise Ended(number)

    try:
        if threading.current_thread() is threading.main_thread():
            for number in ENDING:
                if signal.getsignal(number) == signal.SIG_DFL:
                    before[number] = signal.signal(number, end)
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)

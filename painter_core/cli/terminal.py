"""The process's standard streams: a bar that can't be shown stops no painting, an answer that can't be given does."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, suppress
from typing import Any, TextIO


class AnswerError(OSError):
    """Standard output does not take what was asked for."""


class _Forgiving:
    """A text stream for messages: once it takes none, they are dropped, and the work goes on."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        try:
            return self._stream.write(text)
        except (OSError, ValueError):  # a full device, a pipe that nobody reads, a closed file
            _divert(self._stream)
            return len(text)

    def flush(self) -> None:
        try:
            self._stream.flush()
        except (OSError, ValueError):
            _divert(self._stream)


@contextmanager
def forgiving_streams() -> Iterator[bool]:
    """Standard streams that can be written to, whatever the process was started with; messages that can't are dropped.

    Gives whether standard output was closed from the start, so that an answer has nowhere to go.
    """
    closed = sys.stdout is None
    _fill_descriptors()
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - it lives as long as the process
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    with redirect_stderr(_Forgiving(sys.stderr)):
        yield closed


def tell(line: str) -> None:
    """One line for people, on standard error."""
    sys.stderr.write(line + "\n")


def warn(line: str) -> None:
    """One line about what is probably not meant, on standard error."""
    tell(f"painter_core: warning: {line}")


def answer(text: str) -> None:
    """Write to standard output and see to it that it arrives; AnswerError with the reason if it does not."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except (OSError, ValueError) as error:
        _divert(sys.stdout)
        reason = getattr(error, "strerror", None) or error
        raise AnswerError(f"cannot write to standard output: {reason}; all files were written") from error


def _fill_descriptors() -> None:
    """Open what is closed of the descriptors 0 to 2, so that no picture ends up where messages are written to."""
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            with suppress(OSError):
                os.open(os.devnull, os.O_RDWR)  # takes the lowest one that is free: this


def _divert(stream: TextIO) -> None:
    """Let a stream that failed end nowhere, as Python writes what is left in it when the process ends."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)

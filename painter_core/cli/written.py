"""Outputs that are written one after the other: one that fails does not take the others with it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager

from torch import Tensor


class Written:
    """What could not be written. Every output is written in a block of its own; `finish` says what is missing."""

    def __init__(self) -> None:
        self.missing: list[str] = []

    @contextmanager
    def output(self) -> Iterator[None]:
        """A block that writes one output, whose failure is kept for the end."""
        try:
            yield
        except OSError as error:
            self.missing.append(str(error))

    @contextmanager
    def strips(
        self, writer: AbstractContextManager[Callable[[Tensor], None]] | None
    ) -> Iterator[Callable[[Tensor], None]]:
        """A function that takes the strips of one picture; after a failure it takes them and drops them.

        Args:
            writer: from `picture_writer`; None: all strips are dropped.
        """
        stack = ExitStack()
        write: Callable[[Tensor], None] | None = None

        def give_up() -> None:
            nonlocal write
            write = None
            with self.output():
                if not stack.__exit__(*sys.exc_info()):
                    raise

        def take(strip: Tensor) -> None:
            if write is not None:
                try:
                    write(strip)
                except OSError:
                    give_up()

        try:
            if writer is not None:
                with self.output():
                    write = stack.enter_context(writer)
            yield take
        except BaseException:
            if not stack.__exit__(*sys.exc_info()):
                raise
        else:
            with self.output():
                stack.close()

    def finish(self) -> None:
        """Raise OSError with what is missing, if anything is."""
        if self.missing:
            raise OSError("; ".join(dict.fromkeys(self.missing)) + "; everything else was written")

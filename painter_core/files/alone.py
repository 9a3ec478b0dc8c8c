"""`alone`: of several processes that would write the same, one does."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

#: What the system says where a file is locked by another process, and not that it knows no locks.
TAKEN = (errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES, errno.EDEADLK)


@contextmanager
def alone(path: str | os.PathLike[str]) -> Iterator[bool]:
    """Whether this process has the file `path`, made for that, to itself; while the block lasts nobody else gets it.

    The system lets go of it however the process ends. Where it knows no locks (some network drives), everybody is
    alone. Raises OSError where the file cannot be made.
    """
    file = _taken(Path(path))
    if file is None:
        yield False
        return
    try:
        yield True
    finally:
        if os.name != "nt":  # there a file that is open cannot be removed
            _remove(path)
        os.close(file)
        if os.name == "nt":
            _remove(path)


def _taken(path: Path) -> int | None:
    """The file, locked; None if another process has it."""
    while True:
        file = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            _lock(file)
            with suppress(OSError):
                if os.path.samestat(os.fstat(file), os.stat(path)):
                    return file
        except OSError as error:
            if error.errno in TAKEN:
                os.close(file)
                return None
            return file
        # whoever had it has just removed it: there is another one, or none
        os.close(file)


def _lock(file: int) -> None:
    if os.name == "nt":
        import msvcrt

        msvcrt.locking(file, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _remove(path: str | os.PathLike[str]) -> None:
    with suppress(OSError):
        os.unlink(path)

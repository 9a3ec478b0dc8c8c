"""`atomic_path`: a file appears under its name complete or not at all."""

from __future__ import annotations

import os
import secrets
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def atomic_path(path: str | os.PathLike[str]) -> Iterator[Path]:
    """A temporary path beside `path` to write to; it takes the name `path` when the block ends without an exception.

    The temporary file has the same suffix, so that writers which look at it do the right thing. Any exception
    (cancelling included) removes it and leaves whatever was at `path` untouched.

    Raises OSError that names the file and the reason when it cannot be written: no such folder, no permission, a full
    disk, a folder or a device in its place. Every other exception passes straight through.
    """
    target = Path(os.path.realpath(path))  # a link stays a link: what it points to is replaced
    temporary = target.with_name(f".unfinished-{secrets.token_hex(4)}{target.suffix}")
    _refuse_bad_target(path, target)
    try:
        temporary.open("xb").close()
        yield temporary
        if target.exists():
            shutil.copymode(target, temporary)
        os.replace(temporary, target)
    except OSError as error:
        raise OSError(f"cannot write {path}: {error.strerror or error}") from error
    finally:
        with suppress(OSError):  # it is not there after success, and an unwritable folder already has its own error
            temporary.unlink()


def check_writable(path: str | os.PathLike[str]) -> None:
    """Raise OSError as `atomic_path` does if `path` cannot be written now. Touches nothing that is there."""
    target = Path(os.path.realpath(path))
    _refuse_bad_target(path, target)
    probe = target.with_name(f".unfinished-{secrets.token_hex(4)}{target.suffix}")
    try:
        probe.open("xb").close()
    except OSError as error:
        raise OSError(f"cannot write {path}: {error.strerror or error}") from error
    finally:
        with suppress(OSError):
            probe.unlink()


def ignores_case(folder: str | os.PathLike[str]) -> bool:
    """Does the file system of a folder take names for the same that differ only in case? False if it can't be tried."""
    probe = Path(folder, f".unfinished-{secrets.token_hex(4)}.probe")
    try:
        probe.open("xb").close()
        return os.path.exists(probe.with_name(probe.name.upper()))
    except OSError:
        return False
    finally:
        with suppress(OSError):
            probe.unlink()


def _refuse_bad_target(path: str | os.PathLike[str], target: Path) -> None:
    """OSError for what renaming a file over the target would destroy or could not replace."""
    if not os.path.isdir(target.parent):
        raise OSError(f"cannot write {path}: there is no folder {target.parent}")
    try:
        mode = os.stat(target).st_mode
    except FileNotFoundError:
        return
    except OSError as error:  # a name that is too long, for example
        raise OSError(f"cannot write {path}: {error.strerror or error}") from error
    if stat.S_ISDIR(mode):
        raise OSError(f"cannot write {path}: it is a folder; give a file name")
    if not stat.S_ISREG(mode):
        raise OSError(f"cannot write {path}: it is a device or a pipe; give an ordinary file name")
    if not os.access(target, os.W_OK):
        raise OSError(f"cannot write {path}: the file is there and write-protected")

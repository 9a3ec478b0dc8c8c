"""Which files a command may write: none that it reads, none twice, none that belong to this package."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path

from .atomic import check_writable, ignores_case

PACKAGE = Path(__file__).resolve().parents[1]
#: Folders with files of this package itself: in a checkout the weights lie beside it.
OWN = (PACKAGE, PACKAGE.parent / "weights")
#: Files that the system keeps in folders, beside those whose name begins with a dot.
CLUTTER = ("thumbs.db", "desktop.ini", "icon\r")

Name = str | os.PathLike[str]


def check_files(
    inputs: Iterable[Name | None], outputs: Iterable[Name | None], folders: Iterable[Name | None] = ()
) -> None:
    """Raise ValueError or OSError, before any work is done, if the outputs cannot all be written.

    That is: a folder that is not there, no permission, two outputs in one file, an output that is also an input, or
    lies in a folder that is one. Files are told apart by what they are and not by how they are written: through links,
    and in other letters where the file system takes them for the same.

    Args:
        inputs: files and folders that the command reads; what is not there (the name of a built-in) does no harm.
        outputs: files that it writes.
        folders: new or empty folders that it fills with files of its own.
    None stands for an option that was not given.
    """
    taken: dict[object, str] = {}
    reads = [os.path.realpath(path) for path in inputs if path is not None]
    for path in reads:
        taken.update(dict.fromkeys(_identities(path), "an input"))
    read_folders = [path for path in reads if os.path.isdir(path)]
    filled = [os.path.realpath(path) for path in folders if path is not None]
    for path in filled:
        _claim(path, path, taken)
    names: dict[str, str] = {}
    for path in outputs:
        if path is None:
            continue
        real = os.path.realpath(path)
        _claim(path, real, taken)
        _refuse_places(path, real, read_folders, filled)
        folded = unicodedata.normalize("NFC", real).casefold()
        if folded in names and ignores_case(os.path.dirname(real)):
            raise ValueError(f"{path}: this output is also {names[folded]} here, where letters count the same in both "
                             "cases; give another file name")  # fmt: skip
        names[folded] = os.path.basename(real)
        check_writable(path)


def check_empty_folder(folder: Name | None, option: str) -> None:
    """Raise ValueError unless a folder can be filled: it can be made, or nothing but what the system put lies in it."""
    if folder is None:
        return
    folder = Path(folder)
    if not folder.absolute().parent.is_dir():
        raise ValueError(f"{option} {folder}: there is no folder {folder.absolute().parent}")
    if folder.exists() and not folder.is_dir():
        raise ValueError(f"{option} {folder}: this is a file; give the name of a folder")
    if folder.is_dir() and any(not is_clutter(entry.name) for entry in folder.iterdir()):
        raise ValueError(f"{option} {folder}: this folder is not empty; give a new one")
    # a file can be made in it, or beside it: then so can the folder
    check_writable(folder / "frame.png" if folder.is_dir() else folder.absolute().with_name(f"{folder.name}.frame"))


def is_clutter(name: str) -> bool:
    """Is this a file that nobody put there, such as .DS_Store?"""
    return name.startswith(".") or name.lower() in CLUTTER


def _claim(path: Name, real: str, taken: dict[object, str]) -> None:
    """Take a file for an output; ValueError if it is taken already."""
    mine = _identities(real)
    found = next((taken[identity] for identity in mine if identity in taken), None)
    if found is not None:
        raise ValueError(f"{path}: this output is also {found}; give another file name")
    taken.update(dict.fromkeys(mine, "another output"))


def _refuse_places(path: Name, real: str, read_folders: Sequence[str], filled: Sequence[str]) -> None:
    """ValueError for a file in a folder that is filled, or that is there and lies in a folder that is read."""
    for folder in filled:
        if _is_inside(real, folder):
            raise ValueError(f"{path}: this output lies in {folder}, which is filled with other files; name another")
    if not os.path.isfile(real):
        return
    for folder in read_folders:
        if _is_inside(real, folder):
            raise ValueError(f"{path}: this output is also an input, as it lies in {folder}; give another file name")
    if any(_is_inside(real, os.path.realpath(folder)) for folder in OWN):
        raise ValueError(f"{path}: this file belongs to the program itself; give another file name")


def _is_inside(real: str, folder: str) -> bool:
    return Path(folder) in Path(real).parents


def _identities(real: str) -> list[object]:
    """What makes a file the same as another one: its path, and its number on its disk if it is there."""
    found: list[object] = [os.path.normcase(real)]
    try:
        facts = os.stat(real)
    except OSError:
        return found
    return [*found, (facts.st_dev, facts.st_ino)] if facts.st_ino else found

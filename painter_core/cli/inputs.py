"""Pictures that are painted: what else people give, and which command wants that."""

from __future__ import annotations

import importlib.util
import os
import shlex
import warnings
from collections.abc import Iterable
from typing import TYPE_CHECKING

from .places import STROKE_FILES

if TYPE_CHECKING:
    from ..files.pictures import Picture

#: Suffixes of films.
FILMS = (".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".mpg", ".mpeg", ".wmv", ".ogv", ".mts")


def check_pictures(paths: Iterable[str]) -> None:
    """Raise ValueError for what is no picture by its name alone: nothing there, a folder, a film, strokes."""
    for path in paths:
        suffix = os.path.splitext(path)[1].lower()
        if not os.path.exists(path):
            raise ValueError(f"{path}: there is no such file")
        if os.path.isdir(path):
            raise ValueError(f"{path}: this is a folder; give its pictures, such as {os.path.join(path, '*.jpg')}"
                             + _frames_paint(path, ", or if they are the frames of a film: "))  # fmt: skip
        if suffix in FILMS:
            raise ValueError(f"{path}: this is a film; "
                             + (_frames_paint(path) or "save the picture to paint as a PNG"))  # fmt: skip
        if suffix in STROKE_FILES:
            raise ValueError(f"{path}: this is a file of strokes; {_command('render', path, 'OUT.png')} draws it")


def read_to_paint(path: str, max_size: int | None) -> Picture:
    """A picture to paint, as `open_picture` reads it; ValueError for an animation, with the command that paints one."""
    from ..files.pictures import open_picture

    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        picture = open_picture(path, max_size)
    if picture.animated:
        raise ValueError(f"{path}: this is an animation, of which paint would take the first picture only; "
                         + (_frames_paint(path) or "save the picture to paint as a PNG"))  # fmt: skip
    for each in found:
        warnings.warn(each.message, each.category, stacklevel=2)
    return picture


def _frames_paint(path: str, before: str = "all its pictures are painted by: ") -> str:
    """How the command `frames` would be called, if there is one."""
    if importlib.util.find_spec("painter_core.cli.frames") is None:
        return ""
    return before + _command("frames", path, "OUT.mp4")


def _command(name: str, path: str, output: str) -> str:
    return f"python -m painter_core {name} {shlex.quote(path)} -o {output}"

"""What a hostile case is: a file that somebody made, or a prompt, and what is to be said of it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

Graph = dict[str, dict[str, Any]]


@dataclass(frozen=True)
class Stage:
    """Where a case is played.

    Attributes:
        home: ComfyUI's folder, with input, output, models.
        outside: a folder that is none of ComfyUI's, where nothing may be read or written.
    """

    home: Path
    outside: Path

    @property
    def canary(self) -> Path:
        """What code in a file would make."""
        return self.outside / "canary"


@dataclass(frozen=True)
class Case:
    """One hostile file, or prompt.

    Attributes:
        name: what it is, for people.
        kind: what reads it, a key of `graphs.GRAPHS` and `command_line.COMMANDS`; "prompt" has a graph of its own.
        says: a pattern that what is said must hold; None: nothing is wrong with it, and something comes out.
        file: the file's name, which may begin with a folder.
        make: writes the file to a path, or the folder that `file` names.
        graph: the graph of a prompt.
        also: both are right: it is refused, or something comes out.
        cli_says: what the command line says where that differs.
        slow: it takes seconds.
    """

    name: str
    kind: str
    says: str | None
    file: str = ""
    make: Callable[[Path, Stage], None] | None = None
    graph: Callable[[Stage], Graph] | None = None
    also: bool = False
    cli_says: str | None = None
    slow: bool = False


def written(content: bytes) -> Callable[[Path, Stage], None]:
    """Makes a file with these bytes."""
    return lambda path, stage: _write(path, content)


def made(content: Callable[[], bytes]) -> Callable[[Path, Stage], None]:
    """Makes a file with the bytes that a function gives when they are needed."""
    return lambda path, stage: _write(path, content())


def sparse(head: bytes, size: int) -> Callable[[Path, Stage], None]:
    """Makes a file of `size` bytes, nearly all of them zeros that take no room on the disk."""

    def make(path: Path, stage: Stage) -> None:
        if sys.platform != "linux":
            pytest.skip("files have no holes here: it would fill the disk")
        _write(path, head)
        with path.open("r+b") as file:
            file.truncate(size)

    return make


def _write(path: Path, content: bytes) -> None:
    path.write_bytes(content)

"""What a test knows to be there, said to readers and to type checkers."""

from __future__ import annotations

import importlib.util
import subprocess
from pathlib import Path
from types import ModuleType
from typing import TypeVar
from xml.etree.ElementTree import Element

from torch import Tensor

T = TypeVar("T")


def sure(value: T | None) -> T:
    """The value, which is not None."""
    assert value is not None
    return value


def gradient(tensor: Tensor) -> Tensor:
    """What a backward pass left at a tensor."""
    return sure(tensor.grad)


def attribute(element: Element, name: str) -> str:
    """An attribute that an element has."""
    return sure(element.get(name))


def number(element: Element, name: str) -> float:
    """An attribute that is a number."""
    return float(attribute(element, name))


def two(numbers: tuple[int, ...]) -> tuple[int, int]:
    """A size, as height and width."""
    height, width = numbers
    return height, width


def module_of(file: Path, name: str = "", places: list[str] | None = None) -> ModuleType:
    """A file's module, not yet run: for `run_module`."""
    spec = sure(importlib.util.spec_from_file_location(name or file.stem, file, submodule_search_locations=places))
    return importlib.util.module_from_spec(spec)


def run_module(module: ModuleType) -> ModuleType:
    """The module, after its code has run."""
    sure(sure(module.__spec__).loader).exec_module(module)
    return module


def heard_until(process: subprocess.Popen[bytes], word: bytes) -> bytes:
    """What a process says on standard error until a word comes; its end before that is a failure."""
    seen = b""
    while word not in seen:
        chunk = sure(process.stderr).read1()  # pyright: ignore[reportAttributeAccessIssue]  (a BufferedReader)
        assert chunk, seen
        seen += chunk
    return seen

"""Which version of the program this is."""

from __future__ import annotations

import importlib.metadata
import re
from functools import cache
from pathlib import Path


@cache
def version() -> str:
    """The version in the checkout's pyproject.toml, or of the installed package where there is no checkout."""
    pyproject = Path(__file__).resolve().parents[1] / "pyproject.toml"
    if pyproject.is_file():
        found = re.search(r'^version\s*=\s*"([^"]+)"', pyproject.read_text(encoding="utf-8"), re.MULTILINE)
        return found.group(1) if found else "unknown"
    try:
        return importlib.metadata.version("alla-prima")
    except importlib.metadata.PackageNotFoundError:  # a copy of the folder
        return "unknown"

"""Hostile files on the command line: exit code 2, one line that says why, and nothing is left behind."""

from __future__ import annotations

from pathlib import Path

import pytest
from hostile.command_line import played
from hostile.corpus import FILES


@pytest.mark.parametrize("name", [name for name, case in FILES.items() if not case.slow])
def test_hostile_file(tmp_path: Path, name: str) -> None:
    assert played(FILES[name], tmp_path / "here").problems == ()

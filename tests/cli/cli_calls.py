"""Calling the command line, in this process and in one of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from painter_core.cli import main

ROOT = Path(__file__).resolve().parents[2]


def call(capsys: pytest.CaptureFixture[str], *argv: object) -> tuple[int, str, str]:
    code = main([str(argument) for argument in argv])
    out, err = capsys.readouterr()
    return code, out, err


def assert_refused(outcome: tuple[int, str, str], *reasons: str) -> None:
    """Exit code 2, nothing on standard output, one line on standard error that holds every reason."""
    code, out, err = outcome
    assert code == 2, err
    assert out == ""
    assert err.endswith("\n")
    assert len(err.splitlines()) == 1, err
    for reason in reasons:
        assert reason in err


def command(*argv: object) -> list[str]:
    return [sys.executable, "-m", "painter_core", *(str(argument) for argument in argv)]


def run_process(*argv: object) -> tuple[int, str, str]:
    process = subprocess.run(command(*argv), cwd=ROOT, capture_output=True, text=True, timeout=240)
    return process.returncode, process.stdout, process.stderr

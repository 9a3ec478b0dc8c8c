"""Calling the command line, in this process and in one of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch import Tensor

from painter_core.cli import main

ROOT = Path(__file__).resolve().parents[2]


class DabPredictor:
    """A predictor without a network: eight dabs at fixed places of every patch. The painter keeps those that help."""

    name, patch, strokes = "dabs", 32, 8

    def predict(self, target: Tensor, canvas: Tensor) -> tuple[Tensor, Tensor]:
        marks = torch.rand(8, 5, generator=torch.Generator().manual_seed(0))
        marks = marks * torch.tensor([1.0, 1.0, 0.4, 0.2, 3.0]) + torch.tensor([0.0, 0.0, 0.4, 0.2, 0.0])
        return marks.expand(len(target), 8, 5), torch.ones(len(target), 8)


def call(capsys: pytest.CaptureFixture[str], *argv: object) -> tuple[int, str, str]:
    code = main([str(argument) for argument in argv])
    return code, *capsys.readouterr()


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

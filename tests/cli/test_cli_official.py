"""`stylize --weights` and `paint --style-weights`: official checkpoints that people own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from cli_calls import assert_refused, call
from official_checkpoints import DECODER, VGG, nothing, published, write
from PIL import Image


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    """Checkpoints that make every picture one color."""
    files = published()
    folder = write(tmp_path / "checkpoints", files)
    color = {"decoder_layer_2.24.bias": torch.tensor([0.8, 0.4, 0.2])}
    torch.save(nothing(files[DECODER]) | color, folder / DECODER)
    return folder


def test_official_checkpoints_are_used(capsys: pytest.CaptureFixture[str], photo: Path, weights: Path) -> None:
    out = photo.parent / "out" / "p.png"
    argv = ["stylize", photo, photo, "-o", out, "--method", "adaattn", "--json"]
    code, stdout, err = call(capsys, *argv, "--weights", weights)
    assert code == 0, err
    assert json.loads(stdout)["method"] == "adaattn"
    made = np.asarray(Image.open(out).convert("RGB"))
    assert (made == (204, 102, 51)).all()
    assert call(capsys, *argv, "--weights", weights, "--strength", 0)[0] == 0
    assert np.array_equal(np.asarray(Image.open(out)), np.asarray(Image.open(photo).convert("RGB")))


def test_checkpoints_that_cannot_be_used(capsys: pytest.CaptureFixture[str], photo: Path, weights: Path) -> None:
    out = photo.parent / "out" / "p.png"
    argv = ["stylize", photo, photo, "-o", out, "--weights", weights]
    assert_refused(call(capsys, *argv), "--weights", "--method adaattn", "palette")
    (weights / DECODER).write_bytes((weights / DECODER).read_bytes()[:1000])
    assert_refused(call(capsys, *argv, "--method", "adaattn"), DECODER)
    (weights / VGG).unlink()
    assert_refused(call(capsys, *argv, "--method", "adaattn"), f"{VGG} is missing", str(weights))
    assert not out.exists()


def test_a_painting_in_their_style(
    capsys: pytest.CaptureFixture[str], photo: Path, weights: Path, loaded: list[Any]
) -> None:
    out = photo.parent / "out" / "p.png"
    argv = ["paint", photo, "-o", out, "--strokes", 40, "--brush", "flat", "--style-weights", weights]
    code, _, err = call(capsys, *argv, "--style", photo, "--method", "adaattn")
    assert code == 0, err
    assert np.abs(np.asarray(Image.open(out).convert("RGB")).astype(int) - (204, 102, 51)).mean() < 4
    assert_refused(call(capsys, *argv, "--style", photo, "--method", "fast"), "--style-weights", "--method adaattn")
    assert_refused(call(capsys, *argv), "--style-weights", "--style")
    (weights / VGG).unlink()
    assert_refused(call(capsys, *argv, "--style", photo, "--method", "adaattn"), f"{VGG} is missing")

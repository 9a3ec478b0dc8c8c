"""`paint --style`: a picture gets the style of another one, and is painted."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cli_calls import assert_refused, call
from PIL import Image
from style_samples import take_few_steps
from sure import sure

from painter_core.export import load_strokes
from painter_core.style import METHODS
from painter_core.style.strokes import by_style as strokes_style


@pytest.fixture
def style(photo: Path) -> Path:
    """Broad, slanting stripes in two colors, next to the photograph."""
    path = photo.parent / "style.png"
    y, x = np.mgrid[0:64, 0:80]
    stripe = ((x + y) // 10 % 2 == 0)[..., None]
    Image.fromarray(np.where(stripe, (220, 200, 40), (30, 40, 130)).astype(np.uint8)).save(path)
    return path


def pixels(path: Path) -> np.ndarray:
    return np.asarray(Image.open(path).convert("RGB")).astype(int)


def painted(capsys: pytest.CaptureFixture[str], photo: Path, *argv: object) -> tuple[np.ndarray, dict[str, Any]]:
    out = photo.parent / "out" / "p.png"
    code, stdout, err = call(capsys, "paint", photo, "-o", out, "--strokes", 60, "--json", *argv)
    assert code == 0, err
    return pixels(out), json.loads(stdout)


@pytest.mark.parametrize("method", METHODS)
def test_style_then_paint(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    photo: Path,
    style: Path,
    loaded: list[Any],
    method: str,
) -> None:
    take_few_steps(monkeypatch)
    quick = ("--refine", 2)
    plain, report = painted(capsys, photo, *quick)
    assert report["style"] is None
    made, report = painted(capsys, photo, "--style", style, "--method", method, *quick)
    assert report["style"] == method
    target = photo.parent / "target.png"
    assert call(capsys, "stylize", photo, style, "-o", target, "--method", method)[0] == 0
    assert np.abs(made - pixels(target)).mean() < np.abs(plain - pixels(target)).mean()
    nothing, _ = painted(capsys, photo, "--style", style, "--method", method, "--style-strength", 0, *quick)
    assert np.array_equal(nothing, plain)


def test_all_options_of_paint_work_with_a_style(
    capsys: pytest.CaptureFixture[str], photo: Path, style: Path, loaded: list[Any]
) -> None:
    out = photo.parent / "out"
    argv = ["--style", style, photo, "--keep-colors", "--brush", "flat", "--mask", photo, "--refine", 1]
    made, report = painted(capsys, photo, *argv, "--save-strokes", out / "s.json", "--svg", out / "s.svg")
    assert made.shape == (51, 70, 3)
    assert (report["style"], report["brush"], report["refine"]) == ("palette", "flat", 1)
    assert len(load_strokes(out / "s.json")) == report["strokes"] > 0
    assert (out / "s.svg").is_file()


def test_the_paper_paints_what_is_stylized(
    capsys: pytest.CaptureFixture[str], photo: Path, style: Path, loaded: list[Any]
) -> None:
    out = photo.parent / "out"
    for name, argv in (("plain", []), ("styled", ["--style", style])):
        assert call(capsys, "paint", photo, "-o", out / f"{name}.png", "--mode", "paper", *argv)[0] == 0
    assert np.abs(pixels(out / "plain.png") - pixels(out / "styled.png")).mean() > 5


def test_strokes_are_shaped(
    capsys: pytest.CaptureFixture[str], photo: Path, style: Path, loaded: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(strokes_style.style_strokes, "__kwdefaults__", {
        **sure(strokes_style.style_strokes.__kwdefaults__), "steps": 2,
    })  # fmt: skip
    colored, _ = painted(capsys, photo, "--style", style)
    shaped, report = painted(capsys, photo, "--style", style, "--method", "strokes", "--preset", "oil")
    assert (report["style"], report["refine"]) == ("strokes", 0)
    assert 0 < report["strokes"] <= 60
    assert not np.array_equal(shaped, colored)


@pytest.mark.parametrize(
    ("wrong", "reasons"),
    [
        (["--method", "palette"], ["--method", "--style"]),
        (["--keep-colors"], ["--keep-colors", "--style"]),
        (["--style-strength", "0.5"], ["--style-strength", "--style"]),
        (["--style", "STYLE", "--method", "magic"], ["magic", "palette", "strokes"]),
        (["--style", "STYLE", "--style-strength", "2"], ["--style-strength", "0 to 1"]),
        (["--style", "STYLE", "nowhere.png"], ["nowhere.png"]),
        (["--style", "STYLE", "--method", "strokes", "--mode", "paper"], ["--method strokes", "--mode paper"]),
        (["--style", "STYLE", "--method", "strokes", "--canvas", "STYLE"], ["--canvas", "--method strokes"]),
        (["--style", "STYLE", "--method", "strokes", "--refine", "3"], ["--refine", "--method strokes"]),
    ],
)
def test_paint_refuses(
    capsys: pytest.CaptureFixture[str], photo: Path, style: Path, wrong: list[str], reasons: list[str]
) -> None:
    argv = [style if argument == "STYLE" else argument for argument in wrong]
    assert_refused(call(capsys, "paint", photo, "-o", photo.parent / "out" / "p.png", *argv), *reasons)
    assert list((photo.parent / "out").iterdir()) == []


def test_a_style_is_not_written_over(capsys: pytest.CaptureFixture[str], photo: Path, style: Path) -> None:
    assert_refused(call(capsys, "paint", photo, "-o", style, "--style", style), "style.png")

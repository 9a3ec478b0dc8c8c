"""`stylize` gives pictures a style."""

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
    """A picture with two colors, next to the photograph."""
    path = photo.parent / "style.png"
    pixels = np.zeros((30, 40, 3), np.uint8)
    pixels[:, ::2], pixels[:, 1::2] = (220, 200, 40), (30, 40, 130)
    Image.fromarray(pixels).save(path)
    return path


def pixels(path: Path) -> np.ndarray:
    return np.asarray(Image.open(path).convert("RGB")).astype(int)


def test_palette(capsys: pytest.CaptureFixture[str], photo: Path, style: Path) -> None:
    out = photo.parent / "out" / "p.png"
    code, stdout, _ = call(capsys, "stylize", photo, style, "-o", out, "--json")
    assert code == 0
    answer = json.loads(stdout)
    assert (answer["method"], answer["strokes"], answer["width"], answer["height"]) == ("palette", None, 70, 51)
    for channel in range(3):
        values = np.sort(pixels(out)[..., channel].ravel())
        wanted = np.sort(pixels(style)[..., channel].ravel())
        at = np.linspace(0, 1, 500)
        apart = np.abs(np.quantile(values, at, method="nearest") - np.quantile(wanted, at, method="nearest")).mean()
        assert apart < 0.01 * 255


@pytest.mark.parametrize("method", METHODS)
def test_every_method_reads_any_kind_of_picture(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, photo: Path, style: Path, method: str
) -> None:
    take_few_steps(monkeypatch)
    folder, colors = photo.parent, pixels(photo).astype(np.uint8)[::2, ::2]
    clear = np.full((26, 35, 1), 255, np.uint8)
    clear[:, :10] = 0
    Image.fromarray(colors).save(folder / "small.png")
    kinds = {"rgba.png": np.concatenate([colors, clear], 2), "grey.png": colors[..., 0], "deep.png": None}
    Image.fromarray(kinds["rgba.png"]).save(folder / "rgba.png")
    Image.fromarray(kinds["grey.png"]).save(folder / "grey.png")
    Image.fromarray(colors[..., 0].astype(np.uint16) * 257).save(folder / "deep.png")
    for name in kinds:
        for content, reference in ((folder / name, style), (folder / "small.png", folder / name)):
            out = folder / "out" / name
            code, _, err = call(capsys, "stylize", content, reference, "-o", out, "--method", method)
            assert code == 0, err
            assert pixels(out).shape == (26, 35, 3)
    # without colors there are none to take
    assert np.ptp(pixels(folder / "out" / "grey.png"), axis=2).mean() < 0.5 * np.ptp(pixels(photo), axis=2).mean()


def test_strength_nothing_and_mask(capsys: pytest.CaptureFixture[str], photo: Path, style: Path) -> None:
    out = photo.parent / "out"
    assert call(capsys, "stylize", photo, style, "-o", out / "n.png", "--strength", 0)[0] == 0
    assert np.array_equal(pixels(out / "n.png"), pixels(photo))
    half = np.zeros((51, 70), np.uint8)
    half[:, :35] = 255
    Image.fromarray(half).save(photo.parent / "half.png")
    assert call(capsys, "stylize", photo, style, "-o", out / "m.png", "--mask", photo.parent / "half.png")[0] == 0
    assert np.array_equal(pixels(out / "m.png")[:, 35:], pixels(photo)[:, 35:])
    assert not np.array_equal(pixels(out / "m.png")[:, :35], pixels(photo)[:, :35])


def test_several_styles_and_kept_colors(capsys: pytest.CaptureFixture[str], photo: Path, style: Path) -> None:
    out = photo.parent / "out"
    assert call(capsys, "stylize", photo, style, photo, "-o", out / "both.png")[0] == 0
    assert call(capsys, "stylize", photo, style, "-o", out / "kept.png", "--keep-colors")[0] == 0
    assert not np.array_equal(pixels(out / "both.png"), pixels(out / "kept.png"))


def test_strokes(
    capsys: pytest.CaptureFixture[str], photo: Path, style: Path, loaded: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(strokes_style.style_strokes, "__kwdefaults__", {
        **sure(strokes_style.style_strokes.__kwdefaults__), "steps": 2,
    })  # fmt: skip
    out = photo.parent / "out"
    argv = ["stylize", photo, style, "-o", out / "p.png", "--method", "strokes", "--strokes", 60, "--brush", "flat"]
    code, stdout, _ = call(capsys, *argv, "--seed", 3, "--save-strokes", out / "s.json", "--json")
    assert code == 0
    strokes = load_strokes(out / "s.json")
    assert json.loads(stdout)["strokes"] == len(strokes) > 0
    assert loaded == [("compact", "cpu")]
    assert Image.open(out / "p.png").size == (70, 51)


@pytest.mark.parametrize(
    ("wrong", "reasons"),
    [
        (["--method", "magic"], ["magic", "palette", "strokes"]),
        (["--strength", "1.2"], ["--strength", "0 to 1"]),
        (["--strength", "nan"], ["--strength", "0 to 1"]),
        (["--strokes", 100], ["--strokes", "--method strokes"]),
        (["--save-strokes", "s.json"], ["--save-strokes", "--method strokes"]),
        (["--mask", "nowhere.png"], ["nowhere.png"]),
    ],
)
def test_stylize_refuses(
    capsys: pytest.CaptureFixture[str], photo: Path, style: Path, wrong: list[object], reasons: list[str]
) -> None:
    out = photo.parent / "out"
    assert_refused(call(capsys, "stylize", photo, style, "-o", out / "p.png", *wrong), *reasons)
    assert list(out.iterdir()) == []


def test_files_are_checked_first(capsys: pytest.CaptureFixture[str], photo: Path, style: Path) -> None:
    assert_refused(call(capsys, "stylize", photo, style, "-o", style), "style.png")
    assert_refused(call(capsys, "stylize", photo, style, "-o", photo.parent / "out" / "p.gif"), ".gif")
    assert_refused(call(capsys, "stylize", photo, "-o", photo.parent / "out" / "p.png"), "STYLE")

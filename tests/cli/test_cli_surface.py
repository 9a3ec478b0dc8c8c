"""`surface` lights stroke files."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from cli_calls import assert_refused, call
from PIL import Image

from painter_core.cli import COMMANDS
from painter_core.export import load_strokes
from painter_core.surface import Surface, light_surface, scene


def pixels(path: Path) -> np.ndarray:
    return np.asarray(Image.open(path).convert("RGB")).astype(int)


def test_it_is_listed() -> None:
    assert "surface" in COMMANDS


def test_picture_heights_and_normals(
    capsys: pytest.CaptureFixture[str], painted: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = painted.parent / "out"
    files = ["-o", out / "p.png", "--height", out / "h.png", "--normals", out / "n.png"]
    settings = ["--impasto", 0.8, "--light", "90,30", "--weave", "linen", "--weave-size", 5, "--varnish", 0.5]
    monkeypatch.setattr(scene, "WINDOW", 90)  # several strips
    code, stdout, _ = call(capsys, "surface", painted, *files, *settings, "--scale", 2, "--json")
    assert code == 0
    answer = json.loads(stdout)
    assert (answer["width"], answer["height"]) == (140, 102)
    assert 0 < answer["white_is_pixels"] < 20
    surface = Surface(impasto=0.8, azimuth=90, elevation=30, weave="linen", weave_size=5, varnish=0.5)
    seen = light_surface(load_strokes(painted), surface, scale=2)
    assert np.abs(pixels(out / "p.png") - 255 * seen.picture.movedim(0, -1).numpy()).max() < 0.6
    assert np.abs(pixels(out / "n.png") - 255 * seen.normals.movedim(0, -1).numpy()).max() < 0.6
    heights = np.asarray(Image.open(out / "h.png"))
    assert heights.max() > 255  # sixteen bits
    assert np.abs(heights / 65535.0 - seen.height.numpy()).max() < 1e-4


def test_no_surface_is_render(capsys: pytest.CaptureFixture[str], painted: Path) -> None:
    out = painted.parent / "out"
    assert call(capsys, "render", painted, "-o", out / "r.png", "--size", "99x60", "--brush", "flat")[0] == 0
    flat = ["--impasto", 0, "--weave", "none", "--varnish", 0]
    assert call(capsys, "surface", painted, "-o", out / "s.png", "--size", "99x60", "--brush", "flat", *flat)[0] == 0
    assert np.array_equal(pixels(out / "r.png"), pixels(out / "s.png"))


def test_a_canvas_of_another_size_and_a_jpeg(capsys: pytest.CaptureFixture[str], painted: Path) -> None:
    out = painted.parent / "out"
    assert call(capsys, "surface", painted, "-o", out / "p.jpg", "--canvas", painted.parent / "photo.png")[0] == 0
    assert Image.open(out / "p.jpg").size == (70, 51)


@pytest.mark.parametrize(
    ("wrong", "reasons"),
    [
        (["--impasto", 2], ["impasto must be from 0 to 1", "2"]),
        (["--light", "left"], ["--light", "AZIMUTH,ELEVATION", "'left'"]),
        (["--light", "90,0"], ["elevation must be from 5 to 90"]),
        (["--weave", "burlap"], ["burlap", "linen"]),
        (["--weave-size", "nan"], ["weave_size"]),
        (["--brush", "mop"], ["mop"]),
        (["--scale", 1e5], ["too many"]),
        (["--seed", -1], ["--seed"]),
    ],
)
def test_surface_refuses(
    capsys: pytest.CaptureFixture[str], painted: Path, wrong: list[object], reasons: list[str]
) -> None:
    out = painted.parent / "out"
    assert_refused(call(capsys, "surface", painted, "-o", out / "p.png", *wrong), *reasons)
    assert list(out.iterdir()) == []


def test_files_are_checked_first(capsys: pytest.CaptureFixture[str], painted: Path) -> None:
    out = painted.parent / "out"
    assert_refused(call(capsys, "surface", painted, "-o", out / "p.png", "--height", out / "h.jpg"), "--height", ".png")
    assert_refused(call(capsys, "surface", painted, "-o", out / "p.png", "--normals", out / "p.png"), "p.png")
    assert_refused(call(capsys, "surface", painted, "-o", out / "typo" / "p.png"), "no folder")
    assert list(out.iterdir()) == []

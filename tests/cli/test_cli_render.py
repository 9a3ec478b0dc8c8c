"""`render` draws stroke files at any size."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli_calls import assert_refused, call
from PIL import Image


def test_render_gives_the_painting_again(capsys: pytest.CaptureFixture[str], painted: Path) -> None:
    out = painted.parent / "out"
    code, stdout, _ = call(capsys, "render", painted, "-o", out / "p.png")
    assert (code, stdout) == (0, "")
    assert (out / "p.png").read_bytes() == (painted.parent / "p.png").read_bytes()


def test_render_at_other_sizes(capsys: pytest.CaptureFixture[str], painted: Path) -> None:
    out = painted.parent / "out"
    for options, size in [
        (["--scale", 2.5], (175, 128)),
        (["--scale", 0.001], (1, 1)),
        (["--size", "33x44"], (33, 44)),
    ]:
        assert call(capsys, "render", painted, "-o", out / "p.png", *options)[0] == 0
        assert Image.open(out / "p.png").size == size
    argv = ["render", painted, "-o", out / "p.png", "--svg", out / "s.svg", "--timelapse", out / "t.mp4"]
    assert call(capsys, *argv, "--brush", "round")[0] == 0
    assert sorted(path.name for path in out.iterdir()) == ["p.png", "s.svg", "t.mp4"]


def test_render_refuses(capsys: pytest.CaptureFixture[str], painted: Path) -> None:
    out = painted.parent / "out" / "p.png"
    cut = painted.parent / "cut.safetensors"
    cut.write_bytes(painted.read_bytes()[:-9])
    assert_refused(call(capsys, "render", cut, "-o", out), "cut.safetensors")
    assert_refused(call(capsys, "render", painted.parent / "photo.png", "-o", out), "photo.png")
    assert_refused(call(capsys, "render", painted.parent / "none.json", "-o", out), "none.json", "no such file")
    assert_refused(call(capsys, "render", painted, "-o", out, "--scale", 1e5), "too many")
    assert_refused(call(capsys, "render", painted, "-o", out, "--brush", "mop"), "mop")
    assert_refused(call(capsys, "render", painted, "-o", out.parent / "typo" / "p.png"), "no folder")
    assert list(out.parent.iterdir()) == []

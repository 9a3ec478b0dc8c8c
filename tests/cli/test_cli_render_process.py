"""`render` shows how a painting comes into being, and what it covers."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest
from cli_calls import assert_refused, call
from PIL import Image

from painter_core.export import load_strokes
from painter_core.rendering.raster import coverage, render


def pixels(path: Path) -> np.ndarray:
    return np.asarray(Image.open(path).convert("RGB")).astype(int)


def test_frames_and_film_in_another_order_end_with_the_painting(
    capsys: pytest.CaptureFixture[str], painted: Path
) -> None:
    out = painted.parent / "out"
    argv = ["render", painted, "-o", out / "p.png", "--frames", out / "frames", "--timelapse", out / "t.mp4"]
    argv += ["--order", "light to dark", "--easing", "both", "--seconds", 0.5, "--fps", 12, "--hold", 0.25]
    assert call(capsys, *argv)[0] == 0
    names = sorted(path.name for path in (out / "frames").iterdir())
    assert names == [f"frame-{i:05}.png" for i in range(1, 7)]
    assert np.array_equal(pixels(out / "frames" / names[-1]), pixels(out / "p.png"))
    assert pixels(out / "frames" / names[0]).std(axis=(0, 1)).max() == 0  # the bare ground
    with av.open(str(out / "t.mp4")) as container:
        assert container.streams.video[0].average_rate == 12
        assert len(list(container.decode(video=0))) == 6 + 3


def test_film_of_a_size_by_region_of_a_mask(capsys: pytest.CaptureFixture[str], painted: Path) -> None:
    out = painted.parent / "out"
    right = np.zeros((51, 70), np.uint8)
    right[:, 35:] = 255
    Image.fromarray(right).save(painted.parent / "right.png")
    argv = ["render", painted, "-o", out / "p.png", "--frames", out / "frames", "--film-size", 35, "--seconds", 0.2]
    argv += ["--order", "region", "--mask", painted.parent / "right.png", "--fps", 10, "--timelapse", out / "t.mp4"]
    assert call(capsys, *argv)[0] == 0
    assert Image.open(out / "frames" / "frame-00001.png").size == (35, 26)
    with av.open(str(out / "t.mp4")) as container:
        assert next(container.decode(video=0)).to_ndarray(format="rgb24").shape == (26, 36, 3)


def test_coverage_and_canvas_at_a_larger_size(capsys: pytest.CaptureFixture[str], painted: Path) -> None:
    out = painted.parent / "out"
    strokes = load_strokes(painted)
    argv = ["render", painted, "-o", out / "p.png", "--coverage", out / "c.png", "--scale", 3]
    assert call(capsys, *argv)[0] == 0
    expected = (coverage(strokes, scale=3) * 255).round().numpy()
    assert np.array_equal(np.asarray(Image.open(out / "c.png")), expected.astype(np.uint8))
    photo = painted.parent / "photo.png"
    assert call(capsys, "render", painted, "-o", out / "p.png", "--scale", 3, "--canvas", photo)[0] == 0
    ground = np.asarray(Image.open(photo).resize((210, 153), Image.Resampling.BILINEAR)).astype(int)
    bare = expected == 0
    assert bare.any()
    assert np.abs(pixels(out / "p.png") - ground)[bare].max() <= 2  # the picture shows where there is no paint


def test_svg_styles(capsys: pytest.CaptureFixture[str], painted: Path) -> None:
    out = painted.parent / "out"
    count = len(load_strokes(painted))
    for style, brush, element in [("shapes", "oil", "path"), ("shapes", "flat", "rect"), ("strokes", "oil", "line")]:
        argv = ["render", painted, "-o", out / "p.png", "--svg", out / "s.svg", "--svg-style", style, "--brush", brush]
        assert call(capsys, *argv)[0] == 0
        assert (out / "s.svg").read_text().count(f"<{element} ") == count + (element == "rect")  # and the ground


def test_many_strips_make_one_picture(capsys: pytest.CaptureFixture[str], painted: Path) -> None:
    out = painted.parent / "out"
    for name in ("p.png", "p.jpg"):
        assert call(capsys, "render", painted, "-o", out / name, "--size", "601x1300")[0] == 0
    assert np.abs(pixels(out / "p.png") - pixels(out / "p.jpg")).mean() < 2
    whole = render(load_strokes(painted), size=(1300, 601)).movedim(0, -1) * 255
    assert np.array_equal(pixels(out / "p.png"), whole.round().numpy().astype(int))


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--order", "upside down"], "light to dark"),
        (["--easing", "bouncy"], "slow start"),
        (["--hold", "-1"], "0 to 3600"),
        (["--seconds", "0"], "above 0"),
        (["--seconds", "1e9"], "at most 3600"),
        (["--fps", "500"], "240"),
        (["--film-size", "9"], "16"),
        (["--svg-style", "dots"], "shapes"),
        (["--coverage", "c.txt"], ".png"),
        (["--mask", "none.png"], "none.png"),
    ],
)
def test_mistakes_are_refused(
    capsys: pytest.CaptureFixture[str], painted: Path, options: list[str], reason: str
) -> None:
    out = painted.parent / "out"
    assert_refused(call(capsys, "render", painted, "-o", out / "p.png", *options), reason)
    assert list(out.iterdir()) == []


def test_folders_for_frames_that_are_none(capsys: pytest.CaptureFixture[str], painted: Path) -> None:
    out = painted.parent / "out"
    argv = ["render", painted, "-o", out / "p.png", "--frames"]
    assert_refused(call(capsys, *argv, painted.parent), "not empty")
    assert_refused(call(capsys, *argv, painted), "this is a file")
    assert_refused(call(capsys, *argv, out / "not" / "there"), "no folder")
    assert list(out.iterdir()) == []

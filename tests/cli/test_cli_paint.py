"""`paint` writes what was asked for and reports it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
import torch
from cli_calls import call
from PIL import Image

from painter_core.bench.metrics import l1, psnr
from painter_core.export import load_strokes
from painter_core.files.pictures import read_picture
from painter_core.rendering.raster import render


def test_paint_writes_everything_and_reports(
    capsys: pytest.CaptureFixture[str], photo: Path, loaded: list[Any]
) -> None:
    out = photo.parent / "out"
    code, stdout, stderr = call(
        capsys, "paint", photo, "-o", out / "p.png", "--strokes", 60, "--seed", 5, "--device", "cpu", "--json",
        "--save-strokes", out / "s.safetensors", "--svg", out / "s.svg", "--timelapse", out / "t.mp4",
    )  # fmt: skip
    assert code == 0, stderr
    report = json.loads(stdout)
    assert set(report) >= {"strokes", "seconds", "psnr", "l1", "width", "height", "mode", "device", "predictor"}
    strokes, painting, picture = load_strokes(out / "s.safetensors"), read_picture(out / "p.png"), read_picture(photo)
    assert report["strokes"] == len(strokes)
    assert 0 < len(strokes) <= 60
    assert (report["width"], report["height"], report["mode"], report["device"]) == (70, 51, "fast", "cpu")
    assert report["predictor"] == "compact"
    assert loaded == [("compact", "cpu")]
    assert report["psnr"] == pytest.approx(psnr(painting, picture), abs=0.05)
    assert report["l1"] == pytest.approx(l1(painting, picture), abs=0.002)
    assert (painting - render(strokes)).abs().max() < 0.6 / 255
    assert (out / "s.svg").read_text().count("<path") == len(strokes)
    with av.open(str(out / "t.mp4")) as video:
        assert (video.streams.video[0].width, video.streams.video[0].height) == (70, 52)
    assert sorted(path.name for path in out.iterdir()) == ["p.png", "s.safetensors", "s.svg", "t.mp4"]
    closing = stderr.splitlines()[-1]
    assert f"{len(strokes)} strokes" in closing
    assert "PSNR" in closing


def test_paint_without_json_prints_nothing_on_stdout(
    capsys: pytest.CaptureFixture[str], photo: Path, loaded: list[Any]
) -> None:
    code, stdout, _ = call(capsys, "paint", photo, "-o", photo.parent / "p.jpg", "--strokes", 5)
    assert (code, stdout) == (0, "")


def test_same_seed_same_painting(capsys: pytest.CaptureFixture[str], photo: Path, loaded: list[Any]) -> None:
    out = photo.parent / "out"
    for name, seed in (("a", 1), ("b", 1), ("c", 2**64 - 1)):
        assert call(capsys, "paint", photo, "-o", out / f"{name}.png", "--strokes", 40, "--seed", seed)[0] == 0
    pictures = [(out / f"{name}.png").read_bytes() for name in "abc"]
    assert pictures[0] == pictures[1]
    assert pictures[0] != pictures[2]


@pytest.mark.parametrize(("width", "height"), [(1, 1), (200, 3), (33, 65)])
def test_any_size_comes_out_in_its_size(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, loaded: list[Any], width: int, height: int
) -> None:
    Image.effect_noise((width, height), 90).convert("RGB").save(tmp_path / "in.png")
    argv = ["paint", tmp_path / "in.png", "-o", tmp_path / "p.png", "--timelapse", tmp_path / "t.mp4", "--json"]
    code, stdout, stderr = call(capsys, *argv, "--strokes", 20, "--svg", tmp_path / "s.svg")
    assert code == 0, stderr
    assert (json.loads(stdout)["width"], json.loads(stdout)["height"]) == (width, height)
    assert Image.open(tmp_path / "p.png").size == (width, height)


def test_a_flat_picture_is_a_perfect_copy_and_still_json(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, loaded: list[Any]
) -> None:
    Image.new("RGB", (40, 30), (0, 0, 0)).save(tmp_path / "in.png")
    code, stdout, _ = call(capsys, "paint", tmp_path / "in.png", "-o", tmp_path / "p.png", "--json")
    assert code == 0
    report = json.loads(stdout, parse_constant=pytest.fail)
    assert report["psnr"] is None
    assert report["l1"] == 0


def test_max_size_shrinks_first(capsys: pytest.CaptureFixture[str], photo: Path, loaded: list[Any]) -> None:
    out = photo.parent / "p.png"
    assert call(capsys, "paint", photo, "-o", out, "--strokes", 5, "--max-size", 35)[0] == 0
    assert Image.open(out).size == (35, 26)
    assert call(capsys, "paint", photo, "-o", out, "--strokes", 5, "--max-size", 999)[0] == 0
    assert Image.open(out).size == (70, 51)


def test_canvas_mask_and_detail_reach_the_painting(
    capsys: pytest.CaptureFixture[str], photo: Path, loaded: list[Any]
) -> None:
    out = photo.parent / "out"
    canvas = np.random.default_rng(0).integers(0, 256, (51, 70, 3), dtype=np.uint8)
    Image.fromarray(canvas).save(out / "canvas.png")
    left = np.zeros((102, 140), dtype=np.uint8)  # twice as large: brought to the picture's size
    left[:, :70] = 255
    Image.fromarray(left).save(out / "left.png")
    argv = ["paint", photo, "-o", out / "p.png", "--strokes", 200, "--brush", "flat", "--save-strokes", out / "s.json"]
    code, _, stderr = call(
        capsys, *argv, "--canvas", out / "canvas.png", "--mask", out / "left.png", "--detail", out / "left.png",
        "--timelapse", out / "t.mp4",
    )  # fmt: skip
    assert code == 0, stderr
    painting, before, picture = read_picture(out / "p.png"), read_picture(out / "canvas.png"), read_picture(photo)
    assert (painting - picture)[:, :, :30].abs().mean() < (before - picture)[:, :, :30].abs().mean()
    far_right = (painting - before)[:, :, 60:].abs().amax(0)
    assert (far_right < 1e-6).float().mean() > 0.9  # a mark may reach over the border of the mask, not far
    redrawn = out / "again.png"
    argv = ["render", out / "s.json", "-o", redrawn, "--brush", "flat", "--canvas", out / "canvas.png"]
    assert call(capsys, *argv)[0] == 0
    assert torch.equal(read_picture(redrawn), painting)


def test_paper_mode(capsys: pytest.CaptureFixture[str], photo: Path, loaded: list[Any]) -> None:
    out = photo.parent / "out"
    argv = ["paint", photo, "-o", out / "p.png", "--mode", "paper", "--save-strokes", out / "s.json", "--json"]
    code, stdout, stderr = call(capsys, *argv, "--svg", out / "s.svg", "--timelapse", out / "t.mp4")
    assert code == 0, stderr
    report = json.loads(stdout)
    assert report["mode"] == "paper"
    assert loaded == [("paper-compact", "cpu")]
    assert report["strokes"] == len(load_strokes(out / "s.json")) > 0
    assert Image.open(out / "p.png").size == (70, 51)

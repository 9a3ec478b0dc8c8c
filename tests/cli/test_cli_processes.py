"""The command line as a process of its own, with a real network."""

from __future__ import annotations

import json
import signal
import subprocess
from pathlib import Path

import pytest
import torch
from cli_calls import ROOT, assert_refused, call, command, run_process
from PIL import Image
from sure import heard_until

from painter_core.bench.metrics import psnr
from painter_core.files.pictures import read_picture


def test_paint_and_render_for_real(photo: Path, network: Path) -> None:
    out = photo.parent / "out"
    code, stdout, stderr = run_process(
        "paint", photo, "-o", out / "p.png", "--predictor", network, "--strokes", 100, "--json",
        "--save-strokes", out / "s.json", "--svg", out / "s.svg", "--timelapse", out / "t.mp4", "--seconds", 1,
        "--refine", 2,
    )  # fmt: skip
    assert code == 0, stderr
    report = json.loads(stdout)
    assert 0 < report["strokes"] <= 100
    assert report["predictor"] == str(network)
    plain = read_picture(photo).mean((1, 2), keepdim=True).expand(3, 51, 70)
    assert report["psnr"] > psnr(plain, read_picture(photo))  # better than its ground
    code, stdout, stderr = run_process("render", out / "s.json", "-o", out / "again.png")
    assert (code, stdout) == (0, ""), stderr
    assert torch.equal(read_picture(out / "again.png"), read_picture(out / "p.png"))


def test_the_shipped_network_paints_by_default(photo: Path) -> None:
    out = photo.parent / "out" / "p.png"
    code, stdout, stderr = run_process("paint", photo, "-o", out, "--strokes", 300, "--json")
    assert code == 0, stderr
    report = json.loads(stdout)
    assert report["predictor"] == "compact"
    assert report["strokes"] == 300
    plain = read_picture(photo).mean((1, 2), keepdim=True).expand(3, 51, 70)
    assert report["psnr"] > psnr(plain, read_picture(photo)) + 10


def test_a_process_of_its_own_reports_a_bad_picture_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "empty.png").touch()
    assert_refused(run_process("paint", tmp_path / "empty.png", "-o", tmp_path / "p.png"), "empty.png", "is empty")


def test_bad_predictors_are_refused(capsys: pytest.CaptureFixture[str], photo: Path) -> None:
    out = photo.parent / "out"
    (photo.parent / "bad.safetensors").write_bytes(b"nonsense")
    for predictor in (photo.parent / "bad.safetensors", photo.parent / "none.safetensors", "no-such-name"):
        argv = ["paint", photo, "-o", out / "p.png", "--predictor", predictor]
        assert_refused(call(capsys, *argv), Path(predictor).name)
    assert list(out.iterdir()) == []


def test_a_real_ctrl_c_stops_at_once(tmp_path: Path, network: Path) -> None:
    Image.effect_noise((600, 600), 60).convert("RGB").save(tmp_path / "in.png")
    (tmp_path / "out").mkdir()
    argv = command(
        "paint", tmp_path / "in.png", "-o", tmp_path / "out" / "p.png", "--predictor", network, "--strokes", 50,
        "--refine", 0, "--timelapse", tmp_path / "out" / "t.mp4",
    )  # fmt: skip

    # a runner started in the background of a shell hands on that SIGINT is to be ignored; people's terminals don't
    def heeding() -> None:
        signal.signal(signal.SIGINT, signal.SIG_DFL)

    with subprocess.Popen(argv, cwd=ROOT, stderr=subprocess.PIPE, preexec_fn=heeding) as process:
        # the bar of the encoding: its file is being written now
        seen = heard_until(process, b"time-lapse")
        process.send_signal(signal.SIGINT)
        rest = process.communicate(timeout=60)[1]
    assert process.returncode == 130, seen + rest
    assert b"Traceback" not in rest
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["p.png"]

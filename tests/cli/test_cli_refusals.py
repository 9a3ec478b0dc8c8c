"""`paint` refuses bad input before it paints, and never leaves half a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from cli_calls import assert_refused, call
from PIL import Image
from predictor_samples import Dabs
from torch import Tensor


@pytest.mark.parametrize("option", ["--strokes=5", "--brush=flat", "--canvas=c.png", "--detail=c.png", "--mask=c.png"])
def test_paper_mode_refuses_what_it_would_ignore(
    capsys: pytest.CaptureFixture[str], photo: Path, loaded: list[Any], option: str
) -> None:
    argv = ["paint", photo, "-o", photo.parent / "p.png", "--mode", "paper", option]
    assert_refused(call(capsys, *argv), option.split("=")[0], "paper")


@pytest.mark.parametrize("content", [b"", b"nonsense", b"\x89PNG\r\n\x1a\n\0\0"])
def test_bad_pictures_are_refused(
    capsys: pytest.CaptureFixture[str], photo: Path, loaded: list[Any], content: bytes
) -> None:
    bad = photo.parent / "bad.png"
    bad.write_bytes(content)
    out = photo.parent / "out"
    assert_refused(call(capsys, "paint", bad, "-o", out / "p.png"), "bad.png")
    for option in ("--canvas", "--mask", "--detail"):
        assert_refused(call(capsys, "paint", photo, "-o", out / "p.png", option, bad), "bad.png")
    assert_refused(call(capsys, "paint", photo.parent / "none.png", "-o", out / "p.png"), "none.png", "no such file")
    assert list(out.iterdir()) == []
    assert loaded == []  # refused before a network is loaded


@pytest.mark.parametrize("option", ["-o", "--svg", "--timelapse", "--save-strokes"])
def test_outputs_are_checked_before_the_painting_starts(
    capsys: pytest.CaptureFixture[str], photo: Path, loaded: list[Any], option: str
) -> None:
    out = photo.parent / "out"
    suffix = {"-o": ".png", "--svg": ".svg", "--timelapse": ".mp4", "--save-strokes": ".json"}[option]
    good = [] if option == "-o" else ["-o", out / "p.png"]
    for target, reason in [
        (out / "typo" / f"p{suffix}", "no folder"),
        (out / "p.xyz", ".xyz"),
        (out / "p", "p"),
    ]:
        assert_refused(call(capsys, "paint", photo, *good, option, target), reason)
    assert list(out.iterdir()) == []
    assert loaded == []


def test_outputs_must_not_be_inputs_or_one_another(
    capsys: pytest.CaptureFixture[str], photo: Path, loaded: list[Any]
) -> None:
    before = photo.read_bytes()
    assert_refused(call(capsys, "paint", photo, "-o", photo), "an input")
    assert photo.read_bytes() == before
    same = photo.parent / "s.svg"
    link = photo.parent / "link.svg"
    link.symlink_to(photo)
    assert_refused(call(capsys, "paint", photo, "-o", photo.parent / "p.png", "--svg", link), "an input")
    assert not same.exists()


def test_masks_of_another_shape_and_unknown_names_are_refused(
    capsys: pytest.CaptureFixture[str], photo: Path, loaded: list[Any]
) -> None:
    out = photo.parent / "out" / "p.png"
    Image.new("L", (70, 70), 255).save(photo.parent / "square.png")
    for option in ("--mask", "--detail", "--canvas"):
        refused = call(capsys, "paint", photo, "-o", out, option, photo.parent / "square.png")
        assert_refused(refused, "square.png", "70x70", "70x51")
    assert_refused(call(capsys, "paint", photo, "-o", out, "--brush", "mop"), "mop", "oil")
    if not torch.cuda.is_available():
        assert_refused(call(capsys, "paint", photo, "-o", out, "--device", "cuda"), "cuda", "cpu")


def test_ctrl_c_exits_130_and_leaves_no_half_file(
    capsys: pytest.CaptureFixture[str], photo: Path, loaded: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    out = photo.parent / "out"
    argv = ["paint", photo, "-o", out / "p.png", "--strokes", 9, "--timelapse", out / "t.mp4"]

    def interrupt(*_: object, **__: Any) -> Tensor:
        raise KeyboardInterrupt

    with monkeypatch.context() as during_painting:
        during_painting.setattr(Dabs, "predict", interrupt)
        code, stdout, stderr = call(capsys, *argv)
    assert (code, stdout) == (130, "")
    assert "Traceback" not in stderr
    assert list(out.iterdir()) == []
    with monkeypatch.context() as during_encoding:
        during_encoding.setattr("painter_core.export.timelapse._video_frame", interrupt)
        assert call(capsys, *argv)[0] == 130
    assert [path.name for path in out.iterdir()] == ["p.png"]


def test_a_full_disk_is_one_line_and_leaves_no_half_file(
    capsys: pytest.CaptureFixture[str], photo: Path, loaded: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("painter_core.files.png.PngWriter.write", full)
    code, stdout, stderr = call(capsys, "paint", photo, "-o", photo.parent / "out" / "p.png", "--strokes", 3)
    assert (code, stdout) == (2, "")
    assert "p.png: No space left on device" in stderr.splitlines()[-1]
    assert list((photo.parent / "out").iterdir()) == []

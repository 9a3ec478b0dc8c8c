"""The command `frames`: films in, films out, and no frame is painted twice for a process that was killed."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import time
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
import torch
from cli_calls import ROOT, assert_refused, call, command
from PIL import Image

from painter_core.export.stroke_io import load_strokes
from painter_core.sequence import job as jobs

QUICK = ("--strokes", 24, "--refine", 1, "--attention", 0)
SIZE = (36, 52)


def shot(t: int, size: tuple[int, int] = SIZE) -> np.ndarray:
    """(h, w, 3) uint8: a bright square that goes to the right over a slope."""
    y, x = np.mgrid[0 : size[0], 0 : size[1]]
    pixels = np.stack([3 * x + 20, 4 * y + 10, 200 - 2 * x], axis=-1).clip(0, 255).astype(np.uint8)
    pixels[8:24, 4 + 2 * t : 18 + 2 * t] = (250, 240, 20)
    return pixels


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Six frames of odd size whose names sort by their numbers."""
    (tmp_path / "in").mkdir()
    for t in range(6):
        Image.fromarray(shot(t, (35, 51))).save(tmp_path / "in" / f"shot{t + 7}.png")
    return tmp_path / "in"


def make_video(
    path: Path, times: list[int], *, sound: bool = True, size: tuple[int, int] = SIZE, rotation: int = 0
) -> Path:
    """A video with frames at those times, in 1 / 100 seconds."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25, options={"crf": "1", "bf": "0"})
        stream.width, stream.height, stream.pix_fmt = size[1], size[0], "yuv420p"
        stream.time_base = stream.codec_context.time_base = Fraction(1, 100)
        tone = container.add_stream("aac", rate=8000) if sound else None
        for t, at in enumerate(times):
            frame = av.VideoFrame.from_ndarray(shot(t, size), format="rgb24")
            frame.pts, frame.time_base = at, Fraction(1, 100)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
        if tone:
            samples = (np.sin(np.arange(8000 * (times[-1] + 4) // 100) / 4) * 9000).astype(np.int16)[None]
            for start in range(0, samples.shape[1], 1024):
                part = av.AudioFrame.from_ndarray(samples[:, start : start + 1024], format="s16", layout="mono")
                part.sample_rate, part.pts = 8000, start
                container.mux(tone.encode(part))
            container.mux(tone.encode(None))
    return path


def seen(path: Path) -> tuple[list[float], np.ndarray, float]:
    """Times of a video's frames in seconds, the frames (n, h, w, 3), and for how long there is sound."""
    with av.open(str(path)) as container:
        frames = list(container.decode(video=0))
    with av.open(str(path)) as container:
        heard = (
            sum(frame.samples / frame.sample_rate for frame in container.decode(audio=0))
            if (container.streams.audio)
            else 0.0
        )
    times = [float(frame.pts * frame.time_base) for frame in frames]
    return times, np.stack([frame.to_ndarray(format="rgb24") for frame in frames]), heard


def pictures(folder: Path) -> dict[str, np.ndarray]:
    return {file.name: np.asarray(Image.open(file)) for file in sorted(folder.glob("*.png"))}


def test_a_folder_becomes_a_folder_with_the_strokes_beside(
    capsys: pytest.CaptureFixture[str], folder: Path, loaded: list[Any]
) -> None:
    out, strokes = folder.parent / "out", folder.parent / "strokes"
    code, printed, err = call(capsys, "frames", folder, "-o", out, "--save-strokes", strokes, "--json", *QUICK)
    assert code == 0, err
    told = json.loads(printed)
    assert told["frames"] == 6
    assert told["fresh_frames"] == [0]
    assert told["strokes"] == 24
    assert sorted(each.name for each in out.iterdir()) == sorted(f"shot{t + 7}.png" for t in range(6))
    painted = pictures(out)
    assert all(picture.shape == (35, 51, 3) for picture in painted.values())
    # the square is where it was
    for t in (0, 5):
        assert painted[f"shot{t + 7}.png"][16, 11 + 2 * t].astype(int)[:2].min() > 170
    each = [load_strokes(strokes / f"shot{t + 7}.safetensors") for t in range(6)]
    assert all(len(one) == 24 for one in each)
    assert len(loaded) == 1


def test_a_pattern_start_end_and_every(capsys: pytest.CaptureFixture[str], folder: Path, loaded: list[Any]) -> None:
    out = folder.parent / "out"
    argv = ["frames", folder / "shot*.png", "-o", out, "--start", 1, "--end", 6, "--every", 2, *QUICK]
    assert call(capsys, *argv)[0] == 0
    assert sorted(pictures(out)) == ["shot10.png", "shot12.png", "shot8.png"]


def test_times_sound_and_size_of_a_video_are_kept(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, loaded: list[Any]
) -> None:
    times = [0, 4, 8, 20, 24, 40]  # a variable frame rate
    source, out = make_video(tmp_path / "in.mp4", times), tmp_path / "out.mp4"
    code, _, err = call(capsys, "frames", source, "-o", out, *QUICK)
    assert code == 0, err
    at, frames, heard = seen(out)
    assert at == pytest.approx([each / 100 for each in times], abs=0.002)
    assert frames.shape == (6, *SIZE, 3)
    assert heard == pytest.approx(0.44, abs=0.15)
    assert frames[5][16, 21].astype(int)[:2].min() > 170
    assert not list(tmp_path.glob(".out*"))


def test_a_part_of_a_video_has_that_part_of_its_sound(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, loaded: list[Any]
) -> None:
    source, out = make_video(tmp_path / "in.mp4", list(range(0, 100, 4))), tmp_path / "out.mkv"
    code, _, err = call(capsys, "frames", source, "-o", out, "--start", "0.4s", "--end", 16, "--every", 2, *QUICK)
    assert code == 0, err
    at, _, heard = seen(out)
    assert at == pytest.approx([0.0, 0.08, 0.16], abs=0.002)
    assert 0.1 < heard < 0.5


@pytest.mark.parametrize("name", ["out.mp4", "out.webm"])
def test_a_video_without_sound_and_one_frame(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, loaded: list[Any], name: str
) -> None:
    source = make_video(tmp_path / "in.mp4", [0], sound=False)
    assert call(capsys, "frames", source, "-o", tmp_path / name, *QUICK)[0] == 0
    at, frames, heard = seen(tmp_path / name)
    assert len(at) == 1
    assert heard == 0
    assert frames.shape[1:] == (*SIZE, 3)


def test_pictures_of_odd_size_become_a_video_of_even_size(
    capsys: pytest.CaptureFixture[str], folder: Path, loaded: list[Any]
) -> None:
    out = folder.parent / "out.mp4"
    assert call(capsys, "frames", folder, "-o", out, "--fps", "12.5", "--quality", 5, *QUICK)[0] == 0
    at, frames, _ = seen(out)
    assert at == pytest.approx([t / 12.5 for t in range(6)], abs=0.001)
    assert frames.shape == (6, 36, 52, 3)


def test_a_frame_that_cannot_be_read_is_named_and_the_finished_ones_stay(
    capsys: pytest.CaptureFixture[str], folder: Path, loaded: list[Any]
) -> None:
    whole, out = folder.parent / "whole", folder.parent / "out"
    assert call(capsys, "frames", folder, "-o", whole, *QUICK)[0] == 0
    good = (folder / "shot10.png").read_bytes()
    when = (folder / "shot10.png").stat()
    (folder / "shot10.png").write_bytes(b"\0" * len(good))
    assert_refused_frame(call(capsys, "frames", folder, "-o", out, *QUICK), "shot10.png")
    assert sorted(pictures(out)) == ["shot7.png", "shot8.png", "shot9.png"]
    (folder / "shot10.png").write_bytes(good)
    import os

    os.utime(folder / "shot10.png", ns=(when.st_atime_ns, when.st_mtime_ns))
    code, _, err = call(capsys, "frames", folder, "-o", out, *QUICK)
    assert code == 0, err
    assert all(np.array_equal(picture, pictures(whole)[name]) for name, picture in pictures(out).items())
    assert len(pictures(out)) == 6


def assert_refused_frame(outcome: tuple[int, str, str], *reasons: str) -> None:
    """As `assert_refused`, with a progress bar before the line."""
    code, out, err = outcome
    assert code == 2, err
    assert not out
    for reason in (*reasons, "the same command goes on"):
        assert reason in err.splitlines()[-1]


def test_another_size_midway_is_named_in_a_video_and_painted_in_a_folder(
    capsys: pytest.CaptureFixture[str], folder: Path, loaded: list[Any]
) -> None:
    Image.fromarray(shot(3, (20, 30))).save(folder / "shot10.png")
    outcome = call(capsys, "frames", folder, "-o", folder.parent / "out.mp4", *QUICK)
    assert_refused_frame(outcome, "shot10.png: it has 30x20 pixels and those before 51x35", "--end 3")
    assert not (folder.parent / "out.mp4").exists()
    assert call(capsys, "frames", folder, "-o", folder.parent / "out", *QUICK)[0] == 0
    assert pictures(folder.parent / "out")["shot10.png"].shape == (20, 30, 3)


def test_a_full_disk_leaves_what_was_finished(
    capsys: pytest.CaptureFixture[str], folder: Path, loaded: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    out, write = folder.parent / "out", jobs.write_picture

    def full(path: Path, picture: torch.Tensor) -> None:
        if "shot9" in str(path):
            raise OSError(f"cannot write {path}: No space left on device")
        write(path, picture)

    monkeypatch.setattr(jobs, "write_picture", full)
    assert_refused_frame(call(capsys, "frames", folder, "-o", out, *QUICK), "shot9.png: No space left on device")
    monkeypatch.setattr(jobs, "write_picture", write)
    assert sorted(pictures(out)) == ["shot7.png", "shot8.png"]
    code, printed, _ = call(capsys, "frames", folder, "-o", out, "--json", *QUICK)
    assert code == 0
    assert json.loads(printed)["resumed_at"] == 2
    assert len(pictures(out)) == 6


@pytest.mark.parametrize("video", [False, True])
def test_killed_at_any_moment_it_goes_on_to_the_same_film(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, video: bool, network: Path
) -> None:
    source = make_video(tmp_path / "in.mp4", list(range(0, 32, 4)))
    name = "out.mp4" if video else "out"
    argv = ["frames", source, "--predictor", network, "--device", "cpu", *QUICK]
    whole, out = tmp_path / f"whole-{name}", tmp_path / name
    assert call(capsys, *argv, "-o", whole)[0] == 0
    generator = torch.Generator().manual_seed(1)
    work = out.with_name(f".{name}.unfinished") if video else out / ".unfinished"
    for _ in range(3):
        process = subprocess.Popen(command(*argv, "-o", out), cwd=ROOT, stderr=subprocess.DEVNULL)
        begun = time.monotonic()
        while process.poll() is None and not work.exists() and time.monotonic() - begun < 200:
            time.sleep(0.01)
        time.sleep(float(torch.rand((), generator=generator)) * 2.0)
        process.send_signal(signal.SIGKILL)
        process.wait()
        if not video:
            for file in out.glob("*.png"):
                if not file.name.startswith("."):
                    Image.open(file).load()  # no half frame under its final name
    assert call(capsys, *argv, "-o", out)[0] in (0, 2)
    if video:
        assert np.array_equal(seen(out)[1], seen(whole)[1])
        assert seen(out)[0] == seen(whole)[0]
    else:
        assert pictures(out).keys() == pictures(whole).keys()
        assert all(np.array_equal(picture, pictures(whole)[name]) for name, picture in pictures(out).items())
    assert not work.exists()


def test_segments_are_joined_without_a_seam(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, loaded: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    source = make_video(tmp_path / "in.mp4", list(range(0, 28, 4)))
    assert call(capsys, "frames", source, "-o", tmp_path / "one.mp4", "--quality", 3, *QUICK)[0] == 0
    monkeypatch.setattr(jobs, "SEGMENT", 3)
    assert call(capsys, "frames", source, "-o", tmp_path / "many.mp4", "--quality", 3, *QUICK)[0] == 0
    one, many = seen(tmp_path / "one.mp4"), seen(tmp_path / "many.mp4")
    assert one[0] == pytest.approx(many[0], abs=1e-4)
    assert np.abs(one[1].astype(int) - many[1]).mean() < 2


def test_what_cannot_be_is_refused(capsys: pytest.CaptureFixture[str], folder: Path, loaded: list[Any]) -> None:
    out = folder.parent / "out"
    refused = [
        (["frames", folder.parent / "none.mp4", "-o", out], "none.mp4: there is no such file"),
        (["frames", folder, "-o", folder.parent / "out.gif"], "the output is a folder, or a video"),
        (["frames", folder, "-o", folder], "inputs lie in this folder"),
        (["frames", folder, "-o", out, "--coherence", 2], "must be a number from 0 to 1, got '2'"),
        (["frames", folder, "-o", out, "--start", "soon"], "2.5s or 1:30, got 'soon'"),
        (["frames", folder, "-o", out, "--start", 4, "--end", 2], "--end 2 must lie behind --start 4"),
        (["frames", folder, "-o", folder.parent / "o.mp4", "--codec", "theora9"], "there is no 'theora9' here"),
        (["frames", folder, "-o", out, "--mode", "paper"], "--mode paper"),
        (["frames", folder.parent, "-o", out], "there are no pictures in this folder"),
        (["frames", folder.parent / "x*.png", "-o", out], "no pictures match this pattern"),
    ]
    for argv, reason in refused:
        assert_refused(call(capsys, *argv), reason)
    full = folder.parent / "full"
    shutil.copytree(folder, full)
    assert_refused(call(capsys, "frames", folder, "-o", full), "this folder is not empty")
    (folder.parent / "no.mp4").write_bytes(b"no video")
    outcome = call(capsys, "frames", folder.parent / "no.mp4", "-o", out)
    assert_refused(outcome, "no.mp4: this cannot be read as a video")
    assert not loaded

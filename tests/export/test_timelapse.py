"""The time-lapse starts bare, ends with the painting, plays everywhere, and is never half a file."""

from __future__ import annotations

import io
import itertools
import math
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
import torch
from stroke_samples import random_strokes
from torch import Tensor

from painter_core.export import Process, painting_frames, save_timelapse
from painter_core.rendering.raster import render


def decode(source: Any) -> tuple[list[np.ndarray], av.VideoStream, Fraction]:
    with av.open(source) as container:
        stream = container.streams.video[0]
        frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(stream)]
        return frames, stream, stream.average_rate


def test_frames_start_bare_and_end_with_the_painting() -> None:
    strokes = random_strokes()
    frames = list(painting_frames(strokes, 12))
    assert len(frames) == 12
    assert torch.allclose(frames[0], strokes.ground[:, None, None].expand(3, 48, 64))
    assert torch.equal(frames[-1], render(strokes))
    assert all(frame.shape == (3, 48, 64) for frame in frames)
    assert torch.equal(next(iter(painting_frames(strokes, 1))), render(strokes))


@pytest.mark.parametrize("brush", ["flat", "round"])
def test_every_frame_is_the_painting_of_the_first_strokes(brush: str) -> None:
    strokes = random_strokes()
    prefixes = torch.stack([render(strokes[:n], brush=brush) for n in range(len(strokes) + 1)])
    shown = []
    for frame in painting_frames(strokes, 30, brush=brush):
        distance = (prefixes - frame).abs().amax(dim=(1, 2, 3))
        assert distance.min() < 0.01
        shown.append(int(distance.argmin()))
    assert shown == sorted(shown)
    assert (shown[0], shown[-1]) == (0, 40)


def test_coarse_strokes_are_seen_one_by_one_and_fine_ones_fly() -> None:
    fine = random_strokes(2000)
    size = torch.where(torch.arange(2000)[:, None] < 10, torch.tensor([[30.0, 15.0]]), torch.tensor([[2.0, 1.0]]))
    fine = fine.replace(size=size, opacity=torch.ones(2000))
    frames = list(painting_frames(fine, 120, brush="flat"))
    changes = sum(not torch.equal(a, b) for a, b in itertools.pairwise(frames[:41]))
    assert changes >= 5  # several different coarse states in the first third
    few = render(fine[:12], brush="flat")
    assert (frames[30] - few).abs().mean() < (frames[30] - frames[-1]).abs().mean()


def test_frames_take_a_size_and_a_ground() -> None:
    strokes = random_strokes(10)
    ground = torch.rand(3, 48, 64, generator=torch.Generator().manual_seed(1))
    first, *_, last = painting_frames(strokes, 5, ground=ground)
    assert torch.equal(first, ground)
    assert torch.equal(last, render(strokes, ground=ground))
    assert next(painting_frames(strokes, 5, size=(30, 40), ground=ground)).shape == (3, 30, 40)
    assert next(painting_frames(random_strokes(0, 900, 2160), 2)).shape == (3, 450, 1080)
    with pytest.raises(ValueError, match="at least 1 frame"):
        next(painting_frames(strokes, 0))


@pytest.mark.parametrize(("height", "width"), [(48, 64), (33, 47), (1, 1), (7, 100)])
def test_video_is_h264_with_even_sides_and_ends_with_the_painting(tmp_path: Path, height: int, width: int) -> None:
    strokes = random_strokes(20, height, width)
    save_timelapse(strokes, tmp_path / "t.mp4", seconds=0.5, hold=0.2, fps=20)
    frames, stream, rate = decode(str(tmp_path / "t.mp4"))
    assert (stream.codec_context.name, stream.pix_fmt, rate, len(frames)) == ("h264", "yuv420p", 20, 14)
    assert frames[0].shape == (height + height % 2, width + width % 2, 3)
    painting = (render(strokes) * 255).permute(1, 2, 0).numpy()
    assert np.abs(frames[-1][:height, :width] - painting).mean() < 12  # chroma has half the resolution
    flat = np.abs(frames[1][:height, :width] - strokes.ground.numpy() * 255)
    assert flat.mean() < 3  # colors survive the conversion to BT.709 and back
    assert [path.name for path in tmp_path.iterdir()] == ["t.mp4"]


def test_what_is_seen_before_somebody_presses_play_is_the_painting(tmp_path: Path) -> None:
    strokes = random_strokes(30)
    painting = (render(strokes) * 255).permute(1, 2, 0).numpy()
    for poster in (True, False):
        save_timelapse(strokes, tmp_path / "t.mp4", seconds=1, hold=0.5, fps=10, poster=poster)
        frames, _, _ = decode(str(tmp_path / "t.mp4"))
        assert len(frames) == 10 + 5, "a film is as long as it was asked for"
        likeness = np.abs(frames[0] - painting).mean()
        assert (likeness < 12) == poster
        assert np.abs(frames[int(poster)] - 255 * strokes.ground.numpy()).mean() < 3


@pytest.mark.parametrize("order", ["big to small", "light to dark"])
def test_video_in_another_order_ends_with_the_painting_and_holds_it(tmp_path: Path, order: str) -> None:
    strokes = random_strokes(30)
    process = Process(order, easing="both")
    save_timelapse(strokes, tmp_path / "t.mp4", seconds=1, hold=0.5, fps=10, size=(99, 131), process=process)
    frames, _, _ = decode(str(tmp_path / "t.mp4"))
    assert len(frames) == 10 + 5
    assert frames[0].shape == (100, 132, 3)
    painting = (render(strokes, size=(99, 131)) * 255).permute(1, 2, 0).numpy()
    for frame in [frames[0], *frames[10:]]:
        assert np.abs(frame[:99, :131] - painting).mean() < 8
    assert np.abs(frames[5].astype(float) - frames[9]).mean() > 8


def test_video_goes_to_a_file_object_and_reports_progress() -> None:
    steps, buffer = [], io.BytesIO()
    strokes = random_strokes(0)
    save_timelapse(strokes, buffer, seconds=0.5, hold=0, fps=10, on_step=lambda *step: steps.append(step))
    buffer.seek(0)
    frames, _, _ = decode(buffer)
    assert len(frames) == 1 + 5
    assert [(done, total) for done, total, _ in steps] == [(i, 5) for i in range(1, 6)]
    assert steps[0][2].shape == (3, 48, 64)


def test_cancelled_video_leaves_nothing(tmp_path: Path) -> None:
    class Cancelled(Exception):
        pass

    def cancel(done: int, total: int, canvas: Tensor | None) -> None:
        if done == 3:
            raise Cancelled

    buffer = io.BytesIO(b"before")
    buffer.seek(6)
    for target in (tmp_path / "t.mp4", buffer):
        with pytest.raises(Cancelled):
            save_timelapse(random_strokes(), target, on_step=cancel)
    assert list(tmp_path.iterdir()) == []
    assert buffer.getvalue() == b"before"


def test_encoder_failure_is_an_oserror_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(OSError, match=r"cannot write .*t\.mp4"):  # more than H.264 can hold
        save_timelapse(random_strokes(1, 8, 8), tmp_path / "t.mp4", size=(2, 40_000), seconds=0.1)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("options", [{"fps": 0}, {"fps": 29.97}, {"seconds": 0}, {"seconds": math.nan}, {"hold": -1}])
def test_bad_times_are_refused(tmp_path: Path, options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"fps|seconds"):
        save_timelapse(random_strokes(), tmp_path / "t.mp4", **options)

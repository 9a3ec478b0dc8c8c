"""The process in any order: every picture shows some strokes as the painting layers them, the last one shows all."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
import torch
from stroke_samples import random_strokes
from torch import Tensor

from painter_core.edit.order import ORDERS
from painter_core.export import Process, frame_size, painting_frames
from painter_core.export.process import CELL, canvases, regions
from painter_core.export.schedule import EASINGS, eased, schedule
from painter_core.rendering.raster import render

SIZE = (96, 128)


@pytest.mark.parametrize("order", ORDERS)
def test_every_picture_is_a_painting_of_the_strokes_shown(order: str) -> None:
    strokes = random_strokes(60)
    mask = torch.zeros(48, 64)
    mask[:, :32] = 1
    frames = list(painting_frames(strokes, 7, size=SIZE, process=Process(order, "both", mask)))
    turn, shown = schedule(strokes, 7, order=order, easing="both", mask=mask)
    assert sorted(turn.tolist()) == list(range(60))
    for frame, count in zip(frames, shown, strict=True):
        chosen = turn[:count].sort().values  # in the order of the painting
        assert torch.equal(frame, render(strokes[chosen], size=SIZE))
    assert torch.equal(frames[-1], render(strokes, size=SIZE))


def test_only_what_changes_is_drawn_again(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = []

    def counting(*args: Any, **options: Any) -> Tensor:
        picture = render(*args, **options)
        drawn.append(picture[0].numel())
        return picture

    monkeypatch.setattr("painter_core.export.process.render", counting)
    small = random_strokes(300, 480, 640)
    small = small.replace(size=small.size.clamp(max=6.0))
    for _ in canvases(small, 50, process=Process("random")):
        pass
    first, *later = drawn
    assert first == 480 * 640
    assert sum(later) < 50 * 480 * 640 / 8


@pytest.mark.parametrize("fill", [0.0, 0.01, 0.2, 1.0])
def test_regions_hold_what_is_dirty_once(fill: float) -> None:
    random = np.random.default_rng(1)
    for _ in range(20):
        rows, columns = random.integers(1, 40, 2)
        height, width = int(rows) * CELL - int(random.integers(0, CELL)), int(columns) * CELL
        dirty = random.random((rows, columns)) < fill
        covered = np.zeros((height, width), int)
        for top, left, down, across in regions(dirty, (height, width)):
            assert min(down, across) > 0
            covered[top : top + down, left : left + across] += 1
        assert covered.max() <= 1
        pixels = dirty.repeat(CELL, 0).repeat(CELL, 1)[:height, :width]
        assert covered[pixels].all()
        if not dirty.any():
            assert covered.sum() == 0


def test_far_corners_are_two_regions() -> None:
    dirty = np.zeros((30, 40), bool)
    dirty[0, 0] = dirty[29, 38:] = True
    assert regions(dirty, (30 * CELL, 40 * CELL)) == [(0, 0, CELL, CELL), (29 * CELL, 38 * CELL, CELL, 2 * CELL)]


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("easing", EASINGS)
def test_schedules_go_from_none_to_all(order: str, easing: str) -> None:
    strokes = random_strokes(50)
    for count in (2, 3, 40):
        _, shown = schedule(strokes, count, order=order, easing=easing)
        assert shown == sorted(shown)
        assert (shown[0], shown[-1], len(shown)) == (0, 50, count)
    assert schedule(strokes, 1, order=order)[1] == [50]
    assert schedule(strokes[:0], 3, order=order)[1] == [0, 0, 0]


def test_easing_is_slow_where_it_says() -> None:
    time = torch.linspace(0, 1, 101, dtype=torch.float64)
    speeds = {name: eased(time, name).diff() for name in EASINGS}
    for name, speed in speeds.items():
        assert speed.min() >= 0, name
        assert speed.sum() == pytest.approx(1)
    assert torch.allclose(speeds["none"], torch.full((100,), 0.01, dtype=torch.float64))
    slow = {name: (speed[0] < 0.001, speed[-1] < 0.001) for name, speed in speeds.items()}
    assert slow == {"none": (0, 0), "slow start": (1, 0), "slow end": (0, 1), "both": (1, 1)}


def test_no_time_for_what_is_never_seen() -> None:
    """Light to dark, the dark strokes below appear behind what is there already: that takes no more than its turn."""
    strokes = random_strokes(40)
    strokes = strokes.replace(size=strokes.size * 0 + torch.tensor([60.0, 44.0]), color=strokes.color * 0.2)
    center, color = strokes.center * 0 + torch.tensor([32.0, 24.0]), strokes.color.clone()
    color[39] = 1.0  # the last one is the lightest and covers all others
    strokes = strokes.replace(center=center, color=color, angle=strokes.angle * 0)
    shown = schedule(strokes, 100, order="light to dark")[1]
    seconds_for_the_first = shown.index(next(n for n in shown if n > 1))
    assert seconds_for_the_first > 75


def test_mistakes_are_named() -> None:
    strokes = random_strokes(5)
    for process, allowed in [(Process("sideways"), "light to dark"), (Process(easing="bouncy"), "slow start")]:
        with pytest.raises(ValueError, match=allowed):
            next(painting_frames(strokes, 3, process=process))
    with pytest.raises(ValueError, match="mask"):
        next(painting_frames(strokes, 3, process=Process("region", mask=torch.zeros(3, 4, 5))))


def test_frame_sizes() -> None:
    assert frame_size((540, 960)) == (540, 960)
    assert frame_size((1000, 2160)) == (500, 1080)
    assert frame_size((540, 960), 1920) == (1080, 1920)
    assert frame_size((3, 4000), 64) == (1, 64)


def test_frames_are_tensors_of_their_own_and_inputs_stay() -> None:
    strokes, ground = random_strokes(20), torch.rand(3, 48, 64, generator=torch.Generator().manual_seed(0))
    before = ground.clone()
    frames = list(painting_frames(strokes, 6, ground=ground))
    assert torch.equal(ground, before)
    assert len({frame.data_ptr() for frame in frames}) == 6
    assert any(not torch.equal(a, b) for a, b in itertools.pairwise(frames))

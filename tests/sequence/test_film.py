"""Films: strokes stay with what they depict."""

from __future__ import annotations

import dataclasses
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import torch
from film_scenes import view, walk
from sure import sure
from torch import Tensor

from painter_core import PaintOptions, load_predictor, paint, render
from painter_core.bench.metrics import psnr
from painter_core.brushes.brush import get_brush
from painter_core.manner import Manner
from painter_core.predictor.base import StrokePredictor
from painter_core.refinement.linearization import linearize
from painter_core.refinement.view import View
from painter_core.sequence import FilmPainter, State, paint_frames
from painter_core.sequence.film import FilmFrame
from painter_core.sequence.presence import FADING
from painter_core.sequence.step import SLOW, held
from painter_core.sequence.tips import with_their_tips
from painter_core.strokes import FIELDS, Strokes

N = 110
OPTIONS = PaintOptions(strokes=N, refine=8)


@cache
def predictor() -> StrokePredictor:
    return load_predictor()


@cache
def begun(noise: float = 0.0) -> State:
    """The state after the first frame, which most tests go on from."""
    painter = FilmPainter(predictor(), OPTIONS, flow="tvl1")
    painter(view(noise=noise))
    return sure(painter.state)


def going_on(state: State, **more: Any) -> FilmPainter:
    return FilmPainter(predictor(), OPTIONS, flow="tvl1", state=state, **more)


class Pan:
    """A film of a camera that goes to the right: frames and states that several tests look at, painted when needed."""

    def __init__(self) -> None:
        self._painter = going_on(begun())
        self._frames: list[FilmFrame] = []
        self._states = [begun()]

    def frame(self, t: int) -> FilmFrame:
        """Frame `t`, from 1 on."""
        while len(self._frames) < t:
            self._frames.append(self._painter(self.seen(len(self._frames) + 1)))
            self._states.append(sure(self._painter.state))
        return self._frames[t - 1]

    def state(self, t: int) -> State:
        """The state after frame `t`, from 0 on."""
        if t:
            self.frame(t)
        return self._states[t]

    @staticmethod
    def seen(t: int) -> Tensor:
        """(3, H, W) what frame `t` shows."""
        return view(3.3 * t)


@cache
def pan() -> Pan:
    return Pan()


def same(a: Strokes, b: Strokes) -> bool:
    return all(torch.equal(getattr(a, name), getattr(b, name)) for name in FIELDS) and a.canvas == b.canvas


def matched(before: State | FilmFrame, after: FilmFrame) -> tuple[torch.Tensor, torch.Tensor]:
    """Places of the strokes that two frames share, in the one and in the other."""
    there = torch.isin(before.ids, after.ids).nonzero()[:, 0]
    where = {int(number): place for place, number in enumerate(after.ids)}
    return there, torch.tensor([where[int(number)] for number in before.ids[there]], dtype=torch.int64)


def test_the_first_frame_is_the_painting_of_the_picture() -> None:
    painter = FilmPainter(predictor(), OPTIONS)
    first = painter(view())
    assert same(first.strokes, paint(view(), predictor(), OPTIONS))
    assert first.fresh
    assert first.changed
    assert first.number == 0
    assert torch.equal(first.ids, torch.arange(N))


@pytest.mark.parametrize("noise", [0.0, 0.01])
def test_a_still_picture_keeps_every_stroke_to_the_last_bit(noise: float) -> None:
    state = begun(noise)
    painter = going_on(state)
    for seed in range(1, 5):
        now = painter(view(noise=noise, seed=seed))
        assert same(now.strokes, state.strokes)
        assert torch.equal(now.ids, state.ids)
        assert not now.changed
    assert bool((now.age == 4).all())


def test_strokes_go_with_a_pan_and_none_is_lost_but_at_the_borders() -> None:
    state = begun()
    painter = going_on(state)
    before, step = state, torch.tensor([-1.7, 0.6])
    for t in range(1, 4):
        now = painter(view(1.7 * t, -0.6 * t))
        assert len(now.strokes) == N
        assert not now.fresh
        a, b = matched(before, now)
        moved = now.strokes.center[b] - before.strokes.center[a]
        assert (moved - step).norm(dim=1).median() < 0.15
        assert len(a) > 0.9 * N
        before = sure(painter.state)
    seen = view(5.1, -1.8)
    alone = psnr(render(paint(seen, predictor(), OPTIONS)), seen)
    assert psnr(render(now.strokes), seen) > alone - 0.5


def test_strokes_grow_with_a_zoom() -> None:
    state = begun()
    painter = going_on(state)
    for t in range(1, 4):
        now = painter(view(zoom=1.02**t))
    a, b = matched(state, now)
    grown = (now.strokes.size[b] / state.strokes.size[a]).prod(1).sqrt()
    assert grown.median() == pytest.approx(1.02**3, abs=0.02)


def test_strokes_turn_with_what_they_lie_on() -> None:
    from painter_core.sequence.carry import carried
    from painter_core.sequence.motion import Motion

    strokes, turn = begun().strokes, 0.05
    y, x = torch.meshgrid(torch.arange(96) + 0.5 - 48, torch.arange(144) + 0.5 - 72, indexing="ij")
    flow = torch.stack([-turn * y, turn * x])
    none = torch.zeros(96, 144, dtype=torch.bool)
    after, moved = carried(strokes, Motion(flow, none, none, ~none, 0.01))
    large = moved & (strokes.size[:, 0] > 10)
    turned = torch.remainder(after.angle - strokes.angle + 1.5, torch.pi) - 1.5
    assert turned[large].median() == pytest.approx(turn, abs=0.01)


def test_beside_a_subject_that_moves_the_ground_stays_to_the_last_bit() -> None:
    painter = FilmPainter(predictor(), OPTIONS, flow="tvl1")
    before = painter(walk(0, noise=0.005))
    for t in range(1, 3):
        now = painter(walk(t, noise=0.005))
        assert now.changed
    a, b = matched(before, now)
    far = (before.strokes.center[a][:, 0] - before.strokes.size[a].norm(dim=1) / 2) > 90
    assert far.sum() > 10
    for name in FIELDS:
        assert torch.equal(getattr(before.strokes, name)[a][far], getattr(now.strokes, name)[b][far])
    kept = torch.isin(before.ids[before.strokes.center[:, 0] > 110], now.ids)
    assert kept.all()


def test_strokes_keep_their_order_and_new_ones_have_new_numbers() -> None:
    before = begun()
    for t in range(1, 4):
        now = pan().frame(t)
        _, places = matched(before, now)
        assert bool((places.diff() > 0).all())
        fresh = ~torch.isin(now.ids, before.ids)
        assert bool((now.ids[fresh] >= before.next_id).all())
        assert bool((now.age[fresh] == 0).all())
        assert bool((now.age[~fresh] > 0).all())
        assert len(now.ids.unique()) == len(now.ids) == N
        before = pan().state(t)


def test_a_cut_begins_afresh() -> None:
    painter = going_on(begun())
    other = painter(view(name="detail.jpg"))
    assert other.fresh
    assert not torch.isin(other.ids, begun().ids).any()
    assert same(other.strokes, paint(view(name="detail.jpg"), predictor(), OPTIONS))
    assert bool((other.age == 0).all())


def test_another_size_begins_afresh() -> None:
    small = going_on(begun())(view(size=(60, 90)))
    assert small.fresh
    assert small.strokes.canvas == (60, 90)


def test_going_on_from_a_saved_state_is_going_on(tmp_path: Path) -> None:
    state = begun()
    for t in range(1, 3):
        state.save(tmp_path / "state.safetensors")
        painter = going_on(State.load(tmp_path / "state.safetensors"))
        got, wanted = painter(pan().seen(t)), pan().frame(t)
        assert same(got.strokes, wanted.strokes)
        assert torch.equal(got.ids, wanted.ids)
        assert torch.equal(got.born, wanted.born)
        state = sure(painter.state)


def test_a_file_that_is_no_state_is_refused(tmp_path: Path) -> None:
    (tmp_path / "state.safetensors").write_bytes(b"nothing of the kind")
    with pytest.raises(ValueError, match=r"state\.safetensors"):
        State.load(tmp_path / "state.safetensors")


def test_without_coherence_every_frame_is_painted_by_itself() -> None:
    painter = going_on(begun(), coherence=0.0)
    assert same(painter(view(2.0)).strokes, paint(view(2.0), predictor(), OPTIONS))


def test_a_canvas_and_a_mask_hold_for_films_too() -> None:
    painter = FilmPainter(predictor(), PaintOptions(strokes=60, refine=4), flow="tvl1")
    mask = torch.zeros(96, 144)
    mask[:, :72] = 1
    canvas = torch.full((3, 96, 144), 0.3)
    for t in range(3):
        now = painter(view(2.0 * t), canvas=canvas, mask=mask)
    outside = (render(now.strokes, ground=canvas) - canvas)[:, :, 84:].abs()
    assert outside.mean() < 0.01


def test_variety_stays_with_each_stroke() -> None:
    options = PaintOptions(strokes=N, refine=0, manner=Manner(variety=1.0))
    frames = [view(), view(2.0), view(4.0)]
    plain = [f.strokes for f in paint_frames(frames, predictor(), PaintOptions(strokes=N, refine=0), flow="tvl1")]
    lively = list(paint_frames(frames, predictor(), options, flow="tvl1"))
    a, b = matched(lively[1], lively[2])
    offset = [each.strokes.color - bare.color for each, bare in zip(lively, plain, strict=True)]
    assert offset[1].abs().mean() > 0.02
    inside = ((lively[2].strokes.color[b] > 0) & (lively[2].strokes.color[b] < 1)
              & (lively[1].strokes.color[a] > 0) & (lively[1].strokes.color[a] < 1))  # fmt: skip
    assert torch.allclose(offset[1][a][inside], offset[2][b][inside], atol=1e-5)


def test_cancelling_leaves_the_painter_where_it_stood() -> None:
    painter = going_on(begun())

    def stop(done: int, total: int, canvas: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        painter(view(2.0), on_step=stop)
    assert sure(painter.state).frame == 1
    assert same(painter(view(2.0)).strokes, going_on(begun())(view(2.0)).strokes)


@pytest.mark.parametrize(("more", "message"), [
    ({"coherence": 1.5}, "coherence must be from 0 to 1, got 1.5"),
    ({"flow": "raft"}, "one of auto, dis, tvl1"),
])  # fmt: skip
def test_what_cannot_be_is_refused(more: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        FilmPainter(predictor(), **more)


def test_looking_at_some_strokes_only_tells_the_same_of_them() -> None:
    strokes, picture = begun().strokes, view(1.0)
    seen = View(picture, torch.zeros_like(picture))
    only = torch.arange(len(strokes)) % 7 == 0
    whole, part = linearize(strokes, seen), linearize(strokes, seen, only=only)
    for name in ("gradient", "curvature", "color_gradient", "color_curvature"):
        assert torch.allclose(getattr(whole, name)[only], getattr(part, name)[only], rtol=1e-4, atol=1e-4)


def test_a_share_of_a_step_keeps_its_ends_to_the_last_bit_and_turns_nothing_over() -> None:
    n = 3
    before = FilmPainter(load_predictor(), PaintOptions(strokes=n, refine=0))(view(size=(32, 32))).strokes
    n = len(before)
    after = dataclasses.replace(before, center=before.center + 2, angle=before.angle + 1.5)
    assert torch.equal(held(before, after, torch.zeros(n)).center, before.center)
    assert torch.equal(held(before, after, torch.ones(n)).angle, after.angle)
    half = held(before, after, torch.full((n,), 0.5))
    assert torch.equal(half.center, before.center)
    assert torch.equal(half.angle, before.angle)
    near = dataclasses.replace(after, angle=before.angle + 0.2)
    half = held(before, near, torch.full((n,), 0.5))
    torch.testing.assert_close(half.center, before.center + 1)
    torch.testing.assert_close(half.angle, before.angle + 0.1)


def test_strokes_laid_over_others_come_in_slowly_and_wholly() -> None:
    before, slow, t = {}, 0, 0
    while slow <= 2:
        t += 1
        assert t < 30, "next to nothing has come in slowly so far"
        now = pan().frame(t)
        shares = dict(zip(now.ids.tolist(), now.strokes.opacity.tolist(), strict=True))
        for number, share in shares.items():
            if number in before:
                assert share - before[number] == pytest.approx(min(1 / FADING, 1 - before[number]), abs=1e-6)
            else:
                assert share >= 1 / FADING
                slow += share < 1
        assert len(now.strokes) == N
        before = shares
    # when nothing moves any more, all that is left to come comes
    painter = going_on(pan().state(t))
    for _ in range(FADING):
        now = painter(pan().seen(t))
    assert bool((now.strokes.opacity == 1).all())
    assert not painter(pan().seen(t)).changed


def test_a_film_goes_on_in_the_midst_of_strokes_that_come_in(tmp_path: Path) -> None:
    t = 0
    while not pan().state(t).fading:
        t += 1
        assert t < 30, "nothing has come in slowly so far"
    pan().state(t).save(tmp_path / "state.safetensors")
    again = going_on(State.load(tmp_path / "state.safetensors"))
    assert same(again(pan().seen(t + 1)).strokes, pan().frame(t + 1).strokes)


def test_hairs_stay_as_they_are_where_a_width_would_change_them() -> None:
    strokes = begun().strokes
    brush = get_brush("oil")

    def tips(each: Strokes) -> torch.Tensor:
        return brush.tip_index(each.size[:, 1], each.seed, max(each.canvas))

    wider = strokes.replace(size=strokes.size * torch.tensor([1.0, 1.3]))
    changed = tips(strokes) != tips(wider)
    assert 0 < changed.sum() < N
    after = with_their_tips(strokes, wider)
    assert torch.equal(tips(after), tips(strokes))
    assert torch.equal(after.size[~changed], wider.size[~changed])
    assert torch.equal(after.size[changed, 0], wider.size[changed, 0])
    assert with_their_tips(strokes, wider, 0.2) is wider  # what grows has more hairs


def test_colors_follow_slowly() -> None:
    strokes = begun().strokes
    brighter = strokes.replace(color=(strokes.color + 0.3).clamp(0, 1))
    after = held(strokes, brighter, torch.ones(N))
    assert float((after.color - strokes.color).max()) == pytest.approx(SLOW, abs=1e-6)

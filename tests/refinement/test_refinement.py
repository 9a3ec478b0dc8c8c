"""Refinement: linearizations are true, so is what strokes are worth, and a refined painting is never a worse one."""

from __future__ import annotations

import dataclasses
import math
from itertools import pairwise
from typing import Any

import picture_samples
import pytest
import torch
import torch.nn.functional as F
from sure import sure
from torch import Tensor

from painter_core import load_predictor
from painter_core.brushes.brush import get_brush
from painter_core.manner import Manner
from painter_core.painting.paint_options import PaintOptions
from painter_core.painting.painter import paint, refine
from painter_core.painting.session import Painting
from painter_core.refinement import linearization, removal
from painter_core.refinement.linearization import Linearization, linearize
from painter_core.refinement.mark_slopes import ACROSS, ALONG, ANGLE, BEND, LENGTH, TAPER, sag
from painter_core.refinement.polish import improved, polish
from painter_core.refinement.prune import prune
from painter_core.refinement.pull import Forms, pulled
from painter_core.refinement.removal import strongest, worths
from painter_core.refinement.view import View
from painter_core.rendering.raster import render
from painter_core.strokes import FIELDS, Strokes

SIZE = (64, 80)
DEVICES = ["cpu", "cuda"] if torch.cuda.is_available() else ["cpu"]
QUICK = PaintOptions(refine=0, attention=0.0)


class Cancelled(Exception):
    pass


@pytest.fixture(scope="module")
def predictor():
    return load_predictor()


def scene(height: int = 64, width: int = 80, seed: int = 0) -> Tensor:
    return picture_samples.scene(height, width, seed)


def scattered(
    n: int = 12, opacity: float = 1.0, seed: int = 0, least: float = 8.0, bend: float = 0.0, taper: float = 0.0
) -> Strokes:
    """Strokes anywhere on the canvas and a little beyond, of all directions, bends and tapers up to these."""
    g = torch.Generator().manual_seed(seed)
    height, width = SIZE
    center = (torch.rand(n, 2, generator=g) * 1.2 - 0.1) * torch.tensor([width, height])
    size = least + 22 * torch.rand(n, 2, generator=g)
    angle, color = 3.1 * torch.rand(n, generator=g), 0.2 + 0.5 * torch.rand(n, 3, generator=g)
    form: dict[str, Any] = {
        "bend": bend * (2 * torch.rand(n, generator=g) - 1),
        "taper": taper * (2 * torch.rand(n, generator=g) - 1),
    }
    return Strokes.build(center, size, angle, color, canvas=SIZE, ground=(0.5, 0.4, 0.3), opacity=opacity, **form)


def view_of(picture: Tensor, strokes: Strokes, weight: Tensor | None = None) -> View:
    return View(picture, strokes.ground[:, None, None].expand_as(picture), weight)


def squared(strokes: Strokes, view: View, brush: str) -> float:
    """The error of the painting as `render` draws it."""
    wrong = (render(strokes, size=view.size, brush=brush, ground=view.ground) - view.target).square().sum(0).double()
    return float((wrong if view.weight is None else wrong * view.weight).sum())


def seen_error(strokes: Strokes, picture: Tensor, brush: str = "oil", ground: Tensor | None = None) -> float:
    return float((render(strokes, brush=brush, ground=ground) - picture).square().double().sum())


def same(a: Strokes, b: Strokes) -> bool:
    return all(torch.equal(getattr(a, name), getattr(b, name)) for name in FIELDS)


def copied(strokes: Strokes) -> Strokes:
    return dataclasses.replace(strokes, **{name: getattr(strokes, name).clone() for name in FIELDS})


def moved(strokes: Strokes, which: int, parameter: int, by: float) -> Strokes:
    """One stroke changed in one of its parameters, by pixels of its own frame, logarithms, radians, or taper."""
    change = torch.zeros(linearization.PARAMETERS)
    change[parameter] = by
    along, across, length, width, turn, bend, taper = change.tolist()
    old, angle = strokes[which], strokes.angle[which : which + 1]
    size, bent = old.size * torch.tensor([length, width]).exp(), old.bend + bend
    across += float(sag(old.size[:, 0], old.bend) - sag(size[:, 0], bent))
    cos, sin = float(angle.cos()), float(angle.sin())
    center = old.center + torch.tensor([cos * along - sin * across, sin * along + cos * across])
    new = dataclasses.replace(old, center=center)
    new = new.shaped(size=size, angle=angle + turn, bend=bent, taper=old.taper + taper)
    return Strokes.concat([strokes[:which], new, strokes[which + 1 :]])


# what a linearization says


@pytest.mark.parametrize("brush", ["round", "watercolor", "flat"])
@pytest.mark.parametrize("opacity", [1.0, 0.6])
def test_the_error_is_that_of_the_picture_as_it_is_drawn(brush, opacity):
    strokes = scattered(opacity=opacity)
    view = view_of(scene(), strokes)
    assert linearize(strokes, view, get_brush(brush)).error == pytest.approx(squared(strokes, view, brush), rel=2e-3)


def test_the_error_counts_weights():
    strokes, weight = scattered(), torch.rand(SIZE) * 3
    view = view_of(scene(), strokes, weight)
    found = linearize(strokes, view, get_brush("round")).error
    assert found == pytest.approx(squared(strokes, view, "round"), rel=2e-3)
    nothing = linearize(strokes, view_of(scene(), strokes, torch.zeros(SIZE)), get_brush("round"))
    assert nothing.error == 0
    assert float(nothing.gradient.abs().max()) == float(nothing.color_curvature.abs().max()) == 0


@pytest.mark.parametrize("brush", ["oil", "knife", "pencil"])
def test_relief_and_grain_are_seen(brush):
    strokes = scattered(least=14)
    view = view_of(scene(), strokes)
    assert linearize(strokes, view, get_brush(brush)).error == pytest.approx(squared(strokes, view, brush), rel=0.02)


@pytest.mark.parametrize(("opacity", "bend", "taper"), [(1.0, 0.0, 0.0), (0.5, 0.0, 0.0), (0.8, 1.5, 0.6)])
def test_gradients_of_place_and_shape_are_those_of_the_error(opacity, bend, taper):
    # large smooth marks: the tip's slopes are differences between texels, which grain is too fine for
    strokes = scattered(8, opacity=opacity, least=16, bend=bend, taper=taper)
    view, brush = view_of(scene(seed=2), strokes), get_brush("round")
    found = linearize(strokes, view, brush).gradient
    wanted = torch.zeros_like(found)
    for which in range(len(strokes)):
        for parameter in range(linearization.PARAMETERS):
            by = 0.3 if parameter < 2 else 0.02
            ends = [linearize(moved(strokes, which, parameter, sign * by), view, brush).error for sign in (1, -1)]
            wanted[which, parameter] = (ends[0] - ends[1]) / (4 * by)  # half the derivative
    for parameter in range(linearization.PARAMETERS):
        a, b = found[:, parameter], wanted[:, parameter]
        assert float(F.cosine_similarity(a, b, dim=0)) > 0.99
        assert float((a - b).norm() / b.norm()) < 0.15


@pytest.mark.parametrize("brush", ["round", "oil"])
@pytest.mark.parametrize("opacity", [1.0, 0.4])
def test_gradients_of_colors_are_exact(brush, opacity):
    strokes = scattered(6, opacity=opacity)
    view, tip = view_of(scene(), strokes, 0.5 + torch.rand(SIZE)), get_brush(brush)
    found = linearize(strokes, view, tip)
    by = 0.1  # the error is quadratic in colors: any step will do
    for which in range(len(strokes)):
        for channel in range(3):
            change = torch.zeros(6, 3)
            change[which, channel] = by
            up, down = (linearize(dataclasses.replace(strokes, color=strokes.color + s * change), view, tip).error
                        for s in (1, -1))  # fmt: skip
            middle = found.error
            slope, bend = (up - down) / (4 * by), (up + down - 2 * middle) / (2 * by**2)
            assert float(found.color_gradient[which, channel]) == pytest.approx(slope, rel=0.01, abs=0.01)
            assert float(found.color_curvature[which]) == pytest.approx(bend, rel=0.01, abs=0.05)


@pytest.mark.parametrize("brush", ["oil", "dot"])
def test_curvature_is_symmetric_and_never_negative(brush):
    strokes = scattered(20)
    seen = linearize(strokes, view_of(scene(), strokes), get_brush(brush))
    assert torch.allclose(seen.curvature, seen.curvature.transpose(1, 2), rtol=1e-4, atol=1e-3)
    least = torch.linalg.eigvalsh(seen.curvature.double())
    assert (least[:, 0] >= -1e-4 * least[:, -1].clamp_min(1)).all()
    assert (seen.color_curvature >= 0).all()


def test_sums_do_not_depend_on_how_many_tiles_are_looked_at_at_once(monkeypatch):
    strokes = scattered(20)
    view, brush = view_of(scene(), strokes), get_brush("oil")
    whole, worth = linearize(strokes, view, brush), worths(strokes, view, brush)
    monkeypatch.setattr(linearization, "TILES_AT_ONCE", 7)
    monkeypatch.setattr(removal, "TILES_AT_ONCE", 7)
    calls = []
    parts = linearize(strokes, view, brush, lambda: calls.append(1))
    assert len(calls) == math.ceil(80 / 7)
    assert parts.error == pytest.approx(whole.error, rel=1e-5)
    for name in ("gradient", "curvature", "color_gradient", "color_curvature"):
        a, b = getattr(parts, name), getattr(whole, name)
        assert float((a - b).abs().max()) < 1e-4 * float(b.abs().max())
    assert torch.allclose(worths(strokes, view, brush), worth, rtol=1e-4, atol=1e-3)


def test_memory_is_bounded_where_many_strokes_lie_on_each_other(monkeypatch):
    strokes = scattered(30, least=60, opacity=0.1)
    view, brush = view_of(scene(), strokes), get_brush("round")
    whole, worth = linearize(strokes, view, brush), worths(strokes, view, brush)
    monkeypatch.setattr("painter_core.refinement.view.MARKS_AT_ONCE", 100)
    calls = []
    parts = linearize(strokes, view, brush, lambda: calls.append(1))
    assert len(calls) > 10
    assert parts.error == pytest.approx(whole.error, rel=1e-5)
    assert torch.allclose(worths(strokes, view, brush), worth, rtol=1e-4, atol=1e-3)


@pytest.mark.parametrize("size", [(1, 1), (7, 9), (8, 8), (13, 70)])
def test_what_lies_beyond_the_border_does_not_count(size):
    strokes = Strokes.build(torch.tensor([[size[1] / 2, size[0] / 2]]), torch.tensor([[300.0, 200.0]]),
                            torch.zeros(1), torch.ones(1, 3), canvas=size)  # fmt: skip
    view = View(torch.zeros(3, *size), torch.zeros(3, *size))
    seen = linearize(strokes, view, get_brush("round"))
    assert seen.error == pytest.approx(3 * size[0] * size[1], rel=1e-3)
    assert float(seen.color_gradient[0, 0]) == pytest.approx(size[0] * size[1], rel=1e-3)
    assert torch.isfinite(seen.gradient).all()
    assert float(worths(strokes, view, get_brush("round"))[0]) == pytest.approx(-3 * size[0] * size[1], rel=1e-3)


def test_no_strokes_and_strokes_that_nobody_sees():
    empty = Strokes.empty(SIZE, (0.5, 0.4, 0.3))
    view, brush = view_of(scene(), empty), get_brush("oil")
    bare = linearize(empty, view, brush)
    assert bare.error == pytest.approx(squared(empty, view, "oil"), rel=1e-4)
    assert bare.gradient.shape == (0, 7)
    assert len(worths(empty, view, brush)) == len(strongest(empty, view, brush, 3)[0]) == 0
    assert len(polish(empty, view, brush, Manner(), None, 2)) == 0
    far = dataclasses.replace(scattered(5), center=torch.full((5, 2), 1e5), ground=empty.ground)
    seen = linearize(far, view, brush)
    assert seen.error == pytest.approx(bare.error)
    assert float(seen.gradient.abs().max()) == 0
    after = improved(far, seen, view, Manner(aspect=(1.0, 99.0)))
    assert torch.equal(after.center, far.center)
    assert torch.allclose(after.size.prod(1), far.size.prod(1))  # the manner's length is all that is asked of it
    assert torch.equal(after.color, far.color)


def test_strokes_without_extent_do_no_harm():
    strokes = dataclasses.replace(scattered(4), size=torch.tensor([[0.0, 0.0], [5.0, 0.0], [1e-4, 1e-5], [900.0, 0.1]]))
    view, brush = view_of(scene(), strokes), get_brush("oil")
    seen = linearize(strokes, view, brush)
    assert all(torch.isfinite(getattr(seen, name)).all() for name in ("gradient", "curvature", "color_gradient"))
    after = improved(strokes, seen, view, Manner(), Forms(scene())).validated()
    assert (after.size >= 1).all()
    # however steep the error may seem
    steep = dataclasses.replace(seen, gradient=torch.full((4, 7), -1e6), curvature=torch.zeros(4, 7, 7))
    assert (improved(strokes, steep, view, Manner()).validated().size >= 1).all()


# what strokes are worth


@pytest.mark.parametrize(("brush", "opacity"), [("oil", 1.0), ("round", 0.5), ("watercolor", 0.8)])
def test_worth_is_what_leaving_a_stroke_out_costs(brush, opacity):
    strokes, tip = scattered(15, opacity=opacity), get_brush(brush)
    view = view_of(scene(), strokes, 0.5 + torch.rand(SIZE))
    # by its own error: `render` and it differ by the 1/1024 that counts as opaque
    whole = linearize(strokes, view, tip).error
    every = torch.arange(len(strokes))
    wanted = torch.tensor([linearize(strokes[every[every != i]], view, tip).error - whole for i in range(len(strokes))])
    found = worths(strokes, view, tip)
    assert torch.allclose(found, wanted, rtol=2e-3, atol=2e-3 * float(wanted.abs().max()))


def test_hidden_strokes_are_worth_nothing():
    strokes = scattered(6)
    lid = Strokes.build(torch.tensor([[40.0, 32.0]]), torch.tensor([[900.0, 900.0]]), torch.zeros(1),
                        torch.full((1, 3), 0.4), canvas=SIZE, ground=strokes.ground)  # fmt: skip
    found = worths(Strokes.concat([strokes, lid]), view_of(scene(), strokes), get_brush("flat"))
    assert float(found[:6].abs().max()) == 0
    assert float(found[6].abs()) > 1


@pytest.mark.parametrize("count", [0, 1, 5, 29, 30, 99])
def test_the_strongest_keep_their_order(count):
    strokes = scattered(30)
    index, _ = strongest(strokes, view_of(scene(), strokes), get_brush("oil"), count)
    assert len(index) == min(count, 30)
    assert (index.diff() > 0).all()


# polishing


@pytest.mark.parametrize("brush", ["round", "oil", "pencil"])
def test_polishing_never_makes_it_worse_and_mostly_better(brush):
    strokes = scattered(20)
    view, tip = view_of(scene(), strokes), get_brush(brush)
    before = linearize(strokes, view, tip).error
    errors = [linearize(polish(strokes, view, tip, Manner(), None, n), view, tip).error for n in (0, 1, 8)]
    assert errors[0] == before
    assert errors[2] <= errors[1] <= before
    assert errors[2] < 0.7 * before


def test_polishing_gives_back_what_can_not_be_improved():
    strokes = scattered(10)
    # the painting of the strokes itself, from the same sums
    view = view_of(render(strokes, brush="round"), strokes)
    after = polish(strokes, view, get_brush("round"), Manner(flow=5.0, length=5.0), Forms(scene()), 3)
    assert linearize(after, view, get_brush("round")).error <= linearize(strokes, view, get_brush("round")).error


def test_polishing_is_reproducible_and_leaves_its_input_alone():
    strokes = scattered(15)
    before = copied(strokes)
    view, forms = view_of(scene(), strokes), Forms(scene())
    one, two = (polish(strokes, view, get_brush("oil"), Manner(length=2.0), forms, 4) for _ in range(2))
    assert same(one, two)
    assert not same(one, before)
    assert same(strokes, before)


def test_cancelling_a_polish():
    strokes, calls = scattered(15), []
    before, view = copied(strokes), view_of(scene(), strokes)

    def stop():
        calls.append(1)
        if len(calls) == 3:
            raise Cancelled

    with pytest.raises(Cancelled):
        polish(strokes, view, get_brush("oil"), Manner(), None, 9, stop)
    assert len(calls) == 3
    assert same(strokes, before)


def test_no_step_is_longer_than_allowed():
    strokes = scattered(15)
    view = view_of(1 - scene(), strokes)
    after = improved(strokes, linearize(strokes, view, get_brush("oil")), view, Manner(aspect=(1.0, 99.0)))
    assert float((after.center - strokes.center).norm(dim=1).max()) < 0.8 * math.sqrt(2) + 1e-3
    assert float((after.size - strokes.size).abs().max()) < 2.5


def test_pulls_turn_strokes_along_the_forms_and_leave_the_look_alone():
    across = torch.linspace(0, 1, SIZE[1])
    stripes = (0.5 + 0.5 * (across * 40).sin()).expand(3, *SIZE)  # upright stripes
    strokes = dataclasses.replace(scattered(10), angle=torch.full((10,), 1.2))
    view = view_of(stripes, strokes)
    zero = Linearization(0.0, torch.zeros(10, 7), torch.zeros(10, 7, 7), torch.zeros(10, 3), torch.zeros(10))
    inside = ((strokes.center > 8) & (strokes.center < torch.tensor([72.0, 56.0]))).all(1)
    assert int(inside.sum()) > 3
    pull = pulled(zero, strokes, view, Manner(flow=1.0), Forms(stripes))
    assert (pull.gradient[inside, ANGLE] < 0).all()  # a step goes against the gradient: on to pi / 2
    assert float(zero.gradient.abs().max()) == 0
    still = pulled(zero, strokes, view, Manner(flow=0.0), Forms(stripes)).gradient
    assert float(still[:, [ALONG, ACROSS, ANGLE, BEND, TAPER]].abs().max()) == 0
    longer = pulled(zero, strokes, view, Manner(flow=0.0, length=5.0), None)
    assert (longer.gradient[:, LENGTH] < 0).all()
    assert torch.linalg.eigvalsh(longer.curvature.double()).min() > -1e-6


@pytest.mark.parametrize("size", [(1, 1), (1, 40), (7, 300), (300, 2)])
def test_forms_of_any_size(size):
    strokes = dataclasses.replace(scattered(5), canvas=size)
    angle, clear = Forms(torch.rand(3, *size)).along(strokes)
    assert torch.isfinite(angle).all()
    assert ((clear >= 0) & (clear <= 1 + 1e-5)).all()
    assert float(Forms(torch.full((3, *size), 0.4)).along(strokes)[1].max()) < 1e-3


# views


def test_views_cut_resize_and_count():
    view = View(torch.rand(3, 13, 21), torch.rand(3, 13, 21), torch.rand(13, 21))
    tiles = view.cut(view.target)
    assert tiles.shape == (2 * 3, 3, 64)
    assert torch.equal(tiles[4].view(3, 8, 8)[:, :5], view.target[:, 8:13, 8:16])
    assert float(view.counted().sum()) == pytest.approx(float(sure(view.weight).sum()), rel=1e-5)
    plain = View(view.target, view.ground)
    assert float(plain.counted().sum()) == 13 * 21
    small = view.resized(70)
    assert small.size == (7, 11)
    assert sure(small.weight).shape == (7, 11)
    assert view.resized(1e9) is view
    assert View(torch.rand(3, 1, 900), torch.rand(3, 1, 900)).resized(9).size[0] == 1


# pruning


@pytest.mark.parametrize("count", [0, 1, 12, 40, 41])
def test_pruning_keeps_count_and_order_and_its_input(count):
    strokes = scattered(40)
    before, picture = copied(strokes), scene()
    kept = prune(strokes, picture, count, steps=2)
    assert len(kept) == min(count, 40)
    assert (kept.seed.diff() > 0).all()  # seeds are 0, 1, 2 ... here
    assert same(strokes, before)
    assert torch.equal(picture, scene())


def test_pruning_beats_leaving_out_by_lot():
    g = torch.Generator().manual_seed(1)
    strokes, picture = scattered(60), render(scattered(60))
    kept = seen_error(prune(strokes, picture, 30, steps=3), picture)
    closed = seen_error(prune(strokes, picture, 30, steps=0), picture)
    lots = [seen_error(strokes[torch.randperm(60, generator=g)[:30].sort().values], picture) for _ in range(5)]
    assert kept <= closed < 0.6 * min(lots)


def test_pruned_dots_stay_dots():
    g = torch.Generator().manual_seed(1)
    dots = Strokes.build(torch.rand(80, 2, generator=g) * 64, torch.full((80, 2), 7.0), torch.zeros(80),
                         torch.rand(80, 3, generator=g), canvas=(64, 64))  # fmt: skip
    kept = prune(dots, render(dots, brush="dot"), 40, "dot")
    assert torch.allclose(kept.size, torch.full((40, 2), 7.0), rtol=1e-3)


def test_cancelling_a_pruning():
    strokes, calls = scattered(30), []
    before = copied(strokes)
    prune(strokes, scene(), 10, on_step=lambda: calls.append(1))
    assert len(calls) > 10
    left = [len(calls)]

    def stop():
        left[0] -= 1
        if not left[0]:
            raise Cancelled

    with pytest.raises(Cancelled):
        prune(strokes, scene(), 10, on_step=stop)
    assert same(strokes, before)


def test_pruning_knows_of_second_colors():
    strokes = scattered(40)
    strokes = strokes.replace(color2=(strokes.color + 0.3).clamp(0, 1))
    picture = render(strokes)
    kept = prune(strokes, picture, 36)
    assert kept.loaded
    # within 2 % of the picture's brightness: without that, half the difference is added to all colors, 0.15
    assert float((render(kept) - picture).mean().abs()) < 0.02


@pytest.mark.parametrize(
    ("picture", "count", "message"),
    [(torch.zeros(3, 8, 8), 3, "picture must be"), (torch.zeros(1, *SIZE), 3, "picture must be"),
     (torch.zeros(3, *SIZE), -1, "0 or more")],
)  # fmt: skip
def test_pruning_refuses_bad_input(picture, count, message):
    with pytest.raises(ValueError, match=f"prune: .*{message}"):
        prune(scattered(5), picture, count)


# refining


@pytest.mark.parametrize("count", [1, 7, 50, 300])
def test_the_budget_is_exact_with_refinement(predictor, count):
    options = dataclasses.replace(QUICK, strokes=count, refine=8 if count < 300 else 2)
    assert len(paint(scene(96, 96), predictor, options)) == count


@pytest.mark.parametrize("size", [(1, 1), (7, 300), (2, 500), (90, 3), (33, 31)])
def test_any_size_can_be_refined(predictor, size):
    strokes = paint(scene(*size), predictor, dataclasses.replace(QUICK, strokes=40, refine=9))
    assert len(strokes) <= 40
    assert torch.isfinite(render(strokes)).all()


@pytest.mark.parametrize("value", [0.0, 0.3, 1.0])
def test_a_plain_picture_is_left_plain(predictor, value):
    picture = torch.full((3, 40, 50), value)
    strokes = paint(picture, predictor, dataclasses.replace(QUICK, strokes=30, refine=9))
    assert len(strokes) == 0
    few = dataclasses.replace(scattered(5), canvas=(40, 50))
    assert seen_error(refine(few, picture, predictor, PaintOptions(refine=9)), picture) <= seen_error(few, picture)


@pytest.mark.parametrize("brush", ["oil", "round", "pencil", "watercolor"])
def test_refining_never_makes_it_worse(predictor, brush):
    picture, strokes = scene(), scattered(30, opacity=0.9)
    before = copied(strokes)
    after = refine(strokes, picture, predictor, PaintOptions(refine=9, brush=brush, attention=0.0))
    assert len(after) == 30
    assert seen_error(after, picture, brush) < 0.8 * seen_error(strokes, picture, brush)
    assert same(strokes, before)


def test_a_painting_that_is_perfect_stays_as_it_is(predictor):
    strokes = scattered(20)
    picture = render(strokes)
    after = refine(strokes, picture, predictor, PaintOptions(refine=9, attention=0.0))
    assert same(after, strokes)


def test_what_is_not_a_number_is_never_taken(predictor, monkeypatch):
    strokes = scattered(10)

    def broken(strokes, *_, **__):
        return dataclasses.replace(strokes, color=strokes.color * math.nan)

    monkeypatch.setattr("painter_core.refinement.rework.polish", broken)
    monkeypatch.setattr("painter_core.refinement.rework.STEPS_A_ROUND", 99)
    assert same(refine(strokes, scene(), predictor, PaintOptions(refine=4, attention=0.0)), strokes)


def test_refining_weighs_by_the_detail_map(predictor):
    picture, detail = scene(), torch.zeros(SIZE)
    detail[:, :40] = 1
    strokes = scattered(30)
    after = refine(strokes, picture, predictor, PaintOptions(refine=10), detail=detail)
    weight = 0.02 + 0.98 * detail

    def weighted(strokes):
        return float(((render(strokes) - picture).square() * weight).sum())

    assert weighted(after) <= weighted(strokes)
    plain = refine(strokes, picture, predictor, PaintOptions(refine=10, attention=0.0))
    assert weighted(after) < weighted(plain)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float16])
def test_maps_and_pictures_of_any_precision(predictor, dtype):
    detail = torch.rand(SIZE, generator=torch.Generator().manual_seed(0))
    strokes = paint(scene().to(dtype), predictor, PaintOptions(strokes=30, refine=9), detail=detail.to(dtype),
                    mask=torch.ones(SIZE, dtype=dtype), canvas=torch.ones(3, *SIZE, dtype=dtype))  # fmt: skip
    assert 0 < len(strokes.validated()) <= 30


def test_second_colors_are_refined_with_the_first(predictor):
    strokes = scattered(30)
    strokes = strokes.replace(color2=(strokes.color + 0.3).clamp(0, 1))
    picture = render(strokes)
    worse = strokes.replace(center=strokes.center + 1.5)
    after = refine(worse, picture, predictor, PaintOptions(refine=7, attention=0.0))
    assert after.loaded
    assert seen_error(after, picture) < 0.8 * seen_error(worse, picture)


def test_a_mask_holds_while_refining(predictor):
    picture, canvas, mask = scene(96, 96), torch.ones(3, 96, 96), torch.zeros(96, 96)
    mask[:, 48:] = 1
    options = dataclasses.replace(QUICK, strokes=120)
    plain = paint(picture, predictor, options, canvas=canvas, mask=mask)
    fine = paint(picture, predictor, dataclasses.replace(options, refine=12), canvas=canvas, mask=mask)

    def spilled(strokes):
        return float((render(strokes, ground=canvas) - canvas)[:, :, :44].square().mean())

    def wrong(strokes):
        return float((render(strokes, ground=canvas) - picture)[:, :, 48:].square().mean())

    assert spilled(fine) <= spilled(plain) + 1e-4
    assert wrong(fine) < wrong(plain)


def test_refining_on_a_given_canvas(predictor):
    picture, canvas = scene(), 0.5 * scene(seed=3)
    before = canvas.clone()
    strokes = paint(picture, predictor, dataclasses.replace(QUICK, strokes=60), canvas=canvas)
    after = refine(strokes, picture, predictor, PaintOptions(refine=9, attention=0.0), canvas=canvas)
    assert seen_error(after, picture, ground=canvas) < seen_error(strokes, picture, ground=canvas)
    assert torch.equal(canvas, before)


def test_seeds_make_refined_paintings_reproducible(predictor):
    picture, options = scene(), dataclasses.replace(QUICK, strokes=20, refine=8, seed=5)
    first, again = (paint(picture, predictor, options) for _ in range(2))
    assert same(first, again)
    assert not same(first, paint(picture, predictor, dataclasses.replace(options, seed=6)))


def test_refinement_pays(predictor):
    picture, options = scene(96, 96), dataclasses.replace(QUICK, strokes=120)
    plain = paint(picture, predictor, options)
    fine = paint(picture, predictor, dataclasses.replace(options, refine=20))
    gained = 10 * math.log10(seen_error(plain, picture) / seen_error(fine, picture))
    assert gained > 1, f"{gained:.2f} dB"


@pytest.mark.parametrize("steps", [1, 7, 20])
@pytest.mark.parametrize("whole", [True, False])
def test_progress_of_a_refinement_runs_to_its_end(predictor, steps, whole):
    calls = []

    def watch(done, total, _):
        calls.append((done, total))

    options = dataclasses.replace(QUICK, strokes=60, refine=steps)
    if whole:
        paint(scene(), predictor, options, on_step=watch)
    else:
        refine(scattered(30), scene(), predictor, options, on_step=watch)
    done, total = zip(*calls, strict=True)
    assert list(done) == sorted(done)
    assert set(total) == {done[-1]}
    assert max(b - a for a, b in pairwise(done)) <= 4


@pytest.mark.parametrize("share", [0.0, 0.5, 0.9, 1.0])
def test_cancelling_a_refinement(predictor, share):
    strokes, picture = scattered(30), scene()
    before = copied(strokes)
    count = []
    refine(strokes, picture, predictor, PaintOptions(refine=9), on_step=lambda *_: count.append(1))
    left = [max(1, int(share * len(count)))]

    def stop(*_):
        left[0] -= 1
        if not left[0]:
            raise Cancelled

    with pytest.raises(Cancelled):
        refine(strokes, picture, predictor, PaintOptions(refine=9), on_step=stop)
    assert same(strokes, before)
    assert torch.equal(picture, scene())


def test_inference_mode_and_gradients(predictor):
    options = dataclasses.replace(QUICK, strokes=20, refine=8)
    plain = paint(scene(), predictor, options)
    with torch.inference_mode():
        inside = paint(scene(), predictor, options)
    assert same(plain, inside)
    # what was made in there can be refined out here, and the other way round
    out = refine(inside, scene(), predictor, options)
    with torch.inference_mode():
        assert same(refine(plain, scene(), predictor, options), out)
    wanting = dataclasses.replace(plain, center=plain.center.clone().requires_grad_(), color=plain.color.clone()
                                  .requires_grad_())  # fmt: skip
    after = refine(wanting, scene().requires_grad_(), predictor, options)
    assert same(after, out)
    assert not after.center.requires_grad
    assert not prune(wanting, scene().requires_grad_(), 10).color.requires_grad


def test_refine_refuses_strokes_of_another_canvas(predictor):
    with pytest.raises(ValueError, match="refine: the strokes' canvas"):
        refine(scattered(5), scene(65, 80), predictor)
    empty = Strokes.empty(SIZE)
    assert refine(empty, scene(), predictor) is empty


def test_planting_adds_at_most_so_many_on_top(predictor):
    picture, strokes = scene(), scattered(10)
    painting = Painting(picture, predictor, PaintOptions(strokes=10), None, None, None, None)
    painting.strokes = strokes
    with torch.no_grad():
        painting.plant(4)
    assert 10 < len(painting.strokes) <= 14
    assert same(painting.strokes[:10], strokes)
    assert seen_error(painting.strokes, picture) < seen_error(strokes, picture)


@pytest.mark.parametrize("device", DEVICES)
def test_refining_on_any_device(device):
    picture, strokes = scene().to(device), scattered(30)
    after = refine(strokes, picture, load_predictor(device=device), PaintOptions(refine=9), detail=picture[0])
    assert after.center.device == picture.device
    assert seen_error(after, picture) < seen_error(strokes.to(device), picture)
    assert prune(after, picture, 10).center.device == picture.device


def test_the_worth_of_some_strokes_is_what_it_is_among_all():
    strokes = scattered(30)
    view, brush = view_of(scene(), strokes), get_brush("oil")
    some = torch.arange(30) % 7 == 0
    assert torch.allclose(worths(strokes, view, brush, only=some)[some], worths(strokes, view, brush)[some], rtol=1e-4)


def test_a_steady_worth_counts_what_the_picture_would_change():
    strokes = scattered(12)
    view, brush = view_of(scene(), strokes), get_brush("oil")
    added = worths(strokes, view, brush, steady=torch.full((12,), 2.0)) - worths(strokes, view, brush)
    whole = render(strokes, size=view.size, brush=brush, ground=view.ground)
    for index in range(12):
        rest = strokes[torch.arange(12) != index]
        change = (whole - render(rest, size=view.size, brush=brush, ground=view.ground)).square().sum()
        assert float(added[index]) == pytest.approx(2 * float(change), rel=0.02, abs=0.05)

"""Joining: strokes that continue each other become one where the painting loses little."""

from __future__ import annotations

import math

import pytest
import torch

from painter_core.refinement.joining import joined
from painter_core.refinement.polish import MOST_BENT, MOST_TAPERED, bounded_bend, bounded_taper
from painter_core.refinement.view import View
from painter_core.rendering.raster import render
from painter_core.shape import spine
from painter_core.strokes import Strokes

SIZE = (96, 128)


def chain(parts: int, bend: float, width: float = 8.0, color: tuple[float, ...] = (0.2, 0.3, 0.6)) -> Strokes:
    """One arc over the canvas, and the same in so many strokes that follow each other."""
    shares = (torch.arange(parts) + 0.5) / parts - 0.5
    center = torch.tensor([[64.0, 40.0]])
    places, direction = spine(center, torch.tensor([90.0]), torch.tensor([0.2]), torch.tensor([bend]), shares)
    n = len(shares)
    return Strokes.build(
        places[0], torch.tensor([[90.0 / parts, width]]).expand(n, 2), direction[0], torch.tensor([color]).expand(n, 3),
        canvas=SIZE, ground=(0.9, 0.9, 0.9), bend=torch.full((n,), bend / parts), brushes=("flat",),
    )  # fmt: skip


def view_of(strokes: Strokes, target: Strokes | None = None) -> View:
    return View(render(target or strokes), strokes.ground_at(SIZE))


def error(strokes: Strokes, view: View) -> float:
    return float((render(strokes, ground=view.ground) - view.target).square().sum())


def test_two_halves_of_an_arc_become_the_arc():
    halves, whole = chain(2, 1.6), chain(1, 1.6)
    after = joined(halves, view_of(whole), worth=50.0, longest=20.0)
    assert len(after) == 1
    assert torch.allclose(after.center, whole.center, atol=1.5)
    assert torch.allclose(after.size, whole.size, atol=2)
    assert abs(float(after.bend - whole.bend)) < 0.15
    turn = math.remainder(float(after.angle - whole.angle), math.pi)
    assert abs(turn) < 0.05


def test_a_chain_goes_on_joining_and_loses_little():
    strokes = chain(8, 1.0)
    view = view_of(strokes)
    blank = float((view.ground - view.target).square().sum())
    for count in (4, 2, 1):
        strokes = joined(strokes, view, worth=0.1 * blank, longest=40.0)
        assert len(strokes) == count
    assert error(strokes, view) < 0.15 * blank


def test_nothing_is_joined_that_costs_more_than_it_is_worth():
    # strokes that meet at an angle that one arc cannot take
    bent, view = chain(2, 1.6), view_of(chain(2, 1.6))
    assert len(joined(bent, view, worth=0.0, longest=20.0)) == 2
    # nor longer than strokes may be
    assert len(joined(bent, view, worth=50.0, longest=5.0)) == 2


def test_strokes_of_other_colors_brushes_widths_or_directions_stay():
    halves = chain(2, 0.5)
    view = view_of(chain(1, 0.5))
    color = halves.color.clone()
    color[1] += 0.3
    others = [
        halves.replace(color=color),
        halves.replace(brushes=("flat", "oil"), brush=torch.tensor([0, 1])),
        halves.replace(size=halves.size * torch.tensor([[1.0, 1.0], [1.0, 0.4]])),
        halves.replace(angle=torch.tensor([0.2, 0.2 + math.pi / 2])),
        halves.replace(center=halves.center + torch.tensor([[0.0, 0.0], [30.0, 0.0]])),
    ]
    for strokes in others:
        assert len(joined(strokes, view, worth=1e6, longest=20.0)) == 2


def test_few_or_no_strokes_are_no_pairs():
    strokes = chain(2, 0.5)
    for count in (0, 1):
        assert len(joined(strokes[:count], view_of(strokes), worth=1.0, longest=20.0)) == count


def test_joining_keeps_painting_order_and_the_other_strokes():
    halves = chain(2, 1.0)
    g = torch.Generator().manual_seed(0)
    others = Strokes.build(
        torch.rand(6, 2, generator=g) * torch.tensor([128.0, 20.0]) + torch.tensor([0.0, 70.0]),
        torch.tensor([[12.0, 9.0]]).expand(6, 2), torch.rand(6, generator=g), torch.rand(6, 3, generator=g),
        canvas=SIZE, ground=(0.9, 0.9, 0.9), brushes=("flat",), seed=torch.arange(100, 106),
    )  # fmt: skip
    strokes = Strokes.concat([halves[:1], others, halves[1:]])
    after = joined(strokes, view_of(strokes), worth=20.0, longest=20.0)
    assert len(after) == 7
    assert torch.equal(after.seed[:6], others.seed)  # the joint lies where the later one lay
    assert torch.equal(after.center[:6], others.center)


def test_stout_strokes_stay_straight_and_slim_ones_turn_no_further_than_a_hand() -> None:
    size = torch.tensor([[9.0, 9.0], [9.0, 8.0], [20.0, 8.0], [90.0, 3.0], [5.0, 0.0]])
    bend, taper = bounded_bend(size, torch.full((5,), 9.0)), bounded_taper(size, torch.full((5,), -9.0))
    assert bend.tolist() == pytest.approx([0.0, 0.125, 1.5, MOST_BENT, MOST_BENT])
    assert taper.tolist() == pytest.approx([0.0, -0.125 * MOST_TAPERED, *[-MOST_TAPERED] * 3])
    radius = size[:, 0] / bend.clamp_min(1e-9)
    assert (radius[1:] >= size[1:, 1]).all()

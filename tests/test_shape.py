"""The form of marks: arcs are arcs, straightening undoes them, and there is one description of each."""

from __future__ import annotations

import math

import pytest
import torch

from painter_core.shape import (
    MOST_BEND,
    breadth,
    canonical,
    extent,
    facing,
    spine,
    straightened,
    straightened_with_slopes,
)
from painter_core.strokes import Strokes

BENDS = (-MOST_BEND, -3.5, -1.0, -1e-5, 0.0, 1e-7, 0.3, 2.0, 4.5, MOST_BEND)
SHARES = torch.linspace(-0.5, 0.5, 21)


@pytest.mark.parametrize("bend", BENDS)
def test_a_spine_is_an_arc_of_its_length_and_turn(bend):
    length = 40.0
    places, direction = spine(
        torch.tensor([[7.0, -3.0]]), torch.tensor([length]), torch.tensor([0.7]), torch.tensor([bend]), SHARES
    )
    assert torch.allclose(places[0, 10], torch.tensor([7.0, -3.0]))
    assert float(direction[0, -1] - direction[0, 0]) == pytest.approx(bend, abs=1e-5)
    steps = places[0].diff(dim=0)
    small = bend / 20
    chord = length / 20 * math.sin(small / 2) / (small / 2) if abs(small) > 1e-4 else length / 20
    assert torch.allclose(steps.norm(dim=1), torch.full((20,), chord), rtol=1e-4)
    between = (direction[0, 1:] + direction[0, :-1]) / 2
    assert torch.allclose(steps / chord, torch.stack([between.cos(), between.sin()], 1), atol=1e-4)


@pytest.mark.parametrize("bend", BENDS)
def test_straightening_lays_an_arc_on_a_line(bend):
    length, off = 50.0, 3.0
    one = torch.ones(1)
    places, direction = spine(torch.zeros(1, 2), length * one, 0 * one, bend * one, SHARES)
    for aside in (0.0, off, -off):
        there = places[0] + aside * torch.stack([-direction[0].sin(), direction[0].cos()], 1)
        along, across = straightened(there[:, 0], there[:, 1], torch.tensor(bend / length))
        assert torch.allclose(along, length * SHARES, atol=2e-3)
        assert torch.allclose(across, torch.full_like(across, aside), atol=2e-3)


def test_nothing_is_undefined_anywhere_on_the_plane():
    radius = 5.0
    x, y = torch.meshgrid(torch.linspace(-20, 20, 81), torch.linspace(-20, 20, 81), indexing="ij")
    along, across = straightened(
        x, y, torch.tensor(1 / radius)
    )  # the grid has the circle's middle, and what is opposite
    assert torch.isfinite(along).all()
    assert torch.isfinite(across).all()
    assert float(along.abs().max()) <= math.pi * radius + 1e-3
    opposite, _ = straightened(torch.zeros(1), torch.tensor([2 * radius]), torch.tensor(1 / radius))
    assert float(opposite.abs()) == pytest.approx(math.pi * radius, rel=1e-3)


@pytest.mark.parametrize("parts", [(1, 100), (7, 93), (50, 50)])
def test_a_place_has_the_same_bits_wherever_a_tensor_is_split(parts):
    g = torch.Generator().manual_seed(1)
    x, y = 30 * torch.randn(2, 100, generator=g)
    curvature = 0.1 * torch.randn(100, generator=g)
    whole = straightened(x, y, curvature)
    split = [
        straightened(*columns) for columns in zip(*(each.split(parts[0]) for each in (x, y, curvature)), strict=True)
    ]
    for one, several in zip(whole, zip(*split, strict=True), strict=True):
        assert torch.equal(one, torch.cat(several))


def test_slopes_are_the_derivatives_of_straightening():
    g = torch.Generator().manual_seed(2)
    x, y = (20 * torch.randn(2, 300, generator=g, dtype=torch.float64)).clamp(-30, 30)
    curvature = 0.04 * torch.randn(300, generator=g, dtype=torch.float64)
    # no nearer to the circle's middle than a fifth of the radius, and no further round than strokes come to
    far = torch.hypot(curvature * x, 1 - curvature * y)
    turn = torch.atan2(curvature * x, 1 - curvature * y)
    usual = (far > 0.2) & (turn.abs() < 1.5)
    inputs = [value[usual].requires_grad_() for value in (x, y, curvature)]
    place, off, slopes = straightened_with_slopes(*inputs)
    by_place = torch.autograd.grad(place.sum(), inputs, retain_graph=True)
    by_off = torch.autograd.grad(off.sum(), inputs)
    found = [slopes.cos * slopes.near, slopes.sin * slopes.near, slopes.by_curvature[0]]
    for one, other in zip(by_place, found, strict=True):
        assert torch.allclose(one, other, rtol=0.02, atol=2e-3 * float(one.abs().max()))
    for one, other in zip(by_off, [-slopes.sin, slopes.cos, slopes.by_curvature[1]], strict=True):
        assert torch.allclose(one, other, rtol=1e-3, atol=1e-4 * float(one.abs().max()))


@pytest.mark.parametrize("taper", [0.0, 0.6, -1.0])
@pytest.mark.parametrize("bend", BENDS)
def test_the_box_holds_the_mark(bend, taper):
    length, width = 40.0, 9.0
    one = torch.ones(1)
    along, low, high = extent(torch.tensor([[length / 2, width / 2]]), bend * one, taper * one)
    places, direction = spine(torch.zeros(1, 2), length * one, 0 * one, bend * one, torch.linspace(-0.5, 0.5, 201))
    half = width / 2 * breadth(length * torch.linspace(-0.5, 0.5, 201), torch.tensor(taper), torch.tensor(length))
    for side in (-1, 1):
        edge = places[0] + side * half[:, None] * torch.stack([-direction[0].sin(), direction[0].cos()], 1)
        assert float(edge[:, 0].abs().max()) <= float(along) + 1e-3
        assert float(edge[:, 1].min()) >= float(low) - 1e-3
        assert float(edge[:, 1].max()) <= float(high) + 1e-3
    if bend == taper == 0:
        assert [float(side) for side in (along, low, high)] == pytest.approx([length / 2, -width / 2, width / 2])


def test_a_mark_seen_from_its_other_end_bends_and_tapers_the_other_way():
    g = torch.Generator().manual_seed(3)
    n = 50
    size = torch.stack([20 + 10 * torch.rand(n, generator=g), 5 + 10 * torch.rand(n, generator=g)], 1)
    angle, bend = 7 * torch.randn(n, generator=g), torch.rand(n, generator=g) * 2 - 1
    taper, rest = torch.rand(n, generator=g) - 0.5, (torch.rand(n, 3, generator=g),)
    center = 50 * torch.rand(n, 2, generator=g)
    one = Strokes.build(center, size, angle, *rest, canvas=(50, 50), bend=bend, taper=taper)
    other = Strokes.build(center, size, angle + math.pi, *rest, canvas=(50, 50), bend=-bend, taper=-taper)
    apart = torch.remainder(one.angle - other.angle + math.pi / 2, math.pi) - math.pi / 2
    assert float(apart.abs().max()) < 1e-5
    same = torch.cos(one.angle - other.angle) > 0  # around 0 one may come out near pi
    assert torch.allclose(one.bend, torch.where(same, other.bend, -other.bend))
    assert torch.allclose(one.taper, torch.where(same, other.taper, -other.taper))
    assert torch.equal(one.bend.abs(), bend.abs())


def test_a_mark_that_is_wider_than_long_is_straight():
    size, angle = torch.tensor([[4.0, 9.0]]), torch.tensor([0.3])
    assert float(facing(size, angle)) == 0
    assert torch.equal(canonical(size, angle)[0], torch.tensor([[9.0, 4.0]]))
    built = Strokes.build(
        torch.zeros(1, 2), size, angle, torch.zeros(1, 3), canvas=(9, 9), bend=torch.ones(1), taper=torch.ones(1)
    )
    assert float(built.bend) == float(built.taper) == 0


@pytest.mark.parametrize(("field", "value"), [("bend", 6.5), ("bend", -7.0), ("taper", 1.2), ("bend", math.nan)])
def test_forms_that_are_none_are_refused(field, value):
    strokes = Strokes.build(torch.zeros(1, 2), torch.ones(1, 2), torch.zeros(1), torch.zeros(1, 3), canvas=(9, 9))
    with pytest.raises(ValueError, match=field):
        strokes.replace(**{field: torch.tensor([value])})

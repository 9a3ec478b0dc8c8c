"""Marks that bend and taper: they are where their spines are, and seams, scale and straight neighbors are as ever."""

from __future__ import annotations

import dataclasses
import math

import pytest
import torch
import torch.nn.functional as F
from mark_samples import bar, bent, loaded, scatter
from sure import gradient

from painter_core.edit.transform import flipped, turned
from painter_core.rendering.raster import coverage, render
from painter_core.shape import MOST_BEND, spine
from painter_core.strokes import Strokes


@pytest.mark.parametrize("brush", ["flat", "oil", "watercolor", "pencil"])
@pytest.mark.parametrize("strokes", [bent(scatter()), bent(loaded())], ids=["plain", "loaded"])
def test_any_region_is_bit_equal_to_the_whole(brush, strokes):
    # every third one is straight
    even = (torch.arange(len(strokes)) % 3 > 0).float()
    strokes = strokes.replace(bend=strokes.bend * even, taper=strokes.taper * even)
    whole = render(strokes, brush=brush, scale=1.3)
    for region in ((0, 0, 117, 156), (13, 37, 41, 50), (116, 155, 1, 1), (0, 100, 117, 20)):
        top, left, height, width = region
        part = render(strokes, brush=brush, scale=1.3, region=region)
        assert torch.equal(part, whole[:, top : top + height, left : left + width])


def test_straight_strokes_have_the_same_bits_beside_bent_ones():
    straight = scatter()
    far = bar(canvas=straight.canvas, ground=(0.5, 0.4, 0.3), bend=1.0).replace(center=torch.tensor([[-900.0, 0.0]]))
    both = render(Strokes.concat([straight, far]))
    assert torch.equal(both, render(straight))


@pytest.mark.parametrize("brush", ["flat", "oil", "pencil"])
def test_hardly_bent_is_hardly_other_than_straight(brush):
    straight = scatter()
    slightly = straight.replace(bend=torch.full((len(straight),), 1e-6), taper=torch.full((len(straight),), -1e-6))
    difference = (render(slightly, brush=brush) - render(straight, brush=brush)).abs()
    assert float(difference.max()) < 2e-3


@pytest.mark.parametrize("taper", [0.0, 0.8])
@pytest.mark.parametrize("bend", [-5.0, -math.pi, -1.0, 0.4, 2.0, 4.0])
def test_a_mark_lies_along_its_spine(bend, taper):
    length, width = 60.0, 6.0
    mark = bar(0.9, length, width, canvas=(96, 96), bend=bend, taper=taper)
    cover = coverage(mark, brush="flat")
    # a ring's sector has the area of the bar that it was
    assert float(cover.sum()) == pytest.approx(float(coverage(bar(0.9, length, width), brush="flat").sum()), rel=0.05)
    shares = torch.linspace(-0.5, 0.5, 241)
    places, _ = spine(mark.center, mark.size[:, 0], mark.angle, mark.bend, shares)
    y, x = (cover > 0.05).nonzero().unbind(1)
    apart = torch.cdist(torch.stack([x, y], 1) + 0.5, places[0])
    nearest, index = apart.min(1)
    assert (nearest < width / 2 * (1 + 2 * mark.taper * shares[index]) + 1.5).all()
    # and all of the spine is painted
    inner = places[0, 20:-20].long()
    assert (cover[inner[:, 1], inner[:, 0]] > 0.4).all()


def test_a_taper_is_broad_at_the_end_and_thin_at_the_start():
    cover = coverage(bar(0.0, 48, 12, taper=0.6), brush="flat")
    start, end = cover[:, 12:16].sum(0).mean(), cover[:, 48:52].sum(0).mean()
    assert float(end / start) == pytest.approx((1 + 0.6 * 0.75) / (1 - 0.6 * 0.75), rel=0.15)
    point = coverage(bar(0.0, 48, 12, taper=-1.0), brush="flat", scale=4)
    assert float(point[:, -40:].sum(0).mean()) < 4  # it ends in a point, not in an edge


@pytest.mark.parametrize("brush", ["flat", "oil"])
def test_the_look_does_not_depend_on_the_scale(brush):
    strokes = bent(scatter(25))
    large = F.avg_pool2d(render(strokes, brush=brush, scale=4)[None], 4)[0]
    assert float((large - render(strokes, brush=brush)).abs().mean()) < 0.02


def test_edges_stay_a_pixel_sharp_when_enlarged():
    mark = bar(0.0, 40, 10, bend=0.0, taper=0.9)
    row = coverage(mark, brush="flat", scale=16)[:, 20 * 16]
    assert int(((row > 0.05) & (row < 0.95)).sum()) <= 8  # both sides together, where it is thin


@pytest.mark.parametrize("direction", ["horizontal", "vertical", "both"])
def test_a_mirrored_painting_is_the_mirrored_picture(direction):
    strokes = bent(scatter())
    axes = {"horizontal": (2,), "vertical": (1,), "both": (1, 2)}[direction]
    difference = render(flipped(strokes, direction), brush="round") - render(strokes, brush="round").flip(axes)
    assert float(difference.abs().mean()) < 4e-3  # the tip itself is not quite symmetric


def test_a_turned_painting_is_the_turned_picture():
    strokes = bent(scatter(canvas=(80, 80)))
    difference = render(turned(strokes, 90), brush="round") - render(strokes, brush="round").rot90(-1, (1, 2))
    assert float(difference.abs().mean()) < 4e-3


def test_extremes_do_no_harm():
    n = 8
    strokes = scatter(n).replace(
        size=torch.tensor([[0, 0], [30, 30], [60, 55], [1e-3, 1e-4], [5e3, 4], [40, 1], [900, 800], [20, 0]]).float(),
        bend=torch.tensor([2, MOST_BEND, -MOST_BEND, 1, 5, -3.5, 4, 2.0]),
        taper=torch.tensor([1, -1, 1, 0.5, -1, 0, 1, 0.2]),
    )
    for brush in ("flat", "oil", "pencil"):
        for scale in (0.1, 1.0, 3.0):
            picture = render(strokes, brush=brush, scale=scale)
            assert torch.isfinite(picture).all()
            assert float(picture.min()) >= 0
            assert float(picture.max()) <= 1
    far = dataclasses.replace(strokes, center=torch.full((n, 2), 1e6))
    assert torch.equal(render(far), render(far[:0]))


def test_gradients_reach_bend_and_taper_of_straight_strokes():
    strokes = scatter(15)
    bend, taper = (torch.zeros(15, requires_grad=True) for _ in range(2))
    render(dataclasses.replace(strokes, bend=bend, taper=taper)).square().sum().backward()
    for value in (bend, taper):
        assert torch.isfinite(gradient(value)).all()
        assert int((gradient(value).abs() > 0).sum()) >= 10

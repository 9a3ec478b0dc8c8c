"""The manner: bounds that hold, and sliders that do what they say."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import pytest
import torch
from picture_samples import scene
from torch import Tensor

from painter_core import load_predictor
from painter_core.bench.metrics import alignment
from painter_core.detail import detail_map
from painter_core.manner import Manner
from painter_core.painting.paint_options import PaintOptions
from painter_core.painting.painter import paint
from painter_core.painting.presets import PRESETS, preset
from painter_core.rendering.raster import render
from painter_core.strokes import FIELDS, Strokes

#: What rounding may add to a bound.
SLACK = 1e-3


@pytest.fixture(scope="module")
def predictor():
    return load_predictor()


def rings(side: int = 112) -> Tensor:
    """Curved stripes around a place beyond the corner, faint enough that strokes are free to cross them."""
    y, x = torch.meshgrid(torch.arange(side) + 0.5, torch.arange(side) + 0.5, indexing="ij")
    wave = 0.5 + 0.25 * torch.sin(((x + 20) ** 2 + (y + 20) ** 2).sqrt() * 2 * math.pi / 14)
    return torch.stack([wave, 0.9 * wave, 0.6 * wave + 0.2])


def some(n: int = 200, canvas: tuple[int, int] = (96, 96)) -> Strokes:
    g = torch.Generator().manual_seed(4)
    return Strokes.build(
        torch.rand(n, 2, generator=g) * 96, 3 + 20 * torch.rand(n, 2, generator=g), 3 * torch.rand(n, generator=g),
        0.3 + 0.4 * torch.rand(n, 3, generator=g), canvas=canvas,
    )  # fmt: skip


def same(a: Strokes, b: Strokes) -> bool:
    return all(torch.equal(getattr(a, name), getattr(b, name)) for name in FIELDS)


def quick(strokes: int = 100, refine: int = 4, **manner: Any) -> PaintOptions:
    return PaintOptions(strokes=strokes, refine=refine, attention=0.0, manner=Manner(**manner))


def aspect_of(strokes: Strokes) -> Tensor:
    return strokes.size[:, 0] / strokes.size[:, 1]


@pytest.mark.parametrize("name", list(PRESETS))
def test_every_stroke_of_a_preset_is_within_its_bounds(predictor, name):
    options = preset(name, strokes=60)
    options = dataclasses.replace(options, refine=min(options.refine, 4))
    strokes, manner = paint(scene(96, 96), predictor, options), options.manner
    aspect, width = aspect_of(strokes), strokes.size[:, 1]
    most = max(manner.widths[0], manner.widths[1] * 96)
    assert float(aspect.min()) >= manner.aspect[0] * (1 - SLACK)
    assert float(aspect.max()) <= manner.aspect[1] * (1 + SLACK)
    assert float(width.min()) >= manner.widths[0] * (1 - SLACK)
    assert float(width.max()) <= most * (1 + SLACK)
    assert torch.equal(strokes.opacity, torch.full_like(width, manner.opacity))


@pytest.mark.parametrize("aspect", [(1.0, 1.0), (1.4, 20.0), (3.0, 40.0)])
@pytest.mark.parametrize("widths", [(0.5, 1.0), (4.0, 1 / 50), (6.0, 1 / 12)])
def test_bounds_hold_for_any_size(aspect, widths):
    g = torch.Generator().manual_seed(0)
    size = torch.cat([10 ** (6 * torch.rand(500, 2, generator=g) - 3), torch.zeros(1, 2)])
    before = size.clone()
    manner, canvas = Manner(aspect=aspect, widths=widths), (100, 150)
    found = manner.bounded(size, canvas)
    assert torch.equal(size, before)
    ratio, width = found[:, 0] / found[:, 1], found[:, 1]
    assert ((ratio >= aspect[0] * (1 - SLACK)) & (ratio <= aspect[1] * (1 + SLACK))).all()
    assert ((width >= widths[0]) & (width <= max(widths[0], widths[1] * 150) * (1 + SLACK))).all()
    assert (found[:, 0] <= 300 * (1 + SLACK)).all()
    assert torch.allclose(manner.bounded(found, canvas), found, rtol=1e-5)
    broad = manner.bounded(torch.full((1, 2), 80.0), canvas, torch.full((1, 2), 80.0))
    assert float(broad[0, 1]) == pytest.approx(80 / aspect[0], rel=1e-4)


def test_length_keeps_the_area():
    size = torch.tensor([[12.0, 4.0], [20.0, 5.0]])
    found = Manner(length=1.5).shaped(size, (500, 500))
    assert torch.allclose(found.prod(1), size.prod(1))
    assert torch.allclose(found[:, 0] / found[:, 1], 1.5 * size[:, 0] / size[:, 1])


def test_strokes_get_longer_with_length(predictor):
    ratios = [float(aspect_of(paint(scene(96, 96), predictor, quick(60, length=n))).median()) for n in (0.6, 1.0, 2.0)]
    assert ratios == sorted(ratios)
    assert ratios[2] > 1.4 * ratios[0]


def test_strokes_follow_the_forms_with_flow(predictor):
    picture = rings()
    loose, along = (
        alignment(paint(picture, predictor, quick(120, 16, flow=flow)), picture).degrees for flow in (0.0, 1.0)
    )
    assert along < loose


def test_no_variety_changes_nothing():
    strokes, generator = some(), torch.Generator().manual_seed(1)
    state = generator.get_state()
    assert Manner().varied(strokes, generator) is strokes
    assert torch.equal(generator.get_state(), state)
    empty = Strokes.empty((9, 9))
    assert Manner(variety=1.0).varied(empty, generator) is empty


@pytest.mark.parametrize("variety", [0.3, 1.0, 3.0])
def test_variety_scatters_around_what_was_there(variety):
    strokes = some(2000)
    before = strokes.color.clone()
    one, two = (Manner(variety=variety).varied(strokes, torch.Generator().manual_seed(1)) for _ in range(2))
    assert same(one, two)
    assert torch.equal(strokes.color, before)
    assert torch.equal(one.center, strokes.center)
    spread = float((one.color - strokes.color).std())
    assert spread > 0.02 * min(variety, 1.0)
    if variety <= 1:
        assert float((one.color.mean(0) - strokes.color.mean(0)).abs().max()) < 0.01
    aspect = aspect_of(one)
    assert ((aspect >= 1.4 - SLACK) & (aspect <= 20 + SLACK)).all()


def test_variety_of_a_painting(predictor):
    plain, varied, again = (paint(scene(96, 96), predictor, quick(60, variety=v)) for v in (0.0, 0.7, 0.7))
    assert same(varied, again)
    assert torch.equal(plain.center, varied.center)
    assert not torch.equal(plain.color, varied.color)
    assert float((render(plain).mean((1, 2)) - render(varied).mean((1, 2))).abs().max()) < 0.03


@pytest.mark.parametrize("refine", [0, 9])
def test_opacity_reaches_all_strokes(predictor, refine):
    strokes = paint(scene(96, 96), predictor, quick(refine=refine, opacity=0.6))
    assert len(strokes) == 100
    assert torch.equal(strokes.opacity, torch.full((100,), 0.6))


def test_the_ground_is_the_manners(predictor):
    strokes = paint(scene(96, 96), predictor, quick(40, 0, ground=(0.9, 0.2, 0.1)))
    assert strokes.ground.tolist() == pytest.approx([0.9, 0.2, 0.1])
    mean = paint(scene(96, 96), predictor, quick(40, 0)).ground
    assert torch.allclose(mean, scene(96, 96).mean((1, 2)))


def test_blocking_in_takes_its_share(predictor):
    none = paint(scene(96, 96), predictor, quick(100, 0, blocked=0.0))
    half = paint(scene(96, 96), predictor, quick(100, 0, blocked=0.5))
    whole = paint(scene(96, 96), predictor, quick(100, 0, blocked=1.0))
    assert len(none) == len(half) == len(whole) == 100
    first = half[:40]
    assert int((first.layer == 0).sum()) == 40
    assert float(none.size[:, 1].max()) != float(half.size[:, 1].max())


@pytest.mark.parametrize("field", ["length", "flow", "variety", "opacity", "blocked"])
@pytest.mark.parametrize("value", [math.nan, math.inf, -0.5, 100.0])
def test_numbers_out_of_range_are_named(field, value):
    with pytest.raises(ValueError, match=f"manner: {field} must be from"):
        Manner(**{field: value})


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("aspect", [(0.5, 2.0), (3.0, 2.0), (math.nan, 2.0), (1.0, math.nan), (1.0, math.inf)]),
        ("widths", [(0.0, 1.0), (1.0, 0.0), (-1.0, 1.0), (math.nan, 1.0), (1.0, math.inf)]),
        ("ground", [(2.0, 0.0, 0.0), (0.0, 0.0, math.nan), (0.5, 0.5), (0.0, -0.1, 0.0)]),
    ],
)
def test_bad_pairs_and_colors_are_named(field, values):
    for value in values:
        with pytest.raises(ValueError, match=f"manner: {field} must be"):
            Manner(**{field: value})


# attention, which decides where strokes go as the manner does how they look


def test_no_attention_is_no_detail_map(predictor, monkeypatch):
    calls = []

    def watched(picture, **more):
        calls.append(1)
        return detail_map(picture, **more)

    monkeypatch.setattr("painter_core.painting.painter.detail_map", watched)
    picture, options = scene(96, 96), PaintOptions(strokes=60, refine=0, attention=0.0)
    none = paint(picture, predictor, options)
    assert not calls
    everywhere = paint(picture, predictor, options, detail=torch.ones(96, 96))
    assert torch.allclose(none.center, everywhere.center, atol=1e-3)
    some_attention = paint(picture, predictor, dataclasses.replace(options, attention=1.0))
    assert calls
    assert not same(none, some_attention)


def test_a_detail_map_wins_over_attention(predictor):
    picture, detail = scene(96, 96), torch.zeros(96, 96)
    detail[:, :48] = 1
    one, two = (
        paint(picture, predictor, PaintOptions(strokes=60, refine=0, attention=attention), detail=detail)
        for attention in (0.0, 3.0)
    )
    assert same(one, two)


@pytest.mark.parametrize("attention", [-0.1, 3.1, math.nan])
def test_bad_attention_is_named(attention):
    with pytest.raises(ValueError, match="attention must be"):
        PaintOptions(attention=attention)


@pytest.mark.parametrize("refine", [-1, 1001])
def test_bad_refine_is_named(refine):
    with pytest.raises(ValueError, match="refine must be"):
        PaintOptions(refine=refine)

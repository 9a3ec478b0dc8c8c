"""Presets: every one paints, and is adjusted as its sliders say."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from painter_core import load_predictor
from painter_core.brushes.brush import get_brush
from painter_core.options import OPTIONS
from painter_core.painting.paint_options import PaintOptions
from painter_core.painting.painter import paint
from painter_core.painting.presets import PRESETS, preset
from painter_core.rendering.raster import render


@pytest.fixture(scope="module")
def predictor():
    return load_predictor()


def scene(height: int = 64, width: int = 80) -> Tensor:
    g = torch.Generator().manual_seed(0)
    coarse = F.interpolate(torch.rand(1, 3, 4, 5, generator=g), (height, width), mode="bicubic")[0]
    edges = F.interpolate(torch.rand(1, 3, 3, 3, generator=g), (height, width), mode="nearest")[0]
    return (0.5 * coarse + 0.5 * edges).clamp(0, 1)


@pytest.mark.parametrize("name", list(PRESETS))
@pytest.mark.parametrize("count", [1, 60])
def test_every_preset_paints(predictor, name, count):
    picture = scene()
    options = dataclasses.replace(preset(name, strokes=count), refine=min(9, PRESETS[name].refine))
    strokes = paint(picture, predictor, options)
    assert 1 <= len(strokes) <= count
    wanted = options.manner.ground
    wanted = picture.mean((1, 2)).tolist() if wanted is None else wanted
    assert strokes.ground.tolist() == pytest.approx(wanted, abs=1e-5)
    bare = strokes.ground[:, None, None].expand_as(picture)
    if not options.manner.variety:
        assert (render(strokes, brush=options.brush) - picture).square().mean() < (bare - picture).square().mean()


@pytest.mark.parametrize("name", list(PRESETS))
def test_presets_are_what_they_are_until_they_are_changed(name):
    assert preset(name) == PRESETS[name]
    get_brush(PRESETS[name].brush)
    fixed: Any = PRESETS
    with pytest.raises(TypeError):
        fixed[name] = PaintOptions()
    with pytest.raises(dataclasses.FrozenInstanceError):
        fixed[name].manner.length = 2.0


def test_oil_is_what_is_painted_when_nobody_chooses():
    assert preset() == preset(None) == PRESETS["oil"] == PaintOptions()
    assert preset(seed=3, refine=7, strokes=9000) == PaintOptions(seed=3, refine=7, strokes=9000)


@pytest.mark.parametrize("name", list(PRESETS))
def test_what_is_set_wins_and_what_is_unset_is_the_presets(name):
    unset = dict.fromkeys(OPTIONS)
    del unset["look"]
    assert preset(name, **unset) == PRESETS[name]
    changed = preset(name, **{**unset, "refine": 5, "brush": "fan", "seed": 8})
    assert changed == dataclasses.replace(PRESETS[name], refine=5, brush="fan", seed=8)


def test_an_option_that_there_is_not_is_named():
    with pytest.raises(TypeError, match=r"no painting option 'lenght'.*stroke_length"):
        preset("oil", lenght=2.0)


def test_unknown_names_are_told_what_there_is():
    with pytest.raises(ValueError, match="there is no 'sculpture'") as caught:
        preset("sculpture")
    assert all(name in str(caught.value) for name in PRESETS)


@pytest.mark.parametrize("name", list(PRESETS))
def test_marks_grow_where_there_are_fewer(name):
    base = PRESETS[name]
    for share in (0.25, 4.0):
        count = min(50_000, int(base.strokes * share))
        options = preset(name, strokes=count)
        assert options.strokes == count
        least, most = base.manner.widths
        grown = min(1.0, most * math.sqrt(base.strokes / count)) if most < 1 else most  # 1: no largest size
        assert options.manner.widths == pytest.approx((least, grown))


def test_sliders_are_factors_and_variety_is_added():
    base = PRESETS["pencil"].manner
    manner = preset("pencil", stroke_length=0.5, flow=0.25, variety=0.2).manner
    assert manner.length == pytest.approx(0.5 * base.length)
    assert manner.flow == pytest.approx(0.25 * base.flow)
    assert manner.variety == pytest.approx(base.variety + 0.2)
    assert preset("pencil", stroke_length=5.0).manner.length == 5.0  # no further than a manner goes
    assert preset("oil", seed=9, attention=0.0, refine=0).seed == 9


@pytest.mark.parametrize("name", [None, *PRESETS])
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("stroke_length", math.nan), ("stroke_length", 0.1), ("stroke_length", 6.0), ("stroke_length", -1.0),
        ("flow", -1.0), ("flow", math.nan), ("flow", math.inf), ("flow", 5.1),
        ("variety", math.nan), ("variety", -20.0), ("variety", 20.0),
        ("strokes", 0), ("strokes", -5), ("strokes", 50_001),
        ("refine", -1), ("refine", 2.5), ("attention", math.nan), ("seed", 2**64),
    ],
)  # fmt: skip
def test_bad_values_are_named(name, field, value):
    with pytest.raises(ValueError, match=field):
        preset(name, **{field: value})


def test_a_preset_paints_reproducibly(predictor):
    options = dataclasses.replace(preset("impressionist", strokes=40), refine=9)
    one, two = (paint(scene(), predictor, options) for _ in range(2))
    assert torch.equal(one.color, two.color)
    assert torch.equal(one.center, two.center)

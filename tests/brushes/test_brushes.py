"""The brush set: every brush is well formed, varied, itself at any size, and closes up as far as its name promises."""

from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from mark_samples import BROKEN
from PIL import Image

from painter_core import PaintOptions, load_predictor, paint
from painter_core.brushes.brush import BRUSHES, get_brush
from painter_core.brushes.tips.bristle import oil_tip
from painter_core.rendering.raster import render
from painter_core.strokes import Strokes

PHOTO = Path(__file__).parents[2] / "assets" / "photo.jpg"


@pytest.fixture(scope="module")
def painting() -> Strokes:
    """The bundled photograph at 160 pixels in 200 strokes: as many for its size as 2,000 at 512 pixels."""
    photo = Image.open(PHOTO).convert("RGB").resize((160, 160))
    picture = torch.from_numpy(np.asarray(photo, dtype=np.float32) / 255).movedim(-1, 0)
    return paint(picture, load_predictor(), PaintOptions(strokes=200, refine=0))


@pytest.mark.parametrize("name", BRUSHES)
def test_a_painting_drawn_small_is_the_same_drawn_large_and_reduced(painting, name):
    large = F.avg_pool2d(render(painting, brush=name, scale=4)[None], 4)[0]
    # strokes that break up are finer than pixels, most of all where they taper
    assert float((render(painting, brush=name) - large).abs().mean()) < (0.013 if name in BROKEN else 0.01)


@pytest.mark.parametrize("name", BRUSHES)
def test_tips_are_well_formed(name):
    brush = get_brush(name)
    assert brush.name == name
    assert len(brush.tips) % len(brush.hair_counts) == 0
    cover, height = brush.tips[:, 0], brush.tips[:, 1]
    assert cover.min() >= 0
    assert cover.max() <= 1
    assert height.abs().max() <= 1
    # relief is neutral on average, so that a stroke keeps its color
    assert float(((cover * height).sum((1, 2)) / cover.sum((1, 2))).abs().max()) < 0.05


@pytest.mark.parametrize("name", BRUSHES)
def test_brushes_for_painting_close_up_in_the_middle(name):
    middle = get_brush(name).tips[:, 0, 32:96, 64:192].mean((1, 2))
    assert float(middle.min()) > (0.5 if name in BROKEN else 0.95)


@pytest.mark.parametrize("name", [name for name in BRUSHES if name not in ("round", "flat")])
def test_no_two_tips_of_a_brush_are_alike(name):
    tips = get_brush(name).tips.flatten(1)
    assert len(tips) >= 4
    apart = torch.cdist(tips, tips) + 1e9 * torch.eye(len(tips))
    assert float(apart.min()) > 5  # of 181 for two tips of which one covers all and one nothing


def test_brushes_differ_from_each_other():
    center, size = torch.tensor([[50.0, 25.0]]), torch.tensor([[90.0, 40.0]])
    stroke = Strokes.build(center, size, torch.zeros(1), torch.zeros(1, 3), canvas=(50, 100))
    marks = [render(stroke, brush=name).flatten() for name in BRUSHES]
    apart = torch.cdist(torch.stack(marks), torch.stack(marks)) + 1e9 * torch.eye(len(marks))
    assert float(apart.min()) > 4


def test_tips_are_the_same_on_every_call():
    assert np.array_equal(oil_tip(16, 3), oil_tip(16, 3))
    assert not np.array_equal(oil_tip(16, 3), oil_tip(16, 4))

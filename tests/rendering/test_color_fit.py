"""Joint colors: they can only bring the painting closer."""

import torch
from mark_samples import scatter

from painter_core.brushes.brush import get_brush
from painter_core.rendering.color_fit import refit_colors
from painter_core.rendering.raster import render
from painter_core.strokes import Strokes


def error(a, b):
    return float((a - b).square().mean())


def test_colors_that_made_a_picture_are_found_again():
    strokes = scatter(40).replace(color=0.2 + 0.6 * torch.rand(40, 3, generator=torch.Generator().manual_seed(4)))
    picture = render(strokes)
    grey = strokes.replace(color=torch.full((40, 3), 0.5))
    found, seen = refit_colors(grey, picture, get_brush("oil"), (90, 120))
    assert torch.allclose(seen, render(found), atol=1e-2)
    assert error(render(found), picture) < 0.03 * error(render(grey), picture)


def test_borders_that_are_no_multiple_of_a_tile_do_not_count():
    strokes = scatter(40, canvas=(53, 71))
    picture = torch.full((3, 53, 71), 0.7)
    found, _ = refit_colors(strokes, picture, get_brush("flat"), (53, 71), ground=picture)
    assert error(render(found, brush="flat", ground=picture), picture) < 1e-3


def test_no_other_colors_are_better():
    strokes, picture = scatter(30), torch.rand(3, 90, 120) * 0.5 + 0.25
    found, _ = refit_colors(strokes, picture, get_brush("flat"), (90, 120))
    assert error(render(found, brush="flat"), picture) <= error(render(strokes, brush="flat"), picture)
    for seed in range(5):
        nudge = 0.03 * torch.randn(30, 3, generator=torch.Generator().manual_seed(seed))
        other = found.replace(color=(found.color + nudge).clamp(0, 1))
        assert error(render(other, brush="flat"), picture) > error(render(found, brush="flat"), picture)


def test_nothing_to_do():
    empty = Strokes.empty((5, 5))
    found, seen = refit_colors(empty, torch.zeros(3, 5, 5), get_brush("oil"), (5, 5))
    assert len(found) == 0
    assert float(seen.min()) == 1

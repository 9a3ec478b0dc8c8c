"""What is made of a brush is kept with it, and goes with it."""

import gc
import weakref

import torch

from painter_core.brushes.brush import get_brush
from painter_core.brushes.kept import kept_with_brush
from painter_core.brushes.reference import texture_brush
from painter_core.export.outlines import outline_of
from painter_core.export.replay import tip_sheet
from painter_core.rendering.atlas import atlas_of, load_of, print_atlas_of
from painter_core.rendering.raster import render
from painter_core.strokes import Strokes


def own_brush(seed=0):
    return texture_brush(torch.rand(3, 60, 90, generator=torch.Generator().manual_seed(seed)))


def test_it_is_made_once_for_each_brush_and_arguments():
    calls = []

    @kept_with_brush(2)
    def made(brush, size, scale=1.0):
        calls.append((brush.name, size, scale))
        return object()

    oil, flat = get_brush("oil"), get_brush("flat")
    assert made(oil, 1) is made(oil, 1)
    assert made(oil, 1) is not made(flat, 1)
    assert made(oil, 1, scale=2.0) is made(oil, 1, scale=2.0)
    assert len(calls) == 3
    made(oil, 2)  # the oldest goes: size 1 at scale 1
    made(oil, 1, scale=2.0)
    assert len(calls) == 4
    made(oil, 1)
    assert len(calls) == 5


def test_nothing_keeps_a_brush_of_a_picture_alive():
    brush = own_brush()
    one = torch.ones(1)
    strokes = Strokes.build(
        torch.full((1, 2), 16.0),
        torch.tensor([[20.0, 8.0]]),
        0 * one,
        torch.ones(1, 3),
        canvas=(32, 32),
        brushes=(brush,),
    )
    render(strokes, scale=20)
    atlases = [atlas_of(brush), print_atlas_of(brush, "cpu", 8.0, 20.0)]
    for make in (load_of, lambda each: outline_of(each, 0), tip_sheet):
        assert make(brush) is make(brush)
    gone = [weakref.ref(brush), *(weakref.ref(atlas.texture) for atlas in atlases)]
    del brush, strokes, atlases
    gc.collect()
    assert [each() for each in gone] == [None] * len(gone)

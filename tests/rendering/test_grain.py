"""Print size: hairs and grains stay sharp, pictures keep their resolution, and all else stays as it was."""

import dataclasses
from functools import cache

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from mark_samples import bar, loaded, scatter
from PIL import Image
from sure import gradient, sure

from painter_core.brushes.brush import BRUSHES, Brush, brush_from_picture, get_brush
from painter_core.brushes.tips.fine import TILES, Fine
from painter_core.export import painting_frames
from painter_core.rendering.atlas import Atlas, atlas_of
from painter_core.rendering.grain import LEAST_HAIR
from painter_core.rendering.raster import coverage, marks_of, render
from painter_core.strokes import Strokes
from painter_core.surface.height import height_map, thickest

#: Brushes with a fine structure; the two others are plain by intent.
FINE = tuple(name for name in BRUSHES if name not in ("round", "flat"))
#: A canvas of the usual size, of which tests draw small parts.
CANVAS = (512, 512)


def broad(**more):
    """A stroke of 60 canvas pixels across the canvas's middle, of two colors."""
    stroke = bar(length=170, width=60, color=(0.72, 0.27, 0.14), canvas=CANVAS, ground=(0.96, 0.95, 0.92), **more)
    return stroke.replace(color2=torch.tensor([[0.2, 0.3, 0.6]]))


@cache
def plainer(name: str) -> Brush:
    """A brush as it was without a fine structure."""
    return dataclasses.replace(get_brush(name), fine=None)


def sharpness(picture):
    """How much of a picture (..., H, W) is finer than about two pixels."""
    return float((picture - F.avg_pool2d(picture[None], 5, 1, 2)[0])[..., 4:-4, 4:-4].abs().mean())


@pytest.mark.parametrize("kind", TILES)
def test_tiles_are_neutral_and_within_bounds(kind):
    tile = TILES[kind][0]()
    assert tile.shape[0] == 2
    assert np.abs(tile).max() <= 1
    assert np.abs(tile.mean((1, 2))).max() < 1e-3
    assert tile.std((1, 2)).min() > 0.25


@pytest.mark.parametrize("name", BRUSHES)
def test_nothing_changes_up_to_twice_the_size_of_a_large_canvas(name):
    strokes = scatter(5, canvas=(1024, 768), longest=700)
    for scale in (1, 2):
        atlas, _ = marks_of(strokes, (scale * 1024, scale * 768), get_brush(name))
        assert atlas is atlas_of(get_brush(name), strokes.center.device)


@pytest.mark.parametrize("name", FINE)
def test_marks_are_sharper_at_print_size_and_the_same_marks(name):
    stroke, region = broad(), (3900, 5050, 400, 400)  # inside and at the end
    if name == "dot":
        stroke = stroke.replace(size=torch.tensor([[170.0, 120.0]]))
    fine = render(stroke, brush=name, scale=16, region=region)
    plain = render(stroke, brush=plainer(name), scale=16, region=region)
    assert sharpness(fine) > 1.2 * sharpness(plain)
    small = F.avg_pool2d(torch.stack([fine, plain]), 40)
    assert float((small[0] - small[1]).abs().mean()) < 0.015


@pytest.mark.parametrize("kind", TILES)
def test_full_and_bare_places_stay_full_and_bare(kind):
    tips = torch.zeros(1, 2, 128, 256)
    tips[:, 0, 32:96, 64:192] = 1  # half as long and broad as the frame
    brush = Brush("block", tips, fine=Fine(kind, 0.7, 2.4))
    stroke = bar(length=32, width=32, canvas=CANVAS)
    cover = coverage(stroke, brush=brush, scale=16, region=(3840, 3840, 512, 512))
    assert float(cover[144:-144, 144:-144].min()) > 0.999
    cover[112:-112, 112:-112] = 0
    assert float(cover.max()) == 0


@pytest.mark.parametrize("name", ["oil", "dry", "watercolor"])
def test_parts_at_print_size_are_bit_equal_to_the_whole(name):
    strokes = loaded(30, canvas=(60, 80))
    brush = dataclasses.replace(get_brush(name), least_pitch=1.5)
    whole = render(strokes, brush=brush, scale=8)
    assert atlas_of_all(strokes, (480, 640), brush).grain is not None
    for region in ((0, 0, 480, 640), (101, 37, 141, 250), (479, 639, 1, 1)):
        top, left, height, width = region
        part = render(strokes, brush=brush, scale=8, region=region)
        assert torch.equal(part, whole[:, top : top + height, left : left + width])
    *_, last = painting_frames(strokes, 4, size=(480, 640), brush=brush)
    assert torch.equal(last, whole)


@pytest.mark.parametrize("name", BRUSHES)
@pytest.mark.parametrize("scale", [8, 16])
def test_a_poster_is_the_picture_enlarged(name, scale):
    strokes = scatter(60, canvas=(256, 512), longest=70.0)
    region = (100, 160, 48, 64)
    small = render(strokes, brush=name, region=region)
    part = tuple(scale * side for side in region)
    large = F.avg_pool2d(render(strokes, brush=name, scale=scale, region=part)[None], scale)[0]
    assert float((small - large).abs().mean()) < 0.01


def test_paint_is_as_thick_at_print_size_and_its_furrows_are_finer():
    stroke, region = broad(), (3700, 3900, 320, 320)
    fine = height_map(stroke, scale=16, region=region)
    plain = height_map(stroke, scale=16, region=region, brush=plainer("oil"))
    assert sharpness(fine[None]) > 1.5 * sharpness(plain[None])
    assert abs(float(fine.mean() / plain.mean()) - 1) < 0.05
    assert float(fine.max()) <= thickest(CANVAS)


def test_gradients_flow_at_print_size():
    strokes = scatter(6, canvas=(40, 40))
    brush = dataclasses.replace(get_brush("oil"), least_pitch=1.5)
    center = strokes.center.clone().requires_grad_()
    picture = render(dataclasses.replace(strokes, center=center), brush=brush, scale=8)
    assert torch.allclose(picture.detach(), render(strokes, brush=brush, scale=8), atol=2e-3)
    picture.square().sum().backward()
    assert torch.isfinite(gradient(center)).all()
    assert float(gradient(center).abs().sum()) > 0


def atlas_of_all(strokes: Strokes, size: tuple[int, int], brush: Brush) -> Atlas:
    """The atlas of strokes of one brush."""
    atlas, _ = marks_of(strokes, size, brush)
    assert isinstance(atlas, Atlas)
    return atlas


@cache
def comb(size, teeth=40):
    """A picture of a mark of so many thin lines along it."""
    width, height = size
    rows = np.arange(height) * 2 * teeth // height % 2 * 255
    picture = np.full((height + 20, width + 20), 255, np.uint8)
    picture[10:-10, 10:-10] = np.repeat(rows[:, None], width, axis=1)
    return Image.fromarray(picture)


def test_a_large_picture_is_sharp_at_print_size_and_small_ones_cost_nothing():
    brush = brush_from_picture(comb((1000, 500)), "comb")
    assert brush.tips.shape == (4, 2, 128, 256)
    assert sure(brush.large).shape == (4, 2, 512, 1024)
    assert sure(brush_from_picture(comb((400, 200)), "comb").large).shape == (4, 2, 256, 512)
    assert brush_from_picture(comb((200, 100)), "comb").large is None
    stroke, region = broad(), (3700, 3900, 320, 320)
    fine = coverage(stroke, brush=brush, scale=16, region=region)
    plain = coverage(stroke, brush=dataclasses.replace(brush, large=None), scale=16, region=region)
    # 80 lines on 128 rows are a blur; on 512 rows they are lines, half of them ink
    assert float(((fine < 0.05) | (fine > 0.95)).float().mean()) > 0.8
    assert float(((plain < 0.05) | (plain > 0.95)).float().mean()) < 0.9
    assert 0.3 < float(fine.mean()) < 0.7
    small = render(stroke, brush=brush)
    assert torch.equal(small, render(stroke, brush=dataclasses.replace(brush, large=None)))
    large = F.avg_pool2d(render(stroke, brush=brush, scale=8)[None], 8)[0]
    assert float((small - large).abs().mean()) < 0.01


def test_the_largest_atlas_is_bounded():
    brush = brush_from_picture(comb((4000, 2000)), "comb")
    atlas = atlas_of_all(broad(), (8192, 8192), brush)
    assert atlas.texture.nbytes < 100e6
    assert atlas.tip == (1024, 512)


def test_the_measure_of_print_size_is_the_output():
    stroke = broad()
    brush = get_brush("oil")
    side = round(LEAST_HAIR / brush.pitch(512) * 512)
    assert atlas_of_all(stroke, (side, side), brush).grain is None
    assert atlas_of_all(stroke[:0], (2 * side, 2 * side), brush).grain is not None

"""The rasteriser and the brushes: order, tiles, scale, gradients, bounds."""

import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from mark_samples import BROKEN, bar, bent, loaded, scatter
from PIL import Image
from sure import gradient

from painter_core.brushes.brush import BRUSHES, Brush, brush_from_picture, get_brush
from painter_core.rendering import raster
from painter_core.rendering.raster import coverage, render
from painter_core.strokes import Strokes


@pytest.mark.parametrize("brush", BRUSHES)
def test_any_region_is_bit_equal_to_the_whole(brush):
    strokes = scatter()
    whole = render(strokes, brush=brush)
    for region in ((0, 0, 90, 120), (13, 37, 41, 50), (89, 119, 1, 1), (0, 100, 90, 20)):
        top, left, height, width = region
        part = render(strokes, brush=brush, region=region)
        assert torch.equal(part, whole[:, top : top + height, left : left + width])


@pytest.mark.parametrize("strokes", [scatter(), bent(scatter())], ids=["straight", "bent"])
def test_tiles_and_bands_leave_no_trace(monkeypatch, strokes):
    whole = render(strokes)
    for sizes, pixels in (((16,), 1), ((64,), 1 << 19), ((32,), 5000)):
        monkeypatch.setattr(raster, "TILE_SIZES", sizes)
        monkeypatch.setattr(raster, "BAND_PIXELS", pixels)
        monkeypatch.setattr(raster, "CHUNK_PIXELS", max(pixels, 1))
        assert torch.equal(render(strokes), whole)


def test_later_strokes_cover_earlier_ones():
    red, blue = bar(color=(1.0, 0.0, 0.0)), bar(color=(0.0, 0.0, 1.0))
    middle = render(Strokes.concat([red, blue]), brush="flat")[:, 32, 32]
    assert torch.allclose(middle, torch.tensor([0.0, 0.0, 1.0]))
    middle = render(Strokes.concat([blue, red]), brush="flat")[:, 32, 32]
    assert torch.allclose(middle, torch.tensor([1.0, 0.0, 0.0]))


def test_painting_in_two_goes_is_painting_at_once():
    strokes = scatter()
    halfway = render(strokes[:30])
    assert torch.allclose(render(strokes[30:], ground=halfway), render(strokes), atol=3e-3)


def test_opacity_mixes_with_the_ground():
    half = bar(color=(1.0, 1.0, 1.0), ground=(0.0, 0.0, 0.0), opacity=0.25)
    assert torch.allclose(render(half, brush="flat")[:, 32, 32], torch.full((3,), 0.25), atol=1e-5)


@pytest.mark.parametrize("brush", BRUSHES)
def test_a_mark_fills_its_size_and_no_more(brush):
    cover = coverage(bar(angle=0.0, length=40, width=12), brush=brush)
    rows, columns = (cover > 0.02).nonzero().unbind(1)
    assert columns.min() >= 32 - 20 - 1
    assert columns.max() <= 32 + 20
    assert rows.min() >= 32 - 6 - 1
    assert rows.max() <= 32 + 6
    assert float(cover.max()) == 1.0 or (brush in BROKEN and float(cover.max()) > 0.75)
    if brush != "round":
        # at least nine tenths of the visible extent both ways is really painted
        assert columns.max() - columns.min() >= 36
        assert rows.max() - rows.min() >= 10


def test_the_angle_turns_clockwise_on_screen():
    cover = coverage(bar(angle=math.pi / 4), brush="flat")
    assert cover[32 + 10, 32 + 10] == 1  # right and down
    assert cover[32 - 10, 32 + 10] == 0


@pytest.mark.parametrize("brush", BRUSHES)
def test_the_look_does_not_depend_on_the_scale(brush):
    strokes = scatter(40)
    small = render(strokes, brush=brush)
    large = F.avg_pool2d(render(strokes, brush=brush, scale=4)[None], 4)[0]
    # saturated confetti is all edges: a painting differs less, see test_brushes
    assert float((small - large).abs().mean()) < 0.01
    cover = coverage(strokes.scaled(3), brush=brush)
    # hairs that are never finer than a pixel grow on a larger reference canvas
    if not get_brush(brush).least_pitch:
        assert torch.allclose(cover, coverage(strokes, brush=brush, scale=3), atol=1e-3)


def test_edges_stay_a_pixel_sharp_when_enlarged():
    row = coverage(bar(), brush="flat", scale=16)[32 * 16]
    assert int(((row > 0.05) & (row < 0.95)).sum()) <= 6  # both ends together


@pytest.mark.parametrize("curved", [False, True])
@pytest.mark.parametrize("field", ["center", "size", "angle", "color", "opacity", "bend", "taper"])
def test_gradients_agree_with_finite_differences(field, curved):
    strokes = scatter(12, canvas=(24, 32), longest=20)
    strokes = bent(strokes) if curved else strokes
    g = torch.Generator().manual_seed(5)
    weight = F.avg_pool2d(torch.rand(1, 3, 24, 32, generator=g), 5, 1, 2)[0]
    value = getattr(strokes, field)
    if field == "opacity":
        value = value * 0.8
        strokes = strokes.replace(opacity=value)
    value = value.clone().requires_grad_()

    def loss(changed):
        import dataclasses

        return (render(dataclasses.replace(strokes, **{field: changed}), brush="round") * weight).sum()

    loss(value).backward()
    direction = torch.randn(value.shape, generator=g)
    step = 2e-2 if field in ("center", "size") else 2e-3
    with torch.no_grad():
        slope = (loss(value + step * direction) - loss(value - step * direction)) / (2 * step)
    analytic = (value.grad * direction).sum()
    assert float(analytic.abs()) > 1e-3
    assert torch.allclose(analytic, slope, rtol=0.08, atol=0.02)


def test_gradients_reach_every_visible_stroke():
    strokes = scatter(15)
    center = strokes.center.clone().requires_grad_()
    import dataclasses

    render(dataclasses.replace(strokes, center=center)).square().sum().backward()
    assert torch.isfinite(gradient(center)).all()
    assert int((gradient(center).abs().sum(1) > 0).sum()) >= 10


def test_gradients_flow_after_a_render_in_inference_mode():
    import dataclasses

    brush = dataclasses.replace(get_brush("oil"), name="fresh")  # one whose atlas is not there yet
    strokes = scatter(5)
    with torch.inference_mode():
        render(strokes, brush=brush)
    center = strokes.center.clone().requires_grad_()
    render(dataclasses.replace(strokes, center=center), brush=brush).sum().backward()
    assert float(gradient(center).abs().sum()) > 0


@pytest.mark.parametrize("canvas", [(1, 1), (1, 300), (257, 3)])
def test_odd_canvases(canvas):
    picture = render(scatter(30, canvas=canvas))
    assert picture.shape == (3, *canvas)
    assert torch.isfinite(picture).all()


def test_no_strokes_is_the_ground():
    assert torch.allclose(render(Strokes.empty((3, 4), (0.1, 0.2, 0.3)))[:, 1, 2], torch.tensor([0.1, 0.2, 0.3]))
    assert float(coverage(Strokes.empty((3, 4))).max()) == 0


def test_strokes_of_no_size_and_far_outside_do_no_harm():
    strokes = scatter(4)
    odd = strokes.replace(size=torch.zeros(4, 2), center=torch.tensor([[0.0, 0.0], [-1e6, 5], [1e6, 1e6], [5, 5]]))
    picture = render(Strokes.concat([strokes, odd]))
    assert torch.isfinite(picture).all()


def test_ground_and_size_arguments():
    strokes = scatter(5)
    assert render(strokes, size=(30, 50)).shape == (3, 30, 50)
    white = render(strokes[:0], ground=torch.ones(3))
    assert float(white.min()) == 1
    with pytest.raises(ValueError, match="ground must be"):
        render(strokes, ground=torch.ones(3, 5, 5))
    with pytest.raises(ValueError, match="leaves the output"):
        render(strokes, region=(0, 0, 91, 10))
    with pytest.raises(ValueError, match="at least 1 x 1"):
        render(strokes, scale=0)


def test_seeds_pick_the_tip_and_filtering_keeps_it():
    strokes = scatter(30)
    assert not torch.equal(render(strokes), render(strokes.replace(seed=strokes.seed + 1)))
    last = strokes[29:]
    assert torch.equal(coverage(last), coverage(strokes[[29]]))


def test_unknown_brush_names_the_known_ones():
    with pytest.raises(ValueError, match="oil, round, flat"):
        get_brush("nylon")


def test_broad_marks_show_more_hairs_than_narrow_ones():
    brush = get_brush("oil")
    index = brush.tip_index(torch.tensor([4.0, 13.0, 40.0, 200.0]), torch.zeros(4, dtype=torch.int64), 512)
    assert (index.diff() > 0).all()


def ink(mode):
    tip = Image.new("L", (80, 40), 255)
    tip.paste(60, (10, 10, 70, 30))
    if mode == "inverted":
        return Image.eval(tip, lambda value: 255 - value)
    if mode == "alpha":
        rgba = Image.new("RGBA", (80, 40), (0, 0, 0, 0))
        rgba.paste((90, 60, 30, 255), (10, 10, 70, 30))
        return rgba
    return tip


@pytest.mark.parametrize("mode", ["dark", "inverted", "alpha"])
def test_a_brush_from_a_picture_covers_its_frame(mode):
    brush = brush_from_picture(ink(mode), "mine")
    assert isinstance(brush, Brush)
    cover = coverage(bar(length=40, width=20), brush=brush)
    assert float(cover[26:38, 16:48].min()) > 0.95


def test_a_brush_file(tmp_path):
    ink("dark").save(tmp_path / "tip.png")
    assert get_brush(tmp_path / "tip.png").name == "tip"
    (tmp_path / "bad.png").write_bytes(b"no picture")
    with pytest.raises(ValueError, match="cannot be read"):
        get_brush(tmp_path / "bad.png")
    Image.fromarray(np.full((8, 8), 255, np.uint8)).save(tmp_path / "blank.png")
    with pytest.raises(ValueError, match="no ink"):
        get_brush(tmp_path / "blank.png")


@pytest.mark.parametrize("brush", ["oil", "flat", "pencil", "dot"])
def test_a_stroke_of_two_colors_shows_streaks_of_both(brush):
    red, blue = torch.tensor([[0.8, 0.1, 0.1]]), torch.tensor([[0.1, 0.1, 0.8]])
    stroke = bar(length=60, width=24, color=red[0].tolist(), canvas=(40, 64), ground=(0.0, 0.0, 0.0))
    stroke = stroke.replace(color2=blue)
    picture, cover = render(stroke, brush=brush), coverage(stroke, brush=brush)
    assert torch.equal(cover, coverage(bar(length=60, width=24, canvas=(40, 64)), brush=brush))
    inside = picture[:, cover > 0.9]
    share = (inside[2] / (inside[0] + inside[2]) - 0.11) / 0.78
    assert 0.35 < float(share.mean()) < 0.65
    assert float((share < 0.25).float().mean()) > 0.05
    assert float((share > 0.75).float().mean()) > 0.05
    # what is not mixed stays as it is
    assert torch.allclose(inside[1], inside[[0, 2]].sum(0) / 9, atol=0.02)


def test_plain_strokes_among_loaded_ones_look_as_ever():
    plain, two = scatter(30), loaded(30)
    mixed = two.replace(blend=torch.where((torch.arange(30) < 15)[:, None], two.blend, torch.zeros(())))
    assert torch.equal(render(plain.replace(blend=0 * two.blend)), render(plain))
    assert torch.equal(render(mixed[15:]), render(plain[15:]))
    picture = render(mixed)
    assert not torch.equal(picture, render(plain))
    assert torch.equal(render(mixed, region=(13, 37, 41, 50)), picture[:, 13:54, 37:87])


@pytest.mark.parametrize("brush", BRUSHES)
def test_two_colors_look_the_same_at_any_scale(brush):
    strokes = loaded(60, canvas=(180, 240), longest=80)
    large = F.avg_pool2d(render(strokes, brush=brush, scale=4)[None], 4)[0]
    # complementary colors within one mark, hairs finer than a pixel: harder than any painting
    assert float((render(strokes, brush=brush) - large).abs().mean()) < 0.012


def test_gradients_reach_the_second_color():
    import dataclasses

    strokes = scatter(15)
    blend = torch.zeros(15, 3, requires_grad=True)
    picture = render(dataclasses.replace(strokes, blend=blend))
    assert torch.allclose(picture.detach(), render(strokes), atol=2e-3)
    picture.square().sum().backward()
    assert int((gradient(blend).abs().sum(1) > 0).sum()) >= 10

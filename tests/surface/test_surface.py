"""The surface: how thick paint lies, what it lies on, and the light on it."""

import math

import pytest
import torch
import torch.nn.functional as F

from painter_core.color import from_linear, to_linear
from painter_core.rendering.raster import render
from painter_core.strokes import Strokes
from painter_core.surface import WEAVES, Surface, height_map, light_surface, scene, thickest
from painter_core.surface.light import lamp, lit, normal_picture, normals_of
from painter_core.surface.noise import Noise
from painter_core.surface.relief import Reach, relief
from painter_core.surface.weave import Weave

BARE = {"weave": "none", "varnish": 0.0}
LAMPS = [(0, 30), (90, 50), (225, 15), (315, 40), (10, 90)]


def scatter(n=60, canvas=(72, 96), seed=0, longest=40.0, **more):
    g = torch.Generator().manual_seed(seed)
    length = 4 + (longest - 4) * torch.rand(n, generator=g)
    return Strokes.build(
        torch.rand(n, 2, generator=g) * torch.tensor([canvas[1], canvas[0]]),
        torch.stack([length, length * (0.2 + 0.4 * torch.rand(n, generator=g))], 1),
        math.pi * torch.rand(n, generator=g),
        0.2 + 0.6 * torch.rand(n, 3, generator=g),
        canvas=canvas,
        ground=(0.5, 0.4, 0.3),
        **more,
    )


def bar(angle=0.0, length=40.0, width=16.0, color=(0.6, 0.5, 0.4), canvas=(64, 64), **more):
    center = torch.tensor([[canvas[1] / 2, canvas[0] / 2]])
    return Strokes.build(
        center, torch.tensor([[length, width]]), torch.tensor([angle]), torch.tensor([color]), canvas=canvas, **more
    )


# -- thickness --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("brush", ["oil", "round", "flat"])
def test_paint_is_where_strokes_are_and_nowhere_else(brush):
    heights = height_map(bar(), brush=brush)
    assert heights[28:36, 16:48].min() > 0
    assert heights[:20].max() == 0
    assert heights.max() <= thickest((64, 64))


def test_overlaps_build_up_to_a_limit():
    one = bar()
    means = [float(height_map(Strokes.concat([one] * n), brush="flat")[28:36, 20:44].mean()) for n in (1, 2, 4, 8, 30)]
    assert means == sorted(means)
    assert means[1] > 1.15 * means[0]
    assert means[4] < 2 * means[0]
    assert means[4] - means[3] < 0.01 * means[0]


def test_older_ridges_show_through_fainter_with_each_stroke():
    across, along = bar(angle=math.pi / 2), bar(length=60, width=40)
    left = []
    for n in range(3):
        with_it = height_map(Strokes.concat([across] + [along] * n), brush="flat")
        without = height_map(Strokes.concat([along] * n), brush="flat") if n else torch.zeros(64, 64)
        left.append(float((with_it - without)[30:34, 30:34].mean()))
    assert left[0] > left[1] > left[2] > 0


def test_oil_leaves_ridges_along_the_hairs():
    heights = height_map(bar(length=120, width=40, canvas=(128, 128)), scale=4)[200:312, 160:352]
    assert heights.diff(dim=0).abs().mean() > 3 * heights.diff(dim=1).abs().mean()


def test_broad_underpainting_is_leaner_and_lights_are_thicker():
    def thick(strokes):
        return float(height_map(strokes, brush="flat")[62:66, 62:66].mean())

    canvas = (128, 128)
    assert thick(bar(length=60, width=8, canvas=canvas)) > thick(bar(length=120, width=100, canvas=canvas))
    assert thick(bar(color=(1.0, 1.0, 1.0), canvas=canvas)) > thick(bar(color=(0.0, 0.0, 0.0), canvas=canvas))


def test_thin_media_have_no_body():
    strokes = scatter(200)
    oil, knife, wash = (float(height_map(strokes, brush=brush).mean()) for brush in ("oil", "knife", "watercolor"))
    assert knife > oil > 8 * wash > 0


def test_transparent_strokes_are_thin():
    full, half = (height_map(bar(opacity=o), brush="flat") for o in (1.0, 0.5))
    assert torch.allclose(half, full / 2, atol=1e-5)


def test_heights_are_in_canvas_pixels_at_every_scale():
    strokes = scatter(canvas=(128, 512))
    small, large = height_map(strokes), height_map(strokes, scale=4)
    shrunk = F.avg_pool2d(large[None], 4)[0]
    assert (small - shrunk).abs().mean() < 0.1 * small.mean()
    assert abs(float(small.mean() / large.mean()) - 1) < 0.03


def test_a_painting_of_twice_the_size_has_twice_the_relief():
    strokes = scatter()
    assert torch.allclose(height_map(strokes.scaled(2)), 2 * height_map(strokes, scale=2), rtol=1e-3, atol=1e-4)


def test_any_region_of_a_height_map_is_the_same_part_of_all():
    strokes = scatter()
    assert torch.equal(height_map(strokes, region=(13, 37, 41, 50)), height_map(strokes)[13:54, 37:87])


# -- ground -----------------------------------------------------------------------------------------------------------


def weave(kind, size=4.0, seed=0, pixels=4.0, extent=24.0):
    at = (torch.arange(int(extent * pixels)) + 0.5) / pixels
    return Weave(kind, size, seed, "cpu").height(at, at, pixels)


@pytest.mark.parametrize("kind", [kind for kind in WEAVES if kind != "none"])
def test_weaves_are_seeded_bounded_and_the_same_at_every_scale(kind):
    one = weave(kind)
    assert torch.equal(one, weave(kind))
    assert not torch.equal(one, weave(kind, seed=1))
    assert one.min() >= 0
    assert one.max() <= Weave(kind, 4.0, 0, "cpu").highest
    assert one.std() > 0.1
    finer = F.avg_pool2d(weave(kind, pixels=8.0)[None], 2)[0]
    assert (one - finer).abs().mean() < 0.02


def test_threads_pass_over_and_under():
    """Where a warp thread is on top the cloth is steep to its sides, a thread further where a weft thread is."""
    cloth = weave("canvas", extent=128.0)
    across, down = cloth.diff(dim=1)[:-1].square(), cloth.diff(dim=0)[:, :-1].square()
    which = F.avg_pool2d((across - down)[None], 15, 1)[0]

    def likeness(threads):
        step = 16 * threads
        return float((which[:, step:] * which[:, :-step]).mean() / which.var())

    assert likeness(1) < -0.3
    assert likeness(2) > 0.3


def test_threads_too_fine_to_draw_leave_no_moire():
    assert weave("canvas", size=1.0, pixels=1.0).abs().max() == 0


def test_noise_on_a_grid_is_the_noise():
    noise = Noise(torch.Generator().manual_seed(3), "cpu")
    x, y = torch.linspace(-3, 9, 50), torch.linspace(700, 705, 40)
    assert torch.allclose(noise.grid(x, y), noise(*torch.broadcast_tensors(x[None], y[:, None])), atol=1e-5)


def test_thick_paint_buries_the_weave():
    thin, thick = (
        light_surface(
            bar(length=60, width=30, opacity=opacity, canvas=(64, 512)),
            Surface(impasto=1.0, weave="canvas", weave_size=4),
            brush="flat",
        )
        for opacity in (0.02, 1.0)
    )
    steep = [float((seen.normals[:2, 24:40, 240:272] - 0.5).abs().mean()) for seen in (thin, thick)]
    assert steep[1] < 0.5 * steep[0]


# -- light ------------------------------------------------------------------------------------------------------------


def lit_hill(azimuth, elevation=40.0, varnish=0.0, tone=0.5):
    """A round hill in the middle of a plain, (64, 64), lit."""
    reach = Reach(1.0, 1.5)
    side = 64 + 2 * reach.margin
    at = torch.arange(side) - (side - 1) / 2
    heights = 3 * torch.exp(-(at[None] ** 2 + at[:, None] ** 2) / 128)
    to_lamp = lamp(azimuth, elevation)
    found = relief(heights, reach, to_lamp)
    plain = torch.full((3, 64, 64), tone)
    return lit(plain, normals_of(found.slope), found.hollow, found.shadow, to_lamp, 0.5, varnish)[0]


def test_slopes_that_face_the_lamp_are_light_and_the_others_dark():
    hill = lit_hill(270)
    assert hill[28:36, 20:28].mean() > 0.5 + 0.02
    assert hill[28:36, 36:44].mean() < 0.5 - 0.02
    hill = lit_hill(0)
    assert hill[20:28, 28:36].mean() > 0.5 + 0.02
    assert hill[36:44, 28:36].mean() < 0.5 - 0.02


@pytest.mark.parametrize("varnish", [0.0, 1.0])
def test_a_mirrored_lamp_makes_the_mirrored_picture(varnish):
    assert torch.allclose(lit_hill(90, varnish=varnish), lit_hill(270, varnish=varnish).flip(1), atol=1e-4)
    assert torch.allclose(lit_hill(0, varnish=varnish), lit_hill(180, varnish=varnish).flip(0), atol=1e-4)
    assert torch.allclose(lit_hill(0, varnish=varnish), lit_hill(270, varnish=varnish).T, atol=1e-4)
    assert torch.allclose(lit_hill(0), lit_hill(360), atol=1e-4)


def test_varnish_glints():
    assert lit_hill(315, varnish=1.0, tone=0.1).max() > lit_hill(315, tone=0.1).max() + 0.05


@pytest.mark.parametrize(("azimuth", "elevation"), LAMPS)
def test_flat_paint_keeps_its_colors_under_every_lamp(azimuth, elevation):
    color = torch.rand(3, 9, 9, generator=torch.Generator().manual_seed(0))
    up = normals_of(torch.zeros(2, 9, 9))
    nothing = torch.zeros(9, 9)
    assert torch.allclose(lit(color, up, nothing, nothing, lamp(azimuth, elevation), 1.0, 0.0), color, atol=2e-5)


@pytest.mark.parametrize(("azimuth", "elevation"), LAMPS)
def test_the_mean_color_is_kept(azimuth, elevation):
    strokes = scatter(200, (64, 64))
    surface = Surface(impasto=0.5, azimuth=azimuth, elevation=elevation, weave="canvas", varnish=0.0)
    for scale in (1, 2):
        before, after = render(strokes, scale=scale), light_surface(strokes, surface, scale=scale).picture
        assert (before.mean((1, 2)) - after.mean((1, 2))).abs().max() < 0.02
        assert (before - after).abs().mean() > 0.002


def test_a_lamp_straight_above_shades_less_than_a_raking_one():
    strokes = scatter(200, (64, 64))
    plain = render(strokes, scale=2)

    def change(elevation):
        surface = Surface(elevation=elevation, **BARE)
        return float((light_surface(strokes, surface, scale=2).picture - plain).abs().mean())

    assert change(90) < 0.6 * change(30)


def test_srgb_there_and_back():
    values = torch.linspace(0, 1, 1001)
    assert torch.allclose(from_linear(to_linear(values)), values, atol=1e-5)
    assert abs(float(to_linear(torch.tensor(0.5))) - 0.21404) < 1e-4


def test_normal_map_is_opengl():
    """A slope that rises to the right looks left: little red. One that rises upwards looks down: little green."""
    right, up = (
        normal_picture(normals_of(torch.tensor(s, dtype=torch.float32)[:, None, None])) for s in ([1, 0], [0, -1])
    )
    flat = normal_picture(normals_of(torch.zeros(2, 1, 1)))
    assert torch.allclose(flat.flatten(), torch.tensor([0.5, 0.5, 1.0]))
    assert right[0] < 0.2
    assert right[1] == 0.5
    assert up[1] < 0.2
    assert up[0] == 0.5


# -- all of it --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("brush", ["oil", "flat"])
def test_without_a_surface_the_picture_is_the_picture(brush):
    strokes = scatter()
    seen = light_surface(strokes, Surface(impasto=0, **BARE), scale=1.5, brush=brush)
    assert torch.equal(seen.picture, render(strokes, scale=1.5, brush=brush))
    assert seen.height.max() == 0
    assert torch.allclose(seen.normals[2], torch.ones(()))


def test_a_little_impasto_changes_little():
    strokes = scatter(200)
    change = light_surface(strokes, Surface(impasto=0.01, **BARE)).picture - render(strokes)
    assert change.abs().mean() < 0.004


@pytest.mark.parametrize("kind", WEAVES)
def test_windows_and_regions_leave_no_trace(monkeypatch, kind):
    strokes, surface = scatter(100, (48, 64)), Surface(weave=kind, varnish=0.5)
    whole = light_surface(strokes, surface, scale=2)
    monkeypatch.setattr(scene, "WINDOW", 150)
    pieces = light_surface(strokes, surface, scale=2)
    part = light_surface(strokes, surface, scale=2, region=(11, 50, 80, 70))
    for name in ("picture", "height", "normals"):
        one = getattr(whole, name)
        assert torch.allclose(getattr(pieces, name), one, atol=1e-5)
        assert torch.allclose(getattr(part, name), one[..., 11:91, 50:120], atol=1e-5)


@pytest.mark.parametrize("kind", WEAVES)
def test_four_times_as_large_shrinks_to_the_same(kind):
    strokes = scatter(300, (96, 256))
    surface = Surface(weave=kind, weave_size=6)
    small = light_surface(strokes, surface).picture
    large = F.avg_pool2d(light_surface(strokes, surface, scale=4).picture, 4)
    assert (small - large).abs().mean() < 0.015


@pytest.mark.parametrize("size", [(1, 1), (1, 40), (33, 2)])
@pytest.mark.parametrize("count", [0, 5])
def test_tiny_canvases_and_no_strokes(size, count):
    strokes = scatter(count, size, longest=10.0) if count else Strokes.empty(size, (0.2, 0.4, 0.6))
    for scale in (1, 4):
        seen = light_surface(strokes, Surface(impasto=1.0, elevation=5.0, varnish=1.0), scale=scale)
        assert seen.picture.shape == seen.normals.shape == (3, size[0] * scale, size[1] * scale)
        assert all(torch.isfinite(t).all() and t.min() >= 0 and t.max() <= 1 for t in (seen.picture, seen.height))
    bare = light_surface(Strokes.empty((8, 8), (0.2, 0.4, 0.6)), Surface(impasto=1.0, **BARE)).picture
    assert torch.allclose(bare, torch.tensor([0.2, 0.4, 0.6])[:, None, None].expand(3, 8, 8), atol=1e-5)


def test_a_picture_as_ground_shows_where_nothing_is_painted():
    ground = torch.rand(3, 64, 64, generator=torch.Generator().manual_seed(1))
    seen = light_surface(bar(), Surface(**BARE), ground=ground).picture
    assert torch.allclose(seen[:, :16], ground[:, :16], atol=1e-4)
    assert not torch.allclose(seen[:, 24:40, 24:40], ground[:, 24:40, 24:40], atol=1e-2)


def test_inputs_stay_as_they_are_and_gradients_are_left_out():
    strokes = scatter(20).replace()
    before = {name: getattr(strokes, name).clone() for name in ("center", "color", "opacity")}
    strokes.center.requires_grad_()
    seen = light_surface(strokes)
    assert not seen.picture.requires_grad
    assert all(torch.equal(getattr(strokes, name), value) for name, value in before.items())


def test_what_the_callback_raises_comes_through():
    calls = []

    def stop(done, total):
        calls.append((done, total))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        light_surface(scatter(), scale=8, on_window=stop)
    assert calls[0][0] <= 1 < calls[0][1]
    assert len(calls) == 1


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"impasto": 1.5}, "impasto must be from 0 to 1, got 1.5"),
        ({"elevation": 0.0}, "elevation must be from 5 to 90"),
        ({"azimuth": float("nan")}, "azimuth"),
        ({"weave": "burlap"}, "'burlap'"),
        ({"weave_size": 0.5}, "weave_size"),
        ({"varnish": -1}, "varnish"),
    ],
)
def test_bad_surfaces_are_refused(wrong, reason):
    with pytest.raises(ValueError, match="surface: ") as error:
        Surface(**wrong)
    assert reason in str(error.value)


def test_bad_regions_and_sizes_are_refused():
    for call in (light_surface, height_map):
        with pytest.raises(ValueError, match="region"):
            call(scatter(), region=(0, 0, 73, 96))
        with pytest.raises(ValueError, match="scale"):
            call(scatter(), scale=-1)
        with pytest.raises(ValueError, match="mop"):
            call(scatter(), brush="mop")

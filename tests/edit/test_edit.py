"""Editing strokes: every operation on any painting, none included, and what each promises."""

from __future__ import annotations

import math

import pytest
import torch

from painter_core import render
from painter_core.color import from_oklab, to_linear, to_oklab
from painter_core.edit import (
    ORDERS,
    PALETTES,
    adjust,
    by_color,
    by_layer,
    by_mask,
    by_progress,
    by_size,
    cropped,
    flipped,
    jittered,
    limit_colors,
    match_colors,
    merged,
    mix,
    mix_toward,
    moved,
    ordered,
    palette_of,
    resized,
    split,
    stretched,
    to_palette,
    turned,
    with_pigments,
    zoomed,
)
from painter_core.edit.clusters import k_means, nearest
from painter_core.edit.color_text import color_from_text
from painter_core.edit.overlaps import MOST
from painter_core.edit.pigment import TUBES, mixtures, palette_colors
from painter_core.edit.spectra import from_spectrum, to_spectrum
from painter_core.edit.visible_area import visible_area
from painter_core.strokes import FIELDS, Strokes


def some(n=120, canvas=(48, 64), seed=0, ground=(0.2, 0.5, 0.3)):
    g = torch.Generator().manual_seed(seed)
    return Strokes.build(
        torch.rand(n, 2, generator=g) * torch.tensor([canvas[1], canvas[0]]),
        2 + 14 * torch.rand(n, 2, generator=g),
        3 * torch.rand(n, generator=g),
        torch.rand(n, 3, generator=g),
        canvas=canvas,
        ground=ground,
        layer=torch.arange(n) * 4 // max(1, n),
    )


def same(a, b):
    return all(torch.equal(getattr(a, name), getattr(b, name)) for name in (*FIELDS, "ground")) and a.canvas == b.canvas


def picture(seed=3, height=30, width=40):
    return torch.rand(3, height, width, generator=torch.Generator().manual_seed(seed))


def half(canvas=(48, 64)):
    """A mask of the left half."""
    mask = torch.zeros(canvas)
    mask[:, : canvas[1] // 2] = 1
    return mask


BLUE = torch.tensor([0.1, 0.2, 0.7])
EDITS = {
    "limit_colors": lambda s: limit_colors(s, 5),
    "to_palette": lambda s: to_palette(s, torch.rand(6, 3, generator=torch.Generator().manual_seed(1))),
    "match_colors": lambda s: match_colors(s, picture()),
    "match_distribution": lambda s: match_colors(s, picture(), "distribution"),
    "adjust": lambda s: adjust(s, hue=70, saturation=1.5, brightness=0.1, contrast=1.2),
    "mix_toward": lambda s: mix_toward(s, BLUE, 0.4),
    "with_pigments": lambda s: with_pigments(s, "zorn"),
    "masked": lambda s: adjust(s, hue=120, mask=half()),
    "stretched": lambda s: stretched(s, 0.4, 1.7),
    "moved": lambda s: moved(s, 5, -3),
    "turned": lambda s: turned(s, 33),
    "zoomed": lambda s: zoomed(s, 0.7),
    "flipped": lambda s: flipped(s, "both"),
    "cropped": lambda s: cropped(s, -4, 6, 30, 60),
    "resized": lambda s: resized(s, 33, 77),
    "jittered": lambda s: jittered(s, 7, position=0.3, angle=10, size=0.2, color=0.05),
    "merged": lambda s: merged(s, some(50, seed=9), half()),
    "over": lambda s: merged(s, some(50, (20, 20), seed=9)),
    "filtered": lambda s: split(s, by_mask(s, half(), "touching"))[0],
    **{order: lambda s, order=order: s[ordered(s, order, seed=3)] for order in ORDERS},
}


# -- what holds for all of them ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [0, 1, 120])
@pytest.mark.parametrize("name", EDITS)
def test_edits_give_valid_strokes_and_leave_their_input_alone(name, count):
    strokes, untouched = some(count), some(count)
    result = EDITS[name](strokes).validated()
    assert same(strokes, untouched)
    assert same(EDITS[name](some(count)), result), "not the same a second time"
    assert render(result).isfinite().all()


@pytest.mark.parametrize("name", EDITS)
def test_edits_refuse_nan(name):
    strokes = some(9)
    strokes.center[4, 0] = math.nan
    strokes.color[5, 1] = math.nan
    if name == "filtered":
        assert len(EDITS[name](strokes)) <= 9  # choosing changes nothing in what it chooses
        return
    with pytest.raises(ValueError, match="NaN"):
        EDITS[name](strokes)


@pytest.mark.parametrize("name", EDITS)
def test_edits_stay_on_the_strokes_device(name):
    device = "cuda" if torch.cuda.is_available() else "cpu"
    result = EDITS[name](some(40).to(device))
    assert {getattr(result, field).device.type for field in (*FIELDS, "ground")} == {device}


@pytest.mark.parametrize("name", EDITS)
def test_strokes_far_away_and_as_large_as_can_be(name):
    strokes = some(6)
    far = strokes.replace(
        center=torch.tensor([[1e30, -1e30], [-3e9, 5.0], [1e20, 1e20], [0.0, 0], [64, 48], [32, 24]]),
        size=torch.tensor([[1e20, 1.0], [1e15, 1e15], [5, 0.0], [0.0, 0.0], [200, 100], [9, 3]]),
    )
    EDITS[name](far).validated()


# -- orders -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("same_picture", [True, False])
def test_orders_are_permutations(order, same_picture):
    turn = ordered(some(), order, seed=5, same_picture=same_picture)
    assert turn.dtype == torch.int64
    assert torch.equal(turn.sort()[0], torch.arange(120))


@pytest.mark.parametrize("order", ORDERS)
def test_another_order_gives_the_same_picture(order):
    strokes = some(400, (96, 128))
    strokes = strokes.replace(size=strokes.size * 0.5)
    turn = ordered(strokes, order, seed=1)
    assert torch.equal(render(strokes[turn]), render(strokes))
    assert order in ("painted", "big to small", "region") or not torch.equal(turn, torch.arange(400))


def test_sorted_freely():
    strokes = some(200)
    free = {order: strokes[ordered(strokes, order, seed=2, same_picture=False)] for order in ORDERS}
    assert (free["big to small"].size.prod(1).diff() <= 0).all()
    assert (to_oklab(free["light to dark"].color)[:, 0].diff() <= 0).all()
    assert same(free["painted"], strokes)
    assert not same(free["random"], strokes)


def test_region_paints_the_subject_last():
    strokes = some(200)
    turn = ordered(strokes, "region", mask=half(), same_picture=False)
    left = strokes.center[turn, 0] < 31
    right = strokes.center[turn, 0] > 33
    assert left.nonzero().min() > right.nonzero().max()
    assert (turn[left].diff() > 0).all(), "inside a region the painted order stays"


def test_random_order_depends_on_the_seed():
    strokes = some()
    assert not torch.equal(*(ordered(strokes, "random", seed=seed, same_picture=False) for seed in (1, 2)))
    assert torch.equal(*(ordered(strokes, "random", seed=seed) for seed in (2**64 + 7, 7)))


def test_very_many_strokes_keep_their_layers():
    n = MOST + 1
    strokes = some(2)[torch.zeros(n, dtype=torch.int64)].replace(layer=torch.arange(n) % 3)
    assert (strokes.layer[ordered(strokes, "random")].diff() >= 0).all()


def test_unknown_order():
    with pytest.raises(ValueError, match=r"'sideways'.*region"):
        ordered(some(), "sideways")


# -- choosing ---------------------------------------------------------------------------------------------------------


def test_kept_and_rest_are_all():
    strokes = some()
    kept, rest = split(strokes, by_layer(strokes, 1, 2))
    assert set(kept.layer.tolist()) == {1, 2}
    assert set(rest.layer.tolist()) == {0, 3}
    assert torch.equal(torch.cat([kept.seed, rest.seed]).sort()[0], strokes.seed)


def test_size_in_pixels_and_percent():
    strokes = some()
    in_pixels = by_size(strokes, length=(6.4, 12.8), width=(0, 9))
    assert torch.equal(in_pixels, by_size(strokes, length=(10, 20), width=(0, 9 / 0.64), unit="percent"))
    length, width = strokes.size.unbind(1)
    assert torch.equal(in_pixels, (length >= 6.4) & (length <= 12.8) & (width <= 9))


def test_progress_leaves_nothing_out_and_nothing_twice():
    strokes = some(101)
    parts = [by_progress(strokes, start, end) for start, end in [(0, 0.3), (0.3, 0.31), (0.31, 1)]]
    assert torch.equal(torch.stack(parts).sum(0), torch.ones(101, dtype=torch.int64))


def test_mask_places_from_strict_to_loose():
    strokes = some(300)
    inside, center, touching, outside = (
        by_mask(strokes, half(), place) for place in ("inside", "center", "touching", "outside")
    )
    assert (inside <= center).all()
    assert (center <= touching).all()
    assert torch.equal(outside, ~touching)
    assert 0 < inside.sum() < center.sum() < touching.sum() < 300
    assert torch.equal(center, strokes.center[:, 0] < 32)


@pytest.mark.parametrize("size", [(48, 64), (96, 128), (12, 16), (7, 9), (50, 60)])
def test_masks_of_other_sizes(size):
    strokes = some(300)
    far = (strokes.center[:, 0] - 32).abs() > 8
    chosen = by_mask(strokes, half(size))
    assert torch.equal(chosen[far], (strokes.center[:, 0] < 32)[far])


@pytest.mark.parametrize("mask", [torch.zeros(48, 300), torch.zeros(1, 48, 64), torch.full((48, 64), math.nan)])
def test_masks_that_do_not_fit(mask):
    with pytest.raises(ValueError, match="mask"):
        by_mask(some(), mask)


def test_color_distance():
    strokes = some()
    keep = by_color(strokes, BLUE, 0.3)
    assert torch.equal(keep, (to_oklab(strokes.color) - to_oklab(BLUE)).norm(dim=1) <= 0.3)
    assert by_color(strokes, BLUE, 2).all()


def test_ranges_that_make_no_sense():
    for call in (
        lambda: by_size(some(), length=(5, 4)),
        lambda: by_size(some(), unit="miles"),
        lambda: by_layer(some(), 3, 1),
        lambda: by_progress(some(), 0.5, 1.5),
        lambda: by_mask(some(), half(), threshold=0),
        lambda: by_mask(some(), half(), "near"),
        lambda: by_color(some(), BLUE, math.nan),
    ):
        with pytest.raises(ValueError, match=r"needed|must|there is no"):
            call()


# -- colors ----------------------------------------------------------------------------------------------------------


def test_oklab_there_and_back():
    color = torch.rand(500, 3, generator=torch.Generator().manual_seed(0))
    assert torch.allclose(from_oklab(to_oklab(color)), color, atol=1e-4)
    ends = to_oklab(torch.tensor([[0.0, 0, 0], [1, 1, 1]]))
    assert torch.allclose(ends, torch.tensor([[0.0, 0, 0], [1, 0, 0]]), atol=1e-4)


def test_colors_beyond_srgb_keep_hue_and_lightness():
    lab = torch.tensor([[0.6, 0.4, 0.1], [0.3, -0.3, 0.3], [0.8, 0.0, -0.5]])
    back = to_oklab(from_oklab(lab))
    assert torch.allclose(back[:, 0], lab[:, 0], atol=0.01)
    turn = torch.atan2(back[:, 2], back[:, 1]) - torch.atan2(lab[:, 2], lab[:, 1])
    assert turn.abs().max() < 0.05


@pytest.mark.parametrize("count", [1, 4, 30])
def test_limited_to_k_colors(count):
    result = limit_colors(some(), count)
    colors = torch.cat([result.color, result.ground[None]]).unique(dim=0)
    assert len(colors) <= count
    assert len(colors) == count or count > 20


def test_more_colors_come_closer():
    strokes = some(300)
    few = [to_oklab(limit_colors(strokes, count).color) for count in (2, 8, 32)]
    errors = [(lab - to_oklab(strokes.color)).norm(dim=1).mean() for lab in few]
    assert errors[0] > errors[1] > errors[2]


def test_k_means_finds_clusters_that_are_there():
    g = torch.Generator().manual_seed(0)
    truth = torch.tensor([[0.2, 0.0, 0.0], [0.5, 0.2, 0.1], [0.8, -0.1, 0.1]])
    points = truth.repeat(50, 1) + 0.005 * torch.randn(150, 3, generator=g)
    centers = k_means(points, torch.ones(150), 3)
    assert (centers[nearest(truth, centers)] - truth).abs().max() < 0.005


def test_hidden_strokes_do_not_count():
    hidden = Strokes.build(
        torch.tensor([[32.0, 24], [32, 24]]), torch.tensor([[90.0, 90], [100, 100]]), torch.zeros(2),
        torch.tensor([[1.0, 0, 0], [0, 0, 1]]), canvas=(48, 64),
    )  # fmt: skip
    seen, ground = visible_area(hidden)
    assert seen[0] < 0.01
    assert seen[1] == pytest.approx(1, abs=0.01)
    assert ground == pytest.approx(0, abs=0.01)
    assert torch.allclose(limit_colors(hidden, 1).color[1], torch.tensor([0.0, 0, 1]), atol=0.1)


def test_palette_of_a_picture():
    flat = torch.tensor([[0.9, 0.1, 0.1], [0.1, 0.1, 0.9]]).T[:, :, None].expand(3, 2, 8)
    palette = palette_of(flat, 5)
    assert len(palette) == 2
    result = to_palette(some(), palette)
    assert len(result.color.unique(dim=0)) == 2


def test_matched_colors_have_mean_and_spread_of_the_picture():
    strokes = some(400)
    wanted = to_oklab((picture() * 0.3 + 0.4).flatten(1).T)
    for method in ("mean and spread", "distribution"):
        result = match_colors(strokes, picture() * 0.3 + 0.4, method)
        weight, ground = visible_area(result)
        lab = torch.cat([to_oklab(result.color), to_oklab(result.ground)[None]])
        share = torch.cat([weight, ground[None]])
        share = (share / share.sum())[:, None]
        mean = (lab * share).sum(0)
        spread = ((lab - mean).square() * share).sum(0).sqrt()
        assert torch.allclose(mean, wanted.mean(0), atol=0.02)
        assert torch.allclose(spread, wanted.std(0), atol=0.03)


def test_strength_and_mask():
    strokes = some()
    assert torch.equal(limit_colors(strokes, 3, strength=0).color, strokes.color)
    assert same(adjust(strokes), strokes)
    result = adjust(strokes, hue=90, mask=half())
    changed = (result.color - strokes.color).abs().amax(1) > 1e-4
    assert not changed[strokes.center[:, 0] > 33].any()
    assert changed[strokes.center[:, 0] < 31].float().mean() > 0.95
    assert torch.equal(result.ground, strokes.ground)
    with pytest.raises(ValueError, match="strength"):
        limit_colors(strokes, 3, strength=1.5)


def test_adjust_keeps_lightness_when_only_the_hue_turns():
    strokes = some()
    result = adjust(strokes, hue=140)
    assert (to_oklab(result.color) - to_oklab(strokes.color))[:, 0].abs().max() < 0.01
    assert torch.allclose(adjust(strokes, saturation=0).color.std(dim=1), torch.zeros(120), atol=0.005)


# -- pigments ---------------------------------------------------------------------------------------------------------


def mixed(a, b, part=0.5):
    return mix(torch.tensor([[a, b]], dtype=torch.float32), torch.tensor([[1 - part, part]]))[0]


def test_spectra_keep_their_colors_and_are_possible():
    light = to_linear(torch.rand(400, 3, generator=torch.Generator().manual_seed(0)))
    light = torch.cat([light, torch.eye(3), 1 - torch.eye(3), torch.zeros(1, 3), torch.ones(1, 3)])
    spectrum = to_spectrum(light)
    assert spectrum.min() > 0
    assert spectrum.max() < 1
    assert torch.allclose(from_spectrum(spectrum), light, atol=1e-5)


@pytest.mark.parametrize(
    ("blue", "yellow"),
    [((0, 0, 1), (1, 1, 0)), ((0.1, 0.14, 0.55), (0.98, 0.82, 0.05)), ((0.0, 0.28, 0.67), (0.98, 0.93, 0.2))],
)
def test_blue_and_yellow_make_green(blue, yellow):
    red, green, low = mixed(blue, yellow).tolist()
    assert green > red + 0.05
    assert green > low + 0.05


def test_white_makes_tints_and_mixing_has_no_favourites():
    red, green, blue = mixed((0.8, 0.1, 0.1), (1, 1, 1)).tolist()
    assert red > 0.85
    assert 0.2 < green < 0.7
    assert abs(green - blue) < 0.15
    grey = mixed((0, 0, 0), (1, 1, 1))
    assert 0.3 < grey.mean() < 0.7
    assert grey.std() < 0.01
    assert torch.allclose(mixed((0.2, 0.5, 0.1), (0.9, 0.3, 0.6), 0.3), mixed((0.9, 0.3, 0.6), (0.2, 0.5, 0.1), 0.7))


def test_one_paint_alone_stays_as_it_is():
    color = torch.rand(300, 1, 3, generator=torch.Generator().manual_seed(4))
    assert torch.allclose(mix(color.repeat(1, 2, 1), torch.rand(300, 2) + 0.01), color[:, 0], atol=1e-4)
    strokes = some()
    assert torch.allclose(mix_toward(strokes, BLUE, 0).color, strokes.color, atol=1e-4)
    assert torch.allclose(mix_toward(strokes, BLUE, 1).color, BLUE.expand(120, 3), atol=1e-4)


@pytest.mark.parametrize("palette", PALETTES)
def test_palettes_mix_from_white_and_three_tubes_at_most(palette):
    tubes = palette_colors(palette)
    colors, parts = mixtures(tubes)
    assert ((parts[:, 1:] > 0).sum(1) <= 3).all()
    assert torch.allclose(parts.sum(1), torch.ones(len(parts)))
    assert (nearest(tubes, colors).unique().numel()) == len(tubes), "every tube is there pure"
    result = with_pigments(some(), palette)
    distance = (result.color[:, None] - colors).abs().amax(-1).amin(1)
    assert distance.max() < 1e-6


def test_every_palette_has_known_tubes():
    assert {tube for tubes in PALETTES.values() for tube in tubes} <= set(TUBES)
    with pytest.raises(ValueError, match=r"'rembrandt'.*zorn"):
        with_pigments(some(), "rembrandt")


# -- geometry ---------------------------------------------------------------------------------------------------------


def test_flips_and_turns_undo_each_other():
    strokes = some()
    for there, back in [
        (lambda s: flipped(s, "horizontal"), lambda s: flipped(s, "horizontal")),
        (lambda s: turned(s, 37), lambda s: turned(s, -37)),
        (lambda s: zoomed(s, 3), lambda s: zoomed(s, 1 / 3)),
        (lambda s: moved(s, 3, 4), lambda s: moved(s, -3, -4)),
        (lambda s: resized(s, 99, 30), lambda s: resized(s, 64, 48)),
    ]:
        again = back(there(strokes))
        assert torch.allclose(again.center, strokes.center, atol=1e-3)
        assert torch.allclose(again.size.prod(1), strokes.size.prod(1), rtol=1e-3)
    assert torch.allclose(flipped(flipped(strokes)).angle, strokes.angle, atol=1e-4)


def test_flipped_pictures_are_flipped_paintings():
    strokes = some(40)
    picture, mirrored = render(strokes, brush="round"), render(flipped(strokes), brush="round")
    assert (picture.flip(2) - mirrored).abs().mean() < 0.01
    upside_down = render(flipped(strokes, "vertical"), brush="round")
    assert (picture.flip(1) - upside_down).abs().mean() < 0.01


def test_a_quarter_turn_of_a_square():
    strokes = some(40, (64, 64))
    turned_picture = render(turned(strokes, 90), brush="round")
    assert (render(strokes, brush="round").rot90(-1, (1, 2)) - turned_picture).abs().mean() < 0.01


def test_a_crop_is_a_part_of_the_painting():
    strokes = some()
    left, top, width, height = 10, 5, 30, 20
    part = cropped(strokes, left, top, width, height)
    assert part.canvas == (height, width)
    assert len(part) < len(strokes)
    whole = render(strokes, brush="flat")[:, top : top + height, left : left + width]
    assert (render(part, brush="flat") - whole).abs().max() < 1e-3
    assert len(cropped(strokes, -50, -50, 200, 200)) == len(strokes)


def test_stretched_strokes_stay_in_order():
    result = stretched(some(), 0.2, 2)
    assert (result.size[:, 0] >= result.size[:, 1]).all()
    for call in (lambda: stretched(some(), 0), lambda: zoomed(some(), math.inf), lambda: cropped(some(), 0, 0, 0, 5)):
        with pytest.raises(ValueError, match=r"above 0|pixels"):
            call()
    with pytest.raises(ValueError, match="'diagonal'"):
        flipped(some(), "diagonal")


def test_jitter():
    strokes = some(500)
    assert same(jittered(strokes, 3), strokes)
    assert same(jittered(strokes, 3, position=0.2), jittered(strokes, 3, position=0.2))
    assert not same(jittered(strokes, 3, position=0.2), jittered(strokes, 4, position=0.2))
    moved_far = (jittered(strokes, 3, position=0.2).center - strokes.center).norm(dim=1) / strokes.size[:, 1]
    assert 0.15 < moved_far.mean() < 0.35
    assert moved_far.max() < 1
    only_color = jittered(strokes, 3, color=0.1)
    assert torch.equal(only_color.center, strokes.center)
    assert torch.equal(only_color.size, strokes.size)
    with pytest.raises(ValueError, match="angle"):
        jittered(strokes, 3, angle=-1)


# -- merging ----------------------------------------------------------------------------------------------------------


def test_merged_inside_a_mask():
    base, other = some(200), some(200, (96, 128), seed=5)
    result = merged(base, other, half())
    assert result.canvas == base.canvas
    assert torch.equal(result.ground, base.ground)
    # a pixel to either side of the edge is left to chance
    left, right = (result.center[:, 0] < 31).nonzero()[:, 0], (result.center[:, 0] > 33).nonzero()[:, 0]
    assert torch.equal(result.color[left], other.color[other.center[:, 0] < 62])
    assert torch.equal(result.color[right], base.color[base.center[:, 0] > 33])
    assert torch.allclose(result.size[left] * 2, other.size[other.center[:, 0] < 62], rtol=1e-4)
    assert left[0] < right[-1], "both are painted at the same time"
    assert right[0] < left[-1]


def test_merged_extremes_are_the_paintings():
    base, other = some(100), some(80, seed=5)
    assert same(merged(base, other, torch.zeros(48, 64)), base)
    assert same(merged(base, other, torch.ones(48, 64)), other)
    assert same(merged(base, other), Strokes.concat([base, other]))


def test_soft_masks_mix_by_chance():
    base, other = some(1000), some(1000, seed=5)
    result = merged(base, other, torch.full((48, 64), 0.3))
    assert 800 < len(result) < 1200
    assert not same(result, merged(base, other, torch.full((48, 64), 0.3), seed=1))


def test_the_other_ground_shows_inside_the_mask():
    base = Strokes.empty((48, 64), (1.0, 1.0, 1.0))
    other = Strokes.empty((48, 64), (1.0, 0.0, 0.0))
    result = render(merged(base, other, half()), brush="flat")
    assert torch.allclose(result[:, 24, 5], torch.tensor([1.0, 0, 0]), atol=0.02)
    assert torch.allclose(result[:, 24, 58], torch.ones(3), atol=0.02)


# -- words ------------------------------------------------------------------------------------------------------------


def test_colors_as_people_write_them():
    assert torch.equal(color_from_text(" #ff8000 "), torch.tensor([255, 128, 0]) / 255)
    assert torch.equal(color_from_text("teal"), torch.tensor([0, 128, 128]) / 255)
    with pytest.raises(ValueError, match="'bluish'"):
        color_from_text("bluish")


# -- loaded brushes ---------------------------------------------------------------------------------------------------


def test_both_colors_of_a_loaded_brush_are_changed():
    strokes = some(50)
    loaded = strokes.replace(color2=strokes.color.flip(1))
    for edit in (
        lambda s: to_palette(s, torch.rand(4, 3, generator=torch.Generator().manual_seed(1))),
        lambda s: adjust(s, hue=100),
        lambda s: mix_toward(s, BLUE, 0.5),
    ):
        result, second = edit(loaded), edit(strokes.replace(color=strokes.color.flip(1)))
        assert torch.allclose(result.color, edit(strokes).color, atol=1e-4)
        assert torch.allclose(result.color2, second.color, atol=1e-4)
    assert not edit(strokes).loaded
    moved_both = jittered(loaded, 2, color=0.05)
    assert (moved_both.color2 - loaded.color2).abs().max() > 0.01

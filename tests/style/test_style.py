"""Style: features, distances, colors, and strokes that take after a reference."""

from __future__ import annotations

import math
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import torch
from predictor_samples import Dabs
from style_samples import take_few_steps
from sure import gradient, sure
from torch import Tensor

from painter_core import PaintOptions, Strokes, paint, render
from painter_core.color import to_oklab
from painter_core.files.pictures import read_picture
from painter_core.images import shrunk
from painter_core.style import (
    METHODS,
    StrokeStylizer,
    Stylizer,
    content_distance,
    keep_colors,
    style_distance,
    style_strokes,
    stylize,
)
from painter_core.style.guided import Change
from painter_core.style.networks.distances import Style, measured, style_of
from painter_core.style.networks.vgg16 import CONVOLUTIONS, features
from painter_core.style.strokes.handwriting import Flow, Handwriting
from painter_core.style.strokes.repainting import Frame

REPOSITORY = Path(__file__).resolve().parents[2]


def picture(height: int = 96, width: int = 128, seed: int = 0) -> Tensor:
    """A gradient with discs in random colors."""
    generator = torch.Generator().manual_seed(seed)
    y, x = torch.meshgrid(torch.linspace(0, 1, height), torch.linspace(0, 1, width), indexing="ij")
    ends = torch.rand(3, 2, generator=generator)
    made = ends[:, :1, None] * x + ends[:, 1:, None] * (1 - y) / 2
    for _ in range(12):
        place, color = torch.rand(2, generator=generator), torch.rand(3, generator=generator)
        inside = (y - place[0]) ** 2 + ((x - place[1]) * width / height) ** 2 < 0.02
        made = torch.where(inside, color[:, None, None], made)
    return made.clamp(0, 1)


def stripes(period: float = 8.0, side: int = 128) -> Tensor:
    """Slanting stripes, blue and yellow: a style with one texture and two colors."""
    y, x = torch.meshgrid(torch.arange(side), torch.arange(side), indexing="ij")
    light = 0.5 + 0.5 * torch.sin(2 * math.pi * (x + y) / (period * math.sqrt(2)))
    yellow, blue = torch.tensor([0.95, 0.85, 0.25]), torch.tensor([0.1, 0.2, 0.55])
    return light * yellow[:, None, None] + (1 - light) * blue[:, None, None]


def wasserstein(a: Tensor, b: Tensor) -> float:
    """The largest 1-D Wasserstein distance of a channel's values, by their quantiles."""
    at = torch.linspace(0, 1, 2001)

    def quantiles(one: Tensor) -> Tensor:
        ordered = one.flatten(1).sort(1).values
        return ordered[:, (at * (ordered.shape[1] - 1)).round().long()]

    return float((quantiles(a) - quantiles(b)).abs().mean(1).max())


# -- features and distances -------------------------------------------------------------------------------------------


def test_sizes_of_features() -> None:
    found = features(picture(48, 64), CONVOLUTIONS)
    assert [tuple(found[tap].shape) for tap in ("1_2", "2_2", "3_3", "4_1")] == [
        (64, 48, 64), (128, 24, 32), (256, 12, 16), (512, 6, 8),
    ]  # fmt: skip
    assert all(value.min() >= 0 and value.max() > 0 for value in found.values())


def test_features_know_pictures_from_noise() -> None:
    """ImageNet's filters are sensitive to contrast and blind to the mean: untrained ones are not."""
    first = features(torch.stack([picture()[0]] * 3))["1_1"]
    brighter = features(torch.stack([picture()[0]] * 3) * 0.5 + 0.4)["1_1"]
    edges = first.amax((1, 2)) - first.amin((1, 2))
    softer = brighter.amax((1, 2)) - brighter.amin((1, 2))
    assert (softer < 0.8 * edges)[edges > edges.median()].float().mean() > 0.9


def test_gradients_reach_the_picture() -> None:
    small = picture(32, 32).requires_grad_(True)
    features(small, ("2_1",))["2_1"].mean().backward()
    assert gradient(small).abs().max() > 0


@pytest.mark.parametrize(
    ("wrong", "taps", "reason"),
    [(torch.rand(3, 8, 64), ("1_1",), "16"), (torch.rand(64, 64), ("1_1",), "16"), (picture(), ("5_1",), "5_1")],
)
def test_features_refuse(wrong: Tensor, taps: tuple[str, ...], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        features(wrong, taps)


def test_style_forgets_places_and_content_does_not() -> None:
    one = picture()
    assert style_distance(one, one) == 0
    assert content_distance(one, one) == 0
    moved = one.roll(64, 2)
    assert style_distance(moved, one) < 0.5 * style_distance(stripes(), one)
    assert content_distance(moved, one) > 2 * style_distance(moved, one)


def test_a_blend_of_styles_lies_between_them() -> None:
    one, other = style_of(stripes()), style_of(picture())
    blend = Style.mean([one, other])
    assert blend.distance(one) < other.distance(one)
    assert blend.distance(other) < one.distance(other)


@pytest.mark.parametrize("size", [(1, 1), (4000, 30), (30, 2000)])
def test_odd_pictures_have_a_style(size: tuple[int, int]) -> None:
    assert math.isfinite(style_distance(torch.rand(3, *size), stripes()))


def test_content_of_two_sizes_is_refused() -> None:
    with pytest.raises(ValueError, match="one size"):
        content_distance(picture(), picture(64, 64))


# -- palette ----------------------------------------------------------------------------------------------------------


def test_palette_has_exactly_the_values_of_the_style() -> None:
    content, style = picture(seed=1), stripes()
    assert wasserstein(content, style) > 0.05
    result = stylize(content, style, method="palette")
    assert wasserstein(result, style) < 0.01
    assert result.shape == content.shape
    assert 0 <= result.min() <= result.max() <= 1


def test_palette_of_several_styles() -> None:
    styles = [stripes(), picture(40, 50, seed=2)]
    alike = torch.cat([styles[0].flatten(1), styles[1].flatten(1).repeat(1, 9)[:, : styles[0][0].numel()]], 1)
    assert wasserstein(stylize(picture(), styles), alike) < 0.01


def test_more_of_the_palette_is_closer_to_its_values() -> None:
    content, style = picture(), stripes()
    apart = [wasserstein(stylize(content, style, strength=share / 4), style) for share in range(5)]
    assert apart == sorted(apart, reverse=True)


def test_noise_of_flat_places_is_not_made_stronger() -> None:
    generator = torch.Generator().manual_seed(0)
    content = torch.full((3, 96, 96), 0.5) + 0.004 * torch.randn(3, 96, 96, generator=generator)
    content[:, :, 48:] += 0.3
    result = stylize(content, picture(seed=3), strength=1)
    rough, wanted = (one[:, 20:76, 12:32].std((1, 2)).mean() for one in (content, result))
    assert wanted < 20 * rough  # a raw map makes it 50 times as strong
    assert wasserstein(result, picture(seed=3)) < 0.01


def test_a_change_follows_edges_to_a_larger_picture() -> None:
    small, large = (torch.where(torch.arange(side) < side // 2, 0.2, 0.8).expand(3, side, side) for side in (64, 256))
    change = Change.fitted(small, torch.where(small < 0.5, 0.1, -0.3), (256, 256))
    result = torch.cat([change.rows(large[:, top : top + 64], top) for top in range(0, 256, 64)], 1)
    error = (result - torch.where(large < 0.5, 0.1, -0.3)).abs()
    assert error.max() < 0.08  # beside the edge; enlarging the change itself would be 0.15 off there
    assert error.mean() < 0.001


def test_keeping_colors() -> None:
    content, style = picture(seed=4), stripes()
    plain, kept = (stylize(content, style, keep_colors=keep) for keep in (False, True))
    wanted, found, dark = (to_oklab(one.flatten(1).T) for one in (content, kept, plain))
    assert 100 * (found - wanted)[:, 1:].norm(dim=1).mean() < 2
    assert (found - dark)[:, 0].abs().mean() < 0.3 * (wanted - dark)[:, 0].abs().mean()
    with pytest.raises(ValueError, match="one size"):
        keep_colors(content, style)


@pytest.mark.parametrize("size", [(1, 1), (4000, 30), (1, 200)])
def test_styles_of_odd_sizes(size: tuple[int, int]) -> None:
    style = torch.rand(3, *size, generator=torch.Generator().manual_seed(0))
    result = stylize(picture(), style)
    assert wasserstein(result, style) < 0.01


def test_grey_contents_and_styles() -> None:
    grey = picture()[:1].expand(3, -1, -1)
    result = stylize(picture(), grey)
    assert (result.amax(0) - result.amin(0)).max() < 1e-3
    assert wasserstein(result, grey) < 0.01
    assert (stylize(torch.full((3, 20, 20), 0.3), stripes()).std((1, 2)) < 1e-3).all()


def film(count: int = 3) -> list[Tensor]:
    """Frames of a still scene that a red disc comes into from the right, in the second one."""
    y, x = torch.meshgrid(torch.arange(96), torch.arange(128), indexing="ij")
    frames = []
    for frame in range(count):
        disc = (y - 48) ** 2 + (x - 150 + 40 * frame) ** 2 < 30**2
        frames.append(torch.where(disc, torch.tensor([0.9, 0.1, 0.1])[:, None, None], picture(seed=5)))
    return frames


def test_what_stands_still_keeps_its_colors_in_a_film() -> None:
    first, *later = (frame[:, :, :32] for frame in map(Stylizer(stripes(), film=True), film()))
    assert all(torch.equal(frame, first) for frame in later)
    first, *later = (stylize(frame, stripes())[:, :, :32] for frame in film())
    assert (later[-1] - first).abs().mean() > 0.01  # which frames by themselves do not


# -- every method -----------------------------------------------------------------------------------------------------

every_method = pytest.mark.parametrize("method", METHODS)
few_steps = pytest.mark.usefixtures("quick_plans")
#: Height and width of what is stylized.
SMALL = (30, 40)


@pytest.fixture
def quick_plans(monkeypatch: pytest.MonkeyPatch) -> None:
    take_few_steps(monkeypatch)


@cache
def usual(method: str) -> Tensor:
    """What several tests compare with, in few steps; not to be changed."""
    return stylize(picture(*SMALL), stripes(side=64), method=method)


def alike(one: Tensor, other: Tensor) -> bool:
    """Are two pictures the same but for what rounding does in a long optimisation?"""
    return bool((one - other).abs().mean() < 0.02)


@every_method
def test_strength_is_exact_at_nothing_and_monotone(method: str) -> None:
    content, style = picture(48, 64), stripes(side=64)
    steps = [stylize(content, style, method=method, strength=share / 3) for share in range(4)]
    assert torch.equal(steps[0], content)
    assert steps[0].data_ptr() != content.data_ptr()
    distances = [style_distance(step, style) for step in steps]
    assert distances == sorted(distances, reverse=True)
    assert distances[-1] < 0.97 * distances[0]


@pytest.mark.parametrize("method", [name for name, method in METHODS.items() if method.needs])
def test_most_of_a_painting_s_style_arrives_on_a_photograph(method: str) -> None:
    """With the networks that are shipped: what is asked of them in the mean over many pairs, on one small pair."""
    files = ("assets/photo.jpg", "nodes/web/docs/PaintSurface_impasto.jpg")
    side = 256 if method == "fast" else 144  # of small pictures the others take as much
    content, style = (shrunk(read_picture(REPOSITORY / file), side) for file in files)
    made = stylize(content, style, method=method)
    assert style_distance(made, style) < 0.5 * style_distance(content, style)
    assert content_distance(made, content) < 0.85


@few_steps
@every_method
def test_a_mask_limits_it(method: str) -> None:
    content, mask = picture(*SMALL), torch.zeros(SMALL)
    mask[:, 20:] = 0.5
    how = {"style": stripes(side=64), "method": method}
    result, half = stylize(content, mask=mask, **how), stylize(content, strength=0.5, **how)
    assert torch.equal(result[:, :, :20], content[:, :, :20])
    assert torch.equal(result[:, :, 20:], half[:, :, 20:])
    assert not torch.equal(result[:, :, 20:], content[:, :, 20:])


@few_steps
@every_method
@pytest.mark.parametrize(
    ("size", "style"), [((1, 1), (20, 20)), ((1, 50), (1, 1)), ((500, 2), (30, 20)), ((33, 47), (4000, 30))]
)
def test_contents_and_styles_of_odd_sizes(method: str, size: tuple[int, int], style: tuple[int, int]) -> None:
    noise = torch.rand(3, *style, generator=torch.Generator().manual_seed(0))
    content = picture(*size) if min(size) > 1 else torch.rand(3, *size)
    result = stylize(content, noise, method=method)
    assert result.shape == content.shape
    assert 0 <= result.min() <= result.max() <= 1


@few_steps
@every_method
def test_grey_pictures_have_a_style_and_take_one(method: str) -> None:
    grey = picture(*SMALL)[:1].expand(3, -1, -1)
    one = stylize(picture(*SMALL), grey, method=method)
    assert (one.amax(0) - one.amin(0)).mean() < 0.5 * (picture(*SMALL).amax(0) - picture(*SMALL).amin(0)).mean()
    other = stylize(grey, stripes(side=64), method=method)
    assert other.isfinite().all()
    assert (other.amax(0) - other.amin(0)).mean() > 0.05


@few_steps
@every_method
def test_several_styles_are_blended(method: str) -> None:
    other = picture(40, 40, seed=6)
    blend = stylize(picture(*SMALL), [stripes(side=64), other], method=method)
    assert not torch.equal(blend, usual(method))
    assert not torch.equal(blend, stylize(picture(*SMALL), other, method=method))


@few_steps
@every_method
def test_pictures_of_their_own_do_not_depend_on_those_before(method: str) -> None:
    contents = [picture(*SMALL), picture(24, 35, seed=2)]
    stylizer = Stylizer(stripes(side=64), method=method)
    with torch.inference_mode():  # which ComfyUI runs nodes in
        first = [stylizer(content) for content in contents]
    again = [usual(method), stylizer(contents[0]), stylize(contents[1], stripes(side=64), method=method)]
    assert all(map(alike, [first[0], *first], again))


@few_steps
@every_method
def test_a_film_flickers_less_than_its_frames_by_themselves(method: str) -> None:
    def flicker(made: list[Tensor]) -> float:
        return sum(float((a - b)[:, :, :10].abs().mean()) for a, b in pairwise(made))

    frames = [frame[:, ::3, ::3] for frame in film(2)]
    alone = [stylize(frame, stripes(side=64), method=method) for frame in frames]
    together = [*map(Stylizer(stripes(side=64), method=method, film=True), frames)]
    assert flicker(together) <= flicker(alone)
    assert alike(together[0], alone[0])


@few_steps
@every_method
def test_inputs_stay_and_progress_rises(method: str) -> None:
    content, style = picture(*SMALL), stripes(side=64)
    seen: list[float] = []
    stylize(content, style, method=method, on_step=lambda done, total, canvas: seen.append(done / total))
    assert torch.equal(content, picture(*SMALL))
    assert torch.equal(style, stripes(side=64))
    assert seen == sorted(seen)
    assert seen[-1] == 1


@few_steps
@every_method
def test_cancel_halfway(method: str) -> None:
    seen: list[float] = []

    def cancel(done: int, total: int, canvas: Tensor | None) -> None:
        seen.append(done / total)
        if done / total >= 0.5:
            raise InterruptedError

    stylizer = Stylizer(stripes(side=64), method=method, film=True)
    with pytest.raises(InterruptedError):
        stylizer(picture(*SMALL), on_step=cancel)
    assert sum(share >= 0.5 for share in seen) == 1
    after = stylizer(picture(*SMALL))
    assert alike(after, usual(method))  # nothing half done is left behind


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"method": "oil"}, "palette"),
        ({"strength": 1.5}, "strength"),
        ({"strength": math.nan}, "strength"),
        ({"style": []}, "at least one"),
        ({"style": torch.full((3, 9, 9), math.nan)}, "style: holds NaN"),
        ({"style": torch.rand(4, 9, 9)}, "style: expected"),
        ({"style": 255 * torch.rand(3, 9, 9)}, "style: values"),
        ({"content": torch.full((3, 9, 9), math.inf)}, "content: holds NaN"),
        ({"mask": torch.rand(9, 9)}, "mask: must have"),
    ],
)
def test_stylize_refuses(changes: dict[str, Any], reason: str) -> None:
    given = {"content": picture(), "style": stripes(), **changes}
    with pytest.raises(ValueError, match=reason):
        stylize(given.pop("content"), given.pop("style"), **given)


@few_steps
@every_method
def test_no_method_takes_what_is_not_a_number(method: str) -> None:
    broken = picture(48, 64)
    broken[1, 20, 30] = math.nan
    for content, style in ((broken, stripes()), (picture(48, 64), broken)):
        with pytest.raises(ValueError, match="NaN"):
            stylize(content, style, method=method)


# -- strokes ----------------------------------------------------------------------------------------------------------


def shaped(strength: float = 1.0, steps: int = 6, **changes: Any) -> Strokes:
    options = PaintOptions(strokes=60, refine=0)
    return style_strokes(picture(48, 64), stripes(), Dabs(), options, strength=strength, steps=steps, **changes)


def test_strokes_come_closer_to_the_style_than_a_plain_painting() -> None:
    options, style = PaintOptions(strokes=150, refine=0), stripes(20)
    plain = render(paint(picture(), Dabs(), options))
    strokes = style_strokes(picture(), style, Dabs(), options, steps=8)
    assert style_distance(render(strokes), style) < 0.8 * style_distance(plain, style)
    assert 0 < len(strokes) <= 150
    assert tuple(strokes.canvas) == (96, 128)
    assert strokes.opacity.min() == 1


def test_strength_nothing_is_a_plain_painting() -> None:
    plain, strokes = paint(picture(48, 64), Dabs(), PaintOptions(strokes=60, refine=0)), shaped(strength=0)
    assert torch.equal(strokes.center, plain.center)
    assert torch.equal(strokes.color, plain.color)


def test_the_same_seed_gives_the_same_strokes_in_any_mode() -> None:
    first = shaped(steps=2)
    with torch.inference_mode():
        again = shaped(steps=2)
    assert torch.equal(first.center, again.center)
    assert torch.equal(first.color, again.color)


def test_strokes_keep_colors() -> None:
    grey = picture(48, 64)[:1].expand(3, -1, -1)
    strokes = style_strokes(grey, stripes(), Dabs(), PaintOptions(strokes=80, refine=0), steps=3, keep_colors=True)
    assert (strokes.color.amax(1) - strokes.color.amin(1)).max() < 0.05


def test_strokes_report_and_can_be_cancelled() -> None:
    seen: list[float] = []
    shaped(steps=2, on_step=lambda done, total, canvas: seen.append(done / total))
    assert seen == sorted(seen)
    assert seen[-1] == 1

    def cancel(done: int, total: int, canvas: Tensor | None) -> None:
        if done / total > 0.5:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        shaped(steps=4, on_step=cancel)


def test_strokes_refuse() -> None:
    with pytest.raises(ValueError, match="steps"):
        shaped(steps=0)
    with pytest.raises(ValueError, match="strength"):
        shaped(strength=2)


def test_strokes_stay_where_nothing_changes_in_a_film() -> None:
    stylizer = StrokeStylizer(stripes(), film=True, steps=2)
    still, later = film(2)
    options = PaintOptions(strokes=120)
    first, second, third = (stylizer(frame, Dabs(), options) for frame in (still, later, later))
    left, same = (strokes[strokes.center[:, 0] < 64] for strokes in (first, second))
    for name in ("center", "size", "angle", "color"):
        assert torch.equal(getattr(left, name), getattr(same, name))
        assert torch.equal(getattr(second, name), getattr(third, name))
    assert 80 < len(second) <= 120
    # the disc is there
    before, after = (render(strokes)[:, 38:58, 95:] for strokes in (first, second))
    assert (after - before).abs().mean() > 0.05


def test_noise_is_no_change_and_an_object_is() -> None:
    shown = torch.cat([picture(), torch.ones(1, 96, 128)])
    frame = Frame(Strokes.empty((96, 128)), shown)
    noise = 0.01 * torch.randn(shown.shape, generator=torch.Generator().manual_seed(0))
    assert not sure(frame.changed(shown + noise)).any()
    later = shown.clone()
    later[:3, 40:50, 100:110] = 1 - later[:3, 40:50, 100:110].mean((1, 2), keepdim=True).round()
    area = sure(frame.changed(later + noise))
    assert area[40:50, 100:110].all()
    assert not area[:, :80].any()
    assert frame.changed(1 - shown) is None
    assert frame.changed(shown[:, :50]) is None


def test_a_cut_is_painted_anew() -> None:
    stylizer = StrokeStylizer(stripes(), film=True, steps=1)
    options = PaintOptions(strokes=60, refine=0)
    first, cut = (stylizer(one, Dabs(), options) for one in (picture(48, 64), 1 - picture(48, 64, seed=3)))
    assert not len(set(map(tuple, first.center.tolist())) & set(map(tuple, cut.center.tolist())))
    other = stylizer(picture(32, 64), Dabs(), options)
    assert tuple(other.canvas) == (32, 64)


def test_handwriting_tells_fine_from_broad() -> None:
    fine, broad = (Handwriting.of([stripes(period, 256)]) for period in (6, 40))
    assert fine.width < 0.7 * broad.width
    noise = torch.rand(1, 256, 256, generator=torch.Generator().manual_seed(0)).expand(3, -1, -1)
    assert Handwriting.of([stripes(12, 256)]).aspect > Handwriting.of([noise]).aspect + 1
    assert Handwriting.of([torch.full((3, 1, 1), 0.5)]).lively < 1e-3


def test_strokes_of_calm_places_take_the_direction_of_the_reference() -> None:
    flow = Flow(torch.full((3, 96, 128), 0.5), [stripes(12)], 1.0)
    strokes = paint(picture(), Dabs(), PaintOptions(strokes=60, refine=0))
    turned = flow.turned(strokes)
    off = torch.remainder(turned.angle - 3 * math.pi / 4 + math.pi / 2, math.pi) - math.pi / 2
    assert off.abs().median() < 0.15
    assert torch.equal(turned.center, strokes.center)


def test_measured_never_enlarges_what_is_large_enough() -> None:
    assert measured(picture(20, 30)).shape == (3, 20, 30)
    assert measured(picture(600, 800)).shape[1] * measured(picture(600, 800)).shape[2] <= 256 * 257

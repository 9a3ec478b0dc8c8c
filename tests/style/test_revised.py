"""Drafts and their revision: the pyramid, what it is after, and pictures of any kind."""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
import torch
from torch import Tensor

from painter_core.style import Stylizer, content_distance, style_distance
from painter_core.style.methods import METHODS, attentive, fast, lapstyle
from painter_core.style.methods.plan import Plan
from painter_core.style.methods.revised import Frame, RevisedTransform
from painter_core.style.networks import revision
from painter_core.style.networks.distances import Style, measured, style_of
from painter_core.style.networks.revision import (
    Target,
    collapsed,
    correlation,
    edges,
    enlarged,
    part_sizes,
    pull,
    quick,
    revised,
    spread_over,
)
from painter_core.style.networks.vgg16 import TAPS, features

BOTH = {"fast": fast.PLANS, "adaattn": attentive.PLANS, "lapstyle": lapstyle.PLANS}
NETWORKS = [name for name, method in METHODS.items() if method.needs]
FAST, LIGHT_FAST = fast.QUICK, fast.LIGHT
ADAATTN, LIGHT_ADAATTN = attentive.QUICK, attentive.LIGHT
LAPSTYLE, LIGHT_LAPSTYLE = lapstyle.QUICK, lapstyle.LIGHT
SMALL = LAPSTYLE.levels[0]


def picture(height: int = 64, width: int = 80, seed: int = 0) -> Tensor:
    """A gradient with discs in random colors."""
    generator = torch.Generator().manual_seed(seed)
    y, x = torch.meshgrid(torch.linspace(0, 1, height), torch.linspace(0, 1, width), indexing="ij")
    ends = torch.rand(3, 2, generator=generator)
    made = ends[:, :1, None] * x + ends[:, 1:, None] * (1 - y) / 2
    for _ in range(8):
        place, color = torch.rand(2, generator=generator), torch.rand(3, generator=generator)
        inside = (y - place[0]) ** 2 + ((x - place[1]) * width / height) ** 2 < 0.03
        made = torch.where(inside, color[:, None, None], made)
    return made.clamp(0, 1)


def stripes(period: float = 8.0, side: int = 64) -> Tensor:
    """Slanting stripes, blue and yellow."""
    y, x = torch.meshgrid(torch.arange(side), torch.arange(side), indexing="ij")
    light = 0.5 + 0.5 * torch.sin(2 * math.pi * (x + y) / (period * math.sqrt(2)))
    yellow, blue = torch.tensor([0.95, 0.85, 0.25]), torch.tensor([0.1, 0.2, 0.55])
    return light * yellow[:, None, None] + (1 - light) * blue[:, None, None]


class Tinted:
    """A draft: the mean color of the styles, laid over the content. Counts its calls."""

    def __init__(self, styles: Sequence[Tensor], *, film: bool = False) -> None:
        self.film, self.seen = film, []
        self.color = torch.stack([one.mean((1, 2)) for one in styles]).mean(0)[:, None, None]

    def __call__(self, content: Tensor, on_part: object = None) -> Tensor:
        self.seen.append(content)
        return (content + self.color.to(content)) / 2


def shortened(plan: Plan) -> Plan:
    """Small sizes and few steps: enough for all but how good pictures are."""
    levels = [replace(level, pixels=level.pixels // 28, steps=3 - number) for number, level in enumerate(plan.levels)]
    return replace(plan, pixels=plan.pixels // 28, levels=tuple(levels))


PLANS = {
    "lapstyle": shortened(LAPSTYLE),
    "fast": shortened(FAST),
    "adaattn": shortened(ADAATTN),
    "light lapstyle": shortened(LIGHT_LAPSTYLE),
}


def look(styles: Sequence[Tensor], plan: Plan = PLANS["lapstyle"], *, film: bool = False) -> RevisedTransform:
    return RevisedTransform(styles, film=film, plan=plan, draft=Tinted)


# -- the pyramid ------------------------------------------------------------------------------------------------------


def test_a_pyramid_halves_down_to_its_coarsest_part() -> None:
    assert part_sizes((33, 70)) == [(33, 70), (17, 35), (9, 18), (5, 9)]
    parts = [torch.zeros(3, *size) for size in part_sizes((33, 70))]
    parts[-1] += 0.25
    parts[0][1] = 0.5
    assert torch.allclose(collapsed(parts)[0], torch.full((33, 70), 0.25))
    assert torch.allclose(collapsed(parts)[1], torch.full((33, 70), 0.75))


def test_slopes_of_coefficients_are_those_of_the_pixels() -> None:
    """The derivative along any change of the coefficients is that along the change of the picture."""
    generator = torch.Generator().manual_seed(0)
    parts = [torch.zeros(3, *size) for size in part_sizes((21, 30))]
    slope = torch.randn(3, 21, 30, generator=generator)
    change = [torch.randn(part.shape, generator=generator) for part in parts]
    products = [(one * other).sum() for one, other in zip(spread_over(slope, parts), change, strict=True)]
    along = torch.stack(products).sum()
    assert torch.allclose(along, (slope * collapsed(change)).sum(), rtol=1e-4)


def test_enlarging_and_reducing_keep_what_is_even() -> None:
    for size in ((5, 7), (40, 3), (100, 100)):
        assert torch.allclose(enlarged(torch.full((3, 16, 16), -0.5), size), torch.full((3, *size), -0.5))


# -- what it is after -------------------------------------------------------------------------------------------------


def test_the_pull_is_the_slope_of_the_style_distance() -> None:
    """Against autograd, through the very statistics that are measured."""
    wanted, found = style_of(stripes()), features(picture(seed=2))
    for tap in TAPS:
        value = found[tap].detach().clone().requires_grad_(True)
        parts = Style({tap: wanted.moments[tap]}, {tap: wanted.gram[tap]}).parts(Style.of({tap: value}))
        (slope,) = torch.autograd.grad(torch.stack(list(parts)).sum(), value)
        mine = pull(found[tap], wanted.moments[tap], wanted.gram[tap])
        assert torch.nn.functional.cosine_similarity(mine.flatten(), slope.flatten(), 0) > 0.999
        assert torch.allclose(mine.norm(), slope.norm(), rtol=0.01)


def test_edges_are_where_they_are_whatever_is_dark() -> None:
    one = picture(seed=3)
    for mine, inverted in zip(edges(one), edges(1 - one), strict=True):
        assert correlation(mine, inverted) > 0.999
    assert correlation(edges(one)[0], edges(picture(seed=4))[0]) < 0.5


def test_a_goal_is_about_reached_where_content_and_style_are_one() -> None:
    one, other = picture(), stripes().repeat(1, 1, 2)[..., :80]
    target = Target(one, style_of(one))
    assert target.slope(one).norm() < 0.1 * target.slope(other).norm()


@pytest.mark.parametrize("device", ["cpu", "cuda"] if torch.cuda.is_available() else ["cpu"])
def test_half_precision_is_for_devices_that_are_made_for_it(device: str) -> None:
    with quick(torch.device(device)):
        product = torch.ones(2, 2, device=device) @ torch.ones(2, 2, device=device)
    assert product.dtype in (torch.float32, torch.bfloat16)
    assert (torch.ones(2, 2) @ torch.ones(2, 2)).dtype == torch.float32


def test_revising_comes_closer_to_the_style_and_holds_the_content() -> None:
    content, style = picture(), stripes()
    target, free = Target(content, style_of(style)), torch.ones(1, 64, 80)
    with torch.no_grad():
        made = revised(content, target, SMALL, free, 15, lambda *_: None)
    assert style_distance(made, style) < 0.75 * style_distance(content, style)
    assert content_distance(made, content) < content_distance(style[:, :64].repeat(1, 1, 2)[..., :80], content)
    assert correlation(edges(made)[0], edges(content)[0]) > 0.4
    assert 0 <= made.min() <= made.max() <= 1


def test_what_is_not_free_stays() -> None:
    content, free = picture(), torch.ones(1, 64, 80)
    free[..., 40:] = 0
    with torch.no_grad():
        made = revised(content, Target(content, style_of(stripes())), SMALL, free, 3, lambda *_: None)
    assert torch.equal(made[..., 40:], content[..., 40:])
    assert not torch.equal(made[..., :40], content[..., :40])


# -- the methods ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("plan", "share"),
    [(LAPSTYLE, 0.7), (ADAATTN, 0.9), (FAST, 0.97), (LIGHT_LAPSTYLE, 0.7), (LIGHT_ADAATTN, 0.95), (LIGHT_FAST, 0.97)],
)
def test_a_revision_takes_any_style(plan: Plan, share: float) -> None:
    content, style = picture(48, 64, seed=5), stripes(12)
    made, draft = look([style], plan)(content), Tinted([style])(content)
    assert style_distance(made, style) < share * style_distance(draft, style)
    assert content_distance(made, content) < content_distance(style[:, :48], content)
    assert correlation(edges(made)[0], edges(content)[0]) > 0.4


@pytest.mark.parametrize("plan", PLANS)
@pytest.mark.parametrize("size", [(1, 1), (3, 90), (200, 30), (150, 160)])
def test_contents_of_any_size(plan: str, size: tuple[int, int]) -> None:
    made = look([stripes()], PLANS[plan])(torch.rand(3, *size, generator=torch.Generator().manual_seed(0)))
    assert made.shape == (3, *size)
    assert 0 <= made.min() <= made.max() <= 1


@pytest.mark.parametrize("size", [(1, 1), (400, 3), (30, 70)])
def test_styles_of_any_size(size: tuple[int, int]) -> None:
    style = torch.rand(3, *size, generator=torch.Generator().manual_seed(0))
    assert look([style])(picture()).isfinite().all()


def test_several_styles_are_blended() -> None:
    styles, pixels = [stripes(), picture(50, 40, seed=6)], PLANS["lapstyle"].levels[0].pixels
    blending = look(styles)
    blending(picture())
    wanted = Style.mean([style_of(one, pixels) for one in styles])
    assert wanted.distance(blending._style(pixels, torch.device("cpu"))) < 1e-6


@pytest.mark.parametrize("plan", PLANS)
def test_a_large_picture_keeps_its_fine_detail(plan: str) -> None:
    fine = picture(512, 512)
    fine[:, ::2] = (fine[:, ::2] - 0.1).clamp(0, 1)
    made = look([picture(seed=7)], PLANS[plan])(fine)
    wanted, found = (one[:, 1::2] - one[:, ::2] for one in (fine, made))
    within = (made[:, 1::2] > 0.02) & (made[:, 1::2] < 0.98) & (made[:, ::2] > 0.02) & (made[:, ::2] < 0.98)
    assert (wanted - found)[within].abs().median() < 0.02


def test_a_coarse_revision_leaves_the_fine_detail_of_the_draft() -> None:
    """A draft of 200 pixels a side, revised at a quarter of them: what a pixel has on its neighbors stays."""

    class Grained(Tinted):
        def __call__(self, content: Tensor, on_part: object = None) -> Tensor:
            grain = 0.2 * (torch.arange(content.shape[2]) % 2)
            return (super().__call__(content) * 0.6 + grain + 0.1).clamp(0, 1)

    content, level = picture(200, 200), replace(ADAATTN.levels[1], pixels=50 * 50, steps=6)
    plan = Plan(pixels=200 * 200, lightness=1.0, cost=1, levels=(level,))
    made = RevisedTransform([stripes()], plan=plan, draft=Grained)(content)
    draft = Grained([stripes()])(content)
    steps, drafted = made[..., 1:] - made[..., :-1], draft[..., 1:] - draft[..., :-1]
    assert (made - draft).abs().mean() > 0.01
    assert (steps - drafted).abs().mean() < 0.05 * drafted.abs().mean()


def test_calls_know_nothing_of_each_other_and_inputs_stay() -> None:
    one, contents = look([stripes()]), [picture(), picture(seed=8)]
    before = [content.clone() for content in contents]
    first = one(contents[0])
    one(contents[1])
    assert torch.equal(one(contents[0]), first)
    assert all(torch.equal(content, other) for content, other in zip(contents, before, strict=True))


def test_inference_mode_changes_nothing() -> None:
    wanted = look([stripes()])(picture())
    with torch.inference_mode():
        made = look([stripes()])(picture())
    assert torch.equal(made, wanted)
    assert not made.requires_grad


@pytest.mark.parametrize("plan", PLANS)
def test_progress_and_cancel(plan: str) -> None:
    one, seen = look([stripes()], PLANS[plan]), []
    one(picture(), lambda done, total, _: seen.append(done / total))
    assert seen == sorted(seen)
    assert (seen[0], seen[-1]) == (0, 1)
    assert len(set(seen)) == 2 + sum(level.steps for level in PLANS[plan].levels)

    def cancel(done: int, total: int, _: object) -> None:
        if 1 > done / total > PLANS[plan].cost / total:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        one(picture(), cancel)
    assert torch.equal(one(picture()), look([stripes()], PLANS[plan])(picture()))


# -- plans ------------------------------------------------------------------------------------------------------------


def chosen(
    monkeypatch: pytest.MonkeyPatch, method: str, quick: bool, **how: Any
) -> tuple[Plan | None, Tensor, list[float]]:
    """The plan that a method takes on a device that is quick in bfloat16, or not; the picture; and its progress."""
    seen: list[float] = []
    with monkeypatch.context() as patched:
        patched.setattr(revision, "quick_in_bfloat16", lambda device: quick)
        patched.setattr(revision, "quick", lambda device: nullcontext())  # in floats, whatever this processor is
        stylizer = Stylizer(stripes(), method=method, **how)
        made = stylizer(picture(48, 64), on_step=lambda done, total, _: seen.append(done / total))
    transform = stylizer._transform
    assert transform is None or isinstance(transform, RevisedTransform)
    return transform and transform._plan, made, seen


@pytest.mark.parametrize("method", NETWORKS)
def test_the_plan_is_the_device_s(method: str, monkeypatch: pytest.MonkeyPatch) -> None:
    style, content = stripes(), picture(48, 64)
    for quick_device, plan in ((True, BOTH[method].quick), (False, BOTH[method].light)):
        taken, made, seen = chosen(monkeypatch, method, quick_device)
        assert taken == plan
        assert style_distance(made, style) < 0.97 * style_distance(content, style)
        assert seen == sorted(seen)
        assert seen[-1] == 1
        assert len(set(seen)) > sum(level.steps for level in plan.levels)


@pytest.mark.parametrize("method", NETWORKS)
def test_a_light_plan_is_the_same_each_time(method: str, monkeypatch: pytest.MonkeyPatch) -> None:
    _, one, _ = chosen(monkeypatch, method, False)
    _, again, _ = chosen(monkeypatch, method, False)
    assert torch.equal(one, again)
    _, nothing, _ = chosen(monkeypatch, method, False, strength=0.0)
    assert torch.equal(nothing, picture(48, 64))


@pytest.mark.parametrize("method", NETWORKS)
def test_a_light_plan_is_less_than_half_the_work(method: str) -> None:
    """Counted in pixels that go through VGG and back; a draft is one and a half such ways of each of its pixels."""

    def work(plan: Plan) -> float:
        return 1.5 * plan.pixels + sum(level.pixels * level.steps for level in plan.levels)

    assert work(BOTH[method].light) < 0.5 * work(BOTH[method].quick)


def test_units_that_are_not_to_be_used_do_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cpu, "_is_amx_tile_supported", lambda: True, raising=False)
    cpu = torch.device("cpu")
    for most, quick_there in (("", True), ("ALL", True), ("avx512_core_amx", True), ("AVX512_CORE", False)):
        monkeypatch.setenv("ONEDNN_MAX_CPU_ISA", most)
        assert revision.quick_in_bfloat16(cpu) == quick_there
    monkeypatch.setattr(torch.cpu, "_is_amx_tile_supported", lambda: False)
    monkeypatch.delenv("ONEDNN_MAX_CPU_ISA")
    assert not revision.quick_in_bfloat16(cpu)


# -- films ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("plan", PLANS)
def test_in_a_film_what_stays_in_the_content_stays_in_the_picture(plan: str) -> None:
    first = picture(128, 160)
    second = first.clone()
    second[:, 20:50, 20:50] = 1 - second[:, 20:50, 20:50]
    film = look([stripes()], PLANS[plan], film=True)
    one, same, other = film(first), film(first), film(second)
    assert isinstance(film._draft, Tinted)
    assert film._draft.film
    assert (one - same).abs().max() < 1 / 255
    off = (other - one).abs().amax(0)
    assert off[:, 90:].max() < 1 / 255
    assert off[25:45, 25:45].mean() > 0.05
    assert film(picture(90, 90)).shape == (3, 90, 90)  # another film may follow


def test_in_a_film_less_is_done_for_less_that_is_new() -> None:
    film, calls = look([stripes()], film=True), []
    for content in (picture(), picture(), picture(seed=9)):
        seen: list[int] = []
        film(content, lambda done, total, _, seen=seen: seen.append(done))
        calls.append(len(seen))
    assert calls[1] < calls[0]
    assert calls[1] < calls[2]


@pytest.mark.parametrize("plan", PLANS)
def test_in_a_film_noise_of_the_content_does_not_flicker(plan: str) -> None:
    class Drafted(Tinted):  # as networks do it: noise is seen, and half of it shows
        def __call__(self, content: Tensor, on_part: object = None) -> Tensor:
            return 0.75 * super().__call__(content) + 0.1

    generator, content = torch.Generator().manual_seed(0), picture(96, 96)
    noisy = [(content + 0.01 * torch.randn(content.shape, generator=generator)).clamp(0, 1) for _ in range(3)]
    flicker = []
    for film in (False, True):
        one = RevisedTransform([stripes()], film=film, plan=PLANS[plan], draft=Drafted)
        made = [one(frame) for frame in noisy]
        flicker.append(max((after - before).abs().mean() for before, after in pairwise(made)))
    assert flicker[1] < 0.8 * flicker[0]


def test_in_a_film_slow_changes_arrive() -> None:
    """Each too small to be one: a square comes up out of the ground, and light falls."""
    film = look([stripes()], film=True)
    content = picture(96, 96)
    first = film(content)
    for step in range(12):
        frame = content * (1 - 0.01 * step)
        frame[:, 40:50, 40:50] = frame[:, 40:50, 40:50] * (1 - step / 16)
        made = film(frame)
    ground = (made - first).mean(0)
    assert ground[70:].mean() < -0.03
    assert ground[42:48, 42:48].mean() < ground[70:].mean() - 0.05


def test_noise_is_no_change() -> None:
    content = measured(picture(100, 100), 65536)
    frame = Frame(content, content)
    noise = 0.01 * torch.randn(content.shape, generator=torch.Generator().manual_seed(0))
    assert frame.changed(content + noise).max() == 0
    assert frame.changed(1 - content).mean() > 0.8


@pytest.mark.parametrize("method", ["fast", "lapstyle"])
def test_what_is_made_can_be_watched(method: str) -> None:
    seen = []
    content = stripes()
    Stylizer(stripes().flip(0), method=method)(content, on_step=lambda *step: seen.append(step))
    shown = [picture for _, _, picture in seen if picture is not None]
    assert len(shown) >= 4
    assert all(picture.ndim == 3 and len(picture) == 3 for picture in shown)
    assert not torch.equal(shown[0], shown[-1])
    shares = [done / total for done, total, _ in seen]
    assert shares == sorted(shares)
    assert len(set(shares)) >= 4, "the bar stands still"

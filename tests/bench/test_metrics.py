"""Properties of the metrics, and values known from their definitions."""

from __future__ import annotations

import math

import pytest
import torch

from painter_core.bench.metrics import (
    alignment,
    border_ratio,
    coverage_fraction,
    elongation,
    l1,
    psnr,
    ssim,
    structure,
    topmost,
)
from painter_core.strokes import Strokes


def picture(seed: int = 0, size: tuple[int, int] = (40, 56)) -> torch.Tensor:
    return torch.rand(3, *size, generator=torch.Generator().manual_seed(seed))


def test_equal_pictures_are_perfect() -> None:
    a = picture()
    assert l1(a, a) == 0
    assert psnr(a, a) == math.inf
    assert ssim(a, a) == pytest.approx(1)


def test_a_known_offset_has_the_known_error() -> None:
    a = picture() * 0.5
    assert l1(a, a + 0.1) == pytest.approx(0.1, abs=1e-6)
    assert psnr(a, a + 0.1) == pytest.approx(20, abs=1e-4)  # 10 log10(1 / 0.01)


def test_ssim_of_flat_pictures_is_its_luminance_term() -> None:
    a, b = torch.full((3, 16, 16), 0.25), torch.full((3, 16, 16), 0.75)
    expected = (2 * 0.25 * 0.75 + 1e-4) / (0.25**2 + 0.75**2 + 1e-4)
    assert ssim(a, b) == pytest.approx(expected, abs=1e-6)


def test_ssim_agrees_with_a_direct_sum_over_one_window() -> None:
    a, b = picture(1, (11, 11)).double(), picture(2, (11, 11)).double()
    at = torch.arange(11, dtype=torch.float64) - 5
    window = torch.exp(-(at[:, None] ** 2 + at[None] ** 2) / (2 * 1.5**2))
    window = window / window.sum()
    values = []
    for x, y in zip(a, b, strict=True):
        mx, my = (window * x).sum(), (window * y).sum()
        vx, vy = (window * (x - mx) ** 2).sum(), (window * (y - my) ** 2).sum()
        cov = (window * (x - mx) * (y - my)).sum()
        values.append((2 * mx * my + 1e-4) * (2 * cov + 9e-4) / ((mx**2 + my**2 + 1e-4) * (vx + vy + 9e-4)))
    assert ssim(a, b) == pytest.approx(float(sum(values) / 3), abs=1e-9)


def test_metrics_are_symmetric_and_worsen_with_noise() -> None:
    a = picture()
    noise = torch.randn(a.shape, generator=torch.Generator().manual_seed(1))
    little, much = (a + 0.02 * noise).clamp(0, 1), (a + 0.2 * noise).clamp(0, 1)
    assert psnr(a, little) > psnr(a, much)
    assert ssim(a, little) > ssim(a, much)
    assert l1(a, little) < l1(a, much)
    for metric in (l1, psnr, ssim):
        assert metric(a, much) == pytest.approx(metric(much, a))


@pytest.mark.parametrize("metric", [l1, psnr, ssim])
def test_pictures_of_other_shapes_are_refused(metric) -> None:
    with pytest.raises(ValueError, match="one shape"):
        metric(picture(), picture(size=(40, 55)))
    with pytest.raises(ValueError, match=r"\(3, H, W\)"):
        metric(picture()[:1], picture()[:1])


def test_ssim_needs_a_whole_window() -> None:
    with pytest.raises(ValueError, match="11"):
        ssim(picture(size=(10, 40)), picture(size=(10, 40)))


def test_no_border_shows_in_a_flat_painting_or_an_even_ramp() -> None:
    assert border_ratio(torch.full((3, 64, 64), 0.3), 16) == 1
    ramp = torch.linspace(0, 1, 64).expand(3, 64, 64)
    assert border_ratio(ramp, 16) == pytest.approx(1, rel=0.1)


def test_noise_has_no_borders_and_a_grid_of_tiles_has() -> None:
    noise = picture(3, (256, 256))
    assert border_ratio(noise, 32) == pytest.approx(1, abs=0.03)
    offsets = torch.rand(3, 8, 8, generator=torch.Generator().manual_seed(4))
    tiles = offsets.repeat_interleave(32, 1).repeat_interleave(32, 2)
    assert border_ratio(0.5 * noise + 0.5 * tiles, 32) > 1.1
    assert border_ratio(tiles, 32) == math.inf
    shifted = torch.roll(tiles, (5, 5), (1, 2)) + 0.01 * noise
    assert border_ratio(shifted, 32) < 1


@pytest.mark.parametrize("patch", [0, 1, 64, 100])
def test_patches_without_borders_are_refused(patch: int) -> None:
    with pytest.raises(ValueError, match="patch"):
        border_ratio(picture(size=(64, 64)), patch)


def test_elongation_is_the_median_of_length_over_width() -> None:
    sizes = torch.tensor([[10.0, 10.0], [12.0, 4.0], [100.0, 1.0]])
    strokes = Strokes.build(torch.zeros(3, 2), sizes, torch.zeros(3), torch.zeros(3, 3), canvas=(20, 20))
    assert elongation(strokes) == pytest.approx(3)
    assert math.isnan(elongation(strokes[:0]))


def test_coverage_is_the_painted_share() -> None:
    coverage = torch.zeros(10, 10)
    coverage[:, :4] = 1
    coverage[:, 4] = 0.4
    assert coverage_fraction(coverage) == pytest.approx(0.4)
    assert coverage_fraction(coverage, least=0.3) == pytest.approx(0.5)
    with pytest.raises(ValueError, match="least"):
        coverage_fraction(coverage, least=0)


def stripes(degrees: float, period: float = 16, size: tuple[int, int] = (128, 160)) -> torch.Tensor:
    """Stripes that run in a direction, clockwise from the x axis."""
    y, x = torch.meshgrid(torch.arange(size[0]) + 0.5, torch.arange(size[1]) + 0.5, indexing="ij")
    turn = math.radians(degrees)
    across = y * math.cos(turn) - x * math.sin(turn)
    return (0.5 + 0.4 * torch.sin(across * (2 * math.pi / period))).expand(3, -1, -1)


def strokes_at(degrees: torch.Tensor, size: tuple[int, int] = (128, 160), width: float = 6.0) -> Strokes:
    """A stroke in every cell of a grid of 8 pixels, painted in a random order."""
    rows, columns = torch.meshgrid(torch.arange(4, size[0], 8), torch.arange(4, size[1], 8), indexing="ij")
    center = torch.stack([columns.flatten(), rows.flatten()], dim=1).float()
    center = center[torch.randperm(len(center), generator=torch.Generator().manual_seed(5))]
    angle = torch.deg2rad(degrees.expand(len(center)) if degrees.ndim == 0 else degrees[: len(center)])
    extent = torch.tensor([3 * width, width]).expand(len(center), 2)
    return Strokes.build(center, extent, angle, torch.zeros(len(center), 3), canvas=size)


@pytest.mark.parametrize("degrees", [0, 20, 45, 90, 135, 172])
def test_structure_of_stripes_has_their_direction(degrees: float) -> None:
    found = structure(stripes(degrees), 4)
    inside = found.angle[16:-16, 16:-16]
    off = torch.remainder(inside - math.radians(degrees) + math.pi / 2, math.pi) - math.pi / 2
    assert off.abs().max() < math.radians(2)
    assert found.coherence[16:-16, 16:-16].min() > 0.95
    assert bool(found.clear[16:-16, 16:-16].all())


def test_nothing_is_clear_without_structure() -> None:
    assert not bool(structure(torch.full((3, 40, 40), 0.4), 4).clear.any())
    assert float(structure(picture(7, (128, 128)), 4).clear.double().mean()) < 0.2
    lattice = (stripes(0, 12, (64, 64)) + stripes(90, 12, (64, 64))) / 2  # equal both ways
    assert float(structure(lattice, 8).clear[16:-16, 16:-16].double().mean()) < 0.01
    with pytest.raises(ValueError, match="above 0"):
        structure(picture(), 0)


@pytest.mark.parametrize("degrees", [0.0, 30.0, 90.0, 150.0])
def test_strokes_along_stripes_are_aligned_and_across_are_not(degrees: float) -> None:
    target = stripes(degrees)
    along = alignment(strokes_at(torch.tensor(degrees)), target, "flat")
    assert along.share > 0.99
    assert along.degrees < 3
    assert along.clear > 0.7  # between rows of strokes there is ground
    across = alignment(strokes_at(torch.tensor(degrees + 90)), target, "flat")
    assert across.share < 0.01
    assert across.degrees > 87
    assert alignment(strokes_at(torch.tensor(degrees + 17)), target, "flat").share > 0.95
    assert alignment(strokes_at(torch.tensor(degrees + 23)), target, "flat").share < 0.05


def test_random_strokes_are_aligned_by_chance() -> None:
    angles = torch.rand(2000, generator=torch.Generator().manual_seed(2)) * 180
    found = alignment(strokes_at(angles, (256, 256)), stripes(60, size=(256, 256)), "flat")
    assert found.share == pytest.approx(2 / 9, abs=0.05)
    assert found.degrees == pytest.approx(45, abs=4)


def test_alignment_does_not_depend_on_the_size_of_the_picture() -> None:
    angles = torch.rand(2000, generator=torch.Generator().manual_seed(3)) * 60
    strokes, target = strokes_at(angles, width=10), stripes(30, 32)
    twice = torch.nn.functional.interpolate(target[None], scale_factor=2, mode="bilinear")[0]
    one, two = alignment(strokes, target, "flat"), alignment(strokes.scaled(2), twice, "flat")
    assert one.share == pytest.approx(two.share, abs=0.02)
    assert one.degrees == pytest.approx(two.degrees, abs=1)
    assert alignment(strokes, twice, "flat").share == pytest.approx(two.share, abs=0.02)


def test_only_the_stroke_that_is_seen_counts() -> None:
    target = stripes(0, 16, (64, 64))
    below, above = strokes_at(torch.tensor(90.0), (64, 64)), strokes_at(torch.tensor(0.0), (64, 64), width=12)
    assert alignment(Strokes.concat([below, above]), target, "flat").share > 0.95
    assert alignment(Strokes.concat([above, below]), target, "flat").share < 0.5
    top = topmost(below[:1], "flat")
    x, y = below.center[0].long().tolist()
    assert int(top[y, x]) == 0
    assert int((top >= 0).sum()) < 200
    nothing = alignment(below[:0], target, "flat")
    assert math.isnan(nothing.share)
    assert nothing.clear == 0

"""Properties of the metrics, and values known from their definitions."""

from __future__ import annotations

import math

import pytest
import torch

from painter_core.metrics import border_ratio, coverage_fraction, elongation, l1, psnr, ssim
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

"""The structure tensor: directions of stripes and edges, on pictures of any size."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from painter_core.detail.orientation import structure


def stripes(angle: float, height: int = 48, width: int = 64, period: float = 8.0) -> Tensor:
    """Stripes that run along `angle`."""
    y, x = torch.meshgrid(torch.arange(height) + 0.5, torch.arange(width) + 0.5, indexing="ij")
    across = -x * math.sin(angle) + y * math.cos(angle)
    return (0.5 + 0.4 * torch.sin(2 * math.pi * across / period)).expand(3, -1, -1)


def apart(a: Tensor, b: float) -> Tensor:
    return (torch.remainder(a - b + math.pi / 2, math.pi) - math.pi / 2).abs()


@pytest.mark.parametrize("degrees", [0, 30, 45, 90, 120, 179])
def test_directions_of_stripes(degrees):
    angle = math.radians(degrees)
    found = structure(stripes(angle), 4.0)
    inside = (slice(12, -12), slice(12, -12))
    assert float(apart(found.angle[inside], angle).max()) < 0.05
    assert float(found.coherence[inside].min()) > 0.9
    assert found.clear[inside].all()
    assert ((found.angle >= 0) & (found.angle <= math.pi)).all()


def test_turning_the_picture_turns_the_directions():
    g = torch.Generator().manual_seed(1)
    picture = torch.rand(3, 40, 40, generator=g)
    found, turned = structure(picture, 3.0), structure(picture.rot90(1, (1, 2)), 3.0)
    assert torch.allclose(turned.coherence, found.coherence.rot90(), atol=1e-4)
    sure = turned.coherence > 0.05
    off = torch.remainder(turned.angle - found.angle.rot90() + math.pi, math.pi) - math.pi / 2
    assert float(off[sure].abs().max()) < 1e-2


def test_colors_count_where_brightness_says_nothing():
    picture = torch.full((3, 32, 32), 0.5)
    picture[0, :, 16:], picture[2, :, 16:] = 0.8, 0.2
    found = structure(picture, 2.0)
    assert float(apart(found.angle[8:-8, 15:17], math.pi / 2).max()) < 0.01
    assert found.clear[8:-8, 15:17].all()


def test_contrast_and_offset_do_not_change_directions():
    picture = stripes(0.7)
    found, faint = structure(picture, 4.0), structure(0.3 + 0.1 * picture, 4.0)
    assert torch.allclose(found.angle, faint.angle, atol=1e-3)
    assert torch.allclose(found.coherence, faint.coherence, atol=1e-4)
    assert torch.allclose(0.1 * found.strength, faint.strength, rtol=1e-3, atol=1e-7)


def test_strength_is_that_of_the_contrast_and_not_of_the_size():
    small, large = torch.zeros(3, 64, 64), torch.zeros(3, 128, 128)
    small[:, :, 32:], large[:, :, 64:] = 0.5, 0.5
    a, b = structure(small, 4.0).strength, structure(large, 8.0).strength
    assert float(a[32, 32]) == pytest.approx(float(b[64, 64]), rel=0.05)
    # a step of h has 0.23 h on it, as said where the threshold is
    assert float(a[32, 32]) == pytest.approx(0.23 * 0.5, rel=0.1)


@pytest.mark.parametrize("value", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("size", [(1, 1), (1, 30), (7, 300), (20, 20)])
def test_plain_pictures_have_no_clear_direction(value, size):
    found = structure(torch.full((3, *size), value), 8.0)
    assert not found.clear.any()
    for plane in (found.angle, found.coherence, found.strength):
        assert plane.shape == size
        assert plane.dtype == torch.float32
        assert torch.isfinite(plane).all()


@pytest.mark.parametrize("size", [(1, 1), (1, 40), (2, 2), (7, 300), (300, 3)])
def test_any_size_and_the_smallest_scales(size):
    for outer in (1e-3, 0.5, 8.0):
        found = structure(torch.rand(3, *size), outer)
        assert torch.isfinite(found.angle).all()
        assert ((found.coherence >= 0) & (found.coherence <= 1)).all()


def test_half_precision_and_input_left_alone():
    picture = stripes(0.4).clone()
    before = picture.clone()
    found = structure(picture, 4.0)
    assert torch.equal(picture, before)
    half = structure(picture.half(), 4.0)
    assert float((half.coherence - found.coherence).abs().max()) < 0.01


@pytest.mark.parametrize(
    ("picture", "outer", "inner", "message"),
    [
        (torch.zeros(1, 8, 8), 2.0, None, "picture must have the shape"),
        (torch.zeros(3, 0, 8), 2.0, None, "picture must have the shape"),
        (torch.zeros(8, 8), 2.0, None, "picture must have the shape"),
        (torch.zeros(3, 8, 8), 0.0, None, "scales"),
        (torch.zeros(3, 8, 8), math.nan, None, "scales"),
        (torch.zeros(3, 8, 8), 2.0, -1.0, "scales"),
    ],
)
def test_bad_input_is_refused(picture, outer, inner, message):
    with pytest.raises(ValueError, match=message):
        structure(picture, outer, inner)

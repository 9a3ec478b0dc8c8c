"""The one Gaussian blur: as a plain sum over the window says, on any axis, border, part and size; and sizes."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.ndimage import gaussian_filter
from tensor_memory import TensorMemory

from painter_core.images import blurred, fitted_size, reach_of


@pytest.mark.parametrize("sigma", [0.4, 1.0, 3.7, 25.0, 60.0])
@pytest.mark.parametrize(("border", "theirs"), [("replicate", "nearest"), ("constant", "constant")])
def test_equals_the_reference(sigma, border, theirs):
    field = torch.rand(2, 45, 131, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    wanted = np.stack([gaussian_filter(p, sigma, mode=theirs, radius=reach_of(sigma)) for p in field.numpy()])
    assert np.abs(blurred(field, sigma, border=border).numpy() - wanted).max() < 1e-12
    assert np.abs(blurred(field.float(), sigma, border=border).numpy() - wanted).max() < 1e-6


@pytest.mark.parametrize("cut", [2.5, 3.0])
def test_a_valid_blur_is_the_inside_of_any_other(cut):
    field = torch.rand(90, 70, generator=torch.Generator().manual_seed(2))
    reach = reach_of(4.0, cut)
    whole = blurred(field, 4.0, cut=cut)
    # products of matrices of other sizes are not equal to the last bit on every processor
    assert torch.allclose(blurred(field, 4.0, border="valid", cut=cut), whole[reach:-reach, reach:-reach], atol=1e-6)


def test_a_part_is_equal_to_the_same_part_of_the_whole():
    field = torch.rand(3, 300, 260, generator=torch.Generator().manual_seed(3))
    reach = reach_of(5.0)
    part = blurred(field[:, 37:200, 50:190], 5.0, border="valid")
    assert torch.allclose(part, blurred(field, 5.0)[:, 37 + reach : 200 - reach, 50 + reach : 190 - reach], atol=1e-7)


def test_axes_one_by_one_and_borders():
    field = torch.rand(4, 9, 10, 11, generator=torch.Generator().manual_seed(4), dtype=torch.float64)
    wanted = gaussian_filter(field.numpy(), (0, 2.0, 2.0, 2.0), mode="constant", truncate=3.0)
    assert np.abs(blurred(field, 2.0, axes=(1, 2, 3), border="constant").numpy() - wanted).max() < 1e-12
    row = torch.tensor([0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0])
    assert float(blurred(row, 0.6, axes=(0,), border="constant").sum()) == pytest.approx(1, abs=1e-6)


def test_even_fields_stay_and_tiny_blurs_change_nothing():
    even = torch.full((3, 20, 30), 0.7)
    assert torch.allclose(blurred(even, 6.0), even, atol=1e-6)
    field = torch.rand(3, 20, 30)
    assert torch.equal(blurred(field, 0.0), field)


@pytest.mark.parametrize("bad", [{"sigma": -1.0}, {"sigma": float("nan")}, {"sigma": 2.0, "border": "wrap"},
                                 {"sigma": 9.0, "border": "valid"}])  # fmt: skip
def test_bad_input_is_refused(bad):
    with pytest.raises(ValueError, match="blur"):
        blurred(torch.rand(3, 20, 30), **bad)


def test_a_blur_needs_a_padded_field_and_a_result():
    field = torch.rand(3, 400, 500)
    size = field.numel() * field.element_size()
    for sigma in (1.0, 8.0, 20.0):
        with TensorMemory() as memory:
            blurred(field, sigma)
        assert size <= memory.peak <= 4.2 * size


@pytest.mark.parametrize("size", [(1, 1), (480, 640), (2000, 3), (7, 7)])
@pytest.mark.parametrize("pixels", [1, 100, 5000.5, 1e9])
def test_a_fitted_size_has_the_shape_and_about_so_many_pixels_and_never_grows(size, pixels):
    height, width = fitted_size(size, pixels)
    assert 1 <= height <= size[0]
    assert 1 <= width <= size[1]
    factor = min(1.0, (pixels / (size[0] * size[1])) ** 0.5)
    assert abs(height - size[0] * factor) <= max(0.5, 1 - size[0] * factor)
    assert abs(width - size[1] * factor) <= max(0.5, 1 - size[1] * factor)
    assert fitted_size(size, size[0] * size[1]) == size

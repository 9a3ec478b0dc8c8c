"""`Strokes`: building, slicing, joining, scaling, refusing."""

import dataclasses
import math

import pytest
import torch

from painter_core.shape import canonical
from painter_core.strokes import FIELDS, Strokes


def some(n=20, canvas=(48, 64), seed=0):
    g = torch.Generator().manual_seed(seed)
    return Strokes.build(
        torch.rand(n, 2, generator=g) * torch.tensor([canvas[1], canvas[0]]),
        2 + 20 * torch.rand(n, 2, generator=g),
        7 * torch.rand(n, generator=g) - 2,
        torch.rand(n, 3, generator=g),
        canvas=canvas,
        layer=torch.randint(0, 4, (n,), generator=g),
    )


def same(a, b):
    return all(torch.equal(getattr(a, name), getattr(b, name)) for name in (*FIELDS, "ground")) and a.canvas == b.canvas


def test_build_puts_size_and_angle_in_order():
    strokes = some(200)
    assert (strokes.size[:, 0] >= strokes.size[:, 1]).all()
    assert (strokes.angle >= 0).all()
    assert (strokes.angle < math.pi).all()


def test_canonical_describes_the_same_rectangle():
    g = torch.Generator().manual_seed(1)
    size, angle = torch.rand(500, 2, generator=g), 20 * torch.rand(500, generator=g) - 10

    def covariance(size, angle):
        axis = torch.stack([angle.cos(), angle.sin()], -1)
        normal = torch.stack([-angle.sin(), angle.cos()], -1)
        along, across = size[:, 0, None, None] ** 2, size[:, 1, None, None] ** 2
        return along * axis[:, :, None] * axis[:, None] + across * normal[:, :, None] * normal[:, None]

    assert torch.allclose(covariance(size, angle), covariance(*canonical(size, angle)), atol=1e-4)


def test_canonical_angle_never_reaches_pi():
    _, angle = canonical(torch.tensor([[2.0, 1.0]]), torch.tensor([-1e-9]))
    assert 0 <= float(angle) < math.pi


def test_slices_masks_and_indices_agree():
    strokes = some()
    mask = torch.zeros(20, dtype=torch.bool)
    mask[3:7] = True
    assert same(strokes[3:7], strokes[mask])
    assert same(strokes[3:7], strokes[[3, 4, 5, 6]])
    assert len(strokes[5]) == 1


def test_concat_undoes_slicing():
    strokes = some()
    assert same(Strokes.concat([strokes[:8], strokes[8:]]), strokes)
    assert same(Strokes.concat([strokes, strokes[:0]]), strokes)


def test_concat_refuses_other_canvases_and_nothing():
    with pytest.raises(ValueError, match="one canvas size"):
        Strokes.concat([some(), some(canvas=(10, 10))])
    with pytest.raises(ValueError, match="at least one"):
        Strokes.concat([])


def test_scaling_there_and_back():
    strokes = some()
    back = strokes.scaled(4).scaled(0.25)
    assert back.canvas == strokes.canvas
    assert torch.allclose(back.center, strokes.center)
    assert torch.allclose(back.size, strokes.size)
    with pytest.raises(ValueError, match="positive"):
        strokes.scaled(0)


def test_empty_is_a_canvas():
    empty = Strokes.empty((5, 7), (0.1, 0.2, 0.3))
    assert len(empty) == 0
    assert empty.canvas == (5, 7)
    assert same(Strokes.concat([empty, some(canvas=(5, 7))])[:0], empty)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"center": torch.zeros(20, 3)}, "center must have the shape"),
        ({"angle": torch.full((20,), math.nan)}, "angle holds NaN"),
        ({"center": torch.full((20, 2), math.inf)}, "center holds NaN or infinite"),
        ({"color": torch.full((20, 3), 1.5)}, "color must lie in"),
        ({"opacity": torch.full((20,), -0.1)}, "opacity must lie in"),
        ({"size": -torch.ones(20, 2)}, "size must not be negative"),
        ({"layer": -torch.ones(20, dtype=torch.int64)}, "layer must not be negative"),
        ({"blend": torch.full((20, 3), 1.5)}, "blend must lie in"),
        ({"blend": torch.full((20, 3), math.nan)}, "blend holds NaN"),
        ({"color2": torch.full((20, 3), 1.5)}, "color2 must lie in"),
        ({"color2": torch.zeros(20)}, "color2 must have the shape"),
        ({"seed": torch.zeros(20)}, "seed must be torch.int64"),
        ({"canvas": (0, 5)}, "canvas must be"),
        ({"ground": torch.zeros(4)}, "ground must be one color"),
    ],
)
def test_bad_fields_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        some().replace(**change)


def test_fields_cannot_be_assigned():
    with pytest.raises(AttributeError):
        setattr(some(), "angle", torch.zeros(20))  # noqa: B010 (type checkers know that it cannot be)


def test_strokes_are_plain_until_they_get_a_second_color():
    plain = some()
    assert not plain.loaded
    assert torch.equal(plain.color2, plain.color)
    assert not plain.replace(color=plain.color.flip(0)).loaded
    assert not dataclasses.replace(plain, color=plain.color.flip(0)).loaded


def test_the_second_color_is_kept_by_everything():
    plain = some()
    second = plain.color.roll(1, 0)
    strokes = plain.replace(color2=second)
    assert strokes.loaded
    assert torch.allclose(strokes.color2, second)
    built = Strokes.build(
        plain.center, plain.size, plain.angle, plain.color, canvas=plain.canvas, layer=plain.layer, color2=second
    )
    assert same(built, strokes)
    assert torch.allclose(strokes[3:9].color2, second[3:9])
    assert torch.allclose(Strokes.concat([plain, strokes]).color2, torch.cat([plain.color, second]))
    assert torch.allclose(strokes.scaled(2).color2, second)
    # a stroke that is recolored keeps its contrast, as far as there is room for it
    lighter = strokes.replace(color=strokes.color.clamp(max=0.9) + 0.1)
    assert lighter.loaded
    assert float(lighter.color2.max()) <= 1

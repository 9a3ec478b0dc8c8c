"""Any strokes can be drawn: finite, in range, and each pixel between what was there and what was laid over it."""

from __future__ import annotations

from xml.etree import ElementTree

import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st
from properties.strategies import ANY, paintings
from stroke_samples import bent_strokes, random_strokes

from painter_core import Strokes, render
from painter_core.export import strokes_to_svg
from painter_core.export.svg import STYLES

#: What a color may be off where it is blended.
ROUNDING = 1e-4


@given(paintings(far=ANY))
@example(random_strokes(0))
@example(bent_strokes(6))
def test_pictures_are_finite_and_in_range(strokes: Strokes) -> None:
    picture = render(strokes)
    assert picture.shape == (3, *strokes.canvas)
    assert bool(torch.isfinite(picture).all())
    assert float(picture.min()) >= -ROUNDING
    assert float(picture.max()) <= 1 + ROUNDING


@given(paintings(), st.sampled_from([1, 2, 3]))
def test_the_same_strokes_are_the_same_picture(strokes: Strokes, scale: int) -> None:
    first, again = (render(strokes, scale=scale) for _ in range(2))
    assert torch.equal(first, again)
    assert first.shape == (3, scale * strokes.canvas[0], scale * strokes.canvas[1])


@given(paintings())
def test_strokes_that_let_everything_through_are_not_seen(strokes: Strokes) -> None:
    clear = strokes.replace(opacity=torch.zeros(len(strokes)))
    ground = strokes.ground[:, None, None].expand(3, *strokes.canvas)
    assert torch.allclose(render(clear), ground, atol=ROUNDING)


@settings(max_examples=15)
@given(paintings(far=ANY), st.sampled_from(STYLES))
@example(bent_strokes(3), "strokes")
def test_vectors_are_sound(strokes: Strokes, style: str) -> None:
    text = strokes_to_svg(strokes, style=style)
    ElementTree.fromstring(text)
    assert "nan" not in text
    assert "inf" not in text.replace("inkscape", "")

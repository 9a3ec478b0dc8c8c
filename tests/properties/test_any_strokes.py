"""What holds for any strokes at all."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import example, given
from hypothesis import strategies as st
from properties.strategies import ANY, paintings
from stroke_samples import assert_same, bent_strokes, random_strokes

from painter_core.strokes import FIELDS, Strokes


@given(paintings(far=ANY))
@example(random_strokes(0))
@example(bent_strokes(3))
def test_they_are_in_order_whatever_they_were_built_of(strokes: Strokes) -> None:
    strokes.validated()
    assert bool((strokes.size[:, 0] >= strokes.size[:, 1]).all())
    assert bool(((strokes.angle >= 0) & (strokes.angle < math.pi)).all())


@given(paintings(), st.data())
def test_their_order_is_all_that_an_order_changes(strokes: Strokes, data: st.DataObject) -> None:
    order = data.draw(st.permutations(range(len(strokes))))
    there = strokes[torch.tensor(order, dtype=torch.int64)]
    assert_same(there[torch.argsort(torch.tensor(order, dtype=torch.int64))], strokes)


@given(paintings(), st.integers(0, 5))
def test_cut_and_joined_they_are_the_same(strokes: Strokes, at: int) -> None:
    assert_same(Strokes.concat([strokes[:at], strokes[at:]]), strokes)


@given(paintings(), st.sampled_from([name for name in FIELDS if name not in ("brush", "layer", "seed")]),
       st.sampled_from([math.nan, math.inf, -math.inf]))  # fmt: skip
def test_what_is_no_number_is_refused_by_name(strokes: Strokes, name: str, value: float) -> None:
    broken = getattr(strokes, name).clone()
    if not broken.numel():
        return
    broken.view(-1)[0] = value
    with pytest.raises(ValueError, match=name):
        strokes.replace(**{name: broken})

"""Any value of any option is a painting's, or refused by the option's name."""

from __future__ import annotations

import math
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st
from properties.strategies import refusal

from painter_core import preset
from painter_core.options import OPTIONS, OURS
from painter_core.painting.presets import PRESETS

anything = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.binary(max_size=9)
    | st.lists(st.integers(), max_size=3) | st.dictionaries(st.text(max_size=3), st.integers(), max_size=2)
)  # fmt: skip
names = st.sampled_from([name for name in OURS if name != "look"])


@given(st.sampled_from(list(PRESETS)), names, anything)
@example("oil", "strokes", True)
@example("oil", "strokes", 10**400)
@example("oil", "strokes", 10**5000)
@example("oil", "flow", math.nan)
@example("pencil", "brush", "../../etc/passwd")
def test_it_is_taken_or_refused_by_name(look: str, name: str, value: Any) -> None:
    said = refusal(lambda: preset(look, **{name: value}))
    assert not said or name in said
    assert len(said) < 600


@given(st.data(), st.sampled_from([name for name, option in OPTIONS.items() if option.kind is not str]))
def test_what_meets_a_look_stays_in_its_range(data: st.DataObject, name: str) -> None:
    option = OPTIONS[name]
    allowed = st.integers(int(option.least), int(option.most)) if option.kind is int else st.floats(
        option.least, option.most)  # fmt: skip
    own, value = data.draw(allowed), data.draw(allowed)
    assert option.least <= option.met(own, value) <= option.most

"""What people gave is shown to them, and never more of it than they would read."""

from __future__ import annotations

import pytest

from painter_core.wording import MOST_LETTERS, shown


@pytest.mark.parametrize("value", ["oil", 7, None, 0.5, [1, 2], {"a": 1}, True])
def test_what_is_short_is_shown_as_it_is(value: object) -> None:
    assert shown(value) == repr(value)


@pytest.mark.parametrize("value", ["x" * 10**6, b"x" * 10**6, [0] * 10**6, {i: i for i in range(999)}, [["x" * 999]],
                                   ["x" * 999], ("\0" * 99,), "\u202e\n" * 99])  # fmt: skip
def test_what_is_long_is_cut(value: object) -> None:
    assert len(shown(value)) <= MOST_LETTERS
    assert "\n" not in shown(value)


def test_numbers_that_python_does_not_write_are_counted() -> None:
    assert shown(10**5000) == "a number of 16,610 bits"

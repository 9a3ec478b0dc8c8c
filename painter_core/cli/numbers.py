"""Kinds of values that more than one command takes."""

from __future__ import annotations

import argparse
import math
import re
from collections.abc import Callable
from decimal import Decimal

#: What may stand behind a number.
MULTIPLES = {"k": 1_000, "m": 1_000_000}
#: Digits, in groups of three or not, and a multiple, which may have a fraction: 3000, 3,000, 3_000, 3k, 2.5k.
WHOLE = re.compile(r"([+-]?(?:\d{1,3}(?:[,_']\d{3})+|\d+))(\.\d+)?([km]?)", re.IGNORECASE | re.ASCII)


def whole_number(low: int, high: int | None = None) -> Callable[[str], int]:
    """An argparse type: whole numbers from `low` to `high` (None: no end), also as 3k or 3,000."""
    allowed = f"a whole number from {low}" + (f" to {high}" if high is not None else "")

    def parse(text: str) -> int:
        value = _whole(text)
        if value is None or value < low or (high is not None and value > high):
            raise argparse.ArgumentTypeError(f"must be {allowed}, got {text!r}")
        return value

    return parse


def number(low: float, high: float) -> Callable[[str], float]:
    """An argparse type: numbers from `low` to `high`."""

    def parse(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not low <= value <= high:  # not a number is not in any range
            raise argparse.ArgumentTypeError(f"must be a number from {low:g} to {high:g}, got {text!r}")
        return value

    return parse


def _whole(text: str) -> int | None:
    """The whole number that a text says, or None."""
    found = WHOLE.fullmatch(text.strip())
    if found is None or len(text) > 30:  # no number that anybody means
        return None
    if found[2] and not found[3]:  # 3.000 is three thousand to some and three to others
        return None
    digits = re.sub("[,_']", "", found[1])
    number = Decimal(digits + (found[2] or "")) * MULTIPLES.get(found[3].lower(), 1)
    return int(number) if number == int(number) else None

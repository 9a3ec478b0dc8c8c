"""Markdown tables."""

from __future__ import annotations

import math
from collections.abc import Sequence


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table: the first column to the left, the others to the right."""
    marks = ["---", *["---:"] * (len(header) - 1)]
    return "\n".join("| " + " | ".join(row) + " |" for row in (header, marks, *rows))


def number(value: float, digits: int) -> str:
    """A number with that many decimals, "-" for NaN."""
    return "-" if math.isnan(value) else f"{value:.{digits}f}"

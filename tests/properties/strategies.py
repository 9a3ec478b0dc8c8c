"""Any strokes: a few of them, of every size and form, on canvases from one pixel."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from hypothesis import strategies as st
from torch import Tensor

from painter_core.brushes.brush import BRUSHES
from painter_core.shape import MOST_BEND, MOST_TAPER
from painter_core.strokes import Strokes

#: Strokes of an example.
MOST = 5
#: Sizes that are like paintings' and sizes that are not.
USUAL, ANY = 60.0, 1e30


def numbers(least: float, most: float) -> st.SearchStrategy[float]:
    """float32 in a range."""
    least, most = (float(np.float32(value)) for value in (least, most))
    return st.floats(least, most, width=32, allow_nan=False, allow_infinity=False)


shares = numbers(0, 1)


def refusal(work: Callable[[], object]) -> str:
    """What work is refused with, nothing if it is done."""
    try:
        work()
    except ValueError as error:
        return str(error)
    return ""


@st.composite
def paintings(draw: Any, *, far: float = USUAL, most: int = MOST, side: int = 24) -> Strokes:
    """Strokes on a canvas of at most `side` pixels a side, at most `far` pixels away and large."""
    n = draw(st.integers(0, most))

    def column(each: st.SearchStrategy[float], *shape: int) -> Tensor:
        count = n * math.prod(shape)
        return torch.tensor(draw(st.lists(each, min_size=count, max_size=count)), dtype=torch.float32).view(n, *shape)

    brushes = tuple(draw(st.lists(st.sampled_from(BRUSHES), min_size=1, max_size=3, unique=True)))
    whole = st.integers(0, 2**62)
    return Strokes.build(
        column(numbers(-far, far), 2), column(numbers(0, far), 2), column(numbers(-10, 10)), column(shares, 3),
        canvas=(draw(st.integers(1, side)), draw(st.integers(1, side))),
        ground=draw(st.tuples(shares, shares, shares)),
        opacity=column(shares),
        brush=torch.tensor(draw(st.lists(st.integers(0, len(brushes) - 1), min_size=n, max_size=n)), dtype=torch.int64),
        layer=torch.tensor(draw(st.lists(st.integers(0, 9), min_size=n, max_size=n)), dtype=torch.int64),
        seed=torch.tensor(draw(st.lists(whole, min_size=n, max_size=n)), dtype=torch.int64),
        color2=column(shares, 3),
        bend=column(numbers(-MOST_BEND, MOST_BEND)),
        taper=column(numbers(-MOST_TAPER, MOST_TAPER)),
        brushes=brushes,
    )  # fmt: skip

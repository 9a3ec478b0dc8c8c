"""Which strokes: by size, layer, place in the painting process, mask or color. Each gives a boolean mask (N,).

keep = by_layer(strokes, 0, 2) & by_color(strokes, red, 0.15)
kept, rest = split(strokes, keep)
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from ..color import to_oklab
from ..strokes import Strokes
from ..wording import shown
from .masks import at_centers, over_marks

UNITS = ("pixels", "percent")
#: What a mask decides by: the stroke's center, all of its mark, any of it, none of it.
PLACES = ("center", "inside", "touching", "outside")


def split(strokes: Strokes, keep: Tensor) -> tuple[Strokes, Strokes]:
    """The strokes where `keep` (N,) is true, and the others, both in painted order on the same canvas."""
    return strokes[keep], strokes[~keep]


def by_size(
    strokes: Strokes,
    *,
    length: tuple[float, float] = (0.0, math.inf),
    width: tuple[float, float] = (0.0, math.inf),
    unit: str = "pixels",
) -> Tensor:
    """Strokes whose length and width lie in ranges (least, most), both ends included.

    `unit`: "pixels" of the canvas, or "percent" of its longer side. Raises ValueError for an unknown unit, NaN, or a
    range that ends before it begins.
    """
    _check_choice("unit", unit, UNITS)
    pixel = 1.0 if unit == "pixels" else max(strokes.canvas) / 100
    keep = torch.ones(len(strokes), dtype=torch.bool, device=strokes.center.device)
    for name, (least, most), extent in zip(("length", "width"), (length, width), strokes.size.unbind(1), strict=True):
        _check_range(name, least, most)
        keep &= (extent >= least * pixel) & (extent <= most * pixel)
    return keep


def by_layer(strokes: Strokes, first: int = 0, last: int | None = None) -> Tensor:
    """Strokes of the layers `first` to `last`, both included; 0 is the coarsest, None stands for the finest."""
    _check_range("layer", first, math.inf if last is None else last)
    return (strokes.layer >= first) & (strokes.layer <= (torch.iinfo(torch.int64).max if last is None else last))


def by_progress(strokes: Strokes, start: float = 0.0, end: float = 1.0) -> Tensor:
    """Strokes painted between two moments of the process, as shares of all strokes: 0 is its beginning and 1 its end.

    (0, 0.3) and (0.3, 1) have no stroke in common and leave none out. Raises ValueError outside 0 <= start <= end <= 1.
    """
    if not 0 <= start <= end <= 1:
        raise ValueError(f"progress: 0 <= start <= end <= 1 is needed, got {start} to {end}")
    index = torch.arange(len(strokes), device=strokes.center.device)
    return (index >= round(start * len(strokes))) & (index < round(end * len(strokes)))


def by_mask(strokes: Strokes, mask: Tensor, place: str = "center", threshold: float = 0.5) -> Tensor:
    """Strokes inside a mask (H, W) in [0, 1] of any size.

    `place`: "center", the stroke's center lies in it; "inside", all of its mark does; "touching", some of it does;
    "outside", none of it does. In it is where the mask is at least `threshold` (above 0, at most 1).

    Raises ValueError for an unknown place, a threshold out of range, or a mask that does not fit (`masks.fitted`).
    """
    _check_choice("place", place, PLACES)
    if not 0 < threshold <= 1:
        raise ValueError(f"threshold: it must be above 0 and at most 1, got {threshold}")
    if place == "center":
        return at_centers(mask, strokes) >= threshold
    inside = over_marks(mask, strokes) >= threshold
    if place == "inside":
        return inside.all(dim=1)
    return inside.any(dim=1) if place == "touching" else ~inside.any(dim=1)


def by_color(strokes: Strokes, color: Tensor, distance: float) -> Tensor:
    """Strokes whose color is close to `color` (3,) sRGB: at most `distance` away in OKLab.

    0.02 is barely visible, 0.1 the same kind of color, 1 is from black to white.
    """
    if not distance >= 0:
        raise ValueError(f"distance: it must not be negative, got {distance}")
    target = torch.as_tensor(color, dtype=torch.float32, device=strokes.color.device)
    return (to_oklab(strokes.color) - to_oklab(target)).norm(dim=1) <= distance


def _check_choice(name: str, value: str, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise ValueError(f"there is no {name} {shown(value)}; choose one of: {', '.join(choices)}")


def _check_range(name: str, least: float, most: float) -> None:
    if not 0 <= least <= most:
        raise ValueError(f"{name}: 0 <= least <= most is needed, got {least} to {most}")

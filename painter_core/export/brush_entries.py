"""Brushes inside stroke files: built-in ones by their name, others with their tips, as JSON.

An own brush is an object with the fields of `Brush`; `tips` and `large` are grey PNGs, base64, of all tips one below
the other, each as its coverage (0 to 255) and below that its height (1 to 255 for -1 to 1).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ..brushes.brush import BRUSHES, Brush
from ..brushes.tip_bytes import packed, unpacked
from ..brushes.tips import TIP_HEIGHT, TIP_WIDTH
from ..brushes.tips.fine import TILES, Fine
from ..stroke_checks import MOST_BRUSHES
from ..wording import shown
from .blobs import bytes_of, pixels_of, png_of, text_of

#: Most tips of one brush, and how many times finer than usual they may be.
MOST_TIPS, FACTORS = 256, (1, 2, 4)
#: Most texels of all brushes of a file together, 1 GB of numbers: 57 brushes cut from large pictures.
MOST_TEXELS = 2**28
#: Most letters of a brush's name.
MOST_LETTERS = 200
#: Least and most of each number that a brush has.
RANGES = {"relief": (0.0, 4.0), "hardness": (0.0, 1.0), "detail": (0.0, 4.0), "least_pitch": (0.0, 1000.0)}
FINE_RANGES = {"height": (0.0, 8.0), "edge": (0.0, 32.0), "crisp": (1.0, 64.0)}
#: Most hairs across a tip.
MOST_HAIRS = 4096


def entries_of(brushes: Sequence[str | Brush]) -> list[str | dict[str, Any]]:
    """Brushes as JSON has them. Raises ValueError for more tips than a file may have."""
    if sum(_texels(brush) for brush in brushes) > MOST_TEXELS:
        raise ValueError(f"the tips of its brushes have more than {MOST_TEXELS:,} pixels together, and a file has no "
                         "more; draw some strokes with other brushes")  # fmt: skip
    return [entry_of(brush) for brush in brushes]


def entry_of(brush: str | Brush) -> str | dict[str, Any]:
    """A brush as JSON has it."""
    if isinstance(brush, str):
        return brush
    fine = None if brush.fine is None else vars(brush.fine)
    return {
        "name": brush.name[:MOST_LETTERS],
        "hair_counts": list(brush.hair_counts),
        **{name: float(getattr(brush, name)) for name in RANGES},
        "fine": fine,
        "tips": _text_of(brush.tips),
        "large": None if brush.large is None else _text_of(brush.large),
    }


def brushes_of_entries(entries: object, writer: object) -> tuple[str | Brush, ...]:
    """The brushes of a file; `writer`: the version of the program that wrote it, if the file says so.

    Raises ValueError that says what is wrong with them.
    """
    if not isinstance(entries, list) or not 1 <= len(entries) <= MOST_BRUSHES:
        raise ValueError(f'its "brushes" must be a list of 1 to {MOST_BRUSHES} brushes')
    brushes: list[str | Brush] = []
    texels = 0
    for i, each in enumerate(entries):
        brush = _name(each, writer) if isinstance(each, str) else _brush(each, i)
        brushes.append(brush)
        texels += _texels(brush)
        if texels > MOST_TEXELS:  # known before the rest is unpacked
            raise ValueError(f"the tips of its brushes have more than {MOST_TEXELS:,} pixels together")
    return tuple(brushes)


def _texels(brush: str | Brush) -> int:
    return 0 if isinstance(brush, str) else brush.nbytes // brush.tips.element_size()


def _name(name: str, writer: object) -> str:
    if name in BRUSHES:
        return name
    known = isinstance(writer, str) and 0 < len(writer) <= 40
    by = f"version {writer} of this program, which wrote it, knows it" if known else "a newer version may know it"
    raise ValueError(
        f"its brush {shown(name)} is none that this version has ({', '.join(BRUSHES)}); {by}: update to open this file"
    )


def _brush(entry: object, index: int) -> Brush:
    what = f"brush {index}"
    if not isinstance(entry, dict):
        raise ValueError(f"its {what} must be a name or an object, got {type(entry).__name__}")
    fields = {"name", "hair_counts", *RANGES, "fine", "tips", "large"}
    _check_fields(entry, fields, what)
    name = entry["name"]
    if not isinstance(name, str) or not 1 <= len(name) <= MOST_LETTERS:
        raise ValueError(f'"name" of its {what} must be text of 1 to {MOST_LETTERS} letters')
    tips = _tips(entry["tips"], f'"tips" of its {what}', FACTORS[:1])
    large = None if entry["large"] is None else _tips(entry["large"], f'"large" of its {what}', FACTORS[1:])
    if large is not None and len(large) != len(tips):
        raise ValueError(f"its {what} has {len(tips)} tips and {len(large)} large ones; there must be as many")
    numbers = {key: _number(entry[key], *limits, f'"{key}" of its {what}') for key, limits in RANGES.items()}
    hairs = _hairs(entry["hair_counts"], len(tips), what)
    return Brush(name, tips, hairs, **numbers, fine=_fine(entry["fine"], what), large=large)


def _hairs(counts: Any, tips: int, what: str) -> tuple[int, ...]:
    whole = isinstance(counts, list) and 1 <= len(counts) <= MOST_TIPS and all(type(count) is int for count in counts)
    # brushes without hairs have but one kind of tips
    least = 0 if whole and len(counts) == 1 else 1
    if not whole or not all(least <= count <= MOST_HAIRS for count in counts) or tips % len(counts):
        wanted = f"whole numbers up to {MOST_HAIRS}, as many as share its {tips} tips equally"
        raise ValueError(f'"hair_counts" of its {what} must be {wanted}')
    return tuple(counts)


def _fine(entry: object, what: str) -> Fine | None:
    if entry is None:
        return None
    what = f'"fine" of its {what}'
    if not isinstance(entry, dict):
        raise ValueError(f"{what} must be an object or null")
    _check_fields(entry, {"kind", *FINE_RANGES}, what)
    if not isinstance(entry["kind"], str) or entry["kind"] not in TILES:
        raise ValueError(f'{what}: its "kind" must be one of {", ".join(TILES)}')
    return Fine(entry["kind"], **{key: _number(entry[key], *limits, what) for key, limits in FINE_RANGES.items()})


def _check_fields(entry: dict[str, Any], fields: set[str], what: str) -> None:
    missing, unknown = sorted(fields - entry.keys()), sorted(entry.keys() - fields)
    if missing:
        raise ValueError(f"{what} lacks {', '.join(missing)}")
    if unknown:
        raise ValueError(f"{what} has {unknown[0][:40]!r}, which this version does not know; update to open this file")


def _number(value: Any, least: float, most: float, what: str) -> float:
    if type(value) not in (int, float) or not (math.isfinite(value) and least <= value <= most):
        raise ValueError(f"{what} must be a number from {least:g} to {most:g}")
    return float(value)


def _text_of(tips: Tensor) -> str:
    return text_of(png_of(packed(tips.detach().cpu()).flatten(0, 2).numpy()))


def _tips(text: object, what: str, factors: tuple[int, ...]) -> Tensor:
    """(K, 2, h, w) tips of a PNG as text, 1, 2 or 4 times as fine as the usual ones."""
    most = MOST_TIPS * 2 * TIP_HEIGHT * TIP_WIDTH * factors[0] ** 2
    pixels = pixels_of(bytes_of(text, what), "L", most, what)
    factor = pixels.shape[1] // TIP_WIDTH
    height, width = TIP_HEIGHT * factor, TIP_WIDTH * factor
    if factor not in factors or pixels.shape[1] != width or pixels.shape[0] % (2 * height):
        raise ValueError(f"{what} must have tips of {TIP_WIDTH} x {TIP_HEIGHT} pixels (times one of {factors}), got "
                         f"{pixels.shape[1]} x {pixels.shape[0]}")  # fmt: skip
    return unpacked(torch.from_numpy(np.ascontiguousarray(pixels)).view(-1, 2, height, width))

"""What the bench measures of a painting, and means of it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import fmean
from typing import Any


@dataclass(frozen=True)
class Record:
    """One painting, measured. NaN stands for what can't be measured (SSIM of a tiny picture, LPIPS without weights).

    Attributes:
        group: the folder that the picture is from; picture: its name; mode and budget: as asked for.
        strokes: how many there are; psnr in dB, ssim, l1: see `painter_core.bench.metrics`.
        lpips, lpips_vgg: LPIPS with AlexNet and with VGG.
        seconds: to paint and draw it; elongation: median length / width.
        aligned: share of the clearly structured, painted pixels whose stroke is within 20 degrees of the structure.
        peak_mib: largest resident memory of the process while it was painted.
    """

    group: str
    picture: str
    mode: str
    budget: int
    strokes: float
    psnr: float
    ssim: float
    l1: float
    lpips: float
    lpips_vgg: float
    seconds: float
    elongation: float
    aligned: float
    peak_mib: float


#: What is averaged, and what of it may be missing for some pictures (no structure, no strokes) without spoiling a mean.
MEASURES = ("strokes", "psnr", "ssim", "l1", "lpips", "lpips_vgg", "seconds", "elongation", "aligned")
MAY_MISS = ("elongation", "aligned")
#: What tells one record of a run from another.
KEY = ("group", "picture", "mode", "budget")


def key_of(record: Record) -> tuple[str, str, str, int]:
    """What tells this record from others of a run."""
    return tuple(getattr(record, name) for name in KEY)


def means(records: Sequence[Record], by_group: bool = False) -> list[Record]:
    """One record per mode and budget: means over the pictures, the largest peak of memory.

    In order of first appearance; `by_group` has one for each group of pictures too.
    """
    groups: dict[tuple[str, str, int], list[Record]] = {}
    for record in records:
        groups.setdefault((record.group if by_group else "", record.mode, record.budget), []).append(record)
    return [
        Record(
            group=group,
            picture=f"mean of {len(members)}",
            mode=mode,
            budget=budget,
            peak_mib=max(record.peak_mib for record in members),
            **{measure: _mean(measure, [getattr(record, measure) for record in members]) for measure in MEASURES},
        )
        for (group, mode, budget), members in groups.items()
    ]


def _mean(measure: str, values: Sequence[float]) -> float:
    if measure in MAY_MISS:
        values = [value for value in values if not math.isnan(value)] or [math.nan]
    return fmean(values)


def as_json(record: Record) -> dict[str, Any]:
    """A record with null for what JSON has no number for (NaN, and the infinite PSNR of a perfect copy)."""
    return {
        name: None if isinstance(value, float) and not math.isfinite(value) else value
        for name, value in asdict(record).items()
    }


def from_json(values: Mapping[str, Any]) -> Record:
    """`as_json` backwards. Raises TypeError for other fields than a record has."""
    absent: Callable[[str], Any] = lambda name: math.inf if name == "psnr" else math.nan  # noqa: E731
    filled: dict[str, Any] = {name: absent(name) if value is None else value for name, value in values.items()}
    return Record(**filled)

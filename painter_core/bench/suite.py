"""Running the modes over pictures, and measuring what comes out."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import fmean

from PIL import Image
from torch import Tensor

from ..metrics import SSIM_WINDOW, elongation, l1, psnr, ssim
from ..picture_sets import SUFFIXES, held_out_match
from ..pictures import read_picture
from . import memory
from .modes import Mode, Painting

#: (canvas, picture) -> distance, or None where the weights are not there or the picture is too small.
Distance = Callable[[Tensor, Tensor], "float | None"]


@dataclass(frozen=True)
class Subject:
    """A picture to paint: its name, pixels (3, H, W), and whether it is in the held-out list."""

    name: str
    pixels: Tensor
    held_out: bool


@dataclass(frozen=True)
class Record:
    """One painting, measured. NaN stands for what can't be measured (SSIM of a tiny picture, LPIPS without weights)."""

    picture: str
    mode: str
    budget: int
    strokes: float
    psnr: float
    ssim: float
    l1: float
    lpips: float
    seconds: float
    elongation: float
    peak_mib: float


MEASURES = ("strokes", "psnr", "ssim", "l1", "lpips", "seconds", "elongation")


def find_pictures(folder: str | Path, limit: int | None = None) -> list[Path]:
    """The first `limit` pictures in a folder and below, by path. Raises ValueError if there are none."""
    folder = Path(folder)
    if not folder.is_dir():
        raise ValueError(f"there is no folder {folder}; 'python benchmarks/pictures.py' makes the picture sets")
    files = sorted(file for file in folder.rglob("*") if file.suffix.lower() in SUFFIXES and file.is_file())
    if not files:
        raise ValueError(f"no pictures ({', '.join(SUFFIXES)}) in {folder}")
    return files[:limit]


def read_subject(file: Path, long_side: int, shrink: Callable[[Tensor, int], Tensor]) -> Subject:
    """A picture with its long side at most `long_side` pixels, under the name that the held-out list has for it."""
    pixels = shrink(read_picture(file), long_side)
    with Image.open(file) as picture:
        match = held_out_match(picture)
    return Subject(match.name if match else file.stem, pixels, match is not None)


def distinct(subjects: Sequence[Subject]) -> list[Subject]:
    """The same subjects with a number behind names that were there before, so that no two have one name."""
    taken: dict[str, int] = {}
    result = []
    for subject in subjects:
        taken[subject.name] = taken.get(subject.name, 0) + 1
        number = taken[subject.name]
        result.append(subject if number == 1 else replace(subject, name=f"{subject.name}_{number}"))
    return result


def run_suite(
    subjects: Sequence[Subject],
    modes: Sequence[Mode],
    budgets: Sequence[int],
    distance: Distance,
    keep: Callable[[Subject, Mode, Painting], None] | None = None,
) -> Iterator[Record]:
    """Paint every subject in every mode at every budget, mode after mode; one record each.

    The first subject is painted once per mode before the clock counts. `keep` is given every painting.
    """
    for mode in modes:
        for _ in mode.paintings(subjects[0].pixels, budgets[:1]):
            pass
        for subject in subjects:
            memory.forget_peak()
            for painting in mode.paintings(subject.pixels, budgets):
                peak = memory.peak_mib()  # before measuring, which takes memory too
                if keep:
                    keep(subject, mode, painting)
                yield _measured(subject, mode, painting, distance, peak)
                memory.forget_peak()


def _measured(subject: Subject, mode: Mode, painting: Painting, distance: Distance, peak: float) -> Record:
    canvas, picture = painting.canvas, subject.pixels
    far = distance(canvas, picture)
    return Record(
        picture=subject.name,
        mode=mode.name,
        budget=painting.budget,
        strokes=len(painting.strokes),
        psnr=psnr(canvas, picture),
        ssim=ssim(canvas, picture) if min(picture.shape[1:]) >= SSIM_WINDOW else math.nan,
        l1=l1(canvas, picture),
        lpips=math.nan if far is None else far,
        seconds=painting.seconds,
        elongation=elongation(painting.strokes),
        peak_mib=peak,
    )


def means(records: Sequence[Record]) -> list[Record]:
    """One record per mode and budget, in order of appearance: means over the pictures, the largest peak of memory."""
    groups: dict[tuple[str, int], list[Record]] = {}
    for record in records:
        groups.setdefault((record.mode, record.budget), []).append(record)
    return [
        Record(
            picture=f"mean of {len(group)}",
            mode=mode,
            budget=budget,
            peak_mib=max(record.peak_mib for record in group),
            **{measure: fmean(getattr(record, measure) for record in group) for measure in MEASURES},
        )
        for (mode, budget), group in groups.items()
    ]


def as_json(record: Record) -> dict[str, object]:
    """A record with null for what JSON has no number for (NaN, and the infinite PSNR of a perfect copy)."""
    return {
        name: None if isinstance(value, float) and not math.isfinite(value) else value
        for name, value in asdict(record).items()
    }

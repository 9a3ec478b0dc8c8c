"""Running the modes over pictures, and measuring what comes out."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from PIL import Image
from torch import Tensor

from ..files.pictures import read_picture
from ..images import shrunk
from ..training.picture_sets import held_out_match, pictures_in
from . import memory
from .metrics import SSIM_WINDOW, alignment, elongation, l1, psnr, ssim
from .modes import Mode, Trial
from .records import Record

#: (picture) -> (canvas) -> distance, by the field of the record: LPIPS where its weights are there. What only depends
#: on the picture is computed once.
Distances = Mapping[str, Callable[[Tensor], "Callable[[Tensor], float]"]]
#: Long side in pixels of the painting that comes before the clock counts.
WARM_UP_SIDE = 128


@dataclass(frozen=True)
class Subject:
    """A picture to paint: its name, pixels (3, H, W), whether it is in the held-out list, and its group's name."""

    name: str
    pixels: Tensor
    held_out: bool
    group: str = ""


def find_pictures(folder: str | Path, limit: int | None = None) -> list[Path]:
    """The first `limit` pictures in a folder and below, by path. Raises ValueError if there are none."""
    return pictures_in(Path(folder))[:limit]


def read_subjects(folders: Sequence[str | Path], limits: Sequence[int | None], long_side: int) -> list[Subject]:
    """The pictures of all folders, the first so many of each, with names that tell them apart.

    A folder's name is the name of its group, with the folder above it where two have one name.
    Raises ValueError for folders without pictures.
    """
    subjects = []
    for group, folder, limit in zip(group_names(folders), folders, limits, strict=True):
        subjects += [replace(read_subject(file, long_side), group=group) for file in find_pictures(folder, limit)]
    return distinct(subjects)


def group_names(folders: Sequence[str | Path]) -> list[str]:
    """A name for each folder: its own, or with those above it as far as it takes to tell them apart."""
    parts = [Path(folder).resolve().parts for folder in folders]
    depth = 1
    while len({"/".join(part[-depth:]) for part in parts}) < len(set(parts)):
        depth += 1
    return ["/".join(part[-depth:]) for part in parts]


def read_subject(file: Path, long_side: int) -> Subject:
    """A picture with its long side at most `long_side` pixels, under the name that the held-out list has for it."""
    pixels = shrunk(read_picture(file), long_side)
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


def wanted(mode: Mode, budgets: Sequence[int]) -> tuple[int, ...]:
    """Those of the budgets that a mode is run at."""
    return tuple(budget for budget in budgets if mode.only is None or budget in mode.only)


def warm_up(mode: Mode, picture: Tensor, budgets: Sequence[int]) -> None:
    """Paint a small copy of a picture, if the mode's first painting takes longer than others."""
    if mode.warms_up:
        for _ in mode.paintings(shrunk(picture, WARM_UP_SIDE), wanted(mode, budgets)[:1]):
            pass


def run_one(
    subject: Subject,
    mode: Mode,
    budgets: Sequence[int],
    distances: Distances,
    keep: Callable[[Subject, Mode, Trial], None] | None = None,
) -> list[Record]:
    """One subject in one mode: paint it at all budgets, then measure the paintings."""
    painted = []
    memory.forget_peak()
    for painting in mode.paintings(subject.pixels, budgets):
        painted.append((painting, memory.peak_mib()))
        if keep:
            keep(subject, mode, painting)
        memory.forget_peak()
    far = {name: prepare(subject.pixels) for name, prepare in distances.items()} if painted else {}
    return [_measured(subject, mode, painting, far, peak) for painting, peak in painted]


def _measured(
    subject: Subject, mode: Mode, painting: Trial, far: Mapping[str, Callable[[Tensor], float]], peak: float
) -> Record:
    canvas, picture = painting.canvas, subject.pixels
    return Record(
        group=subject.group,
        picture=subject.name,
        mode=mode.name,
        budget=painting.budget,
        strokes=len(painting.strokes),
        psnr=psnr(canvas, picture),
        ssim=ssim(canvas, picture) if min(picture.shape[1:]) >= SSIM_WINDOW else math.nan,
        l1=l1(canvas, picture),
        lpips=far["lpips"](canvas) if "lpips" in far else math.nan,
        lpips_vgg=far["lpips_vgg"](canvas) if "lpips_vgg" in far else math.nan,
        seconds=painting.seconds,
        elongation=elongation(painting.strokes),
        aligned=alignment(painting.strokes, picture, mode.brush).share,
        peak_mib=peak,
    )

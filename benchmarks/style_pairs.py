"""Pairs of the benchmark of styles: made, measured, and kept on disk, so that a run that was stopped goes on."""

from __future__ import annotations

import json
import multiprocessing
import os
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import torch
from torch import Tensor

from benchmarks.style_baseline import NAME as BASELINE
from benchmarks.style_baseline import stylize_lite
from benchmarks.style_measures import kept_chroma, measure, styled
from painter_core import PaintOptions, load_predictor, paint, render
from painter_core.bench.sheet import Cell, write_sheets
from painter_core.files.atomic import atomic_path
from painter_core.files.pictures import read_picture, write_picture
from painter_core.images import shrunk
from painter_core.style import METHODS, style_strokes, stylize
from painter_core.style.networks.working import adain_draft, attentive_draft

#: Two that make no picture with `stylize`: shaped strokes, and the plain painting of the content.
STROKES, PLAIN = "strokes", "plain"
#: What the networks make by themselves, before it is revised.
DRAFTS = {"fast-draft": adain_draft, "adaattn-draft": attentive_draft}
RECORDS = "records.jsonl"


@dataclass(frozen=True)
class Task:
    """One picture to make: files of a content and a style, a method, its strength."""

    content: Path
    style: Path
    method: str
    strength: float

    @property
    def key(self) -> tuple[str, str, str, float]:
        return self.content.stem, self.style.stem, self.method, self.strength


@dataclass(frozen=True)
class Setting:
    """What all tasks of a run share.

    Attributes:
        side: long side of all pictures in pixels; strokes: of a painting; out: folder for pictures.
    """

    side: int
    strokes: int
    out: Path

    def picture(self, task: Task) -> Path:
        """Where what a task makes is kept."""
        return self.out / task.method / f"{task.content.stem}--{task.style.stem}.png"


@lru_cache(maxsize=16)
def _read(file: Path, side: int) -> Tensor:
    return shrunk(read_picture(file), side)


_predictor = lru_cache(maxsize=1)(load_predictor)


@lru_cache(maxsize=16)
def _plainly(content: Path, setting: Setting) -> Tensor:
    """The content painted plainly; from disk if it was painted before."""
    file = setting.out / PLAIN / f"{content.stem}.png"
    if not file.is_file():
        file.parent.mkdir(parents=True, exist_ok=True)
        options = PaintOptions(strokes=setting.strokes, refine=0, attention=0.5)
        strokes = paint(_read(content, setting.side), _predictor(), options)
        write_picture(file, render(strokes))
    return read_picture(file)


def make(content: Tensor, style: Tensor, method: str, strength: float, strokes: int) -> Tensor:
    """(3, H, W) what a method makes."""
    if method == STROKES:
        options = PaintOptions(strokes=strokes, attention=0.5)
        return render(style_strokes(content, style, _predictor(), options, strength=strength))
    if method == BASELINE:
        return stylize_lite(content, style)
    if method in DRAFTS:
        with torch.no_grad():
            return DRAFTS[method]([style])(content)
    return stylize(content, style, method=method, strength=strength)


def do(task: Task, setting: Setting) -> dict[str, object]:
    """Make one picture, keep it, and measure it."""
    content, style = _read(task.content, setting.side), _read(task.style, setting.side)
    painted = task.method in (STROKES, PLAIN)
    plain = _plainly(task.content, setting) if painted else content
    start = time.perf_counter()
    result = plain if task.method == PLAIN else make(content, style, task.method, task.strength, setting.strokes)
    seconds = time.perf_counter() - start
    figures: dict[str, object] = dict(zip(("content_name", "style_name", "method", "strength"), task.key, strict=True))
    without = content if task.method == PLAIN else plain
    if task.strength == 0:
        # a plain painting has been to disk, with 8 bits
        figures["same"] = bool((result - plain).abs().max() <= (0.51 / 255 if painted else 0))
    if task.strength < 1:
        return figures | styled(result, without, style)
    figures |= measure(result, without, content, style)
    if task.method in METHODS:
        figures |= kept_chroma(result, content)
    if task.method != PLAIN:
        figures["seconds"] = seconds
        setting.picture(task).parent.mkdir(parents=True, exist_ok=True)
        write_picture(setting.picture(task), result)
    return figures


def run(tasks: Sequence[Task], setting: Setting, jobs: int) -> Iterator[dict[str, object]]:
    """Do all tasks, the records as they come; 2 jobs or more are so many processes with one thread each."""
    if jobs == 1:
        yield from (do(task, setting) for task in tasks)
        return
    os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1"))  # the processes take it with them
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, mp_context=context, initializer=torch.set_num_threads, initargs=(1,)) as pool:
        futures = [pool.submit(do, task, setting) for task in tasks]
        try:
            for future in as_completed(futures):
                yield future.result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


class Journal:
    """The records of a run in a file, one JSON object a line, written as they come; the first line is the setting."""

    def __init__(self, folder: Path, setting: Mapping[str, object], resume: bool, again: Iterable[str] = ()) -> None:
        """Start the file, or go on with it without the records of the methods in `again`.

        Raises ValueError if there are records and `resume` is False, or if they were made in another setting.
        """
        self.file = folder / RECORDS
        self.records: list[dict[str, object]] = []
        lines = self.file.read_text(encoding="utf-8").split("\n") if self.file.is_file() else []
        if lines and not resume:
            raise ValueError(f"{folder} has results of an earlier run: go on with --resume, or use another --out")
        if lines and json.loads(lines[0]) != setting:
            raise ValueError(f"{folder} has results of another setting, {lines[0]}; use another --out")
        # what has no line break behind it was cut off when the run was killed
        self.records = [one for one in map(json.loads, lines[1:-1]) if one["method"] not in again]
        folder.mkdir(parents=True, exist_ok=True)
        with atomic_path(self.file) as temporary:
            temporary.write_text("".join(json.dumps(one) + "\n" for one in (setting, *self.records)), encoding="utf-8")

    def add(self, record: dict[str, object]) -> None:
        """Keep one more."""
        with self.file.open("a", encoding="utf-8") as file:
            file.write(json.dumps(record) + "\n")
        self.records.append(record)

    def of(self, tasks: Sequence[Task]) -> list[dict[str, object]]:
        """The records of these tasks, in their order, as far as they are done."""
        found = {key_of(record): record for record in self.records}
        return [found[task.key] for task in tasks if task.key in found]


def key_of(record: Mapping[str, object]) -> tuple[object, ...]:
    """What tells a record from others of a run, as `Task.key`."""
    return tuple(record[name] for name in ("content_name", "style_name", "method", "strength"))


def write_album(
    setting: Setting,
    contents: Sequence[Path],
    styles: Sequence[Path],
    methods: Sequence[str],
    records: Iterable[Mapping[str, object]],
) -> list[Path]:
    """Contact sheets of each method: a row for each content, a column for each style. Returns their files."""
    found, files = {key_of(record): record for record in records}, []
    for method in methods:
        rows = [[[Cell(None, ""), *(Cell(style, "the style") for style in styles)]]]
        for content in contents:
            row = [Cell(content, content.stem)]
            for style in styles:
                task = Task(content, style, method, 1.0)
                one = found.get(task.key)
                file = setting.out / PLAIN / f"{content.stem}.png" if method == PLAIN else setting.picture(task)
                text = f"share {one['share']:.2f}, content {one['content']:.2f}" if one else ""
                row.append(Cell(file, text))
            rows.append([row])
        files += write_sheets(setting.out, f"sheet_{method}", [method, *(style.stem for style in styles)], rows)
    return files

"""The bench's work in pieces: several processes at once, and records on disk, so that a killed run goes on."""

from __future__ import annotations

import json
import multiprocessing
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import torch

from .modes import Mode, ModeOptions, Trial, make_mode
from .perceptual import make_distances
from .records import Record, as_json, from_json, key_of
from .suite import Subject, run_one, wanted, warm_up

RECORDS = "records.jsonl"
#: What tells the numerical libraries how many threads to take.
THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
Keep = Callable[[Subject, str, Trial], None]


@dataclass(frozen=True)
class Task:
    """One picture in one mode at the budgets that are still to be painted."""

    subject: Subject
    mode: str
    budgets: tuple[int, ...]


@dataclass(frozen=True)
class Workshop:
    """What every task of a run needs; it can be sent to another process."""

    options: ModeOptions
    lpips: tuple[str, ...]
    album: Path | None


def tasks_of(
    subjects: Sequence[Subject], modes: Sequence[Mode], budgets: Sequence[int], done: Iterable[Record]
) -> list[Task]:
    """What is left to do, picture after picture within each mode."""
    finished = {key_of(record) for record in done}
    tasks = []
    for mode in modes:
        for subject in subjects:
            left = tuple(
                budget for budget in wanted(mode, budgets)
                if (subject.group, subject.name, mode.name, budget) not in finished
            )  # fmt: skip
            if left:
                tasks.append(Task(subject, mode.name, left))
    return tasks


def run_tasks(tasks: Sequence[Task], workshop: Workshop, jobs: int) -> Iterator[list[Record]]:
    """Do all tasks; the records of each as it is finished.

    With `jobs` of 2 or more that many processes work at once, with one thread each; with 1 it is this process, with
    all of its threads, in order.
    """
    if jobs == 1:
        for task in tasks:
            yield _do(task, workshop)
        return
    with _single_threaded():  # the processes that are started take this environment with them
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(jobs, mp_context=context, initializer=torch.set_num_threads, initargs=(1,)) as pool:
            futures = [pool.submit(_do, task, workshop) for task in tasks]
            try:
                for future in as_completed(futures):
                    yield future.result()
            finally:
                pool.shutdown(wait=False, cancel_futures=True)


def _do(task: Task, workshop: Workshop) -> list[Record]:
    from .album import keep_painting

    mode = _warm_mode(task.mode, workshop.options, task.subject)
    distances, _ = make_distances(workshop.lpips, workshop.options.device)
    album = workshop.album
    keep = (lambda subject, mode, painting: keep_painting(album, subject, mode.name, painting)) if album else None
    return run_one(task.subject, mode, task.budgets, distances, keep)


_warm: Callable[[str, ModeOptions], Mode] = lru_cache(maxsize=None)(make_mode)


def _warm_mode(name: str, options: ModeOptions, subject: Subject) -> Mode:
    """The mode, made and warmed up once in this process."""
    made = _warm.cache_info().misses
    mode = _warm(name, options)
    if _warm.cache_info().misses > made:
        warm_up(mode, subject.pixels, (64,))
    return mode


@contextmanager
def _single_threaded() -> Iterator[None]:
    before = {name: os.environ.get(name) for name in THREADS}
    os.environ.update(dict.fromkeys(THREADS, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


class Journal:
    """The records of a run in a file, one JSON object a line, written as they come.

    The first line is the setting: what has to be equal for records to belong together.
    """

    def __init__(self, folder: Path, setting: Mapping[str, Any], resume: bool) -> None:
        """Start the file, or go on with it.

        Raises ValueError if there are records and `resume` is False, or if they were made in another setting.
        """
        self.file = folder / RECORDS
        self.records: list[Record] = []
        if not self.file.is_file():
            folder.mkdir(parents=True, exist_ok=True)
            self.file.write_text(json.dumps({"setting": dict(setting)}) + "\n", encoding="utf-8")
        elif not resume:
            raise ValueError(f"{folder} has results of an earlier run: --resume goes on with them, or take another")
        else:
            self._read(setting)

    def _read(self, setting: Mapping[str, Any]) -> None:
        try:
            lines = self.file.read_text(encoding="utf-8").split("\n")
            before = json.loads(lines[0])["setting"]
            # what has no line break behind it was cut off when the run was killed
            self.records = [from_json(json.loads(line)) for line in lines[1:-1] if line]
        except (ValueError, KeyError, TypeError) as error:
            raise ValueError(f"{self.file} can't be gone on with ({error}); choose another folder") from None
        other = [name for name in setting if before.get(name) != setting[name]]
        if other:
            name = other[0]
            raise ValueError(
                f"{self.file}: the earlier run had {name} {before.get(name)!r} and this one has {setting[name]!r}; "
                "run it with the same, or choose another folder"
            )
        if lines[-1]:
            self.file.write_text("\n".join(lines[:-1]) + "\n", encoding="utf-8")

    def add(self, records: Iterable[Record]) -> None:
        """Keep some more."""
        records = list(records)
        with open(self.file, "a", encoding="utf-8") as file:
            file.write("".join(json.dumps(as_json(record)) + "\n" for record in records))
        self.records += records

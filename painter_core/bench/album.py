"""What the bench leaves in a folder: `originals/`, `paintings/`, contact sheets, `report.md`, `results.json`."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..files.atomic import atomic_path
from ..files.pictures import write_picture
from .modes import Trial
from .records import Record, key_of
from .sheet import Cell, write_sheets
from .suite import Subject


def original_file(folder: Path, subject: Subject) -> Path:
    """Where the picture itself goes."""
    return folder / "originals" / f"{subject.name}.png"


def painting_file(folder: Path, picture: str, mode: str, budget: int) -> Path:
    """Where a painting goes."""
    return folder / "paintings" / f"{picture}_{_plain(mode)}_{budget}.png"


def _plain(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9.]+", "-", text).strip("-")


def keep_painting(folder: Path, subject: Subject, mode: str, painting: Trial) -> None:
    """Write one painting."""
    file = painting_file(folder, subject.name, mode, painting.budget)
    file.parent.mkdir(parents=True, exist_ok=True)
    write_picture(file, painting.canvas)


def keep_originals(folder: Path, subjects: Sequence[Subject]) -> None:
    """Write the pictures that are painted."""
    for subject in subjects:
        file = original_file(folder, subject)
        file.parent.mkdir(parents=True, exist_ok=True)
        if not file.is_file():
            write_picture(file, subject.pixels)


def write_album(
    folder: Path,
    subjects: Sequence[Subject],
    records: Sequence[Record],
    budgets: Sequence[int],
    report: str,
    result: dict[str, Any],
) -> list[Path]:
    """Write the figures, and contact sheets: for each picture a row for each of the budgets and a column for each mode.

    Returns the files of the sheets.
    """  # fmt: skip
    found = {key_of(record): record for record in records}
    modes = list(dict.fromkeys(record.mode for record in records))
    sheets = []
    for group in dict.fromkeys(subject.group for subject in subjects):
        blocks = []
        for subject in (subject for subject in subjects if subject.group == group):
            rows = []
            for budget in budgets:
                original = Cell(None, "") if rows else Cell(original_file(folder, subject), subject.name)
                record_of = {mode: found.get((group, subject.name, mode, budget)) for mode in modes}
                rows.append([original, *(_cell(folder, subject, record) for record in record_of.values())])
            blocks.append(rows)
        sheets += write_sheets(folder, f"sheet_{_plain(group) or 'pictures'}", ["picture", *modes], blocks)
    for name, text in (("report.md", report), ("results.json", json.dumps(result, indent=1) + "\n")):
        with atomic_path(folder / name) as temporary:
            temporary.write_text(text, encoding="utf-8")
    return sheets


def _cell(folder: Path, subject: Subject, record: Record | None) -> Cell:
    """A painting, with how many strokes it has and how near it is below it."""
    if record is None:
        return Cell(None, "")
    far = f", LPIPS {record.lpips:.3f}" if record.lpips == record.lpips else ""
    file = painting_file(folder, subject.name, record.mode, record.budget)
    return Cell(file, f"{record.strokes:.0f} strokes, {record.psnr:.1f} dB{far}")

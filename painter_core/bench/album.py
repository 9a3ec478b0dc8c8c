"""What the bench leaves in a folder: `originals/`, `paintings/`, contact sheets, `report.md`, `results.json`."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path

from ..atomic import atomic_path
from ..pictures import write_picture
from .modes import Painting
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


def keep_painting(folder: Path, subject: Subject, mode: str, painting: Painting) -> None:
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
    folder: Path, subjects: Sequence[Subject], records: Sequence[Record], budgets: Sequence[int], report: str,
    result: dict[str, object],
) -> list[Path]:
    """Write contact sheets with the paintings at some budgets, one series for each group of pictures, and the figures.

    Returns the files of the sheets.
    """  # fmt: skip
    found = {key_of(record): record for record in records}
    columns = [(mode, budget) for mode in dict.fromkeys(record.mode for record in records) for budget in budgets]
    columns = [column for column in columns if any((record.mode, record.budget) == column for record in records)]
    sheets = []
    for group in dict.fromkeys(subject.group for subject in subjects):
        rows = []
        for subject in (subject for subject in subjects if subject.group == group):
            cells = [Cell(original_file(folder, subject), subject.name)]
            for mode, budget in columns:
                record = found.get((group, subject.name, mode, budget))
                cells.append(Cell(painting_file(folder, subject.name, mode, budget), caption(record)))
            rows.append(cells)
        titles = ["picture", *(f"{mode}, {budget}" for mode, budget in columns)]
        sheets += write_sheets(folder, f"sheet_{_plain(group) or 'pictures'}", titles, rows)
    for name, text in (("report.md", report), ("results.json", json.dumps(result, indent=1) + "\n")):
        with atomic_path(folder / name) as temporary:
            temporary.write_text(text, encoding="utf-8")
    return sheets


def caption(record: Record | None) -> str:
    """What stands below a painting on a sheet."""
    if record is None:
        return "-"
    far = f", LPIPS {record.lpips:.3f}" if record.lpips == record.lpips else ""
    return f"{record.strokes:.0f} strokes, {record.psnr:.1f} dB{far}"

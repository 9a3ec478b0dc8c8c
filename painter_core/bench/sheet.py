"""Contact sheets: the picture and its paintings side by side."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageDraw

from ..atomic import atomic_path

#: Rows on one sheet, and pixels between cells.
ROWS, GAP = 5, 8
#: Height of a line of text in pixels.
LINE = 14
PAPER, INK = (255, 255, 255), (0, 0, 0)


def write_sheets(folder: Path, titles: Sequence[str], rows: Sequence[tuple[str, Sequence[Path]]]) -> list[Path]:
    """Write `sheet_1.png`, `sheet_2.png` ... with ROWS rows each; the files written.

    Args:
        folder: where to, made before.
        titles: one for each column.
        rows: a label, and the files of the pictures in the columns, at full size.
    """
    files = []
    for start in range(0, len(rows), ROWS):
        file = folder / f"sheet_{start // ROWS + 1}.png"
        with atomic_path(file) as temporary:
            _sheet(titles, rows[start : start + ROWS]).save(temporary)
        files.append(file)
    return files


def _sheet(titles: Sequence[str], rows: Sequence[tuple[str, Sequence[Path]]]) -> Image.Image:
    sizes = [_size(files[0]) for _, files in rows]
    column = max(width for width, _ in sizes) + GAP
    sheet = Image.new("RGB", (column * len(titles), sum(height + LINE + GAP for _, height in sizes) + LINE), PAPER)
    draw = ImageDraw.Draw(sheet)
    for index, title in enumerate(titles):
        draw.text((index * column + 2, 1), title, fill=INK)
    top = LINE
    for (label, files), (_, height) in zip(rows, sizes, strict=True):
        draw.text((2, top + 1), label, fill=INK)
        for index, file in enumerate(files):
            with Image.open(file) as picture:
                sheet.paste(picture.convert("RGB"), (index * column, top + LINE))
        top += height + LINE + GAP
    return sheet


def _size(file: Path) -> tuple[int, int]:
    with Image.open(file) as picture:
        return picture.size

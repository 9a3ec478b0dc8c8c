"""Contact sheets: the picture and its paintings side by side, small enough to look at and to send."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from ..files.atomic import atomic_path

#: Most rows on one sheet, long side of a picture on it, least width of a column, gap between cells: pixels.
ROWS, CELL, COLUMN, GAP = 9, 400, 270, 10
#: Height of a line of text, and of its letters, in pixels.
LINE, LETTERS = 22, 15
PAPER, INK = (255, 255, 255), (0, 0, 0)
#: Most bytes that a sheet takes: one with more gets fewer blocks, and one that has a single block a lower JPEG quality.
MOST_BYTES, QUALITIES = 4_000_000, (90, 80, 70, 60)


@dataclass(frozen=True)
class Cell:
    """A picture's file (None, or one that is missing: no picture), and what stands below it."""

    file: Path | None
    caption: str


#: Rows of cells that stay together: one picture and its paintings.
Block = Sequence[Sequence[Cell]]


def write_sheets(folder: Path, name: str, titles: Sequence[str], blocks: Sequence[Block]) -> list[Path]:
    """Write `NAME_1.jpg`, `NAME_2.jpg` ... with as many blocks each as fit; the files written.

    Args:
        folder: where to, made before.
        name: start of the files' names.
        titles: one for each column.
        blocks: rows with one cell for each column.
    """
    files, start = [], 0
    most = max(1, ROWS // max((len(block) for block in blocks), default=1))
    while start < len(blocks):
        count = min(most, len(blocks) - start)
        sheet = _sheet(titles, [row for block in blocks[start : start + count] for row in block])
        content = _encoded(sheet, QUALITIES[0])
        if len(content) > MOST_BYTES and count > 1:
            most = min(count - 1, max(1, int(count * MOST_BYTES / len(content))))
            continue
        for quality in QUALITIES[1:]:
            content = content if len(content) <= MOST_BYTES else _encoded(sheet, quality)
        file = folder / f"{name}_{len(files) + 1}.jpg"
        with atomic_path(file) as temporary:
            temporary.write_bytes(content)
        files.append(file)
        start += count
    return files


def _encoded(sheet: Image.Image, quality: int) -> bytes:
    stream = io.BytesIO()
    sheet.save(stream, "JPEG", quality=quality, subsampling=0)
    return stream.getvalue()


def _sheet(titles: Sequence[str], rows: Sequence[Sequence[Cell]]) -> Image.Image:
    pictures = [[_reduced(cell.file) for cell in row] for row in rows]
    letters = _font()
    column = max([COLUMN, *(picture.width for row in pictures for picture in row if picture)]) + GAP
    heights = [max((picture.height for picture in row if picture), default=LINE) + LINE + GAP for row in pictures]
    sheet = Image.new("RGB", (column * len(titles) + GAP, sum(heights) + LINE + GAP), PAPER)
    draw = ImageDraw.Draw(sheet)
    for index, title in enumerate(titles):
        draw.text((GAP + index * column, GAP // 2), title, fill=INK, font=letters)
    top = LINE + GAP
    for row, shown, height in zip(rows, pictures, heights, strict=True):
        for index, (cell, picture) in enumerate(zip(row, shown, strict=True)):
            left = GAP + index * column
            if picture:
                sheet.paste(picture, (left, top))
            caption = _shortened(cell.caption, column - GAP, letters)
            draw.text((left, top + height - LINE - GAP + 2), caption, fill=INK, font=letters)
        top += height
    return sheet


def _shortened(text: str, width: int, letters: ImageFont.ImageFont | ImageFont.FreeTypeFont) -> str:
    """As much of the text as fits: of long names the end tells them apart."""
    while letters.getlength(text) > width:
        text = ".." + text[3:]
    return text


def _reduced(file: Path | None) -> Image.Image | None:
    """The picture with at most CELL pixels each side; None if there is none."""
    if file is None or not file.is_file():
        return None
    with Image.open(file) as picture:
        picture = picture.convert("RGB")
    picture.thumbnail((CELL, CELL), Image.Resampling.LANCZOS)
    return picture


def _font() -> ImageFont.ImageFont | ImageFont.FreeTypeFont:
    try:
        return ImageFont.load_default(LETTERS)
    except TypeError:  # Pillow before 10.1 has one size
        return ImageFont.load_default()

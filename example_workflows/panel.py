"""Pictures of the help pages: sheets of named fields that are legible in ComfyUI's help panel, 272 pixels wide."""

from __future__ import annotations

import io
from pathlib import Path

import torch
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

DOCS = Path(__file__).parent.parent / "nodes" / "web" / "docs"
#: Width of a sheet: twice that of the panel, for screens with two dots for a pixel.
WIDTH = 2 * 272
#: Height of the names and width of the gaps in pixels of the sheet.
NAME, GAP = 24, 8
PAPER, INK = (245, 242, 235), (60, 56, 52)
#: No picture weighs more, in bytes.
HEAVIEST = 250_000


def write(name: str, fields: list[tuple[str, Image.Image | Tensor]], columns: int = 2) -> None:
    """Write a sheet as NAME.jpg, in the best quality that stays light.

    Args:
        fields: names and pictures, (3, H, W) in [0, 1] where they are tensors; no room is kept where all names are "".
    """
    whole = sheet([(text, image(field) if isinstance(field, Tensor) else field) for text, field in fields], columns)
    for quality in range(88, 30, -4):
        content = io.BytesIO()
        whole.save(content, "JPEG", quality=quality, optimize=True)
        if content.tell() <= HEAVIEST:
            break
    (DOCS / f"{name}.jpg").write_bytes(content.getvalue())


def sheet(fields: list[tuple[str, Image.Image]], columns: int) -> Image.Image:
    """Pictures row by row, each as wide as its column and as high as that makes it, with their names below them."""
    width = (WIDTH - GAP * (columns - 1)) // columns
    named = round(1.6 * NAME) if any(text for text, _ in fields) else GAP
    small = [(text, _wide(field, width)) for text, field in fields]
    rows = [small[start : start + columns] for start in range(0, len(small), columns)]
    heights = [max(field.height for _, field in row) for row in rows]
    whole = Image.new("RGB", (WIDTH, sum(heights) + named * len(rows) - (0 if named > GAP else GAP)), PAPER)
    draw, font = ImageDraw.Draw(whole), ImageFont.load_default(NAME)
    y = 0
    for row, height in zip(rows, heights, strict=True):
        for column, (text, field) in enumerate(row):
            x = column * (width + GAP)
            whole.paste(field, (x, y + (height - field.height) // 2))
            draw.text((x + width / 2, y + height + named / 2), text, INK, font, anchor="mm")
        y += height + named
    return whole


def image(picture: Tensor) -> Image.Image:
    """(3, H, W) in [0, 1] as 8 bits."""
    return Image.fromarray(picture.clamp(0, 1).mul(255).round().to(torch.uint8).movedim(0, -1).numpy())


def _wide(picture: Image.Image, width: int) -> Image.Image:
    return picture.resize((width, max(1, round(width * picture.height / picture.width))), Image.Resampling.LANCZOS)

"""The pictures in Paint Image's help page: `python example_workflows/gallery_presets.py`."""

from __future__ import annotations

import sys
from pathlib import Path

import torch
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from painter_core import PaintOptions, load_predictor, paint, preset, render  # noqa: E402
from painter_core.files.pictures import read_picture  # noqa: E402
from painter_core.painting.presets import PRESETS  # noqa: E402

DOCS = ROOT / "nodes" / "web" / "docs"
PAPER, INK = (245, 242, 235), (60, 56, 52)
#: Height of the names in pixels, and the width of the gaps.
NAME, GAP = 20, 8
#: Width of a painting on the sheet of presets.
SHOWN = 300
#: Part of the photograph that sliders and refinement are shown on: top, left, side in pixels.
HEAD = (8, 84, 288)
#: Strokes of its paintings.
STROKES = 700
#: Steps of the paintings that show refinement, and how many times as large they are shown.
STEPS, ZOOM = (0, 20, 80), 1.25
#: Sliders, and the values that are shown.
SLIDERS = {
    "stroke_length": (0.4, 1.0, 3.0),
    "flow": (0.0, 1.0, 5.0),
    "variety": (0.0, 0.4, 1.0),
    "attention": (0.0, 1.0, 3.0),
}


def main() -> None:
    """Write PaintImage_presets.jpg, PaintImage_sliders.jpg and PaintImage_refine.jpg."""
    photograph, predictor = read_picture(ROOT / "assets" / "photo.jpg"), load_predictor()
    fields = [("photograph", image(photograph))]
    for name in PRESETS:
        options = preset(name)
        fields.append((f"{name}, {options.strokes} strokes", painting(photograph, predictor, options)))
    small = [(name, shrunk(field, SHOWN)) for name, field in fields]
    sheet(small, 4).save(DOCS / "PaintImage_presets.jpg", quality=72)
    top, left, side = HEAD
    head = photograph[:, top : top + side, left : left + side]
    rows = [(f"{name.replace('_', ' ')} {value:g}", painting(head, predictor, slid(name, value)))
            for name, values in SLIDERS.items() for value in values]  # fmt: skip
    sheet(rows, 3).save(DOCS / "PaintImage_sliders.jpg", quality=74)
    refined = [(f"{steps} steps", painting(head, predictor, PaintOptions(strokes=STROKES, refine=steps), ZOOM))
               for steps in STEPS]  # fmt: skip
    sheet(refined, 3).save(DOCS / "PaintImage_refine.jpg", quality=84)


def slid(name: str, value: float) -> PaintOptions:
    """A usual painting with one slider elsewhere."""
    return preset("oil", strokes=STROKES, **{name: value})


def painting(picture: Tensor, predictor: torch.nn.Module, options: PaintOptions, scale: float = 1.0) -> Image.Image:
    return image(render(paint(picture, predictor, options), brush=options.brush, scale=scale))


def shrunk(picture: Image.Image, width: int) -> Image.Image:
    return picture.resize((width, round(width * picture.height / picture.width)), Image.Resampling.LANCZOS)


def sheet(fields: list[tuple[str, Image.Image]], columns: int) -> Image.Image:
    """Pictures of one size with their names below them."""
    width, height = fields[0][1].size
    across, down = width + GAP, height + GAP + round(1.6 * NAME)
    whole = Image.new("RGB", (columns * across - GAP, -(-len(fields) // columns) * down), PAPER)
    draw, font = ImageDraw.Draw(whole), ImageFont.load_default(NAME)
    for index, (name, picture) in enumerate(fields):
        x, y = index % columns * across, index // columns * down
        whole.paste(picture, (x, y))
        draw.text((x + width / 2, y + height + 0.8 * NAME), name, INK, font, anchor="mm")
    return whole


def image(picture: Tensor) -> Image.Image:
    """(3, H, W) in [0, 1] as 8 bits."""
    return Image.fromarray((picture * 255).round().byte().movedim(0, -1).numpy())


if __name__ == "__main__":
    main()

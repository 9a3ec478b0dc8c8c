"""The pictures in Paint Image's help page: `python example_workflows/gallery_presets.py`."""

from __future__ import annotations

import sys
from pathlib import Path

import torch
from torch import Tensor

HERE = Path(__file__).parent
ROOT = HERE.parent
sys.path[:0] = [str(ROOT), str(HERE)]

import panel  # noqa: E402

from painter_core import PaintOptions, load_predictor, paint, preset, render  # noqa: E402
from painter_core.files.pictures import read_picture  # noqa: E402
from painter_core.painting.presets import PRESETS  # noqa: E402

#: Part of the photograph that sliders and refinement are shown on: top, left, side in pixels.
HEAD = (8, 84, 288)
#: Strokes of its paintings.
STROKES = 700
#: Steps of the paintings that show refinement, and how many times as large they are shown.
STEPS, ZOOM = (0, 10, 20, 80), 1.25
#: Sliders, and the values that are shown.
SLIDERS = {
    "stroke_length": (0.4, 1.0, 3.0),
    "flow": (0.0, 1.0, 5.0),
    "variety": (0.0, 0.4, 1.0),
    "attention": (0.0, 1.0, 3.0),
}
#: Names that would not fit below a third of the sheet.
SHORT = {"stroke_length": "length"}


def main() -> None:
    """Write PaintImage_presets.jpg, PaintImage_sliders.jpg and PaintImage_refine.jpg."""
    photograph, predictor = read_picture(ROOT / "assets" / "photo.jpg"), load_predictor()
    fields = [("photograph", photograph)]
    for name in PRESETS:
        options = preset(name)
        fields.append((f"{name}, {options.strokes:,}", painting(photograph, predictor, options)))
    panel.write("PaintImage_presets", fields)
    top, left, side = HEAD
    head = photograph[:, top : top + side, left : left + side]
    rows = [(f"{SHORT.get(name, name)} {value:g}", painting(head, predictor, slid(name, value)))
            for name, values in SLIDERS.items() for value in values]  # fmt: skip
    panel.write("PaintImage_sliders", rows, columns=3)
    refined = [(f"{steps} steps", painting(head, predictor, PaintOptions(strokes=STROKES, refine=steps), ZOOM))
               for steps in STEPS]  # fmt: skip
    panel.write("PaintImage_refine", refined)


def slid(name: str, value: float) -> PaintOptions:
    """A usual painting with one slider elsewhere."""
    return preset("oil", strokes=STROKES, **{name: value})


def painting(picture: Tensor, predictor: torch.nn.Module, options: PaintOptions, scale: float = 1.0) -> Tensor:
    """(3, H, W) the painting of a picture."""
    return render(paint(picture, predictor, options), brush=options.brush, scale=scale)


if __name__ == "__main__":
    main()

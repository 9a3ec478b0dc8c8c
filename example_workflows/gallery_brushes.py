"""The pictures of the brushes in the help pages: `python example_workflows/gallery_brushes.py`."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

HERE = Path(__file__).parent
ROOT = HERE.parent
sys.path[:0] = [str(ROOT), str(HERE)]

import panel  # noqa: E402

from painter_core import PaintOptions, Strokes, load_predictor, paint, render  # noqa: E402
from painter_core.brushes.brush import BRUSHES, Brush  # noqa: E402
from painter_core.brushes.reference import texture_brush  # noqa: E402

PAPER = (0.96, 0.95, 0.92)
#: Pixels of one brush's field on the sheet.
FIELD = (300, 150)
#: Center, size and angle of the strokes on a field, in its pixels: broad, middling, thin, two colors.
MARKS = (
    ((102, 50), (180, 72), 0.0),
    ((254, 36), (76, 30), -0.25),
    ((246, 78), (92, 8), 0.12),
    ((62, 118), (104, 38), 0.06),
    ((150, 122), (70, 22), -0.1),
    ((236, 119), (110, 40), 0.0),
)
RED, BLUE, BLACK = (0.72, 0.27, 0.14), (0.16, 0.34, 0.58), (0.15, 0.15, 0.2)
GREEN, OCHRE, NAVY = (0.20, 0.42, 0.30), (0.80, 0.58, 0.14), (0.16, 0.3, 0.6)
COLORS = (RED, BLUE, BLACK, GREEN, OCHRE, NAVY)
#: The last mark is of a loaded brush.
SECOND = (0.93, 0.86, 0.62)
#: Strokes of the paintings, and the part of them that is shown: left, top, right, bottom at 512 pixels.
STROKES, PART = 1200, (60, 0, 450, 260)


def main() -> None:
    """Write LoadBrush.jpg, LoadBrush_paintings.jpg and BrushFromImage.jpg."""
    panel.write("LoadBrush", [(name, field(name)) for name in BRUSHES])
    photo = Image.open(ROOT / "assets" / "photo.jpg").convert("RGB").resize((512, 512))
    picture = torch.from_numpy(np.asarray(photo, dtype=np.float32) / 255).movedim(-1, 0)
    predictor = load_predictor()
    paintings = [(name, painting(picture, predictor, name)) for name in BRUSHES if name not in ("round", "flat")]
    panel.write("LoadBrush_paintings", paintings)
    texture = reference()
    shown = [("the reference", texture), ("painted with it", painting(picture, predictor, texture_brush(texture)))]
    panel.write("BrushFromImage", shown)


def field(name: str) -> Tensor:
    """Single strokes of a brush on paper."""
    center, size, angle = (torch.tensor(column, dtype=torch.float32) for column in zip(*MARKS, strict=True))
    color = torch.tensor(COLORS)
    second = torch.cat([color[:-1], torch.tensor([SECOND])])
    if name == "dot":
        size = size[:, 1:].clamp_min(12) * torch.tensor([1.15, 1.0])
    opacity = 0.75 if name == "watercolor" else 1.0
    # a canvas of the usual size, so that hairs are as fine as in a painting
    strokes = Strokes.build(center, size, angle, color, canvas=(512, 512), ground=PAPER, opacity=opacity, color2=second)
    return render(strokes, brush=name, scale=2, region=(0, 0, 2 * FIELD[1], 2 * FIELD[0]))


def painting(picture: Tensor, predictor: torch.nn.Module, brush: str | Brush) -> Tensor:
    """Part of the photograph painted with a brush, twice as large."""
    strokes = paint(picture, predictor, PaintOptions(strokes=STROKES, brush=brush, refine=0))
    if brush == "watercolor":
        strokes = strokes.replace(opacity=torch.full((len(strokes),), 0.75), ground=torch.tensor(PAPER))
    left, top, right, bottom = (2 * side for side in PART)
    return render(strokes, brush=brush, scale=2, region=(top, left, bottom - top, right - left))


def reference() -> Tensor:
    """(3, 320, 480) something with a texture: thick paint, laid on with a knife."""
    g = torch.Generator().manual_seed(2)
    center = torch.rand(220, 2, generator=g) * torch.tensor([240.0, 160.0])
    length = 30 + 50 * torch.rand(220, generator=g)
    color = torch.tensor([0.55, 0.52, 0.47]) + 0.12 * torch.randn(220, 1, generator=g)
    strokes = Strokes.build(
        center,
        torch.stack([length, 0.3 * length], 1),
        0.5 * torch.rand(220, generator=g),
        color.clamp(0, 1),
        canvas=(160, 240),
    )
    return render(strokes, brush="knife", scale=2)


if __name__ == "__main__":
    main()

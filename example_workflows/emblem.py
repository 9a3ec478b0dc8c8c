"""The icon and the banner of the Comfy Registry, drawn by the painter: `assets/icon.png`, `assets/banner.jpg`.

python example_workflows/emblem.py
"""

from __future__ import annotations

import math
import sys
from pathlib import Path

import torch
from torch import Tensor

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from painter_core import Strokes, paint, preset, render  # noqa: E402
from painter_core.files.pictures import read_picture, write_picture  # noqa: E402

#: Sides in pixels: of the icon (the registry takes 400 at most), and of the banner (21 : 9).
ICON, BANNER = 400, (540, 1260)
GROUND = (0.96, 0.94, 0.89)
#: Center, length and width as shares of the side, direction in degrees, bend in radians, taper, color.
MARKS = (
    ((0.34, 0.53), (0.92, 0.20), 108.0, 0.35, 0.2, (0.09, 0.22, 0.50)),
    ((0.66, 0.53), (0.92, 0.20), 72.0, -0.35, 0.2, (0.80, 0.26, 0.14)),
    ((0.50, 0.62), (0.52, 0.15), 2.0, 0.5, -0.3, (0.93, 0.68, 0.16)),
)


def icon() -> Tensor:
    """(3, ICON, ICON): three marks that make an A."""
    center, size, angle, bend, taper, color = zip(*MARKS, strict=True)
    strokes = Strokes.build(
        ICON * torch.tensor(center), ICON * torch.tensor(size), torch.tensor(angle) * math.pi / 180,
        torch.tensor(color), canvas=(ICON, ICON), ground=GROUND, bend=torch.tensor(bend), taper=torch.tensor(taper),
        color2=(torch.tensor(color) + 0.14).clamp(0, 1), brushes=("oil",),
    )  # fmt: skip
    return render(strokes)


def banner() -> Tensor:
    """(3, *BANNER): a painting, half of it with few strokes and half with many."""
    height, width = BANNER
    picture = read_picture(ROOT / "nodes" / "pictures" / "dandelions.jpg")
    rows = round(picture.shape[2] * height / width)
    top = (picture.shape[1] - rows) // 2
    cut = picture[:, top : top + rows]
    few, many = (render(paint(cut, options=preset("alla prima", strokes=count)), size=BANNER) for count in (220, 4000))
    share = torch.linspace(-3, 3, width).sigmoid()
    return few.lerp(many, share)


def main() -> None:
    write_picture(ROOT / "assets" / "icon.png", icon())
    write_picture(ROOT / "assets" / "banner.jpg", banner())


if __name__ == "__main__":
    main()

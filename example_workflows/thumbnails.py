"""Paint the README's pictures in assets/: `make thumbnails`. The Templates dialog's come from `build.py`."""

from __future__ import annotations

import sys
from pathlib import Path

import torch

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from painter_core import load_predictor, paint, preset, render  # noqa: E402
from painter_core.pictures import read_picture, write_picture  # noqa: E402

#: Half the width of the line between parts, in pixels.
LINE = 4
#: Part of the photograph that the README shows enlarged: top, left, height, width in its pixels.
DETAIL = (30, 120, 130, 258)


def main() -> None:
    """The photograph beside its painting, and a detail of the same painting drawn four times as large."""
    photograph = read_picture(HERE.parent / "assets" / "photo.jpg")
    strokes = paint(photograph, load_predictor(), preset("oil"))
    gap = torch.ones(3, photograph.shape[1], 2 * LINE)
    assets = HERE.parent / "assets"
    write_picture(assets / "painting.jpg", torch.cat([photograph, gap, render(strokes)], dim=2))
    top, left, height, width = DETAIL
    write_picture(assets / "detail.jpg", render(strokes, scale=4, region=(4 * top, 4 * left, 4 * height, 4 * width)))


if __name__ == "__main__":
    main()

"""Paint the README's pictures in assets/: `make thumbnails`. The Templates dialog's come from `build.py`."""

from __future__ import annotations

import sys
from pathlib import Path

import torch

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent), str(HERE)]

import panel  # noqa: E402

from painter_core import Strokes, load_predictor, paint, preset, render  # noqa: E402
from painter_core.export import painting_frames  # noqa: E402
from painter_core.files.pictures import read_picture, write_picture  # noqa: E402

#: Half the width of the line between parts, in pixels.
LINE = 4
#: Part of the photograph that the README shows enlarged: top, left, height, width in its pixels.
DETAIL = (30, 120, 130, 258)
#: The film of its making: pictures, size (height, width), milliseconds for each, and for the last one.
FRAMES, FILM_SIZE, SHOWN, HELD = 40, (400, 400), 100, 1500


def main() -> None:
    """The photograph beside its painting, a detail of the same painting drawn four times as large, and how it was
    made."""
    photograph = read_picture(HERE.parent / "assets" / "photo.jpg")
    strokes = paint(photograph, load_predictor(), preset("oil"))
    gap = torch.ones(3, photograph.shape[1], 2 * LINE)
    assets = HERE.parent / "assets"
    write_picture(assets / "painting.jpg", torch.cat([photograph, gap, render(strokes)], dim=2))
    top, left, height, width = DETAIL
    write_picture(assets / "detail.jpg", render(strokes, scale=4, region=(4 * top, 4 * left, 4 * height, 4 * width)))
    write_film(assets / "painting.webp", strokes)


def write_film(path: Path, strokes: Strokes) -> None:
    """An animated picture of a painting being made, which web pages show by themselves."""
    pictures = [panel.image(each) for each in painting_frames(strokes, FRAMES, size=FILM_SIZE)]
    durations = [SHOWN] * (FRAMES - 1) + [HELD]
    pictures[0].save(path, save_all=True, append_images=pictures[1:], duration=durations, loop=0, quality=55, method=6)


if __name__ == "__main__":
    main()

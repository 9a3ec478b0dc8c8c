"""Make the pictures of Stroke Render's help page: orders of a film, styles of vectors, details of posters, prints."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import torch
from torch import Tensor

HERE = Path(__file__).parent
ROOT = HERE.parent
sys.path[:0] = [str(ROOT), str(HERE)]

import panel  # noqa: E402

from painter_core import PaintOptions, load_predictor, paint, render  # noqa: E402
from painter_core.edit.order import ORDERS  # noqa: E402
from painter_core.export import Process, frame_size, painting_frames, strokes_to_svg  # noqa: E402
from painter_core.files.pictures import read_picture  # noqa: E402
from painter_core.strokes import Strokes  # noqa: E402

#: Moments of each film that are shown, of so many.
MOMENTS, OF = (1, 4, 7, 10), 13
#: Long side of a moment in pixels.
MOMENT = 134
#: A detail of the photograph: top, left, height, width in its pixels.
DETAIL = (60, 180, 100, 100)
ENLARGED = 4
POSTER_DETAIL, POSTER_SCALE = (92, 196, 48, 96), 8
#: Broad strokes, one of two colors, for a print of 8192 pixels: center, size, angle, colors on a canvas of 512.
PRINT_STROKES = (
    ((110, 60), (170, 60), 0.10, (0.72, 0.27, 0.14), (0.72, 0.27, 0.14)),
    ((110, 92), (150, 36), -0.15, (0.16, 0.34, 0.58), (0.93, 0.86, 0.62)),
    ((206, 58), (70, 20), 0.5, (0.80, 0.58, 0.14), (0.80, 0.58, 0.14)),
)
PRINT_SCALE, PRINT_BRUSHES = 16, ("oil", "fan", "dry", "charcoal")
#: The part of them that is shown: top, left, height, width on the canvas.
PRINT_PART = (65, 160, 19, 25)
PAPER = (0.96, 0.95, 0.92)
#: White between pictures, in pixels.
GAP = 6


def main() -> None:
    photograph = read_picture(ROOT / "assets" / "photo.jpg")
    strokes = paint(photograph, load_predictor(), PaintOptions(strokes=3000, refine=0))
    panel.write("StrokeRender_orders", [(order, film_strip(strokes, order)) for order in ORDERS], columns=1)
    vectors(strokes)
    region = tuple(POSTER_SCALE * side for side in POSTER_DETAIL)
    detail = render(strokes, scale=POSTER_SCALE, region=region)
    whole = render(strokes, size=(detail.shape[1], round(detail.shape[1] * strokes.canvas[1] / strokes.canvas[0])))
    panel.write("StrokeRender_scale", [("the painting", whole), (f"a part, {POSTER_SCALE} times", detail)], columns=1)
    panel.write("StrokeRender_print", [(brush, print_part(brush)) for brush in PRINT_BRUSHES])


def print_part(brush: str) -> Tensor:
    """The ends of some broad strokes of a brush, pixel for pixel as they are printed."""
    center, size, angle, color, second = (
        torch.tensor(column, dtype=torch.float32) for column in zip(*PRINT_STROKES, strict=True)
    )
    strokes = Strokes.build(center, size, angle, color, canvas=(512, 512), ground=PAPER, color2=second)
    region = tuple(PRINT_SCALE * side for side in PRINT_PART)
    return render(strokes, brush=brush, scale=PRINT_SCALE, region=region)


def film_strip(strokes: Strokes, order: str) -> Tensor:
    """Moments of one film side by side."""
    frames = painting_frames(strokes, OF, size=frame_size(strokes.canvas, MOMENT), process=Process(order))
    shown = [frame for i, frame in enumerate(frames) if i in MOMENTS]
    line = torch.ones(3, shown[0].shape[1], GAP)
    return torch.cat([part for frame in shown for part in (line, frame)][1:], dim=2)


def vectors(strokes: Strokes) -> None:
    """A detail as it is drawn, and as a browser shows both styles of SVG; left as it is where there is no browser."""
    browser = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if browser is None:
        sys.stderr.write("no Chromium or Chrome: StrokeRender_svg.jpg is left as it is\n")
        return
    region = tuple(ENLARGED * side for side in DETAIL)
    shots = [shot(strokes_to_svg(strokes, style=style, brush="oil"), browser) for style in ("shapes", "strokes")]
    fields = [("image", render(strokes, scale=ENLARGED, region=region)), ("SVG, shapes", shots[0])]
    panel.write("StrokeRender_svg", [*fields, ("SVG, strokes", shots[1])])


def shot(svg: str, browser: str) -> Tensor:
    """What a browser shows of the detail, enlarged."""
    top, left, height, width = DETAIL
    head, _, rest = svg.partition("<svg ")
    frame, _, rest = rest.partition(">")
    frame = f'xmlns="http://www.w3.org/2000/svg" xmlns:inkscape="inkscape" viewBox="{left} {top} {width} {height}"'
    size = (ENLARGED * height, ENLARGED * width)
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "detail.svg").write_text(f'{head}<svg {frame} width="{size[1]}" height="{size[0]}">{rest}')
        command = [browser, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run"]
        command += ["--disable-background-networking", f"--user-data-dir={folder}/profile"]
        command += [f"--window-size={size[1]},{size[0] + 200}", f"--screenshot={folder}/shot.png"]
        subprocess.run([*command, f"file://{folder}/detail.svg"], check=True, capture_output=True, timeout=120)
        return read_picture(f"{folder}/shot.png")[:, : size[0], : size[1]]


if __name__ == "__main__":
    main()

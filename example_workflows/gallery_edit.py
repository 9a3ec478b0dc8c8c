"""Make the pictures of the edit nodes' help pages."""

from __future__ import annotations

import itertools
import sys
from pathlib import Path

import torch
from torch import Tensor

HERE = Path(__file__).parent
ROOT = HERE.parent
sys.path[:0] = [str(ROOT), str(HERE)]

import panel  # noqa: E402

from painter_core import PaintOptions, Strokes, load_predictor, paint, render  # noqa: E402
from painter_core import edit as e  # noqa: E402
from painter_core.edit.color_text import color_from_text  # noqa: E402
from painter_core.files.pictures import read_picture  # noqa: E402
from painter_core.refinement.prune import prune  # noqa: E402

#: Height of a painting in pixels, and white between rows of a chart.
HEIGHT, GAP = 300, 6


def main() -> None:
    photograph = read_picture(ROOT / "assets" / "photo.jpg")
    predictor = load_predictor()
    strokes = paint(photograph, predictor, PaintOptions(strokes=2500, refine=0))
    subject = spot(strokes.canvas, 0.5, 0.44, 0.42)
    filter_row(strokes, subject)
    best_row(strokes, photograph)
    color_rows(strokes, photograph)
    transform_rows(strokes)
    order_row(strokes)
    merge_row(strokes, paint(photograph, predictor, PaintOptions(strokes=400, refine=0)), subject)


def filter_row(strokes: Strokes, subject: Tensor) -> None:
    orange = e.by_color(strokes, color_from_text("#d9501e"), 0.1)
    save("FilterStrokes", [
        ("painted", strokes),
        ("layers 0 and 1", strokes[e.by_layer(strokes, 0, 1)]),
        ("up to 4 % long", strokes[e.by_size(strokes, length=(0, 4), unit="percent")]),
        ("orange", strokes[orange]),
        ("inside a mask", strokes[e.by_mask(strokes, subject, "inside")]),
        ("the mask", subject.expand(3, -1, -1)),
    ])  # fmt: skip


def best_row(strokes: Strokes, photograph: Tensor) -> None:
    fewer = [(f"best {count:,}", prune(strokes, photograph, count)) for count in (1250, 600, 300)]
    save("KeepBestStrokes", [(f"{len(strokes):,} strokes", strokes), *fewer])


def color_rows(strokes: Strokes, photograph: Tensor) -> None:
    source = evening(*photograph.shape[1:])
    save("RecolorStrokes", [
        ("painted", strokes),
        ("eight colors", e.limit_colors(strokes, 8)),
        ("hue turned", e.adjust(strokes, hue=150)),
        ("an evening", source),
        ("its mood", e.match_colors(strokes, source)),
        ("all its colors", e.match_colors(strokes, source, "distribution")),
    ])  # fmt: skip
    mixed = [(palette, e.with_pigments(strokes, palette)) for palette in list(e.PALETTES)[:5]]
    save("MixStrokeColors", [("painted", strokes), *mixed])
    chart("MixStrokeColors_chart", [("#1c228c", "#fcce14"), ("#0a44a0", "#faec3c"), ("#ce2021", "#f9f9f6"),
                                    ("#23201f", "#cc963c")])  # fmt: skip


def transform_rows(strokes: Strokes) -> None:
    height, width = strokes.canvas
    save("TransformStrokes", [
        ("painted", strokes),
        ("long and thin", e.stretched(strokes, 1.8, 0.6)),
        ("half as large", e.stretched(strokes, 0.5, 0.5)),
        ("flipped", e.flipped(strokes)),
        ("enlarged", e.zoomed(strokes, 1.3)),
        ("turned", e.turned(e.zoomed(strokes, 1.3), -12)),
    ])  # fmt: skip
    save("CropStrokes", [
        ("painted", strokes),
        ("the head", e.cropped(strokes, width // 4, 0, width // 2, round(height * 0.55))),
        ("more canvas", e.cropped(strokes, -width // 6, -height // 6, width * 4 // 3, height * 4 // 3)),
        ("narrower", e.resized(strokes, width * 2 // 3, height)),
    ])  # fmt: skip
    save("JitterStrokes", [
        ("painted", strokes),
        ("position", e.jittered(strokes, position=0.4)),
        ("angle", e.jittered(strokes, angle=20)),
        ("size", e.jittered(strokes, size=0.4)),
        ("color", e.jittered(strokes, color=0.05)),
        ("all of them", e.jittered(strokes, position=0.4, angle=20, size=0.4, color=0.05)),
    ])  # fmt: skip


def order_row(strokes: Strokes) -> None:
    """A third of the strokes, in each order."""
    third = len(strokes) // 3
    orders = [order for order in e.ORDERS if order != "painted"]
    save("ReorderStrokes", [(order.replace("_", " "), strokes[e.ordered(strokes, order)[:third]]) for order in orders])


def merge_row(strokes: Strokes, broad: Strokes, subject: Tensor) -> None:
    loose = e.with_pigments(broad, "nocturne")
    both = e.merged(loose, strokes, subject)
    save("MergeStrokes", [("loose", loose), ("fine", strokes), ("a mask", subject.expand(3, -1, -1)), ("merged", both)])


def save(name: str, fields: list[tuple[str, Strokes | Tensor]]) -> None:
    """Paintings and pictures with their names."""
    panel.write(name, [(text, drawn(field) if isinstance(field, Strokes) else field) for text, field in fields])


def drawn(strokes: Strokes) -> Tensor:
    """The painting (3, HEIGHT, w)."""
    return render(strokes, size=(HEIGHT, round(HEIGHT * strokes.canvas[1] / strokes.canvas[0])))


def chart(name: str, pairs: list[tuple[str, str]]) -> None:
    """Each row mixes one paint into another, from left to right: as paint above, as light (mean of sRGB) below."""
    steps = torch.linspace(0, 1, 25)
    rows = []
    for first, second in pairs:
        ends = torch.stack([color_from_text(first), color_from_text(second)])
        paint_mix = e.mix(ends.expand(len(steps), 2, 3), torch.stack([1 - steps, steps], dim=1))
        light_mix = ends[0].lerp(ends[1], steps[:, None])
        for colors, height in ((paint_mix, 40), (light_mix, 14), (torch.ones(len(steps), 3), GAP)):
            rows.append(colors.T[:, None].repeat_interleave(24, dim=2).expand(3, height, -1))
    panel.write(name, [("", torch.cat(rows[:-1], dim=1))], columns=1)


def spot(canvas: tuple[int, int], x: float, y: float, radius: float) -> Tensor:
    """A soft round mask (H, W); place and radius are shares of the canvas."""
    height, width = canvas
    rows = (torch.arange(height)[:, None] + 0.5) / height - y
    columns = (torch.arange(width) + 0.5) / width - x
    far = (rows.square() + columns.square()).sqrt() / radius
    return ((1.15 - far) / 0.3).clamp(0, 1)


def evening(height: int, width: int) -> Tensor:
    """A picture to take colors from (3, H, W): a low sun over the sea."""
    stops = [(0.0, "#16264f"), (0.3, "#5b4a86"), (0.5, "#e0785a"), (0.6, "#f7c35f"), (0.62, "#25406b"), (1, "#0d1c33")]
    down = (torch.arange(height) + 0.5) / height
    color = color_from_text(stops[0][1]).expand(height, 3)
    for (start, first), (end, second) in itertools.pairwise(stops):
        share = ((down - start) / (end - start)).clamp(0, 1)[:, None]
        color = torch.where(down[:, None] >= start, color_from_text(first).lerp(color_from_text(second), share), color)
    picture = color.T[:, :, None].expand(3, height, width).clone()
    picture[:, spot((height, width), 0.65, 0.52, 0.06) > 0.5] = color_from_text("#fff0b0")[:, None]
    # glitter on the water: bars of changing width in every other four rows
    bar = torch.arange(height)[:, None] // 4
    reach = 0.1 * ((bar * 7919) % 97 + 20) / 117 * (down[:, None] > 0.63) * (bar % 2 == 0)
    glitter = (torch.arange(width) / width - 0.65).abs() < reach
    picture[:, glitter] = color_from_text("#f0b070")[:, None]
    return picture


if __name__ == "__main__":
    main()

"""Do the borders of patches show in the paintings?

    python benchmarks/borders.py [--images DIR] [--limit 20] [--strokes 3000] [--json]

Paints a flat picture, gradients and photographs at 512 pixels, and prints for every patch size the mean gradient
magnitude across patch borders over that elsewhere (`painter_core.bench.metrics.border_ratio`): of the painting, and
of the picture itself, which has things of its own on the border lines.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import fmean

import torch
from torch import Tensor

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY))

SIDE = 512
PATCHES = (16, 32, 64, 128, 256)
#: A border of 256 pixel patches is two lines in a painting: many paintings are needed to tell them from chance.
GRADIENTS = 20
#: Photographs are cut to squares of at least this share of their short side, at a random place: what people put into
#: the middle of a picture must not lie on the middle border of every painting.
LEAST_CUT = 0.6


def inputs(folder: Path, limit: int) -> Iterator[tuple[str, Tensor]]:
    """(kind, picture): a flat one, gradients in directions all around, squares cut out of photographs."""
    from painter_core.bench.suite import find_pictures
    from painter_core.files.pictures import read_picture
    from painter_core.images import resized

    yield "flat", torch.tensor([0.7, 0.5, 0.3])[:, None, None].expand(3, SIDE, SIDE).contiguous()
    ramp = torch.linspace(-0.5, 0.5, SIDE)
    start, end = torch.tensor([0.1, 0.2, 0.6])[:, None, None], torch.tensor([0.9, 0.8, 0.3])[:, None, None]
    for index in range(GRADIENTS):
        angle = 2 * math.pi * index / GRADIENTS
        way = 0.5 + 0.7 * (math.cos(angle) * ramp + math.sin(angle) * ramp[:, None])
        yield "gradient", start + (end - start) * way.clamp(0, 1)
    generator = random.Random(0)
    for file in find_pictures(folder, limit):
        picture = read_picture(file)
        side = round(generator.uniform(LEAST_CUT, 1) * min(picture.shape[1:]))
        top, left = (generator.randint(0, length - side) for length in picture.shape[1:])
        yield "photo", resized(picture[:, top : top + side, left : left + side], (SIDE, SIDE))


def main(arguments: list[str] | None = None) -> int:
    """The command line."""
    from painter_core.bench.metrics import border_ratio
    from painter_core.bench.report_table import table
    from painter_core.painting.paint_options import PaintOptions
    from painter_core.painting.painter import paint
    from painter_core.predictor.checkpoint import load_predictor
    from painter_core.rendering.raster import render

    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--images", type=Path, default=REPOSITORY / "benchmarks" / "pictures" / "photos" / "heldout")
    parser.add_argument("--limit", type=int, default=20, help="how many photographs")
    parser.add_argument("--strokes", type=int, default=3000)
    parser.add_argument("--brush", default="oil")
    parser.add_argument("--predictor", help="network (default: compact)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args(arguments)
    predictor = load_predictor(options.predictor)
    found: dict[str, list[tuple[list[float], list[float]]]] = {}
    for seed, (kind, picture) in enumerate(inputs(options.images, options.limit)):
        settings = PaintOptions(strokes=options.strokes, brush=options.brush, seed=seed, refine=0, attention=0.5)
        painting = render(paint(picture, predictor, settings), brush=options.brush)
        ratios = tuple([border_ratio(image, patch) for patch in PATCHES] for image in (painting, picture))
        found.setdefault(kind, []).append(ratios)
    means = {}
    for kind, pairs in found.items():
        for what, ratios in zip(("painting", "picture itself"), zip(*pairs, strict=True), strict=True):
            means[f"{kind}, {what} ({len(pairs)})"] = [fmean(column) for column in zip(*ratios, strict=True)]
        over = [[a / b for a, b in zip(*pair, strict=True)] for pair in pairs]
        means[f"{kind}, painting over picture ({len(pairs)})"] = [fmean(column) for column in zip(*over, strict=True)]
    if options.json:
        print(json.dumps({"patches": PATCHES, "ratios": means}))
    else:
        rows = [[title, *(f"{ratio:.3f}" for ratio in ratios)] for title, ratios in means.items()]
        print(table(["Gradient on patch borders / elsewhere", *(f"{patch} px" for patch in PATCHES)], rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())

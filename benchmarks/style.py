"""How much of a style arrives, and how much of the content stays?

    python benchmarks/style.py [--contents 10] [--styles 6] [--methods palette,strokes] [--side 512] [--out DIR]

Contents are held-out photographs, styles paintings (`benchmarks/pictures.py` brings both). For each method, in the mean
over all pairs: style distance to the style picture as a share of what it is without the method (for a picture: the
content's own, for strokes: that of the content painted plainly), content distance at relu4_1, correlation of edges with
the content's, the largest 1-D Wasserstein distance of a channel, seconds. `--out` also writes every picture, and a
contact sheet: a row for each content, a column for each style.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import fmean

import torch
from torch import Tensor

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY))

from painter_core import PaintOptions, load_predictor, paint, render  # noqa: E402
from painter_core.edit.oklab import to_oklab  # noqa: E402
from painter_core.pictures import read_picture, write_picture  # noqa: E402
from painter_core.sizes import resized, shrunk  # noqa: E402
from painter_core.style import (  # noqa: E402
    METHODS,
    content_distance,
    keep_colors,
    style_distance,
    style_strokes,
    stylize,
)

PICTURES = REPOSITORY / "benchmarks" / "pictures"
STROKES = "strokes"
#: Quantiles at which values of a channel are compared.
QUANTILES = 2001
#: (height, width) of a picture on the contact sheet.
CELL = (240, 320)


def wasserstein(a: Tensor, b: Tensor) -> float:
    """The largest 1-D Wasserstein distance of a channel's values, of pictures (3, ...) in [0, 1]."""
    at = torch.linspace(0, 1, QUANTILES)

    def quantiles(one: Tensor) -> Tensor:
        ordered = one.flatten(1).sort(1).values
        return ordered[:, (at * (ordered.shape[1] - 1)).round().long()]

    return float((quantiles(a) - quantiles(b)).abs().mean(1).max())


def edges(picture: Tensor) -> Tensor:
    """(H - 1, W - 1) steps of lightness to the neighbours."""
    light = picture.mean(0)
    return torch.hypot(light[1:, :-1] - light[:-1, :-1], light[:-1, 1:] - light[:-1, :-1])


def correlation(a: Tensor, b: Tensor) -> float:
    """Of two planes of one size."""
    return float(torch.corrcoef(torch.stack([a.flatten(), b.flatten()]))[0, 1])


def chroma_error(stylized: Tensor, content: Tensor) -> float:
    """Mean distance of the opponent colours after `keep_colors`, in hundredths of OKLab's unit (about one dE)."""
    kept = keep_colors(stylized, content)
    here, there = (to_oklab(one.flatten(1).T)[:, 1:] for one in (kept, content))
    return 100 * float((here - there).norm(dim=1).mean())


def measure(result: Tensor, without: Tensor, content: Tensor, style: Tensor) -> dict[str, float]:
    """The figures of one picture; `without` is what it would be without the method. All (3, H, W)."""
    return {
        "style": style_distance(result, style),
        "share": style_distance(result, style) / max(1e-9, style_distance(without, style)),
        "content": content_distance(result, content),
        "edges": correlation(edges(result), edges(content)),
        "wasserstein": wasserstein(result, style),
    }


def maker(method: str, predictor: object, strokes: int) -> Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]:
    """(content, style) -> what the method makes, and what it would be without."""
    if method != STROKES:
        return lambda content, style: (stylize(content, style, method=method), content)
    options = PaintOptions(strokes=strokes)

    def make(content: Tensor, style: Tensor) -> tuple[Tensor, Tensor]:
        shaped = render(style_strokes(content, style, predictor, options))
        return shaped, render(paint(content, predictor, options))

    return make


def sheet(contents: list[Tensor], styles: list[Tensor], results: list[list[Tensor]]) -> Tensor:
    """(3, H, W): the styles on top, then for each content its picture and its results."""
    rows = [[torch.ones(3, *CELL), *styles]] + [[c, *made] for c, made in zip(contents, results, strict=True)]
    return torch.cat([torch.cat([resized(cell, CELL) for cell in row], 2) for row in rows], 1)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--contents", type=int, default=10, help="how many photographs (10)")
    parser.add_argument("--styles", type=int, default=6, help="how many paintings (6)")
    parser.add_argument("--methods", default=",".join((*METHODS, STROKES)), help="which methods, with commas")
    parser.add_argument("--side", type=int, default=512, help="long side of all pictures in pixels (512)")
    parser.add_argument("--strokes", type=int, default=3000, help="strokes of a painting (3000)")
    parser.add_argument("--images", type=Path, default=PICTURES / "photos" / "heldout", help="where photographs are")
    parser.add_argument("--out", type=Path, help="folder for pictures and contact sheets")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args(arguments)
    unknown = set(options.methods.split(",")) - {*METHODS, STROKES}
    if unknown:
        parser.error(f"there is no method {', '.join(sorted(unknown))}; there are {', '.join((*METHODS, STROKES))}")
    contents = [shrunk(read_picture(path), options.side) for path in spread(options.images, options.contents)]
    styles = [shrunk(read_picture(path), options.side) for path in spread(PICTURES / "paintings", options.styles)]
    if not contents or not styles:
        print("there are no pictures; python benchmarks/pictures.py brings them", file=sys.stderr)
        return 2
    predictor = load_predictor() if STROKES in options.methods else None
    summary = {}
    for method in options.methods.split(","):
        make, figures, results = maker(method, predictor, options.strokes), [], []
        for content in contents:
            results.append([])
            for style in styles:
                start = time.perf_counter()
                result, without = make(content, style)
                seconds = time.perf_counter() - start
                figures.append({**measure(result, without, content, style), "seconds": seconds})
                if method == next(iter(METHODS)):
                    figures[-1]["kept chroma"] = chroma_error(result, content)
                results[-1].append(result)
        summary[method] = {name: round(fmean(one[name] for one in figures), 4) for name in figures[0]}
        summary[method]["worst wasserstein"] = round(max(one["wasserstein"] for one in figures), 4)
        if not options.json:
            print(method, *(f"{name} {value:g}" for name, value in summary[method].items()), sep="  ", flush=True)
        if options.out:
            options.out.mkdir(parents=True, exist_ok=True)
            write_picture(options.out / f"{method}.jpg", sheet(contents, styles, results))
    if options.json:
        print(json.dumps(summary))
    return 0


def spread(folder: Path, count: int) -> list[Path]:
    """At most `count` of a folder's pictures, spread evenly over their names."""
    paths = sorted(path for path in folder.glob("*") if path.suffix in (".png", ".jpg"))
    return [paths[i * len(paths) // count] for i in range(count)] if len(paths) > count else paths


if __name__ == "__main__":
    sys.exit(main())

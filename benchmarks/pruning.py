"""How much of a painting can go?

    python benchmarks/pruning.py [--images DIR] [--limit 20] [--strokes 4000] [--keep 0.6] [--json]

Paints with so many strokes, keeps the best share of them in their order (the painter's `prune`), fits the
colors of what is left, and prints what that costs in dB. Beside it: what is left if strokes are drawn by lot, and what
a painting has that was painted with that number from the start.
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

from painter_core import prune as keep_best  # noqa: E402
from painter_core.bench.metrics import psnr  # noqa: E402
from painter_core.brushes.brush import get_brush  # noqa: E402
from painter_core.rendering.color_fit import refit_colors  # noqa: E402
from painter_core.strokes import Strokes  # noqa: E402

#: (strokes, picture, how many to keep, brush) -> those that are kept, in their order.
Prune = Callable[[Strokes, Tensor, int, str], Strokes]


def by_lot(strokes: Strokes, picture: Tensor, count: int, brush: str) -> Strokes:
    """Any `count` strokes, in their order: what pruning has to beat."""
    chosen = torch.randperm(len(strokes), generator=torch.Generator().manual_seed(0))[:count]
    return strokes[chosen.sort().values]


def fidelity(strokes: Strokes, picture: Tensor, brush: str) -> float:
    """PSNR in dB with the colors that suit the strokes best."""
    return psnr(refit_colors(strokes, picture, get_brush(brush), tuple(picture.shape[1:]))[1], picture)


def measure(
    picture: Tensor, paint: Callable[[int], Strokes], prune: Prune, count: int, share: float, brush: str
) -> dict[str, float]:
    """PSNR of one picture's painting: whole, pruned, thinned by lot, and painted with that number from the start."""
    whole = paint(count)
    kept = round(share * len(whole))
    start = time.perf_counter()
    pruned = prune(whole, picture, kept, brush)
    seconds = time.perf_counter() - start
    if len(pruned) != kept:
        raise ValueError(f"prune was asked for {kept} strokes and kept {len(pruned)}")
    return {
        "strokes": len(whole), "kept": kept, "seconds": seconds,
        "whole": fidelity(whole, picture, brush), "pruned": fidelity(pruned, picture, brush),
        "by_lot": fidelity(by_lot(whole, picture, kept, brush), picture, brush),
        "painted": fidelity(paint(kept), picture, brush),
    }  # fmt: skip


def report(results: dict[str, dict], share: float) -> str:
    """The results as Markdown."""
    from painter_core.bench.report_table import table

    def cells(one: dict) -> list[str]:
        return [
            f"{one['strokes']:.0f}", f"{one['kept']:.0f}", f"{one['whole']:.2f}", f"{one['pruned']:.2f}",
            f"{one['whole'] - one['pruned']:.2f}", f"{one['by_lot']:.2f}", f"{one['painted']:.2f}",
            f"{one['seconds']:.2f}",
        ]  # fmt: skip

    mean = {name: fmean(one[name] for one in results.values()) for name in next(iter(results.values()))}
    header = ["Picture", "Strokes", "Kept", "Whole dB", "Pruned dB", "Lost dB", "By lot dB", "Painted so dB", "Seconds"]
    rows = [[name, *cells(one)] for name, one in {f"mean of {len(results)}": mean, **results}.items()]
    return f"The best {share:.0%} of the strokes, colors fitted:\n\n" + table(header, rows)


def main(arguments: list[str] | None = None, prune: Prune = keep_best) -> int:
    """The command line; `prune` stands in for the painter's own in tests."""
    from painter_core.bench.suite import read_subjects
    from painter_core.cli.bench import DEFAULT_IMAGES
    from painter_core.painting.paint_options import PaintOptions
    from painter_core.painting.painter import paint
    from painter_core.predictor.checkpoint import load_predictor

    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--images", default=str(DEFAULT_IMAGES), metavar="DIR", help="default: held-out photographs")
    parser.add_argument("--limit", type=int, default=20, metavar="N", help="only the first N pictures (default: 20)")
    parser.add_argument("--size", type=int, default=512, metavar="PX", help="long side (default: 512)")
    parser.add_argument("--strokes", type=int, default=4000, metavar="N", help="strokes of the whole (default: 4000)")
    parser.add_argument("--keep", type=float, default=0.6, metavar="SHARE", help="share that stays (default: 0.6)")
    parser.add_argument("--brush", default="oil", help="default: oil")
    parser.add_argument("--predictor", metavar="NAME|FILE", help="network (default: compact)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args(arguments)
    try:
        predictor = load_predictor(options.predictor)
        results = {}
        for subject in read_subjects([options.images], [options.limit], options.size):

            def painted(count: int, picture: Tensor = subject.pixels) -> Strokes:
                settings = PaintOptions(strokes=count, brush=options.brush, refine=0, attention=0.5)
                return paint(picture, predictor, settings)

            results[subject.name] = measure(
                subject.pixels, painted, prune, options.strokes, options.keep, options.brush
            )
            print(f"{len(results)}: {subject.name}", file=sys.stderr, flush=True)
    except ValueError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    print(json.dumps({"keep": options.keep, "pictures": results}) if options.json else report(results, options.keep))
    return 0


if __name__ == "__main__":
    sys.exit(main())

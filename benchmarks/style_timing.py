"""Seconds that styles take on this machine, alone and with painting after them."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median

import torch
from torch import Tensor

from benchmarks.style_baseline import NAME as BASELINE
from benchmarks.style_pairs import PLAIN, STROKES, make
from painter_core import PaintOptions, load_predictor, paint, render
from painter_core.files.pictures import read_picture
from painter_core.images import shrunk

#: Runs that the median is taken of, after one that does not count.
RUNS = 3


def timing(content_file: Path, style_file: Path, methods: Sequence[str], side: int, strokes: int) -> str:
    """Markdown: for each method the seconds of one pair with long sides of `side` pixels, and with painting it then."""
    content, style = (shrunk(read_picture(file), side) for file in (content_file, style_file))
    predictor = load_predictor()
    options = PaintOptions(strokes=strokes, refine=0, attention=0.5)

    def painted(picture: Tensor) -> Tensor:
        return render(paint(picture, predictor, options))

    height, width = content.shape[1:]
    lines = [f"Median of {RUNS} runs after a warm-up, {content_file.stem} ({width} x {height}) and {style_file.stem}, "
             f"{torch.get_num_threads()} threads, {strokes} strokes", "",
             "| method | seconds | and painting in all |", "| --- | ---: | ---: |"]  # fmt: skip
    for method in methods:
        if method == PLAIN:
            lines.append(f"| `{method}` | | {seconds(lambda: painted(content)):.2f} |")
            continue

        def styled(method: str = method) -> Tensor:
            return make(content, style, method, 1.0, strokes)

        alone = seconds(styled)
        if method in (STROKES, BASELINE):
            lines.append(f"| `{method}` | {alone:.2f} | |")
        else:
            lines.append(f"| `{method}` | {alone:.2f} | {seconds(lambda styled=styled: painted(styled())):.2f} |")
    return "\n".join(lines)


def seconds(work: Callable[[], object]) -> float:
    """Median of some runs, after one that does not count."""
    taken = []
    for _ in range(RUNS + 1):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return median(taken[1:])

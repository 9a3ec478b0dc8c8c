"""How long does a cancelled piece of work go on?

    python benchmarks/cancel.py                                      512, 1024, 2048 and 4096 pixels, all kinds of work
    python benchmarks/cancel.py --sizes 1024 --works paint,prune --moments 3
    OMP_NUM_THREADS=1 python benchmarks/cancel.py --clock cpu        on a machine that is busy with other things, too

Every kind of work is done once to the end, with the time of every look at the cancel button written down: no
cancellation can take longer than the longest time between two looks. Then it is begun anew for each moment, drawn at
random (the same ones in every run), and cancelled then; what counts is the time until the caller has its exception.

The clock "cpu" counts the processor time of this process instead of the wall clock's: on a busy machine the latter says
how busy it is. With one thread that is what the work takes by itself; two threads would be counted twice.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import torch
from torch import Tensor

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY))

from painter_core import PaintOptions, Strokes, load_predictor, paint, prune, refine, render  # noqa: E402
from painter_core.files.pictures import read_picture  # noqa: E402
from painter_core.paper import paint_paper  # noqa: E402
from painter_core.predictor.base import StrokePredictor  # noqa: E402
from painter_core.style import METHODS, style_strokes, stylize  # noqa: E402
from painter_core.surface import light_surface  # noqa: E402

SIZES = (512, 1024, 2048, 4096)
MOMENTS = 10
#: What a cancellation may take, in seconds.
ALLOWED = 0.5
#: Strokes of the paintings; steps of the refinement, and of the strokes' style, of which one is as long as another.
STROKES, STEPS, STYLE_STEPS = 3000, 20, 6
#: Long side in pixels of the style.
STYLE_SIDE = 512
#: What may be counted, in seconds each.
CLOCKS: dict[str, Callable[[], float]] = {"wall": time.perf_counter, "cpu": time.process_time}

Look = Callable[..., None]


class Cancelled(Exception):
    """What a cancel button raises."""


@dataclass(frozen=True)
class Scene:
    """What there is to work on: a picture (3, H, W) and its painting, a style, a network."""

    picture: Tensor
    painting: Strokes
    style: Tensor
    predictor: StrokePredictor


def painted(scene: Scene, look: Look, refined: int = 0) -> None:
    """A painting, and the picture of it."""
    strokes = paint(scene.picture, scene.predictor, PaintOptions(strokes=STROKES, refine=refined), on_step=look)
    render(strokes, on_band=look)


#: The kinds of work, by name. Each calls `look` with whatever arguments.
WORKS: dict[str, Callable[[Scene, Look], object]] = {
    "paint": painted,
    "paint, refined": lambda scene, look: painted(scene, look, STEPS),
    "refine": lambda scene, look: refine(
        scene.painting, scene.picture, scene.predictor, PaintOptions(refine=STEPS), on_step=look
    ),
    "paper": lambda scene, look: paint_paper(scene.picture, on_step=look),
    "render": lambda scene, look: render(scene.painting, on_band=look),
    "surface": lambda scene, look: light_surface(scene.painting, on_window=look),
    "prune": lambda scene, look: prune(scene.painting, scene.picture, STROKES // 2, on_step=look),
    **{
        f"style: {method}": lambda scene, look, method=method: stylize(
            scene.picture, scene.style, method=method, on_step=look
        )
        for method in METHODS
    },
    "style: strokes": lambda scene, look: style_strokes(
        scene.picture, scene.style, scene.predictor, PaintOptions(strokes=STROKES), steps=STYLE_STEPS, on_step=look
    ),
}


def scene_of(picture: Path, style: Path, size: int, predictor: StrokePredictor) -> Scene:
    """A picture enlarged or reduced to a long side of `size` pixels, and what goes with it."""
    large = sized(read_picture(picture), size)
    small = sized(large, min(size, 512))
    strokes = paint(small, predictor, PaintOptions(strokes=STROKES, refine=0)).scaled(size / max(small.shape[1:]))
    return Scene(sized(large, size), strokes.replace(canvas=tuple(large.shape[1:])), sized(read_picture(style),
                 STYLE_SIDE), predictor)  # fmt: skip


def sized(picture: Tensor, side: int) -> Tensor:
    """(3, H, W) with a long side of `side` pixels, enlarged as well."""
    factor = side / max(picture.shape[1:])
    size = [max(1, round(length * factor)) for length in picture.shape[1:]]
    return torch.nn.functional.interpolate(picture[None], size, mode="bilinear", antialias=True)[0].clamp(0, 1)


Work = Callable[[Scene, Look], object]
Clock = Callable[[], float]


def measure(work: Work, scene: Scene, moments: int, random_: random.Random, clock: Clock) -> dict:
    """Seconds of the whole, looks, longest time between two, what cancelling at each moment took, and how busy the
    machine was: seconds of the wall clock for each of the processor's."""
    looks: list[float] = []
    wall, cpu, start = time.perf_counter(), time.process_time(), clock()
    work(scene, lambda *_: looks.append(clock()))
    end = clock()
    busy = (time.perf_counter() - wall) / (time.process_time() - cpu)
    gaps = [after - before for before, after in pairwise([start, *looks, end])]
    took = [cancelled(work, scene, random_.uniform(0, end - start), clock) for _ in range(moments)]
    found = [seconds for seconds in took if seconds is not None]
    return {"seconds": end - start, "looks": len(looks), "gap": max(gaps), "cancel": found, "busy": busy}


def cancelled(work: Work, scene: Scene, moment: float, clock: Clock) -> float | None:
    """Seconds from that moment after the start until the work has stopped; None if it was done before."""
    due = clock() + moment

    def look(*_: object) -> None:
        if clock() >= due:
            raise Cancelled

    try:
        work(scene, look)
    except Cancelled:
        return clock() - due
    late = clock() - due
    return late if late > 0 else None


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; 0 if every cancellation was quick enough, 1 if one was not."""
    options = parsed(arguments)
    predictor, random_ = load_predictor(), random.Random(options.seed)
    lines = ["| work | long side | seconds | looks | longest between two | cancelled, median | slowest | wall/CPU |",
             "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"]  # fmt: skip
    records, slow = [], False
    for size in options.sizes:
        scene = scene_of(options.image, options.style, size, predictor)
        for name in options.works:
            found = measure(WORKS[name], scene, options.moments, random_, CLOCKS[options.clock])
            records.append({"work": name, "size": size, **found})
            took = sorted(found["cancel"]) or [0.0]
            slow |= took[-1] > ALLOWED
            lines.append(f"| {name} | {size} | {found['seconds']:.1f} | {found['looks']} | {found['gap']:.2f} s "
                         f"| {took[len(took) // 2]:.2f} s | {took[-1]:.2f} s | {found['busy']:.1f} |")  # fmt: skip
            print(lines[-1], file=sys.stderr, flush=True)
    print(json.dumps(records) if options.json else "\n".join(lines))
    return int(slow)


def parsed(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The options."""

    def sizes(text: str) -> list[int]:
        return [int(part) for part in text.split(",")]

    def works(text: str) -> list[str]:
        names = [part.strip() for part in text.split(";" if ";" in text else ",")]
        found = [name for name in WORKS if name in names or any(name.startswith(f"{each}:") for each in names)]
        if not found:
            raise argparse.ArgumentTypeError(f"works are {'; '.join(WORKS)}; got {text!r}")
        return found

    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    pictures = REPOSITORY / "nodes" / "pictures"
    parser.add_argument("--image", type=Path, default=REPOSITORY / "assets" / "photo.jpg", help="what is worked on")
    parser.add_argument("--style", type=Path, default=pictures / "poppies.jpg", help="the style")
    parser.add_argument("--sizes", type=sizes, default=list(SIZES), help="long sides in pixels")
    parser.add_argument("--works", type=works, default=list(WORKS), help=f"with ; between them: {'; '.join(WORKS)}")
    parser.add_argument("--moments", type=int, default=MOMENTS, help="cancellations of each")
    parser.add_argument("--clock", choices=CLOCKS, default="wall", help="what is counted")
    parser.add_argument("--seed", type=int, default=0, help="of the moments")
    parser.add_argument("--json", action="store_true", help="print all that was measured")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())

"""The side products that `paint` and `render` share: vectors, the process as film and pictures, the progress bar."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

from torch import Tensor
from tqdm import tqdm

from ..progress import OnStep
from ..strokes import Strokes
from .options import number, positive_number, whole_number
from .places import Places
from .terminal import tell
from .written import Written

__all__ = ["OverAll", "add_output_arguments", "progress", "tell", "write_side_products"]

#: Makes the progress bar of one piece of work, as `progress` does.
Progress = Callable[[str, str], AbstractContextManager[OnStep]]
#: Title of the work that takes longest.
PAINTING = "painting"
#: Longest film, in seconds.
MOST_SECONDS = 3600
#: Sides of a film in pixels; H.264 as players decode it ends at about 8,000.
LEAST_FILM, MOST_FILM = 16, 8192


def add_output_arguments(parser: argparse.ArgumentParser) -> None:
    """The options `-o`, `--svg`, `--timelapse`, `--frames`, and what steers them."""
    from ..edit.order import ORDERS
    from ..export.schedule import EASINGS
    from ..export.svg import STYLES

    parser.add_argument(
        "-o",
        "--output",
        action="append",
        metavar="OUT.png",
        help="the painting: .png, .jpg, .svg, .mp4 ... or a folder; again for more (beside the input)",
    )
    parser.add_argument("--svg", metavar="F.svg", help="also save the strokes as vectors")
    parser.add_argument(
        "--svg-style", choices=STYLES, default=STYLES[0], help="outlines like the brush's, or center lines (shapes)"
    )
    parser.add_argument("--timelapse", metavar="F.mp4", help="also save a video of the painting being made")
    parser.add_argument("--frames", metavar="DIR", help="also save the pictures of that video, without the hold")
    parser.add_argument("--seconds", type=_seconds, default=8.0, metavar="S", help="how long the video paints (8)")
    parser.add_argument(
        "--hold", type=number(0, MOST_SECONDS), default=1.5, metavar="S", help="then it shows the painting (1.5)"
    )
    parser.add_argument("--fps", type=whole_number(1, 240), default=30, metavar="N", help="frames per second (30)")
    parser.add_argument(
        "--film-size",
        type=whole_number(LEAST_FILM, MOST_FILM),
        metavar="PX",
        help="long side of the video (the painting's, at most 1080)",
    )
    parser.add_argument("--order", choices=ORDERS, default=ORDERS[0], help="in which order strokes appear (painted)")
    parser.add_argument("--easing", choices=EASINGS, default=EASINGS[0], help="where it goes slowly (none)")


def write_side_products(
    args: argparse.Namespace,
    strokes: Strokes,
    place: Places,
    written: Written,
    *,
    brush: Any = None,
    ground: Tensor | None = None,
    subject: Tensor | None = None,
    dpi: float | None = None,
    show: Progress | None = None,
) -> None:
    """Write what people want as vectors, film and frames into its `place`; what can't be is left to `written`.

    `brush` and `ground` are as in `render`, default the painting's own; `subject` is the mask for the order "region";
    `dpi` gives vectors a size in millimetres; `show` is the progress bar.
    """
    show = show or progress
    for file in place.of("svg"):
        from ..export.svg import save_svg

        with written.output():
            save_svg(strokes, file, style=args.svg_style, brush=brush, ground=ground, dpi=dpi)
    if not place.of("timelapse") and place.frames is None:
        return
    from ..export.process import Process, frame_size
    from ..export.timelapse import save_timelapse

    process = Process(args.order, args.easing, subject)
    film = {"size": frame_size(strokes.canvas, args.film_size), "brush": brush, "ground": ground, "process": process}
    times = {"seconds": args.seconds, "fps": args.fps, "hold": args.hold}
    for file in place.of("timelapse"):
        with written.output(), show("time-lapse", "frame") as on_step:
            save_timelapse(strokes, file, **times, **film, on_step=on_step)
    if place.frames is not None:
        with written.output(), show("frames", "frame") as on_step:
            _write_frames(Path(place.frames), args, strokes, film, on_step)


def _write_frames(
    folder: Path, args: argparse.Namespace, strokes: Strokes, film: dict[str, Any], on_step: OnStep
) -> None:
    """The pictures of the process as frame-00001.png and so on."""
    from ..export.process import canvases
    from ..export.timelapse import frame_count
    from ..files.pictures import write_picture

    count = frame_count(args.seconds, args.fps)
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise OSError(f"cannot make the folder {folder}: {error.strerror or error}") from error
    for frame, canvas in enumerate(canvases(strokes, count, **film), start=1):
        write_picture(os.fspath(folder / f"frame-{frame:05}.png"), canvas)
        on_step(frame, count, None)


def _seconds(text: str) -> float:
    value = positive_number(text)
    if value > MOST_SECONDS:
        raise argparse.ArgumentTypeError(f"must be at most {MOST_SECONDS}, got {text!r}")
    return value


@contextmanager
def progress(title: str, unit: str) -> Iterator[OnStep]:
    """A progress bar on standard error, as the `on_step` callback that feeds it."""
    with tqdm(desc=title, unit=unit, unit_scale=False, file=sys.stderr, dynamic_ncols=True, leave=False) as bar:

        def on_step(done: int, total: int, canvas: Tensor | None = None) -> None:
            bar.total = total
            bar.update(done - bar.n)

        yield on_step


class OverAll:
    """One bar over the paintings of several pictures: each fills its share while it is painted."""

    def __init__(self, count: int) -> None:
        layout = "{desc}: {percentage:3.0f}%|{bar}| {elapsed}<{remaining}"
        self._bar = tqdm(total=count, file=sys.stderr, dynamic_ncols=True, leave=False, bar_format=layout)
        self._done = 0

    def begin(self, name: str) -> None:
        """The next picture's turn."""
        self._bar.set_description_str(f"{self._done + 1} of {self._bar.total}, {name}")

    def end(self) -> None:
        """A picture is done."""
        self._done += 1
        self._bar.update(self._done - self._bar.n)

    def tell(self, line: str) -> None:
        """One line for people, above the bar."""
        self._bar.clear()
        tell(line)
        self._bar.refresh()

    def close(self) -> None:
        self._bar.close()

    @contextmanager
    def __call__(self, title: str, unit: str) -> Iterator[OnStep]:
        """As `progress`; only the painting itself moves the bar."""

        def on_step(done: int, total: int, canvas: Tensor | None = None) -> None:
            share = min(1.0, done / max(1, total)) if title == PAINTING else 0.0
            self._bar.update(max(0.0, self._done + share - self._bar.n))

        yield on_step

"""The side products that `paint` and `render` share: vectors, the process as film and pictures, the progress bar."""

from __future__ import annotations

import argparse
import math
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from torch import Tensor
from tqdm import tqdm

from ..files.identity import check_empty_folder
from ..strokes import Strokes
from .options import check_suffix, positive_number, whole_number
from .terminal import tell
from .written import Written

__all__ = ["add_output_arguments", "check_output_suffixes", "progress", "tell", "write_side_products"]

#: Longest film, in seconds.
MOST_SECONDS = 3600
#: Sides of a film in pixels; H.264 as players decode it ends at about 8,000.
LEAST_FILM, MOST_FILM = 16, 8192


def add_output_arguments(parser: argparse.ArgumentParser) -> None:
    """The options `-o`, `--svg`, `--timelapse`, `--frames`, and what steers them."""
    from ..edit.order import ORDERS
    from ..export.schedule import EASINGS
    from ..export.svg import STYLES

    parser.add_argument("-o", "--output", required=True, metavar="OUT.png", help="the painting (.png, .jpg ...)")
    parser.add_argument("--svg", metavar="F.svg", help="also save the strokes as vectors")
    parser.add_argument("--svg-style", choices=STYLES, default=STYLES[0],
                        help="outlines like the brush's, or centre lines (shapes)")
    parser.add_argument("--timelapse", metavar="F.mp4", help="also save a video of the painting being made")
    parser.add_argument("--frames", metavar="DIR", help="also save the pictures of that video, without the hold")
    parser.add_argument("--seconds", type=_seconds, default=8.0, metavar="S", help="how long the video paints (8)")
    parser.add_argument("--hold", type=_hold, default=1.5, metavar="S", help="then it shows the painting (1.5)")
    parser.add_argument("--fps", type=whole_number(1, 240), default=30, metavar="N", help="frames per second (30)")
    parser.add_argument("--film-size", type=whole_number(LEAST_FILM, MOST_FILM), metavar="PX",
                        help="long side of the video (the painting's, at most 1080)")
    parser.add_argument("--order", choices=ORDERS, default=ORDERS[0], help="in which order strokes appear (painted)")
    parser.add_argument("--easing", choices=EASINGS, default=EASINGS[0], help="where it goes slowly (none)")


def check_output_suffixes(args: argparse.Namespace) -> None:
    """Raise ValueError if a file name among the output options asks for what cannot be written.

    A folder for frames that is not there yet can be made, one that holds other things cannot be taken.
    """
    from ..pictures import check_picture_suffix

    check_picture_suffix(args.output)
    check_suffix(args.svg, ".svg", "--svg")
    check_suffix(args.timelapse, ".mp4", "--timelapse")
    check_empty_folder(args.frames, "--frames")


def write_side_products(
    args: argparse.Namespace,
    strokes: Strokes,
    written: Written,
    *,
    brush: object = None,
    ground: Tensor | None = None,
    subject: Tensor | None = None,
) -> None:
    """Write what `--svg`, `--timelapse` and `--frames` ask for; what can't be is left to `written`.

    `brush` and `ground` are as in `render`, default the painting's own; `subject` is the mask for the order "region".
    """
    if args.svg is not None:
        from ..export.svg import save_svg

        with written.output():
            save_svg(strokes, args.svg, style=args.svg_style, brush=brush, ground=ground)
    if args.timelapse is None and args.frames is None:
        return
    from ..export.process import Process, frame_size
    from ..export.timelapse import save_timelapse

    process = Process(args.order, args.easing, subject)
    film = {"size": frame_size(strokes.canvas, args.film_size), "brush": brush, "ground": ground, "process": process}
    times = {"seconds": args.seconds, "fps": args.fps, "hold": args.hold}
    if args.timelapse is not None:
        with written.output(), progress("time-lapse", "frame") as on_step:
            save_timelapse(strokes, args.timelapse, **times, **film, on_step=on_step)
    if args.frames is not None:
        with written.output():
            _write_frames(args, strokes, film)


def _write_frames(args: argparse.Namespace, strokes: Strokes, film: dict[str, object]) -> None:
    """The pictures of the process as frame-00001.png and so on."""
    from ..export.process import canvases
    from ..export.timelapse import frame_count
    from ..pictures import write_picture

    count = frame_count(args.seconds, args.fps)
    folder = Path(args.frames)
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise OSError(f"cannot make the folder {folder}: {error.strerror or error}") from error
    with progress("frames", "frame") as on_step:
        for number, canvas in enumerate(canvases(strokes, count, **film), start=1):
            write_picture(os.fspath(folder / f"frame-{number:05}.png"), canvas)
            on_step(number, count, None)


def _seconds(text: str) -> float:
    value = positive_number(text)
    if value > MOST_SECONDS:
        raise argparse.ArgumentTypeError(f"must be at most {MOST_SECONDS}, got {text!r}")
    return value


def _hold(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value <= MOST_SECONDS:
        raise argparse.ArgumentTypeError(f"must be a number from 0 to {MOST_SECONDS}, got {text!r}")
    return value


@contextmanager
def progress(title: str, unit: str) -> Iterator[Callable[[int, int, Tensor | None], None]]:
    """A progress bar on standard error, as the `on_step` callback that feeds it."""
    with tqdm(desc=title, unit=unit, unit_scale=False, file=sys.stderr, dynamic_ncols=True, leave=False) as bar:

        def on_step(done: int, total: int, canvas: Tensor | None = None) -> None:
            bar.total = total
            bar.update(done - bar.n)

        yield on_step

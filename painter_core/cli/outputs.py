"""The side products that `paint` and `render` share: vectors, the time-lapse, and the progress bar."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from torch import Tensor
from tqdm import tqdm

from ..strokes import Strokes
from .options import check_suffix


def add_output_arguments(parser: argparse.ArgumentParser) -> None:
    """The options `-o`, `--svg` and `--timelapse`."""
    parser.add_argument("-o", "--output", required=True, metavar="OUT.png", help="the painting (.png, .jpg ...)")
    parser.add_argument("--svg", metavar="F.svg", help="also save the strokes as vectors")
    parser.add_argument("--timelapse", metavar="F.mp4", help="also save a video of the painting being made")


def check_output_suffixes(args: argparse.Namespace) -> None:
    """Raise ValueError if a file name among the output options asks for what cannot be written."""
    from ..pictures import check_picture_suffix

    check_picture_suffix(args.output)
    check_suffix(args.svg, ".svg", "--svg")
    check_suffix(args.timelapse, ".mp4", "--timelapse")


def write_side_products(
    args: argparse.Namespace, strokes: Strokes, *, brush: object, ground: Tensor | None = None
) -> None:
    """Write what `--svg` and `--timelapse` ask for. `brush` and `ground` are those of the painting, as in `render`."""
    if args.svg is not None:
        from ..export.svg import save_svg

        save_svg(strokes, args.svg)
    if args.timelapse is not None:
        from ..export.timelapse import save_timelapse

        with progress("time-lapse", "frame") as on_step:
            save_timelapse(strokes, args.timelapse, brush=brush, ground=ground, on_step=on_step)


@contextmanager
def progress(title: str, unit: str) -> Iterator[Callable[[int, int, Tensor | None], None]]:
    """A progress bar on standard error, as the `on_step` callback that feeds it."""
    with tqdm(desc=title, unit=unit, unit_scale=False, file=sys.stderr, dynamic_ncols=True, leave=False) as bar:

        def on_step(done: int, total: int, canvas: Tensor | None = None) -> None:
            bar.total = total
            bar.update(done - bar.n)

        yield on_step


def tell(line: str) -> None:
    """One line for people, on standard error."""
    sys.stderr.write(line + "\n")

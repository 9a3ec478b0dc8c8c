"""`python -m painter_core render`: a stroke file as a picture of any size."""

from __future__ import annotations

import argparse
from contextlib import ExitStack

from torch import Tensor

from ..strokes import Strokes
from .options import check_files, check_output_size, picture_size, positive_number
from .outputs import add_output_arguments, check_output_suffixes, progress, tell, write_side_products
from .written import Written


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument("strokes", metavar="STROKES", help="strokes to draw (.safetensors or .json)")
    add_output_arguments(parser)
    parser.add_argument("--mask", metavar="MASK.png", help="where the subject is (white), for --order region")
    parser.add_argument("--coverage", metavar="F.png", help="also save how much of each pixel is painted")
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--scale", type=positive_number, metavar="X", help="times the size it was painted at (default 1)")
    size.add_argument("--size", type=picture_size, metavar="WxH", help="size of the picture in pixels")
    parser.add_argument("--brush", metavar="NAME|FILE", help="what all strokes are drawn with (the painting's own)")
    parser.add_argument("--canvas", metavar="IMAGE", help="draw on this picture and not on the painting's own ground")


def run(args: argparse.Namespace) -> int:
    """Draw the strokes; raises ValueError or OSError with the reason for what is wrong with the arguments."""
    check_output_suffixes(args)
    if args.coverage is not None:
        from ..pictures import check_picture_suffix

        check_picture_suffix(args.coverage)
    check_files(
        [args.strokes, args.canvas, args.mask, args.brush], [args.output, args.svg, args.timelapse, args.coverage],
        [args.frames],
    )  # fmt: skip
    from ..brush import get_brush
    from ..export.files import load_strokes
    from ..pictures import check_picture_size, read_mask, read_picture

    brush = None if args.brush is None else get_brush(args.brush)
    strokes = load_strokes(args.strokes)
    size = args.size or tuple(max(1, round(side * (args.scale or 1.0))) for side in strokes.canvas)
    try:
        check_output_size(*size)
    except argparse.ArgumentTypeError as error:
        raise ValueError(f"{args.strokes}: {error}") from error
    for path in (args.output, args.coverage):
        if path is not None:
            check_picture_size(path, *size)
    ground = None if args.canvas is None else read_picture(args.canvas)
    subject = None if args.mask is None else read_mask(args.mask)
    written = Written()
    _draw(args, strokes, size, brush, ground, written)
    write_side_products(args, strokes, written, brush=brush, ground=ground, subject=subject)
    written.finish()
    tell(f"{args.output}: {len(strokes)} strokes, {size[1]} x {size[0]} pixels")
    return 0


def _draw(
    args: argparse.Namespace, strokes: Strokes, size: tuple[int, int], brush: object, ground: Tensor | None,
    written: Written,
) -> None:  # fmt: skip
    """Picture and coverage, strip by strip into their files."""
    from ..export.strips import Strips
    from ..pictures import picture_writer

    covers = None if args.coverage is None else picture_writer(args.coverage, size, channels=1)
    with ExitStack() as stack:
        write = stack.enter_context(written.strips(picture_writer(args.output, size)))
        write_cover = stack.enter_context(written.strips(covers))
        on_step = stack.enter_context(progress("drawing", "row"))
        done = 0
        for picture, cover in Strips(strokes, size, brush=brush, ground=ground):
            write(picture)
            write_cover(cover)
            done += len(cover)
            on_step(done, size[0], None)

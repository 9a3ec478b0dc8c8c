"""`python -m painter_core render`: a stroke file as a picture of any size."""

from __future__ import annotations

import argparse

from .options import check_files, check_output_size, picture_size, positive_number
from .outputs import add_output_arguments, check_output_suffixes, tell, write_side_products


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument("strokes", metavar="STROKES", help="strokes to draw (.safetensors or .json)")
    add_output_arguments(parser)
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--scale", type=positive_number, metavar="X", help="times the size it was painted at (default 1)")
    size.add_argument("--size", type=picture_size, metavar="WxH", help="size of the picture in pixels")
    parser.add_argument("--brush", default="oil", metavar="NAME|FILE", help="what the strokes are drawn with (oil)")
    parser.add_argument("--canvas", metavar="IMAGE", help="draw on this picture and not on the plain ground")


def run(args: argparse.Namespace) -> int:
    """Draw the strokes; raises ValueError or OSError with the reason for what is wrong with the arguments."""
    check_output_suffixes(args)
    check_files([args.strokes, args.canvas], [args.output, args.svg, args.timelapse])
    from ..brush import get_brush
    from ..export.files import load_strokes
    from ..pictures import read_picture, write_picture
    from ..raster import render
    from .fitting import resized

    brush = get_brush(args.brush)
    strokes = load_strokes(args.strokes)
    size = args.size or tuple(max(1, round(side * (args.scale or 1.0))) for side in strokes.canvas)
    try:
        check_output_size(*size)
    except argparse.ArgumentTypeError as error:
        raise ValueError(f"{args.strokes}: {error}") from error
    ground = None if args.canvas is None else resized(read_picture(args.canvas), size)
    write_picture(args.output, render(strokes, size=size, brush=brush, ground=ground))
    write_side_products(args, strokes, brush=brush, ground=ground)
    tell(f"{args.output}: {len(strokes)} strokes, {size[1]} x {size[0]} pixels")
    return 0

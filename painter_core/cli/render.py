"""`python -m painter_core render`: a stroke file as a picture of any size."""

from __future__ import annotations

import argparse
from contextlib import ExitStack
from typing import Any

from torch import Tensor

from ..files.pictures import WRITE_OPTIONS
from ..strokes import Strokes
from .options import check_output_size, picture_size, positive_number
from .outputs import add_output_arguments, progress, tell, write_side_products
from .places import KINDS, Places, check_places, folders_made, one_painting
from .written import Written


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument("strokes", nargs="*", metavar="STROKES", help="strokes to draw (.safetensors or .json)")
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
    kinds = [suffix for suffix, kind in KINDS.items() if kind != "save_strokes"]
    place = one_painting(args, (*WRITE_OPTIONS, *kinds), "painting")
    if place.of("save_strokes"):
        raise ValueError(f"{place.main}: render draws pictures, .svg and .mp4; edit writes stroke files")
    with folders_made([place]):
        check_places([place], [args.strokes, args.canvas, args.mask, args.brush], f", {', '.join(kinds)}")
    from ..brushes.brush import get_brush
    from ..export.stroke_io import load_strokes
    from ..files.pictures import check_picture_size, read_mask, read_picture
    from ..images import scaled_size

    brush = None if args.brush is None else get_brush(args.brush)
    strokes = load_strokes(args.strokes)
    size = args.size or scaled_size(strokes.canvas, args.scale or 1.0)
    try:
        check_output_size(*size)
    except argparse.ArgumentTypeError as error:
        raise ValueError(f"{args.strokes}: {error}") from error
    for path in (*place.of("picture"), *place.of("coverage")):
        check_picture_size(path, *size)
    ground = None if args.canvas is None else read_picture(args.canvas)
    subject = None if args.mask is None else read_mask(args.mask)
    written = Written()
    _draw(place, strokes, size, brush, ground, written)
    write_side_products(args, strokes, place, written, brush=brush, ground=ground, subject=subject)
    written.finish()
    tell(f"{place.main}: {len(strokes)} strokes, {size[1]} x {size[0]} pixels")
    return 0


def _draw(
    place: Places, strokes: Strokes, size: tuple[int, int], brush: Any, ground: Tensor | None,
    written: Written,
) -> None:  # fmt: skip
    """Picture and coverage, strip by strip into their files."""
    from ..files.pictures import picture_writer
    from ..rendering.strips import Strips

    pictures, covers = place.of("picture"), place.of("coverage")
    if not pictures and not covers:
        return
    with ExitStack() as stack:
        takers = [stack.enter_context(written.strips(picture_writer(file, size))) for file in pictures]
        covered = [stack.enter_context(written.strips(picture_writer(file, size, channels=1))) for file in covers]
        on_step = stack.enter_context(progress("drawing", "row"))
        done = 0
        for picture, cover in Strips(strokes, size, brush=brush, ground=ground):
            for take in takers:
                take(picture)
            for take in covered:
                take(cover)
            done += len(cover)
            on_step(done, size[0], None)

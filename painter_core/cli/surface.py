"""`python -m painter_core surface`: a stroke file as an object in the light, with relief, weave and varnish."""

from __future__ import annotations

import argparse
import math
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from .options import check_files, check_output_size, check_suffix, picture_size, positive_number, whole_number
from .places import folders_made, one_painting
from .written import Written

if TYPE_CHECKING:
    from ..surface import Scene

WHITE_16 = 65535


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument("strokes", nargs="*", metavar="STROKES", help="strokes to light (.safetensors or .json)")
    parser.add_argument(
        "-o",
        "--output",
        action="append",
        metavar="OUT.png",
        help="the lit painting: .png, .jpg ... or a folder (beside the strokes)",
    )
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--scale", type=positive_number, metavar="X", help="times the size it was painted at (default 1)")
    size.add_argument("--size", type=picture_size, metavar="WxH", help="size of the picture in pixels")
    parser.add_argument("--brush", metavar="NAME|FILE", help="what all strokes are drawn with (the painting's own)")
    parser.add_argument("--canvas", metavar="IMAGE", help="draw on this picture and not on the painting's own ground")
    parser.add_argument("--impasto", type=float, metavar="0..1", help="relief of the paint (0.4)")
    parser.add_argument(
        "--light",
        type=_direction,
        metavar="AZIMUTH,ELEVATION",
        help="where the lamp stands: degrees clockwise from the top edge, and 5 to 90 degrees over the canvas (315,40)",
    )
    parser.add_argument("--weave", metavar="NAME", help="what is painted on: none, canvas, linen, paper (canvas)")
    parser.add_argument("--weave-size", type=float, metavar="1..64", help="distance of threads in canvas pixels (3)")
    parser.add_argument("--varnish", type=float, metavar="0..1", help="gloss (0.2)")
    parser.add_argument("--seed", type=whole_number(0, 2**63 - 1), metavar="S", help="picks the weave's threads (0)")
    parser.add_argument("--height", metavar="F.png", help="also save the relief, 16-bit grey")
    parser.add_argument("--normals", metavar="F.png", help="also save a normal map (OpenGL: green is up)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Draw and light the strokes; raises ValueError or OSError with the reason for what is wrong."""
    from ..files.pictures import WRITE_OPTIONS, check_picture_size, check_picture_suffix

    place = one_painting(args, tuple(WRITE_OPTIONS), "surface")
    with folders_made([place]):
        for path in (*place.all(), args.normals):
            if path is not None:
                check_picture_suffix(path)
        check_suffix(args.height, ".png", "--height")
        check_files([args.strokes, args.canvas, args.brush], [*place.all(), args.height, args.normals])
    from ..brushes.brush import get_brush
    from ..export.stroke_io import load_strokes
    from ..files.pictures import read_picture
    from ..images import resized, scaled_size
    from ..surface import Scene, Surface
    from .outputs import tell

    azimuth, elevation = args.light or (None, None)
    names = ("impasto", "weave", "weave_size", "varnish", "seed")
    given = {name: getattr(args, name) for name in names} | {"azimuth": azimuth, "elevation": elevation}
    surface = Surface(**{name: value for name, value in given.items() if value is not None})
    brush = None if args.brush is None else get_brush(args.brush)
    strokes = load_strokes(args.strokes)
    size = args.size or scaled_size(strokes.canvas, args.scale or 1.0)
    try:
        check_output_size(*size)
    except argparse.ArgumentTypeError as error:
        raise ValueError(f"{args.strokes}: {error}") from error
    for path in (*place.all(), args.normals):
        if path is not None:
            check_picture_size(path, *size)
    ground = None if args.canvas is None else resized(read_picture(args.canvas), size)
    scene = Scene(strokes, surface, 1.0, size, brush, ground)
    _write(args, place.all(), scene)
    tell(f"{place.main}: {len(strokes)} strokes, {size[1]} x {size[0]} pixels")
    relief = {"white_is_pixels": round(scene.white, 4)}  # of the reference canvas: what a displacement map needs
    return {"strokes": len(strokes), "width": size[1], "height": size[0], **relief}


def _write(args: argparse.Namespace, pictures: list[str], scene: Scene) -> None:
    """Picture, normals and heights, strip by strip."""
    import numpy as np
    from PIL import Image

    from ..files.atomic import atomic_path
    from ..files.pictures import picture_writer
    from .outputs import progress

    # Pillow writes 16 bits of grey only as a whole; with two bytes a pixel that is no poster's undoing
    heights = None if args.height is None else np.empty(scene.size, np.uint16)
    normals = None if args.normals is None else picture_writer(args.normals, scene.size)
    written = Written()
    with ExitStack() as stack:
        takers = [stack.enter_context(written.strips(picture_writer(file, scene.size))) for file in pictures]
        write_normals = stack.enter_context(written.strips(normals))
        on_step = stack.enter_context(progress("lighting", "row"))
        for strip in scene.strips():
            for take in takers:
                take(strip.picture)
            write_normals(strip.normals)
            bottom = strip.top + strip.height.shape[0]
            if heights is not None:
                heights[strip.top : bottom] = (strip.height * WHITE_16).round().cpu().numpy()
            on_step(bottom, scene.size[0], None)
    if heights is not None and args.height is not None:
        with written.output(), atomic_path(args.height) as temporary:
            Image.fromarray(heights).save(temporary)
    written.finish()


def _direction(text: str) -> tuple[float, float]:
    """An argparse type: AZIMUTH,ELEVATION in degrees, the first of any turn; the range of the second is `Surface`'s."""
    try:
        azimuth, elevation = (float(part) for part in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"must be AZIMUTH,ELEVATION in degrees, such as 315,40, got {text!r}"
        ) from None
    return azimuth if 0 <= azimuth <= 360 or not math.isfinite(azimuth) else azimuth % 360, elevation

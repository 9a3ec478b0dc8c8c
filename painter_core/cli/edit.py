"""`python -m painter_core edit`: a stroke file becomes another one.

Whatever the order of the options, they are applied in this one: choose strokes (--keep-layers to --invert), give them
another brush or ground, merge, keep the best (--strokes), geometry (--stroke-length to --resize), colors (--match,
--mix, --pigments, --palette or --colors, then hue to contrast), jitter, order.
"""

from __future__ import annotations

import argparse
import math
import re
from typing import Any

import torch
from torch import Tensor

from ..edit import color_text, jitter, merge, order, pigment, recolor, select, transform
from ..strokes import Strokes
from .options import check_files, check_output_size, number, picture_size, positive_number, whole_number
from .places import STROKE_FILES, folders_made, one_painting
from .terminal import tell, warn
from .written import Written

MAX_SEED = 2**64 - 1
#: What --jitter 1 does; other amounts are multiples of it.
JITTER = {"position": 0.15, "angle": 6.0, "size": 0.1, "color": 0.02}
MOST_JITTER = 10.0
#: Colors of --palette when --colors does not say how many.
PALETTE_COLORS = 12


def span(text: str) -> tuple[float, float]:
    """An argparse type: A-B, two numbers of 0 or more; an empty end is open."""
    found = re.fullmatch(r"(\d*\.?\d*)-(\d*\.?\d*)", text.strip())
    if not found or "." in found.groups() or found.groups() == ("", ""):
        raise argparse.ArgumentTypeError(f"must be A-B, such as 0-2, 3- or -5, got {text!r}")
    low, high = float(found[1] or 0), float(found[2] or math.inf)
    if low > high:
        raise argparse.ArgumentTypeError(f"must not end before it begins, got {text!r}")
    return low, high


def extent(text: str) -> tuple[float, str]:
    """An argparse type: a length in pixels, or in percent of the canvas's longer side, as (number, unit)."""
    percent = text.endswith("%")
    return number(0, 1e9)(text.removesuffix("%")), "percent" if percent else "pixels"


def rectangle(text: str) -> tuple[int, int, int, int]:
    """An argparse type: LEFT,TOP,WIDTH,HEIGHT in whole pixels."""
    found = re.fullmatch(r"(-?\d{1,7}),(-?\d{1,7}),(\d{1,7}),(\d{1,7})", text.replace(" ", ""))
    if not found:
        raise argparse.ArgumentTypeError(f"must be LEFT,TOP,WIDTH,HEIGHT in pixels, such as 0,0,640,480, got {text!r}")
    left, top, width, height = (int(part) for part in found.groups())
    return left, top, width, height


def color(text: str) -> Tensor:
    """An argparse type: a color as people write it."""
    try:
        return color_text.color_from_text(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    add = parser.add_argument
    add("strokes", nargs="*", metavar="STROKES", help="the painting to edit (.safetensors or .json)")
    add(
        "-o",
        "--output",
        action="append",
        metavar="OUT",
        help="the edited painting: .safetensors, .json or a folder (beside the first one)",
    )
    add("--json", action="store_true", help="print one JSON object about the result")
    add("--seed", type=whole_number(0, MAX_SEED), default=0, metavar="S", help="of jitter, order and merge (0)")
    _add_choosing(parser.add_argument_group("1. which strokes stay"))
    group = parser.add_argument_group("2. what they are drawn with")
    group.add_argument("--brush", metavar="NAME|FILE", help="draw all of them with this brush from now on")
    group.add_argument("--canvas", metavar="IMAGE", help="put them on this picture, in place of their ground")
    group = parser.add_argument_group("3. another painting")
    group.add_argument("--merge", metavar="OTHER", help="paint this stroke file over it, or inside --mask")
    group = parser.add_argument_group("4. the best of them")
    group.add_argument("--strokes", dest="count", type=whole_number(0), metavar="N", help="keep the N that matter most")
    group.add_argument("--like", metavar="PICTURE", help="for what it should look like (as it looks before)")
    _add_geometry(parser.add_argument_group("5. geometry"))
    _add_colors(parser.add_argument_group("6. colors"))
    group = parser.add_argument_group("7. chance")
    group.add_argument("--jitter", type=number(0, MOST_JITTER), metavar="X", help="a looser hand: 1 is a little")
    group = parser.add_argument_group("8. order")
    group.add_argument("--order", choices=order.ORDERS, metavar="ORDER", help=", ".join(order.ORDERS))
    group.add_argument("--subject", metavar="MASK.png", help="where the subject is, for --order region")
    group.add_argument("--sort-freely", action="store_true", help="also what overlaps: gives another picture")


def _add_choosing(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    add("--keep-layers", type=span, metavar="A-B", help="these layers; 0 is the coarsest")
    add("--keep-process", type=span, metavar="A-B", help="what was painted in this part of the process, 0-0.3 or 0.3-1")
    add("--min-size", type=extent, metavar="SIZE", help="at least this long: 12 pixels, or 2%% of the longer side")
    add("--max-size", type=extent, metavar="SIZE", help="at most this long")
    add("--near", type=color, metavar="COLOR", help="strokes of about this color: #d9501e, teal ...")
    add("--distance", type=number(0, 1), default=0.1, metavar="D", help="how far from it, in OKLab (0.1)")
    add("--mask", metavar="MASK.png", help="strokes where this is white; with --merge: where the other painting is")
    add("--where", choices=select.PLACES, default=select.PLACES[0], help="what of a stroke must be where (center)")
    add("--invert", action="store_true", help="keep the others instead")


def _add_geometry(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    add("--stroke-length", type=positive_number, metavar="X", help="times as long, every stroke where it is")
    add("--stroke-width", type=positive_number, metavar="X", help="times as wide, every stroke where it is")
    add("--flip", choices=transform.FLIPS[1:], help="mirror the painting")
    add("--rotate", type=number(-360, 360), metavar="DEGREES", help="turn the painting clockwise on its canvas")
    add("--scale", type=positive_number, metavar="X", help="times as large, the painting and its canvas")
    add("--crop", type=rectangle, metavar="LEFT,TOP,WIDTH,HEIGHT", help="only this part; may reach over the canvas")
    add("--resize", type=picture_size, metavar="WxH", help="bring the canvas to this size in pixels")


def _add_colors(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    add("--match", metavar="PICTURE", help="take over the colors of a picture: mean and spread")
    add("--match-closely", metavar="PICTURE", help="take over the colors of a picture: their whole distribution")
    add("--palette", metavar="PICTURE", help="only the main colors of this picture (--colors of them, or 12)")
    add("--pigments", choices=pigment.PALETTES, help="only what white and three paints of a palette mix")
    add("--colors", type=whole_number(1, 256), metavar="K", help="only K colors")
    add("--mix", type=color, metavar="COLOR", help="mix this paint into every color")
    add("--amount", type=number(0, 1), default=0.3, metavar="A", help="how much of --mix (0.3)")
    add("--hue", type=number(-360, 360), default=0.0, metavar="DEGREES", help="turn all hues")
    add("--saturation", type=number(0, 10), default=1.0, metavar="X", help="0 is grey, 1 as it is")
    add("--brightness", type=number(-1, 1), default=0.0, metavar="X", help="0 as it is")
    add("--contrast", type=number(0, 10), default=1.0, metavar="X", help="1 as it is")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Edit; returns what `--json` prints. Raises ValueError or OSError with what is wrong with the arguments."""
    from ..export.stroke_io import check_strokes_suffix, load_strokes, save_strokes

    place = one_painting(args, STROKE_FILES, "edited", ".safetensors")
    pictures = [args.canvas, args.mask, args.subject, args.like, args.match, args.match_closely, args.palette]
    with folders_made([place]):
        for file in place.all():
            check_strokes_suffix(file)
        check_files([args.strokes, args.merge, args.brush, *pictures], place.all())
    if args.subject is not None and args.order != "region":
        raise ValueError("--subject says where the subject is for --order region; give that too, or leave it out")
    if args.like is not None and args.count is None:
        raise ValueError("--like says what the best of --strokes N should look like; give that too, or leave it out")
    before = load_strokes(args.strokes)
    after = before
    for step in (_choose, _outfit, _merge, _keep_best, _move, _recolor, _loosen, _reorder):
        after = step(after, args)
    if len(before) and not len(after) and args.count != 0:
        warn(f"{args.strokes}: none of its strokes was chosen; what is written is empty")
    written = Written()
    for file in place.all():
        with written.output():
            save_strokes(after, file)
    written.finish()
    height, width = after.canvas
    tell(f"{place.main}: {len(after)} strokes of {len(before)}, {width} x {height} pixels")
    return {"strokes": len(after), "strokes_before": len(before), "width": width, "height": height}


def _choose(strokes: Strokes, args: argparse.Namespace) -> Strokes:
    keep = torch.ones(len(strokes), dtype=torch.bool)
    if args.keep_layers:
        first, last = args.keep_layers
        keep &= select.by_layer(strokes, int(first), None if math.isinf(last) else int(last))
    if args.keep_process:
        start, end = args.keep_process
        keep &= select.by_progress(strokes, start, min(end, 1.0))
    if args.min_size:
        keep &= select.by_size(strokes, length=(args.min_size[0], math.inf), unit=args.min_size[1])
    if args.max_size:
        keep &= select.by_size(strokes, length=(0, args.max_size[0]), unit=args.max_size[1])
    if args.near is not None:
        keep &= select.by_color(strokes, args.near, args.distance)
    if args.mask is not None and args.merge is None:
        keep &= select.by_mask(strokes, _mask(args.mask), args.where)
    return strokes[~keep if args.invert else keep]


def _outfit(strokes: Strokes, args: argparse.Namespace) -> Strokes:
    """Another brush and another ground."""
    if args.brush is not None:
        from ..brushes.brush import get_brush

        strokes = strokes.with_brush(get_brush(args.brush))
    if args.canvas is not None:
        from ..files.pictures import read_picture
        from .fitting import fitted

        strokes = strokes.replace(ground=fitted(read_picture(args.canvas), strokes.canvas, args.canvas))
    return strokes


def _merge(strokes: Strokes, args: argparse.Namespace) -> Strokes:
    if args.merge is None:
        return strokes
    from ..export.stroke_io import load_strokes

    mask = None if args.mask is None else _mask(args.mask)
    return merge.merged(strokes, load_strokes(args.merge), mask, seed=args.seed)


def _keep_best(strokes: Strokes, args: argparse.Namespace) -> Strokes:
    if args.count is None or args.count >= len(strokes):
        return strokes
    from ..files.pictures import read_picture
    from ..refinement.prune import prune
    from ..rendering.raster import render
    from .fitting import fitted

    try:
        check_output_size(*strokes.canvas)
    except argparse.ArgumentTypeError as error:
        raise ValueError(f"{args.strokes}: {error}") from error
    if args.like is None:
        return prune(strokes, render(strokes), args.count)
    return prune(strokes, fitted(read_picture(args.like), strokes.canvas, args.like), args.count)


def _move(strokes: Strokes, args: argparse.Namespace) -> Strokes:
    if args.stroke_length or args.stroke_width:
        strokes = transform.stretched(strokes, args.stroke_length or 1.0, args.stroke_width or 1.0)
    if args.flip:
        strokes = transform.flipped(strokes, args.flip)
    if args.rotate:
        strokes = transform.turned(strokes, args.rotate)
    if args.scale:
        strokes = strokes.scaled(args.scale)
    if args.crop:
        strokes = transform.cropped(strokes, *args.crop)
    if args.resize:
        strokes = transform.resized(strokes, args.resize[1], args.resize[0])
    return strokes


def _recolor(strokes: Strokes, args: argparse.Namespace) -> Strokes:
    from ..files.pictures import read_picture

    for path, method in ((args.match, "mean and spread"), (args.match_closely, "distribution")):
        if path is not None:
            strokes = recolor.match_colors(strokes, read_picture(path), method)
    if args.mix is not None:
        strokes = recolor.mix_toward(strokes, args.mix, args.amount)
    if args.pigments is not None:
        strokes = recolor.with_pigments(strokes, args.pigments)
    if args.palette is not None:
        palette = recolor.palette_of(read_picture(args.palette), args.colors or PALETTE_COLORS)
        strokes = recolor.to_palette(strokes, palette)
    elif args.colors is not None:
        strokes = recolor.limit_colors(strokes, args.colors)
    shift = {name: getattr(args, name) for name in ("hue", "saturation", "brightness", "contrast")}
    return recolor.adjust(strokes, **shift)


def _loosen(strokes: Strokes, args: argparse.Namespace) -> Strokes:
    if not args.jitter:
        return strokes
    return jitter.jittered(strokes, args.seed, **{name: args.jitter * amount for name, amount in JITTER.items()})


def _reorder(strokes: Strokes, args: argparse.Namespace) -> Strokes:
    if args.order is None:
        return strokes
    subject = None if args.subject is None else _mask(args.subject)
    free = args.sort_freely
    return strokes[order.ordered(strokes, args.order, mask=subject, seed=args.seed, same_picture=not free)]


def _mask(path: str) -> Tensor:
    from ..files.pictures import read_mask

    return read_mask(path)

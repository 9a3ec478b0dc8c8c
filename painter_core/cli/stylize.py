"""`python -m painter_core stylize`: a picture in the style of another one, or a painting in its hand."""

from __future__ import annotations

import argparse
import dataclasses
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from ..options import OPTIONS
from .inputs import check_pictures
from .options import check_files, number, whole_number
from .painting_options import add_painting_arguments, flag, given
from .places import Places, folders_made, places
from .styling import STROKES
from .terminal import tell
from .written import Written

if TYPE_CHECKING:
    from torch import Tensor

#: The painting options of that method: the style says how strokes are improved.
PAINTING = tuple(name for name in OPTIONS if name not in ("mode", "refine"))
#: What only that method has a use for.
OF_STROKES = (*PAINTING, "predictor", "save_strokes")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    from ..style import METHODS
    from ..style.methods import OFFICIAL

    parser.add_argument("content", metavar="CONTENT", help="the picture that gets the style")
    parser.add_argument("style", metavar="STYLE", nargs="+", help="the picture with the style; several are blended")
    parser.add_argument(
        "-o",
        "--output",
        action="append",
        metavar="OUT.png",
        help="the result: .png, .jpg ... or a folder (beside CONTENT)",
    )
    methods = tuple(dict.fromkeys((*METHODS, OFFICIAL, STROKES)))  # people may own what is not here
    parser.add_argument(
        "--method",
        choices=methods,
        default=next(iter(METHODS)),
        help="palette: colors only; strokes: a painting whose strokes are shaped like the style's; "
        "the others: a picture with its textures, by a network (palette)",
    )
    parser.add_argument("--strength", type=number(0, 1), default=1.0, metavar="0..1", help="how much of it (1)")
    parser.add_argument(
        "--weights",
        type=Path,
        metavar="DIR",
        help=f"with --method {OFFICIAL}: use AdaAttN's official checkpoints, which lie in this folder",
    )
    parser.add_argument("--keep-colors", action="store_true", help="take light and dark from the style, and no colors")
    parser.add_argument("--mask", metavar="MASK.png", help="only where this is white")
    parser.add_argument("--max-size", type=whole_number(1), metavar="PX", help="shrink the longest side to this first")
    add_painting_arguments(parser, PAINTING, note=f"with --method {STROKES}: ")
    parser.add_argument("--predictor", metavar="NAME|FILE", help="with --method strokes: the network (compact)")
    parser.add_argument("--save-strokes", metavar="F", help="with --method strokes: save them (.safetensors, .json)")
    parser.add_argument("--keep-alpha", action="store_true", help="what is transparent stays so (.png, .webp, .tif)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Stylise; returns what `--json` prints. Raises ValueError or OSError with what is wrong with the arguments."""
    place = _planned(args)
    from ..files.pictures import check_picture_size, read_mask, read_picture, write_picture
    from .fitting import fitted
    from .inputs import read_to_paint

    source = read_to_paint(args.content, args.max_size)
    content = source.over()
    styles = [read_picture(path) for path in args.style]
    height, width = content.shape[1:]
    for file in place.of("picture"):
        check_picture_size(file, height, width)
    mask = None if args.mask is None else fitted(read_mask(args.mask), (height, width), args.mask)
    start = time.perf_counter()
    written = Written()
    if args.method == STROKES:
        result, count = _paint(args, content, styles, mask, written)
    else:
        result, count = _stylize(args, content, styles, mask), None
    seconds = time.perf_counter() - start
    if args.keep_alpha and source.alpha is not None:
        result = torch.cat([result.cpu(), source.alpha[None]])
    for file in place.of("picture"):
        with written.output():
            write_picture(file, result, source.about)
    written.finish()
    tell(f"{place.main}: {args.method}, {seconds:.2f} s, {width} x {height} pixels")
    return {"method": args.method, "strength": args.strength, "strokes": count, "seconds": round(seconds, 3),
            "width": width, "height": height}  # fmt: skip


def _planned(args: argparse.Namespace) -> Places:
    """Where the result goes, after a look at everything that can be wrong before anything is read."""
    from ..export.stroke_io import check_strokes_suffix
    from ..files.pictures import WRITE_OPTIONS, check_picture_suffix
    from ..style.methods import OFFICIAL

    unwanted = next(iter(given(args, OF_STROKES)), None)
    if unwanted is not None and args.method != STROKES:
        raise ValueError(f"{flag(unwanted)} is for --method {STROKES}; method {args.method} paints nothing")
    if args.weights is not None and args.method != OFFICIAL:
        raise ValueError(f"--weights is for --method {OFFICIAL}; leave it out with method {args.method}")
    if not args.output and len(args.style) > 1:  # CONTENT STYLE OUT
        last = args.style[-1]
        if os.path.isdir(last) or (not os.path.lexists(last) and os.path.splitext(last)[1].lower() in WRITE_OPTIONS):
            args.output = [args.style.pop()]
    sides = argparse.Namespace(save_strokes=args.save_strokes)
    place = places([args.content], args.output or (), sides, "stylized", kinds={})[0]
    args.save_strokes = next(iter(place.of("save_strokes")), None)
    with folders_made([place]):
        for file in place.of("picture"):
            check_picture_suffix(file, alpha=args.keep_alpha)
        if args.save_strokes is not None:
            check_strokes_suffix(args.save_strokes)
        check_files([args.content, *args.style, args.mask, args.predictor, args.brush, args.weights], place.all())
        check_pictures([args.content, *args.style])
    return place


def _stylize(args: argparse.Namespace, content: Tensor, styles: list[Tensor], mask: Tensor | None) -> Tensor:
    from ..style import Stylizer
    from .outputs import progress

    stylizer = Stylizer(styles, method=args.method, strength=args.strength, keep_colors=args.keep_colors,
                        weights=args.weights)  # fmt: skip
    with progress("stylizing", "step") as on_step:
        return stylizer(content, mask=mask, on_step=on_step)


def _paint(
    args: argparse.Namespace, content: Tensor, styles: list[Tensor], mask: Tensor | None, written: Written
) -> tuple[Tensor, int]:
    """The painting (3, H, W), and how many strokes it has."""
    from ..brushes.brush import get_brush
    from ..export.stroke_io import save_strokes
    from ..painting.presets import preset
    from ..predictor.checkpoint import DEFAULT_NAME, load_predictor
    from ..rendering.raster import render
    from ..style import style_strokes
    from .outputs import progress

    asked = given(args, PAINTING)
    options = preset(asked.pop("look", None), **asked)
    options = dataclasses.replace(options, brush=get_brush(options.brush))
    predictor = load_predictor(args.predictor or DEFAULT_NAME, device="cpu")
    settings = {"strength": args.strength, "keep_colors": args.keep_colors, "mask": mask}
    with progress("shaping strokes", "step") as on_step:
        strokes = style_strokes(content, styles, predictor, options, on_step=on_step, **settings)
    if args.save_strokes is not None:
        with written.output():
            save_strokes(strokes, args.save_strokes)
    painting = render(strokes, brush=options.brush)
    if mask is not None:
        painting = content.lerp(painting, mask[None])  # strokes reach over its edge
    return painting, len(strokes)

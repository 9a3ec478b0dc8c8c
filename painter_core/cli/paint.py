"""`python -m painter_core paint`: a picture becomes a painting."""

from __future__ import annotations

import argparse
import dataclasses
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from ..options import OPTIONS
from ..strokes import Strokes
from .options import check_files, whole_number
from .outputs import add_output_arguments, check_output_suffixes, progress, tell, write_side_products
from .painting_options import add_painting_arguments, flag, given
from .styling import STROKES, StrokesLike, add_style_arguments, check_style_arguments, read_styles, stylized
from .written import Written

if TYPE_CHECKING:
    from ..brush import Brush
    from ..painter import PaintOptions

DEVICES = ("auto", "cpu", "cuda")
#: Options that steer our own painter; the paper's inference has nothing that they could change. The seed does no harm.
NOT_IN_PAPER_MODE = ("detail", "canvas", "mask", *(name for name in OPTIONS if name not in ("mode", "seed")))


@dataclass(frozen=True)
class Painting:
    """What came out: the strokes, their picture (3, H, W), and how they are drawn again."""

    strokes: Strokes
    picture: Tensor
    brush: Brush
    ground: Tensor | None


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument("picture", metavar="IN", help="the picture to paint")
    add_output_arguments(parser)
    add_painting_arguments(parser)
    parser.add_argument("--predictor", metavar="NAME|FILE", help="the network: a name in weights/ or a file (compact)")
    parser.add_argument("--detail", metavar="MASK.png", help="where to spend the strokes (white) and where not (black)")
    parser.add_argument("--canvas", metavar="IMAGE", help="paint on this picture and not on a plain ground")
    parser.add_argument("--mask", metavar="MASK.png", help="paint only where this is white")
    add_style_arguments(parser)
    parser.add_argument("--device", choices=DEVICES, default="auto", help="where to compute (auto: cuda if present)")
    parser.add_argument("--max-size", type=whole_number(1), metavar="PX", help="shrink the longest side to this first")
    parser.add_argument("--save-strokes", metavar="F", help="also save the strokes (.safetensors or .json)")
    parser.add_argument("--json", action="store_true", help="print one JSON object about the painting")


def run(args: argparse.Namespace) -> dict[str, object]:
    """Paint; returns what `--json` prints. Raises ValueError or OSError with what is wrong with the arguments."""
    _check_arguments(args)
    from ..export.files import save_strokes
    from ..metrics import l1, psnr
    from ..painter import PREDICTORS, paint
    from ..pictures import check_picture_size, read_picture, write_picture
    from ..predictor.checkpoint import load_predictor
    from ..style import METHODS
    from .fitting import shrunk

    device = _device(args.device)
    picture = shrunk(read_picture(args.picture), args.max_size)
    check_picture_size(args.output, *picture.shape[-2:])
    extras = _read_extras(args, tuple(picture.shape[-2:]))
    options = _options(args)
    predictor_name = args.predictor or PREDICTORS[options.mode]
    styles, shapes = read_styles(args), args.method == STROKES
    options = dataclasses.replace(options, refine=0) if shapes else options  # a preset's own has no meaning there
    predictor = load_predictor(predictor_name, device=device)
    start = time.perf_counter()
    picture = stylized(args, picture.to(device), styles)
    if options.mode == "paper":
        painting = _paint_as_the_paper(picture, predictor)
    else:
        find = StrokesLike(args, styles) if shapes else paint
        painting = _paint(find, options, picture, predictor, extras)
    seconds = time.perf_counter() - start
    written = Written()
    with written.output():
        write_picture(args.output, painting.picture)
    if args.save_strokes is not None:
        with written.output():
            save_strokes(painting.strokes, args.save_strokes)
    write_side_products(args, painting.strokes, written, brush=painting.brush, ground=painting.ground)
    written.finish()

    picture = picture.cpu()
    decibels, error = psnr(painting.picture, picture), l1(painting.picture, picture)
    count, (height, width) = len(painting.strokes), picture.shape[-2:]
    tell(f"{args.output}: {count} strokes, {seconds:.2f} s, PSNR {decibels:.2f} dB, {width} x {height} pixels")
    return {
        "strokes": count,
        "seconds": round(seconds, 3),
        "psnr": round(decibels, 3) if math.isfinite(decibels) else None,  # JSON has no infinity: a perfect copy
        "l1": round(error, 5),
        "width": width,
        "height": height,
        "mode": options.mode,
        "look": None if options.mode == "paper" else args.look or OPTIONS["look"].default,
        "brush": painting.brush.name,
        "refine": 0 if options.mode == "paper" else options.refine,
        "device": device,
        "predictor": predictor_name,
        "style": (args.method or next(iter(METHODS))) if styles else None,
    }


def _check_arguments(args: argparse.Namespace) -> None:
    """Everything that can be wrong with the arguments and is known before a network is loaded."""
    from ..export.files import check_strokes_suffix

    if args.mode == "paper":
        unwanted = next(iter(given(args, NOT_IN_PAPER_MODE)), None)
        if unwanted is not None:
            raise ValueError(
                f"--mode paper does what the paper's code does; {flag(unwanted)} has no meaning there, leave it out"
            )
    check_style_arguments(args)
    check_output_suffixes(args)
    if args.save_strokes is not None:
        check_strokes_suffix(args.save_strokes)
    check_files(
        [args.picture, args.detail, args.canvas, args.mask, args.predictor, args.brush, args.style_weights,
         *(args.style or ())],
        [args.output, args.save_strokes, args.svg, args.timelapse], [args.frames],
    )  # fmt: skip


def _device(asked: str) -> str:
    if asked == "cuda" and not torch.cuda.is_available():
        raise ValueError("--device cuda: there is no CUDA device that PyTorch can use; use --device cpu")
    if asked == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    return asked


def _read_extras(args: argparse.Namespace, size: tuple[int, int]) -> dict[str, Tensor | None]:
    """The canvas and the masks that were asked for, at the picture's size."""
    from ..pictures import read_mask, read_picture
    from .fitting import fitted

    readers = {"canvas": read_picture, "detail": read_mask, "mask": read_mask}
    paths = {name: getattr(args, name) for name in readers}
    return {name: None if path is None else fitted(readers[name](path), size, path) for name, path in paths.items()}


def _options(args: argparse.Namespace) -> PaintOptions:
    """The look, with everything that was asked for."""
    from ..brush import get_brush
    from ..presets import preset

    asked = given(args)
    options = preset(asked.pop("look", None), **asked)
    return dataclasses.replace(options, brush=get_brush(options.brush))


def _paint(
    find: Callable[..., Strokes], options: PaintOptions, picture: Tensor, predictor: object,
    extras: dict[str, Tensor | None],
) -> Painting:  # fmt: skip
    """Our painter, or what finds strokes as it does."""
    from ..raster import render

    extras = {name: None if value is None else value.to(picture.device) for name, value in extras.items()}
    with progress("painting", "step") as on_step:
        strokes = find(picture, predictor, options, on_step=on_step, **extras)
    canvas = render(strokes, brush=options.brush, ground=extras["canvas"])
    ground = None if extras["canvas"] is None else extras["canvas"].cpu()
    return Painting(strokes.to("cpu"), canvas.cpu(), options.brush, ground)


def _paint_as_the_paper(picture: Tensor, predictor: object) -> Painting:
    """The paper's inference and rendering; the side products draw its strokes with our flat brush."""
    from ..brush import get_brush
    from ..paper import paint_paper

    with progress("painting", "step") as on_step:
        strokes, canvas = paint_paper(picture, predictor, on_step=on_step)
    return Painting(strokes.to("cpu"), canvas.cpu(), get_brush("flat"), None)

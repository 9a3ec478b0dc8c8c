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

from ..strokes import Strokes
from .options import check_files, whole_number
from .outputs import add_output_arguments, check_output_suffixes, progress, tell, write_side_products
from .styling import STROKES, StrokesLike, add_style_arguments, check_style_arguments, read_styles, stylized

if TYPE_CHECKING:
    from ..brush import Brush
    from ..painter import PaintOptions

MAX_SEED = 2**64 - 1
DEVICES = ("auto", "cpu", "cuda")
#: The predictor of each mode when none is asked for.
DEFAULT_PREDICTORS = {"fast": "compact", "paper": "paper-compact"}
#: Options that steer our own painter; the paper's inference has nothing that they could change.
NOT_IN_PAPER_MODE = (
    "strokes", "detail", "canvas", "mask", "brush", "preset", "refine", "stroke_length", "flow", "variety", "attention",
)  # fmt: skip


@dataclass(frozen=True)
class Painting:
    """What came out: the strokes, their picture (3, H, W), and how they are drawn again."""

    strokes: Strokes
    picture: Tensor
    brush: Brush
    ground: Tensor | None


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    from ..brush import BRUSHES
    from ..painter import MODES, MOST_STROKES
    from ..presets import PRESETS

    parser.add_argument("picture", metavar="IN", help="the picture to paint")
    add_output_arguments(parser)
    parser.add_argument(
        "--strokes", type=whole_number(1, MOST_STROKES), metavar="N",
        help=f"how many, 1 to {MOST_STROKES} (3000, or the preset's)",
    )  # fmt: skip
    parser.add_argument("--preset", choices=PRESETS, help="a look: brush, ground and manner that suit each other")
    parser.add_argument("--mode", choices=MODES, default="fast", help="our painter, or the paper's inference (fast)")
    parser.add_argument("--predictor", metavar="NAME|FILE", help="the network: a name in weights/ or a file (compact)")
    parser.add_argument("--detail", metavar="MASK.png", help="where to spend the strokes (white) and where not (black)")
    parser.add_argument("--canvas", metavar="IMAGE", help="paint on this picture and not on a plain ground")
    parser.add_argument("--mask", metavar="MASK.png", help="paint only where this is white")
    brushes = f"{', '.join(BRUSHES)}, or a picture of a brush mark (oil, or the preset's)"
    parser.add_argument("--brush", metavar="NAME|FILE", help=brushes)
    _add_manner(parser)
    add_style_arguments(parser)
    parser.add_argument(
        "--seed", type=whole_number(0, MAX_SEED), default=0, metavar="S", help="same seed, same strokes (0)"
    )
    parser.add_argument("--device", choices=DEVICES, default="auto", help="where to compute (auto: cuda if present)")
    parser.add_argument("--max-size", type=whole_number(1), metavar="PX", help="shrink the longest side to this first")
    parser.add_argument("--save-strokes", metavar="F", help="also save the strokes (.safetensors or .json)")
    parser.add_argument("--json", action="store_true", help="print one JSON object about the painting")


def _add_manner(parser: argparse.ArgumentParser) -> None:
    """Refinement, and what the strokes are like."""
    from ..painter import MOST_ATTENTION, MOST_STEPS

    parser.add_argument(
        "--refine", type=whole_number(0, MOST_STEPS), metavar="STEPS",
        help="steps in which all strokes are improved together: 20 gain most, 80 nearly all there is (0, or the "
        "preset's)",
    )  # fmt: skip
    sliders = {
        "--stroke-length": (0.2, 5.0, "length of the strokes for their width: 2 is twice as long (1)"),
        "--flow": (0.0, 5.0, "how much strokes follow the forms when they are refined: 0 not at all (1)"),
        "--variety": (0.0, 3.0, "how much strokes differ in color, direction and length (0)"),
        "--attention": (0.0, MOST_ATTENTION, "how much small strokes go where people look (0.5, or the preset's)"),
    }
    for option, (least, most, meaning) in sliders.items():
        parser.add_argument(option, type=_number(least, most), metavar="X", help=f"{meaning}; {least:g} to {most:g}")


def _number(least: float, most: float) -> Callable[[str], float]:
    """An argparse type: a number from `least` to `most`."""

    def number(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not least <= value <= most:  # not a number is not in any range
            raise argparse.ArgumentTypeError(f"must be a number from {least:g} to {most:g}, got {text!r}")
        return value

    return number


def run(args: argparse.Namespace) -> dict[str, object]:
    """Paint; returns what `--json` prints. Raises ValueError or OSError with what is wrong with the arguments."""
    _check_arguments(args)
    from ..export.files import save_strokes
    from ..metrics import l1, psnr
    from ..painter import paint
    from ..pictures import read_picture, write_picture
    from ..predictor.checkpoint import load_predictor
    from ..style import METHODS
    from .fitting import shrunk

    device = _device(args.device)
    picture = shrunk(read_picture(args.picture), args.max_size)
    extras = _read_extras(args, tuple(picture.shape[-2:]))
    options = _options(args)
    predictor_name = args.predictor or DEFAULT_PREDICTORS[args.mode]
    styles, shapes = read_styles(args), args.method == STROKES
    options = dataclasses.replace(options, refine=0) if shapes else options  # a preset's own has no meaning there
    predictor = load_predictor(predictor_name, device=device)
    start = time.perf_counter()
    picture = stylized(args, picture.to(device), styles)
    if args.mode == "paper":
        painting = _paint_as_the_paper(picture, predictor)
    else:
        find = StrokesLike(args, styles) if shapes else paint
        painting = _paint(find, options, picture, predictor, extras)
    seconds = time.perf_counter() - start
    write_picture(args.output, painting.picture)
    if args.save_strokes is not None:
        save_strokes(painting.strokes, args.save_strokes)
    write_side_products(args, painting.strokes, brush=painting.brush, ground=painting.ground)

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
        "mode": args.mode,
        "preset": args.preset,
        "brush": painting.brush.name,
        "refine": options.refine,
        "device": device,
        "predictor": predictor_name,
        "style": (args.method or next(iter(METHODS))) if styles else None,
    }


def _check_arguments(args: argparse.Namespace) -> None:
    """Everything that can be wrong with the arguments and is known before a network is loaded."""
    from ..export.files import check_strokes_suffix

    if args.mode == "paper":
        given = [name for name in NOT_IN_PAPER_MODE if getattr(args, name, None) is not None]
        if given:
            option = given[0].replace("_", "-")
            raise ValueError(
                f"--mode paper does what the paper's code does; --{option} has no meaning there, leave it out"
            )
    check_style_arguments(args)
    check_output_suffixes(args)
    if args.save_strokes is not None:
        check_strokes_suffix(args.save_strokes)
    check_files(
        [args.picture, args.detail, args.canvas, args.mask, *(args.style or ())],
        [args.output, args.save_strokes, args.svg, args.timelapse],
    )


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
    """The preset that was asked for, or none, with everything else that was asked for."""
    from ..brush import get_brush
    from ..presets import preset

    factors = {"length": args.stroke_length, "flow": args.flow, "variety": args.variety}
    changes = {name: getattr(args, name) for name in ("brush", "refine", "attention")}
    given = {name: value for name, value in {**factors, **changes}.items() if value is not None}
    options = preset(args.preset, strokes=args.strokes, mode=args.mode, seed=args.seed, **given)
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

"""`python -m painter_core paint`: a picture becomes a painting."""

from __future__ import annotations

import argparse
import dataclasses
import math
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from ..bench.metrics import l1, psnr
from ..export.stroke_io import save_strokes
from ..files.pictures import WRITE_OPTIONS, check_picture_suffix
from ..images import size_of
from ..options import OPTIONS, OURS
from ..painting.painter import paint
from ..painting.transparency import on_ground
from ..paper import PREDICTOR as PAPER_PREDICTOR
from ..paper import paint_paper
from ..predictor import checkpoint
from ..strokes import Strokes
from ..style import METHODS
from .extras import add_device_argument, add_extra_arguments, device_of, read_extras
from .inputs import check_pictures, read_to_paint
from .options import whole_number
from .outputs import PAINTING, OverAll, add_output_arguments, progress, tell, write_side_products
from .painting_options import add_painting_arguments, flag, given, painting_options
from .places import KINDS, Places, check_places, folders_made, places, told_apart
from .styling import STROKES, StrokesLike, Styled, add_style_arguments, check_style_arguments, read_styles
from .terminal import warn
from .written import Written

if TYPE_CHECKING:
    from ..brushes.brush import Brush
    from ..painting.paint_options import PaintOptions
    from .outputs import Progress

#: Options that steer our own painter; the paper's inference has nothing that they could change. The seed does no harm.
NOT_IN_PAPER_MODE = ("detail", "canvas", "mask", *(name for name in OURS if name != "seed"))


@dataclass(frozen=True)
class Painted:
    """What came out: the strokes, their picture (3, H, W), and how they are drawn again."""

    strokes: Strokes
    picture: Tensor
    brush: Brush
    ground: Tensor | None


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument("inputs", nargs="*", metavar="IN", help="the picture to paint, or several")
    add_output_arguments(parser)
    add_painting_arguments(parser)
    add_extra_arguments(parser)
    add_style_arguments(parser)
    add_device_argument(parser)
    parser.add_argument("--max-size", type=whole_number(1), metavar="PX", help="shrink the longest side to this first")
    parser.add_argument("--keep-alpha", action="store_true", help="what is transparent stays so (.png, .webp, .tif)")
    parser.add_argument("--save-strokes", metavar="F", help="also save the strokes (.safetensors or .json)")
    parser.add_argument("--json", action="store_true", help="print one JSON object about the painting")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Paint; returns what `--json` prints. Raises ValueError or OSError with what is wrong with the arguments."""
    names, planned = _planned(args)
    studio = Studio(args)
    if len(names) == 1:
        return studio.paint(names[0], planned[0], progress, tell)
    return _paint_all(studio, names, planned)


def _paint_all(studio: Studio, names: list[str], planned: list[Places]) -> dict[str, Any]:
    """Paint several pictures; one that can't be painted is told, and the others are painted."""
    bar = OverAll(len(names))
    reports, missing = [], []
    try:
        for name, place in zip(names, planned, strict=True):
            bar.begin(os.path.basename(name))
            try:
                reports.append(studio.paint(name, place, bar, bar.tell))
            except (ValueError, OSError) as error:
                bar.tell(f"painter_core: {' '.join(str(error).split())}")
                missing.append(name)
            bar.end()
    finally:
        bar.close()
    if missing:
        shown = ", ".join(missing[:3]) + (f" and {len(missing) - 3} more" if len(missing) > 3 else "")
        raise ValueError(f"{len(missing)} of {len(names)} pictures came out incomplete or not at all: {shown}")
    return {"paintings": reports}


class Studio:
    """What one call of the command paints with: everything is read, and the network loaded, once."""

    def __init__(self, args: argparse.Namespace) -> None:
        self.args, self.device = args, device_of(args.device)
        options = painting_options(args)
        self.paper = args.mode == "paper"
        self.predictor_name = args.predictor or (PAPER_PREDICTOR if self.paper else checkpoint.DEFAULT_NAME)
        self.styles, self.shapes = read_styles(args), args.method == STROKES
        # a look's own refinement has no meaning for strokes that a style shapes
        self.options = dataclasses.replace(options, refine=0) if self.shapes else options
        self._predictor: object = None
        self._styled: Styled | None = None

    def paint(self, name: str, place: Places, show: Progress, say: Callable[[str], None]) -> dict[str, Any]:
        """Paint one picture and write what is asked for; what `--json` prints about it."""
        from ..files.pictures import check_picture_size, write_picture

        args, options = self.args, self.options
        source = read_to_paint(name, args.max_size)
        size = size_of(source.pixels)
        for file in place.of("picture"):
            check_picture_size(file, *size)
        extras = read_extras(args, size)
        predictor, styled = self._loaded()
        start = time.perf_counter()
        # the paper's painter begins with black and paints all of it: what is transparent is white, as everywhere else
        seen = source.over() if self.paper else on_ground(source, options, extras["canvas"])
        picture = styled(seen.to(self.device), show)
        if self.paper:
            painting = _paint_as_the_paper(picture, predictor, show)
        else:
            find = StrokesLike(args, self.styles) if self.shapes else paint
            painting = _paint(find, options, picture, predictor, extras, show)
        seconds = time.perf_counter() - start
        if not len(painting.strokes) and args.mask is None and not _is_plain(picture):
            warn(f"{name}: nothing was painted; the picture shows only the ground")
        written = Written()
        seen = painting.picture if not args.keep_alpha or source.alpha is None else _with_alpha(painting, source.alpha)
        for file in place.of("picture"):
            with written.output():
                write_picture(file, seen, source.about)
        for file in place.of("save_strokes"):
            with written.output():
                save_strokes(painting.strokes, file)
        dpi = None if source.about.dpi is None else source.about.dpi[0]
        write_side_products(args, painting.strokes, place, written, brush=painting.brush, ground=painting.ground,
                            dpi=dpi, show=show)  # fmt: skip
        written.finish()
        report = self._report(painting, picture.cpu(), seconds)
        quality = f"PSNR {report['psnr'] if report['psnr'] is not None else math.inf:.2f} dB"
        say(f"{place.main}: {report['strokes']} strokes, {seconds:.2f} s, {quality}, {size[1]} x {size[0]} pixels")
        return {"input": name, "output": place.main, **report}

    def _loaded(self) -> tuple[object, Styled]:
        """The network and the style, loaded when the first picture has been read."""
        if self._styled is None:
            self._predictor = checkpoint.load_predictor(self.predictor_name, device=self.device)
            self._styled = Styled(self.args, self.styles)
        return self._predictor, self._styled

    def _report(self, painting: Painted, picture: Tensor, seconds: float) -> dict[str, Any]:
        args, options = self.args, self.options
        decibels = psnr(painting.picture, picture)
        return {
            "strokes": len(painting.strokes),
            "seconds": round(seconds, 3),
            "psnr": round(decibels, 3) if math.isfinite(decibels) else None,  # JSON has no infinity: a perfect copy
            "l1": round(l1(painting.picture, picture), 5),
            "width": picture.shape[-1],
            "height": picture.shape[-2],
            "mode": args.mode or OPTIONS["mode"].default,
            "look": None if self.paper else args.look or OPTIONS["look"].default,
            "brush": painting.brush.name,
            "refine": 0 if self.paper else options.refine,
            "device": self.device,
            "predictor": self.predictor_name,
            "style": (args.method or next(iter(METHODS))) if self.styles else None,
        }


def _planned(args: argparse.Namespace) -> tuple[list[str], list[Places]]:
    """The pictures and where their paintings go, after a look at all that can be wrong before anything is read."""
    if args.mode == "paper":
        unwanted = next(iter(given(args, NOT_IN_PAPER_MODE)), None)
        if unwanted is not None:
            raise ValueError(
                f"--mode paper does what the paper's code does; {flag(unwanted)} has no meaning there, leave it out"
            )
    if not args.inputs and args.style is not None and len(args.style) > 1:
        args.inputs = [args.style.pop()]  # --style STYLE IN
    names, outputs = told_apart(args.inputs, args.output, (*WRITE_OPTIONS, *KINDS))
    names = list({os.path.realpath(name): name for name in names}.values())
    if not names:
        raise ValueError("give the picture to paint: paint IN (see --help)")
    check_style_arguments(args)
    planned = places(names, outputs, args)
    reads = [args.detail, args.canvas, args.mask, args.predictor, args.brush, args.style_weights, *(args.style or ())]
    with folders_made(planned, args.frames):
        check_places(planned, [*names, *reads], f", {', '.join(KINDS)}")
        check_pictures(names)
        if args.keep_alpha:
            for file in (file for place in planned for file in place.of("picture")):
                check_picture_suffix(file, alpha=True)
    return names, planned


def _is_plain(picture: Tensor) -> bool:
    """Is a picture (3, H, W) of one color, so that there is nothing to paint?"""
    return float((picture.amax((1, 2)) - picture.amin((1, 2))).max()) == 0


def _with_alpha(painting: Painted, alpha: Tensor) -> Tensor:
    """The painting (4, H, W), as transparent as its picture."""
    return torch.cat([painting.picture, alpha.to(painting.picture)[None]])


def _paint(
    find: Callable[..., Strokes], options: PaintOptions, picture: Tensor, predictor: object,
    extras: dict[str, Tensor | None], show: Progress,
) -> Painted:  # fmt: skip
    """Our painter, or what finds strokes as it does."""
    from ..brushes.brush import get_brush
    from ..rendering.raster import render

    extras = {name: None if value is None else value.to(picture.device) for name, value in extras.items()}
    with show(PAINTING, "step") as on_step:
        strokes = find(picture, predictor, options, on_step=on_step, **extras)
    canvas = render(strokes, brush=options.brush, ground=extras["canvas"])
    ground = None if extras["canvas"] is None else extras["canvas"].cpu()
    return Painted(strokes.to("cpu"), canvas.cpu(), get_brush(options.brush), ground)


def _paint_as_the_paper(picture: Tensor, predictor: object, show: Progress) -> Painted:
    """The paper's inference and rendering; the side products draw its strokes with our flat brush."""
    from ..brushes.brush import get_brush

    with show(PAINTING, "step") as on_step:
        strokes, canvas = paint_paper(picture, predictor, on_step=on_step)
    return Painted(strokes.to("cpu"), canvas.cpu(), get_brush("flat"), None)

"""The options of `paint` that give the picture, or its strokes, the style of another one."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor

    from ..painting.paint_options import PaintOptions
    from ..predictor.base import StrokePredictor
    from ..strokes import Strokes
    from .outputs import Progress

from .numbers import number

#: The method that shapes strokes; all others make pictures.
STROKES = "strokes"
#: What needs `--style`.
WITH_STYLE = ("method", "style_strength", "style_weights", "keep_colors")
#: What the method that shapes strokes has no use for: the style says how strokes are improved, and where.
NOT_FOR_STROKES = ("canvas", "detail", "refine")


def add_style_arguments(parser: argparse.ArgumentParser) -> None:
    """The options `--style` and what steers it."""
    from ..style import METHODS
    from ..style.methods import OFFICIAL

    parser.add_argument(
        "--style",
        nargs="+",
        action="extend",
        metavar="STYLE",
        help="paint in the style of this picture; several are blended",
    )
    methods = tuple(dict.fromkeys((*METHODS, OFFICIAL, STROKES)))  # people may own what is not here
    parser.add_argument("--method", choices=methods, help=f"how, as in stylize ({next(iter(METHODS))})")
    parser.add_argument("--style-strength", type=number(0, 1), metavar="0..1", help="how much of the style (1)")
    parser.add_argument(
        "--style-weights",
        type=Path,
        metavar="DIR",
        help=f"with --method {OFFICIAL}: use AdaAttN's official checkpoints, which lie in this folder",
    )
    parser.add_argument(
        "--keep-colors", action="store_true", default=None, help="take light and dark from the style, and no colors"
    )


def check_style_arguments(args: argparse.Namespace) -> None:
    """Raise ValueError for options that have nothing to steer."""
    given = [name for name in WITH_STYLE if getattr(args, name) is not None]
    if given and args.style is None:
        raise ValueError(f"{_option(given[0])} is for --style; give a picture with the style, or leave it out")
    from ..style.methods import OFFICIAL

    if args.style_weights is not None and args.method != OFFICIAL:
        raise ValueError(f"--style-weights is for --method {OFFICIAL}; leave it out, or choose that method")
    if args.method != STROKES:
        return
    if args.mode == "paper":
        raise ValueError("--method strokes shapes our own painter's strokes; leave out --mode paper")
    given = [name for name in NOT_FOR_STROKES if getattr(args, name) is not None]
    if given:
        raise ValueError(f"--method strokes shapes strokes by the style; {_option(given[0])} has no meaning there, "
                         "leave it out, or choose another method")  # fmt: skip


def read_styles(args: argparse.Namespace) -> list[Tensor]:
    """The pictures with the style; none without `--style`."""
    from ..files.pictures import read_picture

    return [read_picture(path) for path in args.style or ()]


class Styled:
    """Gives pictures the style before they are painted; as they are if there is none, or if strokes have it."""

    def __init__(self, args: argparse.Namespace, styles: list[Tensor]) -> None:
        from ..style import METHODS, Stylizer

        method = args.method or next(iter(METHODS))
        none = not styles or args.method == STROKES
        self._stylizer = None if none else Stylizer(styles, method=method, weights=args.style_weights, **_how(args))

    def __call__(self, picture: Tensor, show: Progress) -> Tensor:
        """What is to be painted of a picture (3, H, W)."""
        if self._stylizer is None:
            return picture
        with show("stylizing", "step") as on_step:
            return self._stylizer(picture, on_step=on_step)


class StrokesLike:
    """Paints as `painter.paint` does, with strokes that are shaped by the styles."""

    def __init__(self, args: argparse.Namespace, styles: list[Tensor]) -> None:
        self.styles, self.how = styles, _how(args)

    def __call__(
        self, picture: Tensor, predictor: StrokePredictor, options: PaintOptions, *, mask: Tensor | None, **rest: Any
    ) -> Strokes:
        from ..style import style_strokes

        return style_strokes(picture, self.styles, predictor, options, mask=mask, on_step=rest["on_step"], **self.how)


def _how(args: argparse.Namespace) -> dict[str, Any]:
    strength = 1.0 if args.style_strength is None else args.style_strength
    return {"strength": strength, "keep_colors": bool(args.keep_colors)}


def _option(name: str) -> str:
    return "--" + name.replace("_", "-")

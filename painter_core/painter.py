"""Coarse-to-fine painting: a picture and a predictor become `Strokes`.

Level by level the network looks at patches of the picture and of the canvas and proposes strokes; a stroke is painted
only if it lowers the error on the canvas that it meets, in the colour that lowers it most, seen through the brush that
will paint it. See `levels` for the pyramid, `lay` for colour and acceptance, `budget` for how strokes are divided.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from torch import Tensor

from . import paper
from .brush import Brush
from .detail import detail_map
from .manner import Manner
from .options import OPTIONS, PAINTING, check_fields, defaults
from .painting import Painting
from .predictor.base import StrokePredictor
from .predictor.checkpoint import load_predictor
from .strokes import Strokes

MODES = OPTIONS["mode"].choices
MOST_STROKES = OPTIONS["strokes"].most
#: The predictor of each mode when none is given.
PREDICTORS = {"fast": "compact", "paper": "paper-compact"}
#: What an unset option leaves the fields at that it feeds.
DEFAULT = defaults(PAINTING)
OnStep = Callable[[int, int, "Tensor | None"], None]


@dataclass(frozen=True)
class PaintOptions:
    """How to paint; ranges and defaults stand in `options.OPTIONS`. Without arguments: the default look, oil.

    Attributes:
        strokes: how many: exactly so many as long as one more still lowers the error, never more.
        mode: "fast", or "paper" for the paper's own inference (its stroke count is what it is).
        brush: name, file or Brush that the strokes are painted with; they are judged as that brush draws them.
        seed: picks the tips' variations.
        refine: gradient steps on all strokes together afterwards; 20 take a few seconds and gain most.
        manner: how strokes are shaped and laid.
        attention: how much small strokes go where people look (faces and eyes first, see `detail.detail_map`) when no
            detail map is given: 0 not at all, 1 clearly.
    """

    strokes: int = DEFAULT["strokes"]
    mode: str = DEFAULT["mode"]
    brush: str | Brush = DEFAULT["brush"]
    seed: int = DEFAULT["seed"]
    refine: int = DEFAULT["refine"]
    manner: Manner = field(default_factory=Manner)
    attention: float = DEFAULT["attention"]

    def __post_init__(self) -> None:
        """Raises ValueError that names the field, what was given and what is allowed."""
        check_fields(PAINTING, self)


def paint(
    picture: Tensor,
    predictor: StrokePredictor | None = None,
    options: PaintOptions | None = None,
    *,
    canvas: Tensor | None = None,
    detail: Tensor | None = None,
    mask: Tensor | None = None,
    on_step: OnStep | None = None,
) -> Strokes:
    """Paint a picture.

    Args:
        picture: (3, H, W) sRGB in [0, 1].
        predictor: from `load_predictor`; default: the network that comes with it, which is read from its file. Load it
            once where many pictures are painted.
        options: how to paint, for example `preset("pencil", strokes=2000)`; default: in oil.
        canvas: (3, H, W) what is painted on, such as a half-finished painting; default: the mean colour. It
            becomes the ground of the strokes.
        detail: (H, W) in [0, 1], where the small strokes go; default: where people look, as far as `options.attention`
            says, else wherever they gain most.
        mask: (H, W) in [0, 1], where painting is allowed (above one half); default: everywhere.
        on_step: called often with (done, total, canvas so far or None); what it raises passes through: a way to cancel.
    Returns:
        Strokes in the picture's own pixels, in painting order; they know their brush and their ground.
    Raises:
        ValueError: pictures or maps of the wrong shape, or with values that are not finite or outside [0, 1].
    """
    options = options or PaintOptions()
    _check(picture, canvas, detail, mask)
    if predictor is None:
        predictor = load_predictor(PREDICTORS[options.mode], device=picture.device)
    if options.mode == "paper":
        if any(given is not None for given in (canvas, detail, mask)):
            raise ValueError("mode 'paper' has no canvas, detail or mask; use mode 'fast'")
        return paper.paint_paper(picture, predictor, on_step=on_step)[0]
    with torch.no_grad():
        detail = _attended(picture, detail, options)
        return Painting(picture.float(), predictor, options, canvas, detail, mask, on_step).finish()


def refine(
    strokes: Strokes,
    picture: Tensor,
    predictor: StrokePredictor | None = None,
    options: PaintOptions | None = None,
    *,
    canvas: Tensor | None = None,
    detail: Tensor | None = None,
    mask: Tensor | None = None,
    on_step: OnStep | None = None,
) -> Strokes:
    """Refine a finished list of strokes: all are polished together, the least worthy planted again where it is wrong.

    Args:
        strokes: N strokes on a reference canvas of the picture's size, painted for it or not.
        options: manner, seed, attention, and `refine`, the number of steps (at least 1 is made). The strokes keep their
            brushes; those that are planted get the one that most strokes have.
        picture, predictor, detail, mask, on_step: as in `paint`.
        canvas: (3, H, W) what is painted on, default: the strokes' own ground.
    Returns:
        At most N strokes, never with a larger squared error (weighted by the detail map if there is one).
    Raises:
        ValueError: as `paint` does, and for strokes of another canvas.
    """
    options = options or PaintOptions(refine=40)
    _check(picture, canvas, detail, mask)
    if tuple(strokes.canvas) != tuple(picture.shape[1:]):
        raise ValueError(
            f"refine: the strokes' canvas {tuple(strokes.canvas)} (height, width) must have the picture's size "
            f"{tuple(picture.shape[1:])}; bring the picture to that size"
        )
    if not len(strokes):
        return strokes
    if predictor is None:
        predictor = load_predictor(PREDICTORS["fast"], device=picture.device)
    with torch.no_grad():
        detail = _attended(picture, detail, options)
        count, steps = min(MOST_STROKES, len(strokes)), max(1, options.refine)
        brush = strokes.brushes[int(strokes.brush.bincount().argmax())]
        options = dataclasses.replace(options, strokes=count, refine=steps, brush=brush)
        strokes = strokes.detach().to(picture.device)
        if canvas is not None:
            strokes = strokes.replace(ground=canvas.float().clamp(0, 1))
        elif strokes.on_picture:
            canvas = strokes.ground_at(strokes.canvas)
        return Painting(picture.float(), predictor, options, canvas, detail, mask, on_step).refine(strokes)


def _check(picture: Tensor, canvas: Tensor | None, detail: Tensor | None, mask: Tensor | None) -> None:
    checked("picture", picture, 3)
    size = tuple(picture.shape[1:])
    for name, given, channels in (("canvas", canvas, 3), ("detail", detail, 1), ("mask", mask, 1)):
        if given is not None:
            checked(name, given if channels == 3 else given[None], channels, size)


def _attended(picture: Tensor, detail: Tensor | None, options: PaintOptions) -> Tensor | None:
    """The detail map: the one that is given, or where people look, or None."""
    if detail is not None or not options.attention:
        return detail
    return detail_map(picture.float()) ** options.attention


def checked(name: str, picture: Tensor, channels: int, size: tuple[int, int] | None = None) -> None:
    """Raise ValueError unless `picture` is (channels, H, W), finite, in [0, 1], and of `size` if that is given."""
    picture = picture.detach()
    shape = tuple(picture.shape)
    if len(shape) != 3 or shape[0] != channels or 0 in shape:
        raise ValueError(f"{name}: expected a picture of shape ({channels}, height, width), got {shape}")
    if size is not None and shape[1:] != size:
        raise ValueError(f"{name}: must have the picture's size {size} (height, width), got {shape[1:]}; resize it")
    if not bool(torch.isfinite(picture).all()):
        raise ValueError(f"{name}: holds NaN or infinite values")
    low, high = float(picture.min()), float(picture.max())
    if low < -1e-4 or high > 1 + 1e-4:
        raise ValueError(f"{name}: values must lie in [0, 1], got {low:g} to {high:g}")

"""Coarse-to-fine painting: a picture and a predictor become `Strokes`.

Level by level the network looks at patches of the picture and of the canvas and proposes strokes; a stroke is painted
only if it lowers the error on the canvas that it meets, in the color that lowers it most, seen through the brush that
will paint it. See `levels` for the pyramid, `lay` for color and acceptance, `budget` for how strokes are divided.
"""

from __future__ import annotations

import dataclasses

import torch
from torch import Tensor

from ..checks import check_pictures
from ..detail import detail_map
from ..images import size_of
from ..predictor.base import StrokePredictor
from ..predictor.checkpoint import load_predictor
from ..progress import OnStep
from ..strokes import Strokes
from ..threads import working_together
from .paint_options import MOST_STROKES, PaintOptions
from .reduction import brought_to, reduced, working_size
from .session import Painting, last_level, planned


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
        canvas: (3, H, W) what is painted on, such as a half-finished painting; default: the mean color. It
            becomes the ground of the strokes.
        detail: (H, W) in [0, 1], where the small strokes go; default: where people look, as far as `options.attention`
            says, else wherever they gain most.
        mask: (H, W) in [0, 1], where painting is allowed (above one half); default: everywhere.
        on_step: called often with (done, total, canvas so far or None); what it raises passes through: a way to cancel.
    Returns:
        Strokes in the picture's own pixels, in painting order; they know their brush and their ground. Of a large
        picture only what so many strokes can show is looked at, which bounds time and memory (see `reduction`).
    Raises:
        ValueError: pictures or maps of the wrong shape, or with values that are not finite or outside [0, 1].
    """
    options = options or PaintOptions()
    check_pictures(picture, canvas, detail, mask)
    if predictor is None:
        predictor = load_predictor(device=picture.device)
    with torch.no_grad(), working_together(picture.device):
        size = working_size(*size_of(picture), predictor.patch, options.strokes)
        total = planned(last_level(*size, predictor.patch, options.strokes), options.refine)
        painted = begun(size, total, picture, predictor, options, canvas, detail, mask, on_step).finish()
        painted = brought_to(painted, size_of(picture))
        # the ground in all its pixels, not as it was looked at
        return painted if canvas is None else painted.replace(ground=canvas.float().clamp(0, 1))


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
        At most N strokes, never with a larger squared error, weighted by the detail map if there is one; both are
        compared as `rework` says: seen at 768 x 768 pixels or fewer, each stroke in its mean color.
    Raises:
        ValueError: as `paint` does, and for strokes of another canvas.
    """
    options = options or PaintOptions(refine=40)
    check_pictures(picture, canvas, detail, mask)
    if tuple(strokes.canvas) != size_of(picture):
        raise ValueError(
            f"refine: the strokes' canvas {tuple(strokes.canvas)} (height, width) must have the picture's size "
            f"{size_of(picture)}; bring the picture to that size"
        )
    if not len(strokes):
        return strokes
    if predictor is None:
        predictor = load_predictor(device=picture.device)
    with torch.no_grad(), working_together(picture.device):
        count, steps = min(MOST_STROKES, len(strokes)), max(1, options.refine)
        brush = strokes.brushes[int(strokes.brush.bincount().argmax())]
        options = dataclasses.replace(options, strokes=count, refine=steps, brush=brush)
        strokes = strokes.detach().to(picture.device)
        if canvas is not None:
            strokes = strokes.replace(ground=canvas.float().clamp(0, 1))
        elif strokes.on_picture:
            canvas = strokes.ground_at(strokes.canvas)
        size = working_size(*size_of(picture), predictor.patch, options.strokes)
        total = options.refine + 1
        painting = begun(size, total, picture, predictor, options, canvas, detail, mask, on_step)
        refined = painting.refine(brought_to(strokes, size))
        return brought_to(refined, size_of(picture))


def begun(
    size: tuple[int, int],
    total: int,
    picture: Tensor,
    predictor: StrokePredictor,
    options: PaintOptions,
    canvas: Tensor | None,
    detail: Tensor | None,
    mask: Tensor | None,
    on_step: OnStep | None,
) -> Painting:
    """A painting of the picture and what goes with it, at the size where it is worked on; `total` steps are to come."""

    def look() -> None:
        if on_step:
            on_step(0, total, None)

    look()
    picture = reduced(picture.float(), size, look)
    canvas, detail, mask = (
        None if given is None else reduced(given.float(), size, look) for given in (canvas, detail, mask)
    )
    if detail is None and options.attention:
        detail = detail_map(picture, on_part=look) ** options.attention
    return Painting(picture, predictor, options, canvas, detail, mask, on_step)

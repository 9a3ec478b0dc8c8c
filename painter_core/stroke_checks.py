"""What the columns of strokes are, and what may stand in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from .brushes.brush import Brush
from .shape import MOST_BEND, MOST_TAPER

#: Per-stroke fields with the shape of one stroke's entry; all have N rows.
FIELDS: dict[str, tuple[int, ...]] = {
    "center": (2,),
    "size": (2,),
    "angle": (),
    "color": (3,),
    "opacity": (),
    "brush": (),
    "layer": (),
    "seed": (),
    "blend": (3,),
    "bend": (),
    "taper": (),
}
#: The fields that hold whole numbers (int64); the others are float32.
INTEGER_FIELDS = ("brush", "layer", "seed")
#: Most brushes of one painting.
MOST_BRUSHES = 256
#: Columns, and the ground, whose values lie in [0, 1].
SHARES = ("color", "opacity", "ground")
#: The most that a value may be away from 0, for columns where it has a sign.
SIGNED = {"blend": 1.0, "bend": MOST_BEND, "taper": MOST_TAPER}


def check_columns(columns: Mapping[str, Tensor], canvas: tuple[int, int], ground: Tensor) -> None:
    """Look at everything of strokes but their brushes.

    Args:
        columns: those of `FIELDS`, of N rows each.
        canvas: (height, width) in pixels.
        ground: (3,) or (3, h, w) sRGB.

    Raises ValueError that names the column, what was given and what is allowed.
    """
    _check_shapes(columns)
    _check_ground(ground)
    if len(canvas) != 2 or min(canvas) < 1:
        raise ValueError(f"strokes: canvas must be (height, width) of at least 1 pixel each, got {canvas}")
    _check_values({**columns, "ground": ground})


def check_brushes(brush: Tensor, brushes: Sequence[str | Brush]) -> None:
    """Look at the brushes of a painting, and at the column (N,) that says which stroke has which.

    Raises ValueError for none or too many, for what is no brush, and for the index of one that is not there.
    """
    count = len(brushes)
    if not 1 <= count <= MOST_BRUSHES:
        raise ValueError(f"strokes: a painting has 1 to {MOST_BRUSHES} brushes, got {count}")
    for each in brushes:
        if not isinstance(each, str | Brush):
            kind = type(each).__name__
            raise ValueError(f"strokes: brushes must be names of built-in brushes, or Brush objects, got a {kind}")
    if len(brush) and int(brush.max()) >= count:
        raise ValueError(
            f"strokes: brush must be below {count}, the number of this painting's brushes, got {int(brush.max())}"
        )


def _check_shapes(columns: Mapping[str, Tensor]) -> None:
    n = len(columns["center"])
    for name, shape in FIELDS.items():
        value = columns[name]
        if tuple(value.shape) != (n, *shape):
            wanted = ", ".join(str(side) for side in (n, *shape))
            raise ValueError(f"strokes: {name} must have the shape ({wanted}), got {tuple(value.shape)}")
        wanted_type = torch.int64 if name in INTEGER_FIELDS else torch.float32
        if value.dtype != wanted_type:
            raise ValueError(f"strokes: {name} must be {wanted_type}, got {value.dtype}")


def _check_ground(ground: Tensor) -> None:
    if ground.ndim not in (1, 3) or len(ground) != 3 or 0 in ground.shape:
        given = tuple(ground.shape)
        raise ValueError(f"strokes: ground must be one color (3,) or a picture (3, height, width), got {given}")
    if ground.dtype != torch.float32:
        raise ValueError(f"strokes: ground must be torch.float32, got {ground.dtype}")


def _check_values(given: Mapping[str, Tensor]) -> None:
    for name, value in given.items():
        if name not in INTEGER_FIELDS and not bool(torch.isfinite(value).all()):
            raise ValueError(f"strokes: {name} holds NaN or infinite values")
    for name in SHARES:
        value = given[name]
        if value.numel() and not (float(value.min()) >= 0 and float(value.max()) <= 1):
            raise ValueError(f"strokes: {name} must lie in [0, 1], got {_range(value)}")
    for name, most in SIGNED.items():
        value = given[name]
        if value.numel() and not float(value.abs().max()) <= most:
            raise ValueError(f"strokes: {name} must lie in [-{most:g}, {most:g}], got {_range(value)}")
    for name in ("size", *INTEGER_FIELDS):
        value = given[name]
        if value.numel() and float(value.min()) < 0:
            raise ValueError(f"strokes: {name} must not be negative, got {float(value.min()):g}")


def _range(value: Tensor) -> str:
    return f"{float(value.min()):g} to {float(value.max()):g}"

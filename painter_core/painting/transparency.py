"""What a picture that is transparent in places looks like to the painter."""

from __future__ import annotations

import torch
from torch import Tensor

from ..files.picture import Picture
from .paint_options import PaintOptions


def on_ground(source: Picture, options: PaintOptions, canvas: Tensor | None = None) -> Tensor:
    """The picture (3, H, W), laid over what it will be painted on where it is transparent: there nothing is to do.

    That is the canvas (3, H, W), the look's paper, or the mean color of what is opaque.
    """
    if source.alpha is None:
        return source.pixels
    if canvas is not None:
        return source.over(canvas)
    if options.manner.ground is not None:
        return source.over(torch.tensor(options.manner.ground))
    weight = source.alpha.sum()
    return source.over((source.pixels * source.alpha).sum((1, 2)) / weight if float(weight) > 0 else None)

"""Large pictures are painted from a reduced one: what so many strokes can't show, nobody has to look at.

The finest level that a budget of strokes can fill has a certain number of pixels (`painting.last_level`); a picture
with more of them is reduced, painted, and its strokes are brought to its own size again. So time and memory of a
painting have a bound, whatever the size of the picture, and so has what happens between two looks at the cancel button.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable

import torch
from torch import Tensor

from ..images import resized, shrunk_size
from ..strokes import Strokes

#: Long side in pixels up to which a picture is painted in its own pixels, whatever the budget, and above which no
#: picture is: 50,000 strokes then have 80 pixels each.
LEAST, MOST = 1024, 2048


def working_size(height: int, width: int, patch: int, strokes: int) -> tuple[int, int]:
    """(height, width) at which a picture is painted with so many strokes by a network with patches of that side."""
    side = min(MOST, max(LEAST, patch * 2 ** math.ceil(math.log(strokes, 4))))
    return shrunk_size((height, width), side)


def reduced(field: Tensor, size: tuple[int, int], on_plane: Callable[[], None]) -> Tensor:
    """A picture (C, H, W) or a map (H, W) at (height, width) `size`, plane by plane, with a call after each."""
    if tuple(field.shape[-2:]) == size:
        return field
    planes = []
    for plane in field.reshape(-1, 1, *field.shape[-2:]):
        planes.append(resized(plane, size, "area")[0])
        on_plane()
    return torch.stack(planes).reshape(*field.shape[:-2], *size)


def brought_to(strokes: Strokes, canvas: tuple[int, int]) -> Strokes:
    """The same painting on a reference canvas of another (height, width), about the same in shape."""
    if tuple(strokes.canvas) == tuple(canvas):
        return strokes
    stretch = strokes.center.new_tensor([canvas[1] / strokes.canvas[1], canvas[0] / strokes.canvas[0]])
    return dataclasses.replace(
        strokes,
        center=strokes.center * stretch,
        size=strokes.size * stretch.prod().sqrt(),
        canvas=(int(canvas[0]), int(canvas[1])),
    )

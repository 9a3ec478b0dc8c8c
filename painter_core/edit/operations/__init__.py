"""The edit operations: a file and a line here for each, in the order in which the command line applies them."""

from __future__ import annotations

from ..operation import Operation
from . import (
    best,
    choosing,
    like_picture,
    loosening,
    merging,
    mixing,
    on_canvas,
    outfit,
    placing,
    recoloring,
    reordering,
)

_ALL = (
    choosing.OPERATION,
    outfit.OPERATION,
    merging.OPERATION,
    best.OPERATION,
    placing.OPERATION,
    on_canvas.OPERATION,
    like_picture.OPERATION,
    mixing.OPERATION,
    recoloring.OPERATION,
    loosening.OPERATION,
    reordering.OPERATION,
)

#: Every operation by its name.
OPERATIONS: dict[str, Operation] = {operation.name: operation for operation in _ALL}

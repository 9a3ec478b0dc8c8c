"""The operation `merge`: two paintings become one."""

from __future__ import annotations

from torch import Tensor

from ...strokes import Strokes
from ..merge import merged
from ..operation import Face, Kind, Node, Operation, Value


def _merged(strokes: Strokes, *, merge: Strokes | None, mask: Tensor | None, seed: int) -> Strokes:
    return strokes if merge is None else merged(strokes, merge, mask, seed=seed)


def _with_other(strokes: Strokes, *, other: Strokes, mask: Tensor | None, seed: int) -> Strokes:
    return merged(strokes, other, mask, seed=seed)


OPERATION = Operation(
    "merge",
    "3. another painting",
    Face(
        (
            Value("other", Kind.STROKES,
                  "The paintings above, or inside the mask; of any size, they are made to fit."),
            Value("seed", Kind.SEED, "Where the mask is grey, chance decides stroke by stroke which painting it is."),
            Value("mask", Kind.MASK, "Where the other painting is: white. Without one it is on top."),
        ),
        _with_other,
    ),
    Node(
        "MergeStrokes", "Merge Strokes", ("combine paintings", "join strokes", "composite", "blend paintings"),
        "Two paintings on one canvas: the other one inside a mask, or over the first.",
        (("strokes", "Both as one painting."),),
        "The paintings below, or outside the mask. Canvas and ground are theirs.",
    ),
    Face(
        (
            Value("merge", Kind.STROKES, "paint this stroke file over it, or inside --mask", metavar="OTHER"),
            Value("mask", Kind.MASK, "where the other painting is", shared=True),
            Value("seed", Kind.SEED, "where the mask is grey, chance decides"),
        ),
        _merged,
    ),
)  # fmt: skip

"""The operation `order`: the same strokes painted in another order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor

from ...strokes import Strokes
from ..operation import Face, Kind, Node, Operation, Value
from ..order import ORDERS, ordered


def _reordered(strokes: Strokes, *, order: str, same_picture: bool, seed: int, mask: Tensor | None) -> Strokes:
    return strokes[ordered(strokes, order, mask=mask, seed=seed, same_picture=same_picture)]


def _sorted(strokes: Strokes, *, order: str | None, subject: Tensor | None, sort_freely: bool, seed: int) -> Strokes:
    if order is None:
        return strokes
    return strokes[ordered(strokes, order, mask=subject, seed=seed, same_picture=not sort_freely)]


def _check(given: Mapping[str, Any]) -> None:
    if given["subject"] is not None and given["order"] != "region":
        raise ValueError("--subject says where the subject is for --order region; give that too, or leave it out")


OPERATION = Operation(
    "order",
    "8. order",
    Face(
        (
            Value("order", Kind.CHOICE,
                  "region: the background first, the subject last. color: one color after the other.",
                  "region", choices=ORDERS),
            Value("same_picture", Kind.YES,
                  "Strokes that overlap stay in their order, so that the finished painting is the same. Off: sorted "
                  "without looking, which makes another picture.", True),
            Value("seed", Kind.SEED, "For the order 'random'. All paintings of a batch get it."),
            Value("mask", Kind.MASK, "For the order 'region': where the subject is."),
        ),
        _reordered,
    ),
    Node(
        "ReorderStrokes", "Reorder Strokes", ("sort strokes", "painting order", "draw order"),
        "Paint the same strokes in another order: background first, by color, light before dark ...",
        (("strokes", "The same strokes in their new order."),),
    ),
    Face(
        (
            Value("order", Kind.CHOICE, ", ".join(ORDERS), choices=ORDERS, metavar="ORDER"),
            Value("subject", Kind.MASK, "where the subject is, for --order region"),
            Value("sort_freely", Kind.YES, "also what overlaps: gives another picture", False),
            Value("seed", Kind.SEED, "of the order random"),
        ),
        _sorted,
        _check,
    ),
)  # fmt: skip

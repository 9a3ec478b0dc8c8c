"""The operation `jitter`: every stroke a little off, a looser hand."""

from __future__ import annotations

from ...strokes import Strokes
from ..jitter import jittered
from ..operation import Face, Kind, Node, Operation, Value

#: What --jitter 1 does; other amounts are multiples of it.
USUAL = {"position": 0.15, "angle": 6.0, "size": 0.1, "color": 0.02}
MOST = 10.0


def _jittered(strokes: Strokes, *, seed: int, **amounts: float) -> Strokes:
    return jittered(strokes, seed, **amounts)


def _loosened(strokes: Strokes, *, jitter: float, seed: int) -> Strokes:
    if not jitter:
        return strokes
    return jittered(strokes, seed, **{name: jitter * amount for name, amount in USUAL.items()})


def _amount(name: str, most: float, step: float, about: str) -> Value:
    return Value(name, Kind.NUMBER, about, USUAL[name], 0.0, most, step)


OPERATION = Operation(
    "jitter",
    "7. chance",
    Face(
        (
            _amount("position", 5.0, 0.05, "How far strokes move, in their own width."),
            _amount("angle", 90.0, 1.0, "How far strokes turn, in degrees."),
            _amount("size", 1.0, 0.01, "How much sizes vary: 0.1 is about a tenth."),
            _amount("color", 0.5, 0.01, "How much colors vary: 0.02 is a breath, 0.1 a lot."),
            Value("seed", Kind.SEED, "The same seed gives the same strokes. All paintings of a batch get it."),
        ),
        _jittered,
    ),
    Node(
        "JitterStrokes", "Jitter Strokes", ("randomize strokes", "loosen", "wobble", "noise", "hand drawn"),
        "Every stroke a little off in place, direction, size and color: a looser hand.",
        (("strokes", "The same strokes, each a little off."),),
    ),
    Face(
        (
            Value("jitter", Kind.NUMBER, "a looser hand: 1 is a little", None, 0, MOST),
            Value("seed", Kind.SEED, "the same seed gives the same strokes"),
        ),
        _loosened,
    ),
)  # fmt: skip

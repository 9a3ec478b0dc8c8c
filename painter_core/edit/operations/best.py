"""The operation `best`: the strokes that matter most stay, and close up."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from torch import Tensor

from ...brushes.contract import Brush
from ...options import OPTIONS
from ...refinement.prune import prune
from ...rendering.raster import render
from ...strokes import Strokes
from ..operation import Face, Kind, Node, Operation, Value

MOST_STROKES = int(OPTIONS["strokes"].most)


def _best(
    strokes: Strokes, *, count: int, brush: str | Brush | None = None, picture: Tensor | None = None,
    brush_tip: Brush | None = None, on_step: Callable[[], None] | None = None,
) -> Strokes:  # fmt: skip
    tip = brush if brush_tip is None else brush_tip
    wanted = render(strokes, brush=tip, on_band=on_step) if picture is None else picture
    return prune(strokes, wanted, count, tip, on_step=on_step)


def _enough(strokes: Strokes, given: Mapping[str, Any]) -> bool:
    return given["count"] is None or len(strokes) <= given["count"]


def _check(given: Mapping[str, Any]) -> None:
    if given["picture"] is not None and given["count"] is None:
        raise ValueError("--like says what the best of --strokes N should look like; give that too, or leave it out")


OPERATION = Operation(
    "best",
    "4. the best of them",
    Face(
        (
            Value("count", Kind.WHOLE, "How many stay: those that matter most.", 1500, 0, MOST_STROKES),
            Value("brush", Kind.BRUSH,
                  "What the painting will be drawn with: strokes are judged by what is seen of them."),
            Value("picture", Kind.FITTED,
                  "What it should look like: the picture that was painted. Without one: as it looks now."),
            Value("brush_tip", Kind.TIP, "A brush from Load Brush, in place of the one that is chosen."),
        ),
        _best,
        idle=_enough,
        draws=True,
    ),
    Node(
        "KeepBestStrokes", "Keep Best Strokes", ("prune strokes", "fewer strokes", "simplify", "reduce"),
        "Leave out the strokes that matter least, so that a painting gets by with fewer.",
        (("strokes", "The strokes that matter most, in their order, in colors that suit them."),),
    ),
    Face(
        (
            Value("count", Kind.WHOLE, "keep the N that matter most", least=0, flag="--strokes", metavar="N"),
            Value("picture", Kind.FITTED, "for what it should look like (as it looks before)", flag="--like"),
        ),
        _best,
        _check,
        _enough,
        draws=True,
    ),
)  # fmt: skip

"""The operation `choose`: some of a painting's strokes stay."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from ...strokes import Strokes
from ..operation import Face, Kind, Node, Operation, Value
from ..select import PLACES, UNITS, by_color, by_layer, by_mask, by_progress, by_size, split

#: Largest stroke that a widget can ask for, in pixels or percent.
LARGEST = 100_000.0


def _parted(
    strokes: Strokes, *, min_length: float, max_length: float, min_width: float, max_width: float, unit: str,
    first_layer: int, last_layer: int, start: float, end: float, color: Tensor | None, color_distance: float,
    where: str, threshold: float, invert: bool, mask: Tensor | None,
) -> tuple[Strokes, Strokes]:  # fmt: skip
    length, width = (min_length, max_length or math.inf), (min_width, max_width or math.inf)
    keep = by_size(strokes, length=length, width=width, unit=unit)
    keep &= by_layer(strokes, first_layer, None if last_layer < 0 else last_layer)
    keep &= by_progress(strokes, start, end)
    if color is not None:
        keep &= by_color(strokes, color, color_distance)
    if mask is not None:
        keep &= by_mask(strokes, mask, where, threshold)
    return split(strokes, ~keep if invert else keep)


def _kept(
    strokes: Strokes, *, keep_layers: tuple[float, float] | None, keep_process: tuple[float, float] | None,
    min_size: tuple[float, str] | None, max_size: tuple[float, str] | None, near: Tensor | None, distance: float,
    mask: Tensor | None, where: str, invert: bool,
) -> Strokes:  # fmt: skip
    keep = torch.ones(len(strokes), dtype=torch.bool)
    if keep_layers:
        first, last = keep_layers
        keep &= by_layer(strokes, int(first), None if math.isinf(last) else int(last))
    if keep_process:
        start, end = keep_process
        keep &= by_progress(strokes, start, min(end, 1.0))
    if min_size:
        keep &= by_size(strokes, length=(min_size[0], math.inf), unit=min_size[1])
    if max_size:
        keep &= by_size(strokes, length=(0, max_size[0]), unit=max_size[1])
    if near is not None:
        keep &= by_color(strokes, near, distance)
    if mask is not None:
        keep &= by_mask(strokes, mask, where)
    return strokes[~keep if invert else keep]


def _extent(name: str, about: str) -> Value:
    return Value(name, Kind.NUMBER, about, 0.0, 0.0, LARGEST, 0.5)


OPERATION = Operation(
    "choose",
    "1. which strokes stay",
    Face(
        (
            _extent("min_length", "Keep strokes that are at least this long."),
            _extent("max_length", "Keep strokes that are at most this long. 0: any length."),
            _extent("min_width", "Keep strokes that are at least this wide."),
            _extent("max_width", "Keep strokes that are at most this wide. 0: any width."),
            Value("unit", Kind.CHOICE, "Lengths and widths are pixels of the painting, or percent of its longer side.",
                  UNITS[0], choices=UNITS),
            Value("first_layer", Kind.WHOLE, "Keep from this layer; 0: the coarsest.", 0, 0, 99),
            Value("last_layer", Kind.WHOLE, "Keep up to this layer; -1: finest.", -1, -1, 99),
            Value("start", Kind.NUMBER, "Keep what was painted after this moment; 0 is the beginning of the process.",
                  0.0, 0.0, 1.0, 0.01),
            Value("end", Kind.NUMBER,
                  "Keep what was painted before this moment; 0.3 is a painting a third done, 1 all of it.",
                  1.0, 0.0, 1.0, 0.01),
            Value("color", Kind.COLOR, "Keep strokes of about this color: #d9501e, or a name such as teal.", ""),
            Value("color_distance", Kind.NUMBER,
                  "How far a stroke's color may be from it: 0.02 looks the same, 0.1 is its kind, 1 any.",
                  0.1, 0.0, 1.0, 0.01),
            Value("where", Kind.CHOICE,
                  "With a mask: keep strokes with their center in it, wholly in it, touching it, outside.",
                  PLACES[0], choices=PLACES),
            Value("threshold", Kind.NUMBER, "How white a soft mask must be to count; lower takes in more of its edge.",
                  0.5, 0.01, 1.0, 0.01),
            Value("invert", Kind.YES, "Keep the others instead.", False),
            Value("mask", Kind.MASK, "Where to keep strokes: white. See 'where'."),
        ),
        _parted,
    ),
    Node(
        "FilterStrokes", "Filter Strokes", ("select strokes", "choose strokes", "split strokes"),
        "Choose strokes by size, layer, time, color or a mask. A stroke is kept if all of it applies.",
        (("kept", "The strokes that were chosen, in the order in which they were painted."),
         ("rest", "All others; Merge Strokes or Stroke Render take them too.")),
    ),
    Face(
        (
            Value("keep_layers", Kind.SPAN, "these layers; 0 is the coarsest"),
            Value("keep_process", Kind.SPAN, "what was painted in this part of the process, 0-0.3 or 0.3-1"),
            Value("min_size", Kind.EXTENT, "at least this long: 12 pixels, or 2%% of the longer side"),
            Value("max_size", Kind.EXTENT, "at most this long"),
            Value("near", Kind.COLOR, "strokes of about this color: #d9501e, teal ..."),
            Value("distance", Kind.NUMBER, "how far from it, in OKLab (0.1)", 0.1, 0, 1, metavar="D"),
            Value("mask", Kind.MASK, "strokes where this is white; with --merge: where the other painting is"),
            Value("where", Kind.CHOICE, "what of a stroke must be where (center)", PLACES[0], choices=PLACES),
            Value("invert", Kind.YES, "keep the others instead", False),
        ),
        _kept,
    ),
)  # fmt: skip

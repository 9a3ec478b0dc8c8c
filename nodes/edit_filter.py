"""Choose some of a painting's strokes."""

from __future__ import annotations

import math

from comfy_api.latest import io
from torch import Tensor

from ..painter_core import Strokes
from ..painter_core.edit import by_color, by_layer, by_mask, by_progress, by_size, split
from ..painter_core.edit.color_text import color_from_text
from ..painter_core.edit.select import PLACES, UNITS
from . import menu
from .edit_batch import each, mask_of, strokes_input, strokes_output
from .inputs import check_choice, refused_color

#: Largest stroke that a widget can ask for, in pixels or percent.
LARGEST = 100_000.0


def _extent(name: str, tooltip: str) -> io.Input:
    return io.Float.Input(name, default=0.0, min=0.0, max=LARGEST, step=0.5, tooltip=tooltip)


class FilterStrokes(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return menu.schema(
            "FilterStrokes",
            description="Choose strokes by size, layer, time, color or a mask. A stroke is kept if all of it applies.",
            inputs=[
                strokes_input(),
                _extent("min_length", "Keep strokes that are at least this long."),
                _extent("max_length", "Keep strokes that are at most this long. 0: any length."),
                _extent("min_width", "Keep strokes that are at least this wide."),
                _extent("max_width", "Keep strokes that are at most this wide. 0: any width."),
                io.Combo.Input(
                    "unit",
                    options=list(UNITS),
                    default=UNITS[0],
                    tooltip="Lengths and widths are pixels of the painting, or percent of its longer side.",
                ),
                io.Int.Input("first_layer", default=0, min=0, max=99, tooltip="Keep from this layer; 0: the coarsest."),
                io.Int.Input("last_layer", default=-1, min=-1, max=99, tooltip="Keep up to this layer; -1: finest."),
                io.Float.Input(
                    "start",
                    default=0.0,
                    min=0.0,
                    max=1.0,
                    step=0.01,
                    tooltip="Keep what was painted after this moment; 0 is the beginning of the process.",
                ),
                io.Float.Input(
                    "end",
                    default=1.0,
                    min=0.0,
                    max=1.0,
                    step=0.01,
                    tooltip="Keep what was painted before this moment; 0.3 is a painting a third done, 1 all of it.",
                ),
                io.String.Input(
                    "color", default="", tooltip="Keep strokes of about this color: #d9501e, or a name such as teal."
                ),
                io.Float.Input(
                    "color_distance",
                    default=0.1,
                    min=0.0,
                    max=1.0,
                    step=0.01,
                    tooltip="How far a stroke's color may be from it: 0.02 looks the same, 0.1 is its kind, 1 any.",
                ),
                io.Combo.Input(
                    "where",
                    options=list(PLACES),
                    default=PLACES[0],
                    tooltip="With a mask: keep strokes with their center in it, wholly in it, touching it, outside.",
                ),
                io.Float.Input(
                    "threshold",
                    default=0.5,
                    min=0.01,
                    max=1.0,
                    step=0.01,
                    tooltip="How white a soft mask must be to count; lower takes in more of its edge.",
                ),
                io.Boolean.Input("invert", default=False, tooltip="Keep the others instead."),
                io.Mask.Input("mask", optional=True, tooltip="Where to keep strokes: white. See 'where'."),
            ],
            outputs=[
                strokes_output("The strokes that were chosen, in the order in which they were painted.", "kept"),
                strokes_output("All others; Merge Strokes or Stroke Render take them too.", "rest"),
            ],
        )

    @classmethod
    def validate_inputs(cls, color: str | None) -> bool | str:
        """Before anything of the graph runs; None comes from another node, and is known later."""
        return refused_color(color) or True

    @classmethod
    def execute(
        cls,
        strokes: list[Strokes],
        min_length: float,
        max_length: float,
        min_width: float,
        max_width: float,
        unit: str,
        first_layer: int,
        last_layer: int,
        start: float,
        end: float,
        color: str,
        color_distance: float,
        where: str,
        threshold: float,
        invert: bool,
        mask: Tensor | None = None,
    ) -> io.NodeOutput:
        check_choice("unit", unit, UNITS)
        check_choice("where", where, PLACES)
        length, width = (min_length, max_length or math.inf), (min_width, max_width or math.inf)
        tone = color_from_text(color) if color.strip() else None

        def choose(index: int, painting: Strokes) -> tuple[Strokes, Strokes]:
            keep = by_size(painting, length=length, width=width, unit=unit)
            keep &= by_layer(painting, first_layer, None if last_layer < 0 else last_layer)
            keep &= by_progress(painting, start, end)
            if tone is not None:
                keep &= by_color(painting, tone, color_distance)
            area = mask_of(mask, index, painting)
            if area is not None:
                keep &= by_mask(painting, area, where, threshold)
            return split(painting, ~keep if invert else keep)

        parts = each(strokes, choose)
        return io.NodeOutput([kept for kept, _ in parts], [rest for _, rest in parts])

"""The painting options as widgets: one for each row of `painter_core`'s table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from comfy_api.latest import io

from ..painter_core import Brush, PaintOptions, preset
from ..painter_core.brushes.brush import BRUSHES, get_brush
from ..painter_core.options import AS_THE_LOOK, OPTIONS, OURS, Option
from ..painter_core.painting.presets import PRESETS
from ..painter_core.wording import shown
from .compat import newer
from .inputs import check_choice

#: What people meet first. What else a node has stands between these and the others, so that an option that is added to
#: the table is the last widget of every node: graphs store widgets by position.
FIRST = ("look", "strokes", "refine", "seed")
OTHERS = tuple(name for name in OPTIONS if name not in FIRST)
#: What there is to choose from, where the table leaves that to the registries.
CHOICES = {"look": tuple(PRESETS), "brush": (AS_THE_LOOK, *BRUSHES)}
KINDS = {int: io.Int.Input, float: io.Float.Input, str: io.Combo.Input}


def painting_inputs(names: Iterable[str], more: Mapping[str, str] | None = None) -> list[io.Input]:
    """A widget for each option; none has to be given. `more`: what else tooltips of this node say, by name."""
    return [_widget(OPTIONS[name], (more or {}).get(name, "")) for name in names]


def painting_options(values: Mapping[str, Any], brush_tip: Brush | None = None) -> PaintOptions:
    """What the widgets say, for `paint`; a value that is not there is the look's, as Python and the command line do.

    Raises ValueError that names the widget for a value that is not allowed.
    """
    unknown = next((name for name in values if name not in OURS), None)
    if unknown is not None:
        raise ValueError(f"There is no input {shown(unknown)}. There are: {', '.join(OURS)}.")
    given = {name: None if value == OPTIONS[name].unset else value for name, value in values.items()}
    if given.get("brush") is not None:
        check_choice("brush", given["brush"], CHOICES["brush"])  # a name, and no file of the server's
    options = preset(given.pop("look", None), **given)
    return replace(options, brush=get_brush(brush_tip or options.brush))


def _widget(option: Option, more: str) -> io.Input:
    words: dict[str, Any] = {"default": option.default if option.unset is None else option.unset}
    label = option.name.replace("_", " ")
    says = [option.about]
    if option.kind is str:
        words["options"] = list(CHOICES.get(option.name, option.choices))
    else:
        least = option.least if option.unset is None else min(option.least, option.unset)
        words |= {"min": least, "max": option.most, "step": option.step}
        if option.unset is not None:
            label += f" ({option.unset}: as the look)"
            says.append(f"{option.unset}: as the look has it.")
    if option.name == "seed":
        words["control_after_generate"] = True
    says += [more] if more else []
    words |= {"display_name": label} if label != option.name else {}
    words["advanced"] = option.advanced or None
    return newer(KINDS[option.kind], option.name, optional=True, tooltip=" ".join(says), **words)

"""The painting options: one table that Python, the command line, the nodes and their help pages read.

A look (a preset) has a value of its own for each of them. What a person sets wins; what is left unset is the look's.
`presets.preset` puts the two together.
"""

from __future__ import annotations

import math
import numbers
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from .wording import shown

#: How a value meets the look's own: it takes its place, multiplies it, or is added to it.
SET, TIMES, PLUS = "set", "times", "plus"
#: What it is part of: the choice of the painter, that of the look, a field of `PaintOptions`, a field of `Manner`.
PAINTER, LOOK, PAINTING, MANNER = "painter", "look", "painting", "manner"
#: What a choice among names says where the look is to decide.
AS_THE_LOOK = "as the look"


@dataclass(frozen=True)
class Option:
    """One painting option.

    Attributes:
        name: in Python and in the nodes; the command line writes "-" for "_".
        kind: int, float or str; a str is one of several names.
        default: the value that leaves the painting as the default look has it.
        help: one line, for the command line.
        about: what more there is to say, in sentences, for tooltips and help pages.
        part, field: what it feeds, and the name of the field there (by itself, the option's own name).
        least, most, step: of a number; the step is what an arrow of a widget adds.
        unit: of a number, for messages.
        meets: SET, TIMES or PLUS.
        choices: the names, where they are the same everywhere; else whoever shows the option has them.
        unset: the widget's value that stands for the look's own; None where the default does.
        advanced: few people need it.
    """

    name: str
    kind: type
    default: Any
    help: str
    about: str
    part: str = PAINTING
    field: str = ""
    least: float = -math.inf
    most: float = math.inf
    step: float | None = None
    unit: str = ""
    meets: str = SET
    choices: tuple[str, ...] = ()
    unset: Any = None
    advanced: bool = False

    @property
    def target(self) -> str:
        """The field that it feeds."""
        return self.field or self.name

    @property
    def range(self) -> str:
        """What is allowed of a number, in words."""
        return f"{_written(self.least)} to {_written(self.most)}" + (f" {self.unit}" if self.unit else "")

    def check(self, value: Any, name: str = "") -> None:
        """Raise ValueError that names the option, what was given and what is allowed, unless `value` is allowed.

        `name`: what it is called where it was given, else the option's own.
        """
        name = name or self.name
        if self.kind is str:
            if self.choices and value not in self.choices:
                raise ValueError(f"{name} must be one of {', '.join(self.choices)}, got {shown(value)}")
            return
        if _finite(value) and self.least <= value <= self.most and self.kind(value) == value:
            return
        whole = "a whole number " if self.kind is int else ""
        raise ValueError(f"{name} must be {whole}from {self.range}, got {shown(value)}")

    def met(self, own: float, value: float) -> float:
        """What becomes of the look's `own` value when a person gives `value`; it never leaves the range.

        Raises:
            ValueError: as `check` does.
        """
        self.check(value)
        if self.meets == SET:
            return value
        return min(self.most, max(self.least, own * value if self.meets == TIMES else own + value))


def _finite(value: Any) -> bool:
    # not math.isfinite, which has no word for whole numbers beyond a float
    return (
        isinstance(value, numbers.Real)
        and not isinstance(value, bool)
        and value not in (math.inf, -math.inf)
        and (value == value)
    )


def _written(number: float) -> str:
    """A number as people write it: 5 rather than 5.0, every digit of a large one."""
    return str(int(number)) if number == int(number) else str(number)


_TABLE = (
    Option(
        "look", str, "oil", part=LOOK,
        help="what the painting looks like: brush, ground and manner that suit each other",
        about="What the painting looks like: brush, ground, number of strokes and everything else that suits it. What "
        "is set below wins over it.",
    ),
    Option(
        "strokes", int, 3000, least=1, most=50_000, unset=0,
        help="how many strokes",
        about="How many strokes a painting has: 300 is a sketch, 3000 a painting, 20000 nearly a photo. Pointillist "
        "and pencil want many (5000 to 8000), watercolor and marker few (about 1000).",
    ),
    Option(
        "refine", int, 20, least=0, most=1000, unit="steps", unset=-1,
        help="steps in which all strokes are improved together: 20 gain most, 80 nearly all there is",
        about="Steps in which all strokes are improved together when they are laid: moved, turned, recolored, the "
        "least useful ones planted elsewhere. 20 gain most of it in a few seconds, 80 nearly all there is in four "
        "times as long, 0 leaves the painting as it was laid.",
    ),
    Option(
        "seed", int, 0, least=0, most=2**64 - 1,
        help="same seed, same painting",
        about="The same seed gives the same painting. All pictures of a batch get it.",
    ),
    Option(
        "brush", str, "oil", unset=AS_THE_LOOK, advanced=True,
        help="what the strokes look like",
        about="Another brush than the look's, with everything else as the look has it: oil, filbert, fan, knife and "
        "dry are for paint, sable and rigger for strokes and lines that come to a point, watercolor for washes, "
        "pencil, charcoal and marker for drawing; round is soft, flat hard-edged, dot round and opaque.",
    ),
    Option(
        "stroke_length", float, 1.0, part=MANNER, field="length", least=0.2, most=5.0, step=0.1, meets=TIMES,
        help="length of the strokes for their width, times the look's own",
        about="How long strokes are for their width, times the look's own: 0.5 are dabs, 2 long sweeps.",
    ),
    Option(
        "flow", float, 1.0, part=MANNER, least=0.0, most=5.0, step=0.1, meets=TIMES, advanced=True,
        help="how much strokes follow the forms when they are refined, times the look's own: 0 not at all",
        about="How much strokes follow the forms of the picture, round a cheek or along a branch, while they are "
        "refined; times the look's own. 0: not at all. It does nothing when refine is 0.",
    ),
    Option(
        "variety", float, 0.0, part=MANNER, least=0.0, most=3.0, step=0.1, meets=PLUS,
        help="how much neighboring strokes differ in color, direction and length, on top of the look's own",
        about="How much neighboring strokes differ in color, direction and length, as a lively hand would have it; "
        "on top of the look's own. 0: no more than the look does.",
    ),
    Option(
        "attention", float, 1.0, least=0.0, most=3.0, step=0.1, meets=TIMES, advanced=True,
        help="how much small strokes go where people look, times the look's own: 0 everywhere alike",
        about="How much small strokes go where people look: eyes and faces first, then what stands out; times the "
        "look's own. 0: everywhere alike. A detail mask takes its place.",
    ),
    Option(
        "mode", str, "fast", part=PAINTER, choices=("fast", "paper"), advanced=True,
        help="our painter, or the paper's inference",
        about="fast: our painter. paper: what the Paint Transformer paper (2021) does, to compare with; it has no use "
        "for the other options.",
    ),
)  # fmt: skip

#: Every option by its name, in the order in which people meet them.
OPTIONS: Mapping[str, Option] = MappingProxyType({option.name: option for option in _TABLE})
#: Those of our own painter, which the paper's has no use for.
OURS = tuple(option.name for option in _TABLE if option.part != PAINTER)


def defaults(part: str) -> dict[str, Any]:
    """The default of every field of a part (PAINTING or MANNER) that an option feeds."""
    return {option.target: option.default for option in _TABLE if option.part == part}


def check_fields(part: str, values: object) -> None:
    """Raise ValueError, as `Option.check` does, unless the fields of `values` that options feed are allowed."""
    for option in _TABLE:
        if option.part == part:
            name = f"manner: {option.target}" if part == MANNER else option.name
            option.check(getattr(values, option.target), name)

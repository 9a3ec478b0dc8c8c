"""The painting options on the command line, as the one table has them: what is not given is None, the look's own."""

from __future__ import annotations

import argparse
import dataclasses
import math
import os
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from ..options import OPTIONS, OURS, TIMES, Option

if TYPE_CHECKING:
    from ..painting.paint_options import PaintOptions

#: Other names that people type for an option.
ALSO = {"look": ("--preset",)}
#: What numbers may end in, as in 3k.
THOUSAND = "k"


def add_painting_arguments(parser: argparse.ArgumentParser, names: Iterable[str] = OPTIONS, note: str = "") -> None:
    """Add options of the table; `note` is put before what each of them is about."""
    for name in names:
        option = OPTIONS[name]
        flags = ["--" + name.replace("_", "-"), *ALSO.get(name, ())]
        parser.add_argument(*flags, dest=name, type=_type(option), metavar=_metavar(option), help=note + _about(option))


def given(args: argparse.Namespace, names: Iterable[str] = OPTIONS) -> dict[str, Any]:
    """The options that were given, by name."""
    values = {name: getattr(args, name) for name in names}
    return {name: value for name, value in values.items() if value is not None}


def painting_options(args: argparse.Namespace) -> PaintOptions:
    """The look, with everything that was asked for; its brush is read."""
    from ..brushes.brush import get_brush
    from ..painting.presets import preset

    asked = given(args, OURS)
    options = preset(asked.pop("look", None), **asked)
    return dataclasses.replace(options, brush=get_brush(options.brush))


def flag(name: str) -> str:
    """How an option is written, for messages."""
    return "--" + name.replace("_", "-")


def _type(option: Option) -> Callable[[str], object]:
    """An argparse type."""
    if option.name == "brush":
        return _brush
    if option.kind is str:
        return _one_of(_choices(option))
    return _number(option)


def _choices(option: Option) -> Sequence[str]:
    from ..painting.presets import PRESETS

    return option.choices or list(PRESETS)


def _one_of(names: Sequence[str]) -> Callable[[str], str]:
    """One of several names, however it is spelled: Oil, " oil"."""

    def name(text: str) -> str:
        plain = text.strip().lower()
        if plain not in names:
            raise argparse.ArgumentTypeError(f"must be one of {', '.join(names)}, got {text!r}")
        return plain

    return name


def _brush(text: str) -> str:
    """A brush's name, however it is spelled, or a file, which is read later."""
    from ..brushes.brush import BRUSHES

    plain = text.strip().lower()
    return plain if plain in BRUSHES and not os.path.isfile(text) else text


def _number(option: Option) -> Callable[[str], float]:
    """A number in the option's range; 3k is 3000."""
    whole = "a whole number" if option.kind is int else "a number"

    def number(text: str) -> float:
        plain = text.strip().lower().replace("_", "")
        thousands = plain.endswith(THOUSAND)
        try:
            value = option.kind(plain) if not thousands else float(plain[: -len(THOUSAND)]) * 1000
        except ValueError:
            value = math.nan
        try:
            option.check(value)
        except ValueError:
            raise argparse.ArgumentTypeError(f"must be {whole} from {option.range}, got {text!r}") from None
        return option.kind(value)

    return number


def _metavar(option: Option) -> str:
    if option.name == "brush":
        return "NAME|FILE"
    return {int: "N", float: "X"}.get(option.kind, "NAME")


def _about(option: Option) -> str:
    """Help in one line: what it is, what is allowed, what it is when it is not given."""
    from ..brushes.brush import BRUSHES

    if option.name == "brush":
        return f"{option.help}: {', '.join(BRUSHES)}, or a picture of a brush mark (the look's)"
    if option.kind is str:
        return f"{option.help}: {', '.join(_choices(option))} ({option.default})"
    if option.name == "seed":
        return f"{option.help} ({option.default})"
    usual = f"{option.default:g}" if option.meets == TIMES or option.unset is None else "the look's"
    return f"{option.help}; {option.range} ({usual})"

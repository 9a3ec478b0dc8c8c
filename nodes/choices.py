"""Choices of a node are looked at before anything of the graph runs.

Not all versions of ComfyUI do that for nodes of the new kind; without it a wrong name at the end of a graph would be
told after minutes of painting.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from comfy_api.latest import io

from ..painter_core.wording import shown

#: Choices that a message names.
MOST_NAMED = 40


def choices_checked(node: type[io.ComfyNode]) -> Callable[..., bool | str]:
    """`validate_inputs` for a node: a look at its choices, and then what it does itself, if it has one."""
    own = node.__dict__.get("validate_inputs")
    own = None if own is None else own.__func__
    theirs = [] if own is None else [*inspect.signature(own).parameters.values()][1:]
    looked_at = {parameter.name for parameter in theirs}
    choices = [entry.id for entry in node.define_schema().inputs if _is_choice(entry) and entry.id not in looked_at]

    def validate_inputs(cls: type[io.ComfyNode], **given: Any) -> bool | str:
        for entry in cls.define_schema().inputs:
            value = given.get(entry.id) if entry.id in choices else None
            # None: another node has it, and it is known later
            if value is not None and (refused := _refused(entry, value)):
                return refused
        return True if own is None else own(cls, **{name: given[name] for name in looked_at & given.keys()})

    words = inspect.Parameter.POSITIONAL_OR_KEYWORD
    parameters = [inspect.Parameter(name, words) for name in ("cls", *choices)]
    # ComfyUI asks for the names, and hands on those inputs alone
    setattr(validate_inputs, "__signature__", inspect.Signature([*parameters, *theirs]))  # noqa: B010
    return validate_inputs


def found(path_of: Callable[[Any], object], name: Any) -> bool | str:
    """What `validate_inputs` says of the name of a file: True if `path_of` knows where it is, else why not."""
    try:
        if name is not None:  # else it comes from another node, and is known later
            path_of(name)
    except ValueError as error:
        return str(error)
    return True


def _is_choice(entry: io.Input) -> bool:
    return entry.get_io_type() == "COMBO"


def _refused(entry: Any, value: Any) -> str:
    """What is wrong with a choice; nothing if it is one."""
    if isinstance(value, str) and value in entry.options:
        return ""
    named = ", ".join(entry.options[:MOST_NAMED]) + (" ..." if len(entry.options) > MOST_NAMED else "")
    return f"There is no {entry.id} {shown(value)}. There are: {named or 'none'}. Choose one of them, or refresh."

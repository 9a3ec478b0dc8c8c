"""A stand-in for the schema words of ComfyUI 0.10 and newer, on the ComfyUI of the tests, which does not know them."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from types import ModuleType
from typing import Any

#: Kinds of inputs that got `advanced`: those that are widgets.
WIDGETS = ("Boolean", "Int", "Float", "String", "Combo")


def install(io: ModuleType) -> None:
    """Teach `comfy_api.latest.io` the words `advanced` of inputs and `search_aliases` of schemas."""
    for name in WIDGETS:
        kind = getattr(io, name)
        kind.Input = _with_advanced(kind.Input)

    @dataclass
    class Schema(io.Schema):
        search_aliases: list[str] | None = None

    setattr(io, "Schema", Schema)  # noqa: B010 (of a module, so that it is known to have one)


def _with_advanced(old: type) -> type:
    class Input(old):
        def __init__(self, *values: object, advanced: bool | None = None, **words: Any) -> None:
            super().__init__(*values, **words)
            self.advanced = advanced

        def as_dict(self) -> dict[str, Any]:
            return super().as_dict() | ({} if self.advanced is None else {"advanced": self.advanced})

    # as if it were written out, as in ComfyUI
    signature = inspect.signature(old.__init__)
    advanced = inspect.Parameter("advanced", inspect.Parameter.KEYWORD_ONLY, default=None)
    Input.__init__.__signature__ = signature.replace(parameters=[*signature.parameters.values(), advanced])
    return Input

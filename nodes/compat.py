"""Words that newer ComfyUIs know in a node's schema, left out where the one at hand does not know them.

newer(io.Int.Input, "refine", default=20, advanced=True)
newer(io.Schema, node_id="PaintImage", search_aliases=["oil"])
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")

#: What came after ComfyUI 0.3.75, the oldest that we support. Whatever else is not known is a mistake of ours.
NEWER_WORDS = frozenset({"advanced", "search_aliases", "essentials_category", "is_dev_only"})


def newer(make: Callable[..., T], *values: Any, **words: Any) -> T:
    """`make(*values, **words)`: an input, an output or a schema, without those NEWER_WORDS that `make` has no room for.

    Raises TypeError for any other word that it does not know.
    """
    return make(*values, **{word: value for word, value in words.items() if word not in NEWER_WORDS or has(make, word)})


def has(make: Callable[..., Any], word: str) -> bool:
    """Whether `make` takes a keyword argument of this name."""
    parameters = inspect.signature(make).parameters
    return word in parameters or any(each.kind is each.VAR_KEYWORD for each in parameters.values())

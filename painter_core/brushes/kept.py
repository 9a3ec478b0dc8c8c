"""What is made of a brush once and kept for as long as the brush itself."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar
from weakref import WeakKeyDictionary

from .contract import Brush

P = ParamSpec("P")
T = TypeVar("T")


def kept_with_brush(most: int) -> Callable[[Callable[Concatenate[Brush, P], T]], Callable[Concatenate[Brush, P], T]]:
    """Keep what a function of a brush and hashable arguments returns, the latest `most` results for each brush.

    They go when the brush goes: atlases of brushes that were made of pictures take up to 70 MB each, and a server sees
    many such brushes. What the function returns must therefore not refer to the brush.
    """

    def keep(function: Callable[Concatenate[Brush, P], T]) -> Callable[Concatenate[Brush, P], T]:
        kept: WeakKeyDictionary[Brush, OrderedDict[Hashable, T]] = WeakKeyDictionary()
        lock = threading.Lock()

        @wraps(function)
        def found(brush: Brush, *args: P.args, **kwargs: P.kwargs) -> T:
            key = (args, tuple(sorted(kwargs.items())))
            with lock:
                own = kept.setdefault(brush, OrderedDict())
                if key in own:
                    own.move_to_end(key)
                    return own[key]
            made = function(brush, *args, **kwargs)
            with lock:
                own[key] = made
                while len(own) > most:
                    own.popitem(last=False)
            return made

        return found

    return keep

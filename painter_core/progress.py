"""How work says how far it is, and how it is cancelled: by what it calls on its way."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

#: Called often with (steps done, steps in all, the canvas (3, h, w) so far or None). What it raises passes straight
#: through the work: a way to cancel.
OnStep = Callable[[int, int, "Tensor | None"], None]

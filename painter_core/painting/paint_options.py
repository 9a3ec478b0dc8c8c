"""How to paint: what there is to choose, with its defaults."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..brushes.brush import Brush
from ..manner import Manner
from ..options import OPTIONS, PAINTING, check_fields, defaults

MOST_STROKES = int(OPTIONS["strokes"].most)
#: What an unset option leaves the fields at that it feeds.
DEFAULT = defaults(PAINTING)


@dataclass(frozen=True)
class PaintOptions:
    """How to paint; ranges and defaults stand in `options.OPTIONS`. Without arguments: the default look, oil.

    Attributes:
        strokes: how many: exactly so many as long as one more still lowers the error, never more.
        brush: name, file or Brush that the strokes are painted with; they are judged as that brush draws them.
        seed: picks the tips' variations.
        refine: gradient steps on all strokes together afterwards; 20 take a few seconds and gain most.
        manner: how strokes are shaped and laid.
        attention: how much small strokes go where people look (faces and eyes first, see `detail.detail_map`) when no
            detail map is given: 0 not at all, 1 clearly.
    """

    strokes: int = DEFAULT["strokes"]
    brush: str | Brush = DEFAULT["brush"]
    seed: int = DEFAULT["seed"]
    refine: int = DEFAULT["refine"]
    manner: Manner = field(default_factory=Manner)
    attention: float = DEFAULT["attention"]

    def __post_init__(self) -> None:
        """Raises ValueError that names the field, what was given and what is allowed."""
        check_fields(PAINTING, self)

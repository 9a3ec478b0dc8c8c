"""What came of a case."""

from __future__ import annotations

from dataclasses import dataclass

#: Letters of the longest message that anybody reads.
MOST_LETTERS = 1500


@dataclass(frozen=True)
class Outcome:
    """What came of a case.

    Attributes:
        end: "refused" before anything ran, an "error" of a node, or "success".
        said: what people read.
        problems: what must not have happened.
    """

    end: str
    said: str
    problems: tuple[str, ...] = ()

"""What a method of style transfer is: a name, and something that makes a transform of the styles."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from torch import Tensor

#: Told of (parts done, parts in all), and by methods that come closer step by step of (3, h, w) how it looks so far, of
#: any size; what it raises passes through: a way to cancel.
OnPart = Callable[..., None]


class StyleTransform(Protocol):
    """Gives one picture after the other a style that is known."""

    def __call__(self, content: Tensor, on_part: OnPart | None = None) -> Tensor:
        """(3, H, W) in [0, 1] -> a new picture of that size. May keep what it needs from frame to frame."""
        ...


class MakeTransform(Protocol):
    """Makes a transform of styles: what there is to know of them is worked out once."""

    def __call__(self, styles: Sequence[Tensor], *, film: bool = False) -> StyleTransform:
        """styles: (3, h, w) in [0, 1] each, of any size, which count alike; with `film` the calls of the transform are
        for successive frames of one film."""
        ...


@dataclass(frozen=True)
class Method:
    """One method.

    Attributes:
        name: in Python, on the command line and in the node.
        make: makes its transform.
        about: what comes of it, in words that go on after the name, for help and tooltips.
        needs: a file without which the method is not offered.
    """

    name: str
    make: MakeTransform
    about: str
    needs: Path | None = None

    @property
    def available(self) -> bool:
        """Whether what it needs is there."""
        return self.needs is None or self.needs.is_file()

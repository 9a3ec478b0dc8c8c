"""What painters expect of a stroke predictor."""

from __future__ import annotations

from typing import Any, Protocol

from torch import Tensor, nn


class StrokePredictor(Protocol):
    """A network that proposes strokes for patches.

    Attributes:
        name: for reports, such as "compact".
        patch: side of its square patches in pixels.
        strokes: S, how many strokes it proposes for a patch.
    """

    name: str
    patch: int
    strokes: int

    def predict(self, target: Tensor, canvas: Tensor) -> tuple[Tensor, Tensor]:
        """Strokes that would turn the canvas into the target.

        Args:
            target, canvas: (B, 3, P, P) sRGB in [0, 1].
        Returns:
            marks (B, S, 5): x, y, length, width as fractions of the patch (x right, y down, length >= width), angle in
            radians in [0, pi) clockwise; or (B, S, 7) with bend and taper as well, see `Strokes`; in painting order.
            logit (B, S): confidence, drawn by the paper where > 0.
        """
        ...


class PredictorNetwork(nn.Module):
    """The networks of this package: stroke predictors whose files `checkpoint` reads and writes.

    Attributes:
        name, patch, strokes: as in `StrokePredictor`; architecture: its kind, by name; config: its sizes, a dataclass.
    """

    architecture: str
    config: Any
    name: str
    patch: int
    strokes: int

    def predict(self, target: Tensor, canvas: Tensor) -> tuple[Tensor, Tensor]:
        """As in `StrokePredictor`."""
        raise NotImplementedError

"""What the nodes that edit strokes share: one painting of a batch after the other, with a bar that can be cancelled."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from comfy_api.latest import io
from torch import Tensor

from ..painter_core import Strokes
from . import adapt
from .progress import Progress
from .types import StrokeBatch

Result = TypeVar("Result")
SEEDS = 2**64


def each(strokes: list[Strokes], change: Callable[[int, Strokes], Result]) -> list[Result]:
    """`change` of every painting of a batch, by its number."""
    progress = Progress(len(strokes))
    results = []
    for i, painting in enumerate(strokes):
        progress.of(i)(0, 1, None)
        results.append(change(i, painting))
    progress.finish()
    return results


def mask_of(masks: Tensor | None, index: int, strokes: Strokes) -> Tensor | None:
    """The mask (H, W) that goes with a painting, at the size of its canvas."""
    return None if masks is None else adapt.mask(masks, index, strokes.canvas, strokes.center.device)


def strokes_input(tooltip: str = "The strokes of one or more paintings. They are left as they are.") -> io.Input:
    return StrokeBatch.Input("strokes", tooltip=tooltip)


def strokes_output(tooltip: str, name: str = "strokes") -> io.Output:
    return StrokeBatch.Output(display_name=name, tooltip=tooltip)


def seed_input(tooltip: str) -> io.Input:
    return io.Int.Input("seed", default=0, min=0, max=SEEDS - 1, control_after_generate=True, tooltip=tooltip)

"""Strokes as marks of their brushes, ready to be drawn at some size."""

from __future__ import annotations

import torch
from torch import Tensor

from ..brushes.brush import Brush, built_in, get_brush
from ..strokes import Strokes
from .atlas import Atlas, Atlases, print_atlas_of
from .stamps import Arcs, Stamps, stamps_of


def brushes_of(strokes: Strokes, brush: str | Brush | None = None) -> tuple[tuple[Brush, ...], Tensor | None]:
    """What strokes are drawn with.

    Args:
        brush: name, file or Brush that draws all of them; default: their own.
    Returns:
        the brushes that are used, and for each stroke (N,) which of them; None where there is but one.
    Raises:
        ValueError: an unknown brush.
    """
    if brush is not None:
        return (get_brush(brush),), None
    own = strokes.brushes
    if len(own) == 1:
        return (_brush(own[0]),), None
    used, which = strokes.brush.unique(return_inverse=True)
    if len(used) < 2:
        return (_brush(own[int(used[0]) if len(used) else 0]),), None
    return tuple(_brush(own[index]) for index in used.tolist()), which


def _brush(brush: str | Brush) -> Brush:
    # a name in a painting is never a file's: what comes from others says nothing about this machine
    return built_in(brush) if isinstance(brush, str) else brush


def marks_of(
    strokes: Strokes, size: tuple[int, int], brush: str | Brush | None = None, arcs: bool = False
) -> tuple[Atlas | Atlases, Stamps]:
    """The atlas of the strokes' brushes, or of the one given, and the strokes as stamps on an output of `size`
    (height, width); arcs: prepare them as arcs even if all are straight."""
    brushes, which = brushes_of(strokes, brush)
    curved = arcs or strokes.curved
    if which is None:
        return _marks(strokes, size, brushes[0], curved)
    indices = [(which == number).nonzero()[:, 0] for number in range(len(brushes))]
    pairs = [_marks(strokes[indices[number]], size, each, curved, number) for number, each in enumerate(brushes)]
    rank = torch.cat(indices).argsort()
    table = torch.cat([stamps.table for _, stamps in pairs])[rank]
    tables = [stamps.arcs.table for _, stamps in pairs if stamps.arcs is not None]
    return Atlases(tuple(atlas for atlas, _ in pairs)), Stamps(table, Arcs(torch.cat(tables)[rank]) if tables else None)


def _marks(
    strokes: Strokes, size: tuple[int, int], brush: Brush, curved: bool, number: int = 0
) -> tuple[Atlas, Stamps]:
    stretch = (size[1] / strokes.canvas[1], size[0] / strokes.canvas[0])
    center = strokes.center * torch.tensor(stretch, device=strokes.center.device)
    scale = (stretch[0] * stretch[1]) ** 0.5
    extent = strokes.size * scale
    # by the size of the output alone: whatever part of it is drawn, of however many strokes, has the same marks
    atlas = print_atlas_of(brush, strokes.center.device, brush.pitch(max(strokes.canvas)) * scale, scale)
    tip = brush.tip_index(strokes.size[:, 1], strokes.seed, max(strokes.canvas))
    if not curved:
        return atlas, stamps_of(atlas, tip, center, extent, strokes.angle, number)
    return atlas, stamps_of(atlas, tip, center, extent, strokes.angle, number, strokes.bend, strokes.taper)


def tips_of(strokes: Strokes, brushes: tuple[Brush, ...], which: Tensor | None) -> Tensor:
    """(N,) int64: the tip of its brush that each stroke is drawn with; the last two as `brushes_of` gives them."""
    tips = [brush.tip_index(strokes.size[:, 1], strokes.seed, max(strokes.canvas)) for brush in brushes]
    return tips[0] if which is None else torch.stack(tips).gather(0, which[None])[0]

"""Two paintings on one canvas: one over the other, or one inside a mask."""

from __future__ import annotations

import torch
from torch import Tensor

from ..rendering.raster import coverage
from ..strokes import Strokes
from .grounds import joined_grounds
from .masks import at_centers, fitted
from .transform import resized

#: Marks of priming along the longer side of the canvas, and how much wider than their spacing they are.
PRIMING, OVERLAP = 24, 1.4
#: The brush of these marks, which leaves nothing bare.
PRIMED_WITH = "flat"
#: Longest side at which it is looked up where a painting leaves its ground bare.
LOOK = 192
#: Grounds that differ by less (a step of an 8-bit color) are one.
SAME_GROUND = 1 / 255
MOST_SEEDS = 2**64


def merged(base: Strokes, other: Strokes, mask: Tensor | None = None, *, seed: int = 0) -> Strokes:
    """Both paintings as one, on the canvas and the ground of `base`; `other` is brought to that canvas's size.

    Without a mask `other` is painted over `base`. With one, `other` is inside and `base` outside: each stroke is
    chosen by its center, at soft edges by chance with the mask as the probability; both are painted at the same time,
    from coarse to fine, so that the border is worked over by both. Where the ground of `other` shows inside the mask
    and differs from that of `base`, it is laid first, in broad marks; if one of the grounds is a picture, both become
    one. Every stroke keeps its brush.

    Args:
        mask: (H, W) in [0, 1] of any size.
        seed: of the choice at soft edges, any whole number.
    Raises:
        ValueError: a mask that does not fit (`masks.fitted`), malformed strokes.
    """
    base.validated()
    other = other.validated().to(base.center.device)
    if other.canvas != base.canvas:
        other = resized(other, base.canvas[1], base.canvas[0])
    if mask is None:
        return Strokes.concat([base, other])
    mask = fitted(mask.to(base.center.device), base.canvas)
    generator = torch.Generator().manual_seed(seed % MOST_SEEDS)
    outside = at_centers(mask, base) <= _chance(base, generator)
    inside = at_centers(mask, other) > _chance(other, generator)
    both = Strokes.concat([base[outside], other[inside]])
    progress = torch.cat([_progress(base)[outside], _progress(other)[inside]])
    if base.on_picture or other.on_picture:
        return both[progress.argsort(stable=True)].replace(ground=joined_grounds(base, other, mask))
    return Strokes.concat([_priming(base, other, mask), both[progress.argsort(stable=True)]])


def _chance(strokes: Strokes, generator: torch.Generator) -> Tensor:
    # above 0 and below 1: black and white parts of a mask leave nothing to chance
    values = torch.rand(len(strokes), generator=generator).clamp(1e-3, 1 - 1e-3)
    return values.to(strokes.center.device)


def _progress(strokes: Strokes) -> Tensor:
    """When each stroke was painted (N,): 0 is the beginning of the process, 1 its end."""
    return (torch.arange(len(strokes), device=strokes.center.device) + 0.5) / max(1, len(strokes))


def _priming(base: Strokes, other: Strokes, mask: Tensor) -> Strokes:
    """Broad marks in the ground of `other` where it would be seen inside the mask; none if it looks the same."""
    if bool(((base.ground - other.ground).abs() <= SAME_GROUND).all()):
        return base[:0]
    scale = min(1.0, LOOK / max(base.canvas))
    bare = 1 - coverage(other, scale=scale)
    spacing = max(base.canvas) / PRIMING
    rows, columns = (max(1, round(side / spacing)) for side in base.canvas)
    bare = bare * fitted(mask, (bare.shape[0], bare.shape[1]))
    seen = torch.nn.functional.adaptive_max_pool2d(bare[None], (rows, columns))[0]
    row, column = (seen > 0.5).nonzero().unbind(1)
    height, width = base.canvas[0] / rows, base.canvas[1] / columns
    size = torch.tensor([max(width, height), min(width, height)], device=mask.device) * OVERLAP
    count = len(row)
    return Strokes.build(
        torch.stack([(column + 0.5) * width, (row + 0.5) * height], dim=1),
        size.expand(count, 2),
        torch.full((count,), 0.0 if width >= height else torch.pi / 2, device=mask.device),
        other.ground.expand(count, 3),
        canvas=base.canvas,
        ground=base.ground,
        seed=torch.arange(count, device=mask.device),
        brushes=(PRIMED_WITH,),
    )

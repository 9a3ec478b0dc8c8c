"""What the network proposes for some patches of one level, and its marks as strokes of the picture."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from ..brushes.brush import Brush
from ..manner import Manner
from ..predictor.base import StrokePredictor
from ..refinement.polish import bounded_bend, bounded_taper
from ..rendering.atlas import Atlas
from ..rendering.stamps import Stamps, stamps_of
from ..strokes import Strokes
from ..threads import each
from .laying import Board
from .levels import Grid

#: Patches that go through the network at once: a tenth of a second on a CPU, so that painting can be cancelled.
PATCHES_AT_ONCE = 64
#: Windows of patches that share row and column parity do not overlap.
TURNS = 4


@dataclass(frozen=True)
class Proposals:
    """S marks for each of P patches, which lie in the order of their turns.

    Attributes:
        chosen: (P, 2) row and column of the patches; turn: (P,) 0 to 3, sorted.
        center, extent: (P, S, 2) in pixels of the level; angle, seed: (P, S).
        bend, taper: (P, S), or None from a network that proposes straight marks.
        scale: (2,) pixels of the level per pixel of the picture, in x and y.
    """

    chosen: Tensor
    turn: Tensor
    center: Tensor
    extent: Tensor
    angle: Tensor
    bend: Tensor | None
    taper: Tensor | None
    seed: Tensor
    scale: Tensor

    @property
    def pixel(self) -> float:
        """Pixels of the picture in one of the level."""
        return float(1 / self.scale.prod())

    @property
    def places(self) -> Tensor:
        """(P, S, 2) centers in pixels of the picture."""
        return self.center / self.scale

    def rows(self, patches: Tensor) -> Tensor:
        """Indices of the marks of some patches (index tensor) among all P * S."""
        marks = self.center.shape[1]
        return (patches[:, None] * marks + torch.arange(marks, device=patches.device)).flatten()

    def stamps(self, brush: Brush, atlas: Atlas, long_side: int) -> Stamps:
        """The P * S marks as they are drawn on the level; `long_side` of the picture in pixels."""
        width = (self.extent[..., 1] / self.scale.prod().sqrt()).flatten()
        tip = brush.tip_index(width, self.seed.flatten(), long_side)
        bend, taper = (None if form is None else form.flatten() for form in (self.bend, self.taper))
        center, extent = self.center.flatten(0, 1), self.extent.flatten(0, 1)
        return stamps_of(atlas, tip, center, extent, self.angle.flatten(), bend=bend, taper=taper)

    def strokes(
        self, keep: Tensor, color: Tensor, canvas: tuple[int, int], opacity: float, level: int, brush: Brush
    ) -> Strokes:
        """Those marks that are kept ((P * S,) bool) as strokes of a brush on a canvas; color (P * S, 3)."""
        bend, taper = (0.0 if form is None else form.flatten()[keep] for form in (self.bend, self.taper))
        return Strokes.build(
            self.places.flatten(0, 1)[keep],
            (self.extent / self.scale.prod().sqrt()).flatten(0, 1)[keep],
            self.angle.flatten()[keep],
            color[keep],
            canvas=canvas,
            opacity=opacity,
            layer=level,
            seed=self.seed.flatten()[keep],
            bend=bend,
            taper=taper,
            brushes=(brush,),
        )


def propose(
    predictor: StrokePredictor,
    grid: Grid,
    chosen: Tensor,
    board: Board,
    scale: Tensor,
    like: Strokes,
    manner: Manner,
    generator: torch.Generator,
    on_batch: Callable[[], None],
) -> Proposals:
    """Ask the network about the chosen patches (P, 2).

    Args:
        board: target and canvas of the level; scale: (2,) see `Proposals`; like: strokes whose canvas is painted on.
        manner: brings marks to its proportions; generator: picks the tips' variations.
        on_batch: called after every batch of patches; what it raises passes through.
    """
    turn = (chosen % 2 * torch.tensor([2, 1], device=chosen.device)).sum(1)
    chosen = chosen[turn.argsort(stable=True)]
    marks = _fitted(_marks(predictor, grid, chosen, board, on_batch))
    center = (marks[..., :2] + chosen.flip(1)[:, None]) * grid.patch - grid.shift
    unit = float(scale.prod().sqrt())
    extent = manner.shaped(marks[..., 2:4] * grid.patch / unit, like.canvas) * unit
    seed = torch.randint(2**31, tuple(marks.shape[:2]), generator=generator).to(center.device)
    bend, taper = _forms(marks, extent)
    return Proposals(chosen, turn.sort().values, center, extent, marks[..., 4], bend, taper, seed, scale)


def _marks(
    predictor: StrokePredictor, grid: Grid, chosen: Tensor, board: Board, on_batch: Callable[[], None]
) -> Tensor:
    """Marks (P, S, 5 or 7) for patches (P, 2), in units of a patch; ValueError for what is no number."""
    row, column = chosen.unbind(1)

    def marks(part: slice) -> Tensor:
        windows = (grid.windows(plane)[row[part], column[part]] for plane in (board.target, board.canvas))
        return predictor.predict(*(_middle(window, predictor.patch) for window in windows))[0]

    parts = [slice(start, start + PATCHES_AT_ONCE) for start in range(0, len(chosen), PATCHES_AT_ONCE)]
    found = torch.cat(each(marks, parts, on_batch))
    if not bool(torch.isfinite(found).all()):
        raise ValueError(f"predictor {predictor.name}: it proposes strokes that are NaN or infinite; use another one")
    return found


def _forms(marks: Tensor, extent: Tensor) -> tuple[Tensor | None, Tensor | None]:
    """Bends and tapers (P, S) of marks (P, S, 5 or 7) that have come to extents (P, S, 2), as far as those allow."""
    if marks.shape[-1] == 5:
        return None, None
    size = extent.flatten(0, 1)
    bend, taper = (bound(size, form.flatten()) for bound, form in
                   ((bounded_bend, marks[..., 5]), (bounded_taper, marks[..., 6])))  # fmt: skip
    return bend.view(marks.shape[:2]), taper.view(marks.shape[:2])


def _middle(windows: Tensor, side: int) -> Tensor:
    """The patches (P, C, side, side) in the middle of windows (P, C, 2 p, 2 p), enlarged if theirs are smaller."""
    if windows.shape[2] != 2 * side:
        windows = F.interpolate(windows, size=(2 * side, 2 * side), mode="bilinear", align_corners=False)
    return windows[:, :, side // 2 : side // 2 + side, side // 2 : side // 2 + side]


def _fitted(marks: Tensor) -> Tensor:
    """Marks (P, S, 5 or 7) made smaller where they reach over their window."""
    center = marks[..., :2].clamp(-0.1, 1.1)
    room = 2 * torch.minimum(center + 0.5, 1.5 - center).amin(-1, keepdim=True)
    reach = marks[..., 2:4].norm(dim=-1, keepdim=True).clamp_min(1e-6)
    return torch.cat([center, marks[..., 2:4] * (room / reach).clamp_max(1.0), marks[..., 4:]], -1)

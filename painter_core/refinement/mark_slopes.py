"""How the coverage of marks changes with their place and form: the chain rule from a tip's texture to parameters."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from ..rendering.stamps import LEAST_STEEPNESS, Arcs, Stamps
from ..shape import LEAST_WIDTH, Slopes, straightened_with_slopes
from .view import TILE

#: What a stroke's shape is described by here, and its column: shift along and across it in pixels of the view,
#: logarithms of length and width, angle and bend in radians, taper. Length and bend change while the middle of the
#: whole mark stays, not that of its spine (see `sag`): so they have little to do with the shift across.
ALONG, ACROSS, LENGTH, WIDTH, ANGLE, BEND, TAPER = COLUMNS = range(7)
PARAMETERS = len(COLUMNS)


def sag(length: Tensor, bend: Tensor) -> Tensor:
    """(N,) how far the middle of a whole bent mark lies beside the middle of its spine, in the unit of its length."""
    return bend * length / 24


@dataclass(frozen=True)
class Mark:
    """M marks at the P pixels of a tile each.

    along, across: (M, P) pixels in a mark's own frame; place, off: where they lie on the mark if it is straightened, in
    pixels, `off` as if it had its width everywhere; thin: (M, P) one over how wide it is there, as a share; share: (M,
    P) where along it that is, from -1 to 1; grid: (M, TILE, TILE, 2) where in the texture they are read; steep: (M, P)
    how much edges are sharpened.
    """

    arcs: Arcs
    along: Tensor
    across: Tensor
    place: Tensor
    off: Tensor
    bent: Slopes
    thin: Tensor
    share: Tensor
    grid: Tensor
    steep: Tensor

    @staticmethod
    def at(stamps: Stamps, along: Tensor, across: Tensor) -> Mark:
        """Marks at pixels that have these coordinates in their frames."""
        arcs = stamps.arcs
        assert arcs is not None
        place, off, bent = straightened_with_slopes(along, across, arcs.curvature)
        share = (place * (2 / arcs.length)).clamp_(-1, 1)
        thin = (1 + arcs.taper * share).clamp_min_(LEAST_WIDTH)
        steep = (stamps.steep * thin.clamp_max(1)).clamp_min_(LEAST_STEEPNESS)
        thin.reciprocal_()
        off *= thin
        grid = torch.empty(*along.shape, 2, device=along.device)
        for i, coordinate in enumerate((place, off)):
            there = torch.addcmul(stamps.middle[:, i, None], coordinate, arcs.gain[:, i, None])
            torch.clamp(there, stamps.low[:, i, None], stamps.high[:, i, None], out=grid[..., i])
        return Mark(arcs, along, across, place, off, bent, thin, share, grid.view(-1, TILE, TILE, 2), steep)

    def slopes(self, slope_along: Tensor, slope_across: Tensor, out: Tensor) -> None:
        """Derivatives of coverage, from those by `place` and `off` (M, P), into `out` (M, PARAMETERS, P)."""
        arcs, bent = self.arcs, self.bent
        # the frame moves and grows against the pixels, so that signs turn round
        by_width = torch.mul(slope_across, self.off, out=out[:, WIDTH]).neg_()
        by_thin = by_width * self.thin
        torch.mul(by_thin, self.share, out=out[:, TAPER])
        # the width changes along the mark, and with it how far off a place is
        slope_along = torch.addcmul(slope_along, by_thin, arcs.taper * (2 / arcs.length))
        slope_across = slope_across * self.thin
        stretched = slope_along * bent.near
        by_along = torch.addcmul(stretched * bent.cos, slope_across, bent.sin, value=-1)
        by_across = torch.addcmul(stretched * bent.sin, slope_across, bent.cos)
        by_curvature = torch.addcmul(slope_along * bent.by_curvature[0], slope_across, bent.by_curvature[1])
        torch.neg(by_along, out=out[:, ALONG])
        torch.neg(by_across, out=out[:, ACROSS])
        length = torch.mul(slope_along, self.place, out=out[:, LENGTH]).neg_()
        length.addcmul_(arcs.curvature, by_curvature, value=-1)
        length.addcmul_(by_across, arcs.curvature * arcs.length.square() / 24)
        torch.mul(by_along, self.across, out=out[:, ANGLE]).addcmul_(by_across, self.along, value=-1)
        torch.div(by_curvature, arcs.length, out=out[:, BEND]).addcmul_(by_across, arcs.length / 24)

"""A painting drawn strip by strip: posters whose pixels would not fit into memory, picture and coverage in one go."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator

from torch import Tensor

from ..brushes.brush import Brush
from ..strokes import Strokes
from .raster import BAND_PIXELS, TILE_SIZES, Job

#: Rows of a strip are a multiple of this: the rasteriser's largest tile, so that no tile is drawn twice.
ROWS = TILE_SIZES[-1]


class Strips:
    """A painting of one size, ready to be drawn in horizontal strips.

    Args:
        strokes, brush: as in `raster.render`.
        size: (height, width) of the whole picture in pixels.
        ground: (3,) color or (3, h, w) picture to paint on, default: the strokes' own. A picture is stretched to
            `size`, strip by strip if it is smaller, so that it never has to be in memory at the size of a poster.
    Raises:
        ValueError as `raster.render`.
    """

    def __init__(
        self, strokes: Strokes, size: tuple[int, int], *, brush: str | Brush | None = None, ground: Tensor | None = None
    ) -> None:
        self.size = size
        self._job = Job.plan(strokes, size=size, brush=brush).on(ground)

    def draw(self, top: int, rows: int, on_layer: Callable[[], None] | None = None) -> tuple[Tensor, Tensor]:
        """Picture (3, rows, W) and coverage (rows, W) in [0, 1] of some rows; equal, bit for bit, in any division.

        on_layer: called after every layer of marks; what it raises passes through: a way to cancel.
        """
        return dataclasses.replace(self._job, region=(top, 0, rows, self.size[1])).run(on_layer)

    def rows(self, pixels: int = BAND_PIXELS) -> int:
        """How many rows a strip of at most so many pixels has (at least one row of tiles)."""
        return max(1, pixels // self.size[1] // ROWS) * ROWS

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        """All strips from top to bottom, each as `draw` gives it."""
        height, step = self.size[0], self.rows()
        for top in range(0, height, step):
            yield self.draw(top, min(step, height - top))

"""A painting drawn strip by strip: posters whose pixels would not fit into memory, picture and coverage in one go."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import torch
from torch import Tensor
from torch.nn.functional import interpolate

from ..brush import Brush
from ..raster import BAND_PIXELS, TILE_SIZES, Job
from ..strokes import Strokes

#: Rows of a strip are a multiple of this: the rasteriser's largest tile, so that no tile is drawn twice.
ROWS = TILE_SIZES[-1]


class Strips:
    """A painting of one size, ready to be drawn in horizontal strips.

    Args:
        strokes, brush: as in `raster.render`.
        size: (height, width) of the whole picture in pixels.
        ground: (3,) colour or (3, h, w) picture to paint on; a picture is stretched to `size`, strip by strip if it is
            smaller, so that it never has to be in memory at the size of a poster.
    Raises:
        ValueError as `raster.render`.
    """

    def __init__(
        self, strokes: Strokes, size: tuple[int, int], *, brush: str | Brush = "oil", ground: Tensor | None = None
    ) -> None:
        self.size = size
        self._job = Job.plan(strokes, 1.0, size, brush, None)
        self._small: Tensor | None = None  # a ground that is stretched strip by strip
        if ground is not None and ground.ndim == 3 and tuple(ground.shape[1:]) != size:
            if ground.shape[1] <= size[0] and ground.shape[2] <= size[1]:
                self._small, ground = ground, torch.zeros(3, device=ground.device)
            else:
                ground = interpolate(ground[None], size, mode="bilinear", antialias=True)[0].clamp(0, 1)
        self._ground = ground

    def draw(self, top: int, rows: int) -> tuple[Tensor, Tensor]:
        """Picture (3, rows, W) and coverage (rows, W) in [0, 1] of some rows; equal, bit for bit, in any division."""
        job = dataclasses.replace(self._job, region=(top, 0, rows, self.size[1]))
        picture, cover = job.run(self._ground)
        if self._small is not None:
            picture = (picture + (1 - cover) * enlarged(self._small, self.size, top, rows)).clamp_(0, 1)
        return picture, cover

    def rows(self, pixels: int = BAND_PIXELS) -> int:
        """How many rows a strip of at most so many pixels has (at least one row of tiles)."""
        return max(1, pixels // self.size[1] // ROWS) * ROWS

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        """All strips from top to bottom, each as `draw` gives it."""
        height, step = self.size[0], self.rows()
        for top in range(0, height, step):
            yield self.draw(top, min(step, height - top))


def enlarged(picture: Tensor, size: tuple[int, int], top: int, rows: int) -> Tensor:
    """Some rows (C, rows, W) of a picture (C, h, w) stretched to a larger (height, width) `size`, bilinear."""
    height = picture.shape[1]
    # where the rows' middles lie among the middles of the picture's own rows
    place = (torch.arange(top, top + rows, device=picture.device, dtype=torch.float64) + 0.5) * (height / size[0]) - 0.5
    place = place.clamp(0, height - 1)
    first = place.floor().long().clamp(max=max(0, height - 2))
    share = (place - first).to(picture.dtype)[:, None]
    low, high = int(first[0]), min(int(first[-1]) + 2, height)
    wide = interpolate(picture[None, :, low:high], (high - low, size[1]), mode="bilinear", antialias=True)[0]
    first = first - low
    return wide[:, first].lerp(wide[:, (first + 1).clamp(max=high - low - 1)], share).clamp(0, 1)

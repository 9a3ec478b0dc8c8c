"""What is seen of every stroke, and sums over it."""

from __future__ import annotations

import torch
from torch import Tensor

from ..rendering.raster import Job
from ..strokes import Strokes


class Visible:
    """The visible parts of N strokes on pixels (h, w): for each stroke and pixel a weight, 1 where only it is seen."""

    def __init__(self, strokes: Strokes, size: tuple[int, int]) -> None:
        self.band = Job.plan(strokes, size=size).band()
        inside = self.band.cut(torch.ones(1, *size, device=strokes.center.device))[:, 0]
        self.count, self.size = len(strokes), size
        self.layers = [
            (each.tiles, each.strokes, (each.weight * inside[each.tiles]).flatten(1)) for each in self.band.layers()
        ]
        #: (N,) how many pixels are seen of each
        self.area = self.sums(torch.ones(1, *size, device=strokes.center.device))[:, 0]

    def sums(self, planes: Tensor) -> Tensor:
        """(N, C) for each stroke the sums of planes (C, h, w) over what is seen of it."""
        tiles = self.band.cut(planes).flatten(2)
        total = torch.zeros(self.count, len(planes), device=planes.device)
        for where, strokes, weight in self.layers:
            total.index_add_(0, strokes, (tiles[where] @ weight[..., None])[..., 0])
        return total

    def means(self, planes: Tensor) -> Tensor:
        """(N, C) the same as means; 0 for what is not seen."""
        return self.sums(planes) / self.area.clamp_min(1e-6)[:, None]

    def agreeing(self, planes: Tensor, means: Tensor, scale: float) -> tuple[Visible, Tensor]:
        """The same with less weight where planes (C, h, w) are far from a stroke's means (N, C): Geman and McClure's
        robust weight 1 / (1 + d^2 / scale^2)^2."""
        tiles = self.band.cut(planes).flatten(2)
        other = object.__new__(Visible)
        other.band, other.count, other.size = self.band, self.count, self.size
        other.layers = []
        for where, strokes, weight in self.layers:
            apart = (tiles[where] - means[strokes][..., None]).square().sum(1) / scale**2
            other.layers.append((where, strokes, weight / (1 + apart).square()))
        other.area = other.sums(torch.ones(1, *self.size, device=planes.device))[:, 0]
        return other, other.area / self.area.clamp_min(1e-6)

"""A change worked out on a small picture, brought to the large one along its edges.

He, Sun, Tang, "Guided image filtering" (ECCV 2010), and its fast form, He, Sun, "Fast guided filter" (2015): around
each place the change is a line over the picture's lightness, fitted on the small picture; the lines are enlarged, not
the change. Where the picture is flat the line is a constant, so that its noise is never made stronger.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

#: Lightness of sRGB: ITU-R BT.601 luma.
LUMA = (0.299, 0.587, 0.114)
#: Radius in pixels of the small picture in which a line is fitted, as a share of its long side.
RADIUS = 1 / 64
#: Variance of lightness (a standard deviation of 4 of 255) below which a place counts as flat.
FLAT = (4 / 255) ** 2


@dataclass(frozen=True)
class Change:
    """A change of each channel that is a line over the lightness around each place.

    Attributes:
        slope, offset: (C, h, w) of a small picture.
        size: (H, W) of the large one.
    """

    slope: Tensor
    offset: Tensor
    size: tuple[int, int]

    @staticmethod
    def fitted(small: Tensor, change: Tensor, size: tuple[int, int]) -> Change:
        """The lines that say best how a (3, h, w) picture changes by `change` (C, h, w); for pictures of `size`."""
        radius = max(1, round(RADIUS * max(small.shape[1:])))
        light = lightness(small)
        mean_light, mean = _mean(light, radius), _mean(change, radius)
        variance = _mean(light.square(), radius) - mean_light.square()
        slope = (_mean(light * change, radius) - mean_light * mean) / (variance.clamp_min(0) + FLAT)
        offset = mean - slope * mean_light
        return Change(_mean(slope, radius), _mean(offset, radius), size)

    def rows(self, picture: Tensor, top: int) -> Tensor:
        """The change (C, rows, W) of the rows (3, rows, W) of the large picture from row `top` on."""
        height, width = self.size
        rows = picture.shape[1]
        y = (torch.arange(top, top + rows, device=picture.device) + 0.5) / height * 2 - 1
        x = (torch.arange(width, device=picture.device) + 0.5) / width * 2 - 1
        grid = torch.stack([x.expand(rows, -1), y[:, None].expand(-1, width)], -1)[None]
        slope, offset = (F.grid_sample(one[None], grid, padding_mode="border", align_corners=False)[0]
                         for one in (self.slope, self.offset))  # fmt: skip
        return slope.mul_(lightness(picture)).add_(offset)


def lightness(picture: Tensor) -> Tensor:
    """(1, H, W) of a (3, H, W) picture."""
    return torch.einsum("c,chw->hw", picture.new_tensor(LUMA), picture)[None]


def _mean(planes: Tensor, radius: int) -> Tensor:
    """(C, H, W) averaged over squares, at borders over what there is of them."""
    for axis in (0, 1):
        kernel, padding = [1, 1], [0, 0]
        kernel[axis], padding[axis] = 2 * radius + 1, radius
        planes = F.avg_pool2d(planes[None], kernel, 1, padding, count_include_pad=False)[0]
    return planes

"""A change worked out on a small picture, brought to the large one along its edges.

He, Sun, Tang, "Guided image filtering" (ECCV 2010), and its fast form, He, Sun, "Fast guided filter" (2015): around
each place the change is a linear function of the picture's color, fitted on the small picture; the functions are
enlarged, not the change. Where the picture is flat they are constants, so that its noise is never made stronger.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

#: Lightness of sRGB: ITU-R BT.601 luma.
LUMA = (0.299, 0.587, 0.114)
#: Radius in pixels of the small picture in which a function is fitted, as a share of its long side.
RADIUS = 1 / 64
#: Variance of a color (a standard deviation of 4 of 255) below which a place counts as flat.
FLAT = (4 / 255) ** 2


@dataclass(frozen=True)
class Change:
    """A change of each channel that is a linear function of the color around each place.

    Attributes:
        slope: (9, h, w) of a small picture: for red what red, green and blue add to it, then for green, then for blue.
        offset: (3, h, w) of it.
        size: (H, W) of the large one.
    """

    slope: Tensor
    offset: Tensor
    size: tuple[int, int]

    @staticmethod
    def fitted(small: Tensor, change: Tensor, size: tuple[int, int]) -> Change:
        """What says best how a (3, h, w) picture changes by `change` (3, h, w); for pictures of `size`."""
        radius = max(1, round(RADIUS * max(small.shape[1:])))
        color, mean = _mean(small, radius), _mean(change, radius)
        spread = _spread(small, small, radius, color, color) + FLAT * torch.eye(3).to(small)
        shared = _spread(small, change, radius, color, mean)
        slope = torch.linalg.solve(spread, shared).movedim((2, 3), (1, 0))  # (to, from, h, w)
        offset = mean - (slope * color).sum(1)
        return Change(_mean(slope.flatten(0, 1), radius), _mean(offset, radius), size)

    def rows(self, picture: Tensor, top: int) -> Tensor:
        """The change (3, rows, W) of the rows (3, rows, W) of the large picture from row `top` on."""
        height, width = self.size
        rows = picture.shape[1]
        y = (torch.arange(top, top + rows, device=picture.device) + 0.5) / height * 2 - 1
        x = (torch.arange(width, device=picture.device) + 0.5) / width * 2 - 1
        grid = torch.stack([x.expand(rows, -1), y[:, None].expand(-1, width)], -1)[None]
        slope, offset = (F.grid_sample(one[None], grid, padding_mode="border", align_corners=False)[0]
                         for one in (self.slope, self.offset))  # fmt: skip
        return (slope.unflatten(0, (3, 3)) * picture).sum(1).add_(offset)


def _spread(one: Tensor, other: Tensor, radius: int, one_mean: Tensor, other_mean: Tensor) -> Tensor:
    """(h, w, 3, 3) covariances around each place of the channels of two pictures (3, h, w), given their means."""
    products = _mean((one[:, None] * other[None]).flatten(0, 1), radius).unflatten(0, (3, 3))
    return (products - one_mean[:, None] * other_mean[None]).movedim((0, 1), (2, 3))


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

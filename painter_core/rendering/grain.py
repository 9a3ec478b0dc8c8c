"""Fine structure in a render: hairs and grains that stay sharp at any size, however few texels a tip has.

Whether there is any depends on the size of the whole output alone, so that parts of a render, and pictures of a
painting in the making, are equal to the same parts of the finished whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import log2

import numpy as np
import torch
import torch.nn.functional as F
from scipy.ndimage import gaussian_filter
from torch import Tensor

from ..brushes.tips.fine import TILES, Fine

#: Pixels between two hairs up to which a tip holds all that can be seen: with the usual hairs an output of 2,048
#: pixels. From twice as many on the fine structure is there in full.
LEAST_HAIR = 6.0
#: Hairs are never taken for farther apart than this, in pixels of the reference canvas.
BROADEST = 1.5
#: Deviation of the blur, in pixels of the reference canvas, that leaves what a render at scale 1 would show. That is
#: taken away, so that a poster is the painting enlarged.
SHOWN = 0.3
#: Share of the two colors of a loaded brush that strands of either color take from one another.
MIXED = 1.6
#: Places of marks on the tile: multiples of these are never close to one another (the plastic number's powers).
SPREAD = (0.7548776662, 0.5698402910)


@dataclass(frozen=True, eq=False)
class Grain:
    """The fine structure at one size.

    Attributes:
        texture: (1, 3, h, w) the tile's height, its edge, and how much that changes from one output pixel to the next.
        step: (x, y) of an output pixel on it, in units of half the tile.
        height, edge, mixed: how much of it is seen.
        crisp: how many times sharper soft outlines are.
    """

    texture: Tensor
    step: tuple[float, float]
    height: float
    edge: float
    mixed: float
    crisp: float


def grain_of(fine: Fine | None, hair: float, scale: float, device: torch.device | str) -> Grain | None:
    """What is to be seen of a fine structure with `hair` pixels between two hairs on an output that is `scale` times
    the reference canvas; None if that is nothing."""
    share = min(1.0, log2(max(hair, LEAST_HAIR) / LEAST_HAIR))
    if fine is None or share <= 0:
        return None
    texture, step = _texture(fine.kind, min(hair, BROADEST * scale), scale, device)
    return Grain(texture, step, share * fine.height, share * fine.edge, share * MIXED, fine.crisp**share)


@lru_cache(maxsize=2)
def _texture(kind: str, hair: float, scale: float, device: torch.device | str) -> tuple[Tensor, tuple[float, float]]:
    """A tile on which two hairs are so many pixels apart, and the step of a pixel on it; see `Grain`."""
    texels = TILES[kind][1]
    # bilinear reading takes in two texels: copies may be up to half as fine again as the output
    shrink = [max(0, round(log2(count / hair) - 0.5)) for count in texels]
    along, across = (count / 2**level / hair for count, level in zip(texels, shrink, strict=True))  # texels per pixel
    # kept for later renders, which may want gradients even if this one runs in inference mode, as in ComfyUI
    with torch.inference_mode(False), torch.no_grad():
        tile = F.avg_pool2d(torch.from_numpy(_tile(kind))[None], (1 << shrink[1], 1 << shrink[0]))
        blur = (0, 0, SHOWN * scale * across, SHOWN * scale * along)
        tile = tile - torch.from_numpy(gaussian_filter(tile.numpy(), blur, mode="reflect"))
        rows, columns = tile.shape[2:]
        change = torch.hypot(along * _steps(tile[:, 1:], 3), across * _steps(tile[:, 1:], 2))
        texture = torch.cat([tile, change], dim=1).to(device)
    return texture, (2 * along / (columns - 1), 2 * across / (rows - 1))


def _steps(tile: Tensor, dim: int) -> Tensor:
    """How much a tile changes from each texel to its neighbors, the larger of both sides."""
    steps = tile.diff(dim=dim).abs()
    first, last = steps.narrow(dim, 0, 1), steps.narrow(dim, steps.shape[dim] - 1, 1)
    return torch.maximum(torch.cat([first, steps], dim), torch.cat([steps, last], dim))


@lru_cache(maxsize=2)
def _tile(kind: str) -> np.ndarray:
    return TILES[kind][0]()


def shift_of(tip: Tensor, like: Tensor) -> Tensor:
    """(N, 2) places of marks on the tile, by their tips: a tile is mirrored at its sides, so 4 of its halves on it is
    itself again."""
    return 4 * ((tip[:, None] + 1) * torch.tensor(SPREAD, dtype=like.dtype, device=like.device)).frac()

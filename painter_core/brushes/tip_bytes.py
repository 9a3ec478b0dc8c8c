"""Tips in 8 bits: as files keep them, and as fine as tips that are cut from pictures ever are."""

from __future__ import annotations

import torch
from torch import Tensor

#: The byte of a height of 0, and how many steps there are to 1 and to -1.
LEVEL, STEPS = 128, 127


def packed(tips: Tensor) -> Tensor:
    """(K, 2, h, w) uint8 of coverage in [0, 1] and height in [-1, 1]."""
    coverage = tips[:, 0].clamp(0, 1) * 255
    height = tips[:, 1].clamp(-1, 1) * STEPS + LEVEL
    return torch.stack([coverage, height], dim=1).round().to(torch.uint8)


def unpacked(values: Tensor) -> Tensor:
    """`packed` backwards: (K, 2, h, w) float32; packed again, it gives the same bytes."""
    coverage, height = values.float().unbind(1)
    return torch.stack([coverage / 255, ((height - LEVEL) / STEPS).clamp(-1, 1)], dim=1)

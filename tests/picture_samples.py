"""Pictures to paint."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor


def scene(height: int = 96, width: int = 128, seed: int = 0) -> Tensor:
    """(3, height, width) a smooth picture with edges and a little texture."""
    g = torch.Generator().manual_seed(seed)
    coarse = F.interpolate(torch.rand(1, 3, 4, 5, generator=g), (height, width), mode="bicubic")[0]
    edges = F.interpolate(torch.rand(1, 3, 3, 3, generator=g), (height, width), mode="nearest")[0]
    fine = F.interpolate(torch.rand(1, 3, 24, 32, generator=g), (height, width), mode="bilinear")[0]
    return (0.4 * coarse + 0.4 * edges + 0.2 * fine).clamp(0, 1)

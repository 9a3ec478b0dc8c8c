"""What is painted on: the relief of woven canvas and linen, and the tooth of cold-pressed paper, made from noise.

Everything is a function of the place on the canvas alone, so that any window of any scale shows the same threads.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from .noise import TABLE, Noise

WEAVES = ("none", "canvas", "linen", "paper")
#: Height from valley to crest, in distances between two threads.
DEPTH = {"canvas": 0.24, "linen": 0.30, "paper": 0.40}
#: Radius of the thickest thread, in distances between two: they touch, priming having filled the gaps.
RADIUS = 0.5
#: Output pixels a thread: with fewer than the first nothing is drawn (it would be moire), from the second on all of it.
RESOLVED = (1.5, 3.0)


@dataclass(frozen=True)
class Cloth:
    """How irregular a plain weave is.

    wander: how far threads leave their place; uneven: how much thinner than the thickest some are; slubs: how much of
    its thickness one loses between its slubs, and slub_length, how far apart those are (all in distances between two
    threads); fuzz: how deep the fibres go, as a share of the depth.
    """

    wander: float
    uneven: float
    slubs: float
    slub_length: float
    fuzz: float


CLOTHS = {
    "canvas": Cloth(wander=0.20, uneven=0.16, slubs=0.20, slub_length=5.0, fuzz=0.2),
    "linen": Cloth(wander=0.34, uneven=0.32, slubs=0.36, slub_length=9.0, fuzz=0.3),
}


class Weave:
    """The ground's relief.

    Args:
        kind: one of `WEAVES`; size: distance between two threads (grains of paper) in pixels of the reference canvas;
        seed: picks the irregularities.
    """

    def __init__(self, kind: str, size: float, seed: int, device: torch.device | str) -> None:
        self.kind, self.size = kind, size
        numbers = torch.Generator().manual_seed(seed)
        self.noise = Noise(numbers, device)
        self.threads = (2 * torch.rand(2, TABLE, generator=numbers) - 1).to(device)

    @property
    def highest(self) -> float:
        """The height that no thread exceeds, in pixels of the reference canvas."""
        return DEPTH.get(self.kind, 0.0) * self.size

    def height(self, x: Tensor, y: Tensor, pixels: float) -> Tensor:
        """Relief at the places x (w,), y (h,) in pixels of the reference canvas, `pixels` output pixels to each.

        Returns:
            (h, w) >= 0 in pixels of the reference canvas.
        """
        low, high = RESOLVED
        visible = min(1.0, max(0.0, (self.size * pixels - low) / (high - low)))
        if self.kind == "none" or visible == 0:
            return torch.zeros(len(y), len(x), device=x.device)
        u, v = x / self.size, y / self.size
        relief = self._tooth(u, v) if self.kind == "paper" else self._cloth(u, v, CLOTHS[self.kind])
        return relief.clamp(0, 1) * (visible * DEPTH[self.kind] * self.size)

    def _cloth(self, u: Tensor, v: Tensor, cloth: Cloth) -> Tensor:
        """Plain weave in [0, 1]: each thread passes over one crossing thread and under the next."""
        warp_at = u + cloth.wander * self.noise.grid(u / 3, v / 7)
        weft_at = v[:, None] + cloth.wander * self.noise.grid(u / 7 + 40, v / 3)
        warp = self._thread(warp_at, weft_at, 0, cloth)
        weft = self._thread(weft_at, warp_at, 1, cloth)
        fibres = self.noise.grid(u * 3.1, v * 3.7)
        return torch.maximum(warp, weft) * (1 + cloth.fuzz * (fibres - 1) / 2)

    def _thread(self, across: Tensor, along: Tensor, direction: int, cloth: Cloth) -> Tensor:
        """Height in [0, 1] of the threads of one direction: round, and bent over and under the others."""
        index = across.floor()
        offset = across - index - 0.5
        uneven = 0.5 - 0.5 * self.threads[direction][index.long() % TABLE]
        slub = 0.5 - 0.5 * self.noise(index * 0.73 + 0.5 + 90 * direction, along / cloth.slub_length).clamp(-1, 1)
        thick = 1 - cloth.uneven * uneven - cloth.slubs * slub
        round_ = (1 - (offset / (RADIUS * thick)).square()).clamp_min(0).sqrt()
        # over where the sum of both threads' numbers is even, for the warp, and odd for the weft
        bend = torch.cos(math.pi * (along - 0.5 + index + direction))
        return round_ * (0.56 + 0.44 * bend) * thick

    def _tooth(self, u: Tensor, v: Tensor) -> Tensor:
        """Cold-pressed paper in [0, 1]: shallow dimples that the felt left, of several sizes, with rounded hills."""
        bent = 0.4 * self.noise.grid(u / 2 + 17, v / 2)
        coarse = self.noise(u / 1.9 + bent, v[:, None] / 1.9 - bent)
        middle = self.noise.grid(u / 0.95, v / 0.95 + 31)
        fine = self.noise.grid(u / 0.45 + 63, v / 0.45)
        hills = coarse + 0.55 * middle + 0.22 * fine
        return torch.sigmoid(2.6 * hills + 0.4)

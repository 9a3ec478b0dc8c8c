"""Crops of photographs at every level of the painter's pyramid, as training targets without ground truth."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor

#: Share of crops taken at level k = 1 ... 5, where the long side of the photograph has 32 * 2^k pixels.
LEVEL_SHARES = (0.04, 0.10, 0.24, 0.34, 0.28)


class CropPool:
    """A few ten thousand crops of twice the patch size, held as bytes, drawn at random with flips and transposes."""

    def __init__(self, pictures: Sequence[Path], crops: int, patch: int, seed: int) -> None:
        """Cut `crops` crops of (2 * patch)^2 pixels out of `pictures`, the same ones for the same seed.

        Raises ValueError without pictures. Pictures are only reduced (area filter), never enlarged.
        """
        if not pictures:
            raise ValueError("training on crops needs at least one picture; see benchmarks/data/pictures.py")
        rng = np.random.default_rng(seed)
        side = 2 * patch
        self.crops = torch.empty((crops, 3, side, side), dtype=torch.uint8)
        per_picture = np.array_split(rng.permutation(crops), len(pictures))
        for path, slots in zip(pictures, per_picture, strict=True):
            levels = rng.choice(len(LEVEL_SHARES), len(slots), p=LEVEL_SHARES) + 1
            with Image.open(path) as opened:
                picture = opened.convert("RGB")
            for level in np.unique(levels):
                scaled = _fit(picture, patch * 2 ** int(level), side)
                for slot in slots[levels == level]:
                    y = rng.integers(scaled.shape[0] - side + 1)
                    x = rng.integers(scaled.shape[1] - side + 1)
                    self.crops[slot] = torch.from_numpy(scaled[y : y + side, x : x + side].transpose(2, 0, 1).copy())

    def draw(self, batch: int, generator: torch.Generator, device: torch.device | str = "cpu") -> Tensor:
        """(B, 3, 2P, 2P) in [0, 1]; one random flip or transpose for the whole batch (cheap, and as good over time)."""
        index = torch.randint(len(self.crops), (batch,), generator=generator)
        if self.crops.device.type != torch.device(device).type:
            self.crops = self.crops.to(device)  # once: they are not much, and a batch would be sent at every step
        crops = self.crops[index.to(device)]
        flips = torch.randint(2, (3,), generator=generator).tolist()
        if flips[0]:
            crops = crops.flip(2)
        if flips[1]:
            crops = crops.flip(3)
        if flips[2]:
            crops = crops.transpose(2, 3)
        return crops.float().div_(255.0)


def _fit(picture: Image.Image, long_side: int, least: int) -> np.ndarray:
    """(H, W, 3) bytes: the picture reduced to `long_side`, its edges repeated until both sides have `least` pixels."""
    factor = min(1.0, long_side / max(picture.size))
    size = (max(1, round(picture.width * factor)), max(1, round(picture.height * factor)))
    pixels = np.asarray(picture.resize(size, Image.Resampling.BOX))
    pad = [(0, max(0, least - side)) for side in pixels.shape[:2]]
    return np.pad(pixels, [*pad, (0, 0)], mode="edge")


def windows(pictures: Tensor, size: int, corner: Tensor) -> Tensor:
    """A window of `size` pixels out of each picture.

    Args:
        pictures: (B, 3, H, W); corner: (B, 2) top, left of each window.
    Returns:
        (B, 3, size, size).
    """
    steps = torch.arange(size, device=pictures.device)
    corner = corner.to(pictures.device)
    rows = (corner[:, 0, None] + steps)[:, :, None]
    columns = (corner[:, 1, None] + steps)[:, None, :]
    sample = torch.arange(len(pictures), device=pictures.device)[:, None, None]
    return pictures.permute(0, 2, 3, 1)[sample, rows, columns].permute(0, 3, 1, 2)


def halved(pictures: Tensor) -> Tensor:
    """(B, 3, H, W) -> (B, 3, H / 2, W / 2) by the area filter."""
    return F.avg_pool2d(pictures, 2)

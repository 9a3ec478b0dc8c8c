"""`Picture`: what a picture file holds, and the warning that it did not hold quite what it should."""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from torch import Tensor

from .about import About


class PictureWarning(UserWarning):
    """Something about a picture file that people should know though it was read: one line that names the file."""


@dataclass(frozen=True, eq=False)
class Picture:
    """A picture that was read from a file.

    Attributes:
        pixels: (3, H, W) float32 sRGB in [0, 1], upright; where the picture is transparent, the color below.
        alpha: (H, W) float32 in [0, 1], 1 is opaque; None if all of it is.
        about: resolution and copyright, as the file has them.
        animated: whether the file holds more pictures than this one, its first.
        deep: whether the values are finer than 8 bits.
    """

    pixels: Tensor
    alpha: Tensor | None = None
    about: About = field(default_factory=About)
    animated: bool = False
    deep: bool = False

    def over(self, ground: Tensor | None = None) -> Tensor:
        """(3, H, W): the picture laid over a ground, (3,) or (3, H, W) in [0, 1]; None is white."""
        if self.alpha is None:
            return self.pixels
        if ground is None:
            ground = torch.ones(3)
        below = ground.to(self.pixels)[:, None, None] if ground.ndim == 1 else ground.to(self.pixels)
        mixed = torch.lerp(below.expand_as(self.pixels), self.pixels, self.alpha)
        # 8 bits stay 8 bits, as in every other program that lays one picture over another
        return mixed.clamp_(0, 1) if self.deep else mixed.mul_(255).round_().div_(255)

"""Keeping colors: what a style makes of light and dark, in the hues and the chroma of the content."""

from __future__ import annotations

import torch
from torch import Tensor

from ..color import ROUNDING, to_oklab, unclipped

#: Halvings of how far lightness gives way.
STEPS = 8
#: Pixels that are worked on at once.
STRIP = 1 << 20


def keep_colors(stylized: Tensor, content: Tensor) -> Tensor:
    """The stylised picture's lightness in the content's colors.

    In OKLab, whose lightness and opponent colors are about independent to the eye. Where sRGB has no such color at
    that lightness (no yellow is as dark as a blue), lightness goes towards the content's own just as far as it must:
    the color is what was to be kept, and at the content's lightness it always exists.

    Args:
        stylized, content: (3, H, W) sRGB in [0, 1].
    Returns:
        (3, H, W) in [0, 1]. Raises ValueError for pictures of two sizes.
    """
    if stylized.shape != content.shape:
        raise ValueError(f"keep colors: the pictures must have one size, got {tuple(stylized.shape)} and "
                         f"{tuple(content.shape)}")  # fmt: skip
    out = torch.empty_like(content)
    strips = (one.reshape(3, -1).split(STRIP, 1) for one in (stylized, content, out))
    for here, there, made in zip(*strips, strict=True):
        made.copy_(_kept(to_oklab(here.T), to_oklab(there.T)).T)
    return out


def _kept(stylized: Tensor, content: Tensor) -> Tensor:
    """sRGB (N, 3) of the lightness of one list of OKLab colors (N, 3) and the opponent colors of another."""
    wanted = torch.cat([stylized[:, :1].clamp(0, 1), content[:, 1:]], 1)
    color = unclipped(wanted)
    outside = ~_shown(color)
    if bool(outside.any()):
        asked, own = wanted[outside], content[outside]
        low, high = torch.zeros_like(own[:, 0]), torch.ones_like(own[:, 0])
        for _ in range(STEPS):
            middle = (low + high) / 2
            fits = _shown(unclipped(asked.lerp(own, middle[:, None])))
            low, high = torch.where(fits, low, middle), torch.where(fits, middle, high)
        color[outside] = unclipped(asked.lerp(own, high[:, None]))
    return color.clamp(0, 1)


def _shown(color: Tensor) -> Tensor:
    """(N,) bool: can sRGB show these colors (N, 3)?"""
    return ((color >= -ROUNDING) & (color <= 1 + ROUNDING)).all(1)

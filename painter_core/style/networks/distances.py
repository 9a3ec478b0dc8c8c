"""How far a picture is from a style, and from a content, in VGG features.

Style is what stays of features when their places are forgotten: means and standard deviations of the channels (Huang,
Belongie, "Arbitrary style transfer in real-time with adaptive instance normalization", ICCV 2017) and their products
(Gram matrices: Gatys, Ecker, Bethge, "Image style transfer using convolutional neural networks", CVPR 2016). Content is
the features where they are. All distances are relative to the size of what they are compared with, so that layers count
alike: 0 is equal, and a black picture is about 1 from anything.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import interpolate

from ...images import fitted_size, size_of
from .vgg16 import LEAST_SIDE, TAPS, features

#: Pixels of a picture whose style is measured, in all: textures are compared at the same size.
PIXELS = 256 * 256
#: Keeps roots and quotients from having no slope at 0.
EPSILON = 1e-8


@dataclass(frozen=True)
class Style:
    """A style as statistics of features, layer by layer.

    Attributes:
        moments: for each layer (2, C) means and standard deviations of the channels.
        gram: for each layer (C, C) mean products of the channels.
    """

    moments: Mapping[str, Tensor]
    gram: Mapping[str, Tensor]

    @staticmethod
    def of(found: Mapping[str, Tensor]) -> Style:
        """The statistics of features (C, h, w) by layer."""
        moments, gram = {}, {}
        for tap, value in found.items():
            flat = value.flatten(1)
            mean = flat.mean(1)
            gram[tap] = flat @ flat.T / flat.shape[1]
            # what the Gram matrix's diagonal has anyway
            moments[tap] = torch.stack([mean, (gram[tap].diagonal() - mean.square()).clamp_min(0).add(EPSILON).sqrt()])
        return Style(moments, gram)

    @staticmethod
    def mean(styles: Sequence[Style]) -> Style:
        """The blend of several styles: the mean of their statistics."""
        first = styles[0]
        return Style(
            {tap: torch.stack([style.moments[tap] for style in styles]).mean(0) for tap in first.moments},
            {tap: torch.stack([style.gram[tap] for style in styles]).mean(0) for tap in first.gram},
        )

    def parts(self, other: Style) -> list[Tensor]:
        """Squared distances of this style from the statistics of `other`: for each of this one's layers two scalars."""
        parts = []
        for tap, wanted in self.moments.items():
            parts.append(_relative(other.moments[tap], wanted))
            parts.append(_relative(other.gram[tap], self.gram[tap]))
        return parts

    def distance(self, other: Style) -> float:
        """Root of the mean over layers of the squared distance, half of it moments and half Gram matrices."""
        return math.sqrt(float(torch.stack(self.parts(other)).mean()))


def style_of(picture: Tensor, pixels: int = PIXELS, taps: Sequence[str] = TAPS) -> Style:
    """The style of a (3, H, W) picture in [0, 1] of any size, seen at about so many pixels."""
    return Style.of(features(measured(picture, pixels), taps))


def style_distance(picture: Tensor, style: Tensor, pixels: int = PIXELS) -> float:
    """How far a picture's style is from that of another; both (3, H, W) in [0, 1], of any size; 0 is equal."""
    with torch.no_grad():
        return style_of(style, pixels).distance(style_of(picture, pixels))


def content_distance(picture: Tensor, content: Tensor, pixels: int = PIXELS) -> float:
    """How far the forms of a (3, H, W) picture are from those of the content, of the same size, at relu4_1.

    Raises ValueError for pictures of two sizes.
    """
    if picture.shape != content.shape:
        raise ValueError(f"content distance: the pictures must have one size, got {tuple(picture.shape)} and "
                         f"{tuple(content.shape)}")  # fmt: skip
    with torch.no_grad():
        here, there = (features(measured(one, pixels), TAPS[-1:])[TAPS[-1]] for one in (picture, content))
        return math.sqrt(float(_relative(here, there)))


def measured(picture: Tensor, pixels: int = PIXELS) -> Tensor:
    """(3, H, W) reduced to about so many pixels, never enlarged but for a side that is too short for the network."""
    size = tuple(max(LEAST_SIDE, side) for side in fitted_size(size_of(picture), pixels))
    if size == size_of(picture):
        return picture.float()
    return interpolate(picture[None].float(), size, mode="bilinear", antialias=True)[0].clamp(0, 1)


def _relative(value: Tensor, wanted: Tensor) -> Tensor:
    """Squared distance as a share of what is wanted."""
    return (value - wanted).square().sum() / (wanted.square().sum() + EPSILON)

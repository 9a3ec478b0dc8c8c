"""AdaAttN: arbitrary style transfer by attention, read from top to bottom.

Liu, Lin, He, Li, Li, Wang, Bao, Ding, "AdaAttN: Revisit attention mechanism in arbitrary neural style transfer" (ICCV
2021). At three depths of VGG, every place of the content looks for the places of the style that are like it: the query
is made of the content's features, those of all shallower layers included, the key of the style's. Weighted by that
attention, the style's features have a mean and a standard deviation at every place of the content, which its own
normalised features are scaled and shifted by. A decoder makes a picture of the three depths.

The encoder is VGG16 to relu4_1 (`features`), at relu2_1, relu3_1 and relu4_1: the published one is VGG19 at relu3_1 to
relu5_1, for which there are no weights here. With even attention everything is AdaIN (Huang, Belongie, ICCV 2017) at
three depths; the decoder learns both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .vgg16 import batch_features

#: The depths at which attention works, and the channels of all layers that are looked at.
DEPTHS = ("2_1", "3_1", "4_1")
CHANNELS = {"1_1": 64, "2_1": 128, "3_1": 256, "4_1": 512}
LAYERS = tuple(CHANNELS)
#: Most places of the style that are looked at, by depth: four neighbors are taken together until there are no more.
MOST_PLACES = {"2_1": 24 * 24, "3_1": 48 * 48, "4_1": 48 * 48}
#: Places of the content that look at once.
ROWS = 4096
EPSILON = 1e-5


@dataclass(frozen=True)
class Places:
    """What a style has at one depth.

    Attributes:
        key: (N, K, P) of P places; value: (N, P, 2 C) their features, less the mean, and the squares of those.
        mean: (N, 1, C) of the features.
    """

    key: Tensor
    value: Tensor
    mean: Tensor

    @staticmethod
    def of(key: Tensor, value: Tensor, most: int) -> Places:
        """The places of keys (N, K, h, w) and values (N, C, h, w), about `most` at the most."""
        mean = value.mean((2, 3), keepdim=True)
        apart = value - mean  # the spread is a difference of squares, which must be small to be exact
        both = torch.cat([apart, apart.square()], 1)
        while key.shape[2] * key.shape[3] > most and min(key.shape[2:]) > 1:
            key, both = F.avg_pool2d(key, 2, ceil_mode=True), F.avg_pool2d(both, 2, ceil_mode=True)
        return Places(key.flatten(2), both.flatten(2).mT.contiguous(), mean.flatten(2).mT)


@dataclass(frozen=True)
class Found:
    """What the places of a content find in a style at one depth: (N, C, h, w) means and standard deviations."""

    mean: Tensor
    spread: Tensor

    def put_on(self, normal: Tensor) -> Tensor:
        """(N, C, h, w) the content's normalised features with these means and deviations."""
        return self.spread * normal + self.mean

    def everywhere(self, size: Sequence[int]) -> Found:
        """The same for every place of a content of a size (h, w), if it is not so yet."""
        return Found(*(one.expand(-1, -1, *size) for one in (self.mean, self.spread)))

    @staticmethod
    def joined(parts: Sequence[Found]) -> Found:
        """One batch of several, of one size."""
        return Found(torch.cat([one.mean for one in parts]), torch.cat([one.spread for one in parts]))

    def blended(self, other: Found, share: float | Tensor) -> Found:
        """Between this and another one; `share` (of the other) is a number or (N, 1, h, w)."""
        share = torch.as_tensor(share, dtype=self.mean.dtype, device=self.mean.device)
        return Found(self.mean.lerp(other.mean, share), self.spread.lerp(other.spread, share))


def normalized(value: Tensor) -> Tensor:
    """(N, C, h, w) with mean 0 and standard deviation 1 in each channel."""
    return F.instance_norm(value, eps=EPSILON)


def stacked(found: Mapping[str, Tensor], depth: str) -> Tensor:
    """(N, C, h, w) the normalised features of a layer and of all shallower ones, brought to its size."""
    layers = LAYERS[: LAYERS.index(depth) + 1]
    size = (found[depth].shape[2], found[depth].shape[3])
    return torch.cat([normalized(F.adaptive_avg_pool2d(found[layer], size)) for layer in layers], 1)


def attended(query: Tensor, places: Places) -> Found:
    """What places with queries (N, K, h, w) find: attention is the softmax of query times key over the root of K."""
    rows = (query * query.shape[1] ** -0.5).flatten(2).mT.split(ROWS, 1)
    parts = [torch.softmax(part @ places.key, 2) @ places.value for part in rows]
    return _moments(torch.cat(parts, 1), places.mean, query.shape[2:])


def even(places: Places) -> Found:
    """What every place of a content finds when it attends to all places alike: (N, C, 1, 1)."""
    return _moments(places.value.mean(1, keepdim=True), places.mean, (1, 1))


def _moments(both: Tensor, mean: Tensor, size: Sequence[int]) -> Found:
    """Of weighted means (N, P, 2 C) of values and of their squares, about a mean (N, 1, C)."""
    apart, square = both.chunk(2, 2)
    spread = (square - apart.square()).clamp_min(0).add(EPSILON).sqrt()
    return Found(*(one.mT.unflatten(2, tuple(size)) for one in (apart + mean, spread)))


class AdaptiveAttention(nn.Module):
    """The style's mean and standard deviation for every place of the content, at one depth."""

    def __init__(self, depth: str, key_channels: int) -> None:
        super().__init__()
        self.depth = depth
        channels = CHANNELS[depth]
        seen = sum(CHANNELS[layer] for layer in LAYERS[: LAYERS.index(depth) + 1])
        self.query = nn.Conv2d(seen, key_channels, 1)
        self.key = nn.Conv2d(seen, key_channels, 1)
        self.value = nn.Conv2d(channels, channels, 1)
        # A value that is the feature itself, and queries and keys that are one random projection, which keeps angles:
        # that is already a style transfer, and training starts from there.
        nn.init.dirac_(self.value.weight)
        nn.init.normal_(self.query.weight, std=2.0 * seen**-0.5)
        self.key.weight.data.copy_(self.query.weight.data)
        for layer in (self.query, self.key, self.value):
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)

    def places(self, style: Mapping[str, Tensor]) -> Places:
        """What a style with these features (N, C, h, w) by layer has to be found."""
        key = self.key(stacked(style, self.depth))
        return Places.of(key, self.value(style[self.depth]), MOST_PLACES[self.depth])

    def forward(self, content: Mapping[str, Tensor], places: Places) -> Found:
        """What the places of a content with these features find."""
        return attended(self.query(stacked(content, self.depth)), places)


class AdaAttN(nn.Module):
    """Attention at three depths, and the decoder that makes a picture of what it finds.

    Args of the constructor:
        key_channels: of queries and keys; width: of the decoder, whose layers have 4, 2 and 1 times as many channels.
    """

    depths = DEPTHS
    normalized = staticmethod(normalized)

    def __init__(self, key_channels: int = 64, width: int = 48) -> None:
        super().__init__()
        self.config = {"key_channels": key_channels, "width": width}
        self.attention = nn.ModuleList(AdaptiveAttention(depth, key_channels) for depth in DEPTHS)
        self.deep = _layer(CHANNELS["4_1"], 4 * width)
        self.middle = _layer(4 * width + CHANNELS["3_1"], 4 * width)
        self.shallow = _layer(4 * width + CHANNELS["2_1"], 2 * width)
        # little is worked out at full size, where it costs most
        self.fine = nn.Sequential(_convolution(2 * width, width), nn.ReLU())
        self.full = nn.Sequential(_convolution(width, width // 2), nn.ReLU(), _convolution(width // 2, 3))

    def forward(self, content: Tensor, style: Tensor, attentive: bool = True) -> Tensor:
        """(N, 3, H, W) and (N, 3, h, w) in [0, 1], sides of 16 pixels and more -> (N, 3, H, W), about in [0, 1]."""
        here = self.features(content)
        found = self.found(here, self.places(self.features(style)), attentive)
        stylized = [one.put_on(normalized(here[depth])) for depth, one in zip(DEPTHS, found, strict=True)]
        return self.decoded(stylized, content.shape[2:])

    def features(self, pictures: Tensor) -> dict[str, Tensor]:
        """The features (N, C, h, w), by layer, of pictures (N, 3, H, W) in [0, 1]."""
        return batch_features(pictures, LAYERS)

    def places(self, style: Mapping[str, Tensor]) -> list[Places]:
        """What a style with these features (N, C, h, w) by layer has to be found, by depth."""
        return [cast(AdaptiveAttention, attention).places(style) for attention in self.attention]

    def found(self, content: Mapping[str, Tensor], places: Sequence[Places], attentive: bool = True) -> list[Found]:
        """What a content finds in a style, by depth; `attentive` False: the same for all places (AdaIN)."""
        if not attentive:
            return [even(theirs) for theirs in places]
        return [attend(content, theirs) for attend, theirs in zip(self.attention, places, strict=True)]

    def decoded(self, stylized: Sequence[Tensor], size: Sequence[int]) -> Tensor:
        """The picture (N, 3, *size) of features (N, C, h, w) by depth."""
        shallow, middle, deep = stylized
        x = _grown(self.deep(deep), middle.shape[2:])
        x = _grown(self.middle(torch.cat([x, middle], 1)), shallow.shape[2:])
        x = self.fine(self.shallow(torch.cat([x, shallow], 1)))
        return 0.5 + self.full(_grown(x, size))


def _layer(inputs: int, outputs: int) -> nn.Module:
    return nn.Sequential(_convolution(inputs, outputs), nn.ReLU(), _convolution(outputs, outputs), nn.ReLU())


def _convolution(inputs: int, outputs: int) -> nn.Module:
    """That sees no border of zeros."""
    return nn.Conv2d(inputs, outputs, 3, padding=1, padding_mode="reflect")


def _grown(value: Tensor, size: Sequence[int]) -> Tensor:
    """(N, C, h, w) at a larger size."""
    return F.interpolate(value, tuple(size), mode="nearest")

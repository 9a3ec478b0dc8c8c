"""AdaAttN: arbitrary style transfer by attention, read from top to bottom.

Liu, Lin, He, Li, Li, Wang, Bao, Ding, "AdaAttN: Revisit attention mechanism in arbitrary neural style transfer" (ICCV
2021). At three depths of VGG, every place of the content looks for the places of the style that are like it: the query
is made of the content's features, those of all shallower layers included, the key of the style's. Weighted by that
attention, the style's features have a mean and a standard deviation at every place of the content, which its own
normalised features are scaled and shifted by. A decoder makes a picture of the three depths.

The encoder is VGG16 to relu4_1 (`features`), at relu2_1, relu3_1 and relu4_1: the published one is VGG19 at relu3_1 to
relu5_1, for which there are no weights here. With even attention everything is AdaIN (Huang, Belongie, ICCV 2017) at
three depths; the decoder learns both. Tokens are places of the style: q, k and v are as in any attention.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn import Conv2d

from .vgg16 import batch_features

#: The depths at which attention works, and the channels of all layers that are looked at.
DEPTHS = ("2_1", "3_1", "4_1")
CHANNELS = {"1_1": 64, "2_1": 128, "3_1": 256, "4_1": 512}
LAYERS = tuple(CHANNELS)
#: Most tokens of the style that are attended to, by depth: four neighbors are taken together until there are no more.
MOST_TOKENS = {"2_1": 24 * 24, "3_1": 48 * 48, "4_1": 48 * 48}
#: Queries that are worked out at once.
QUERIES_AT_ONCE = 4096
EPSILON = 1e-5


@dataclass(frozen=True)
class StyleTokens:
    """A style at one depth: T tokens, one for each of its places or for several neighbors.

    Attributes:
        k: (N, K, T) keys; v: (N, T, 2 C) values, which are features, less the mean, and the squares of those.
        mean: (N, 1, C) of the features.
    """

    k: Tensor
    v: Tensor
    mean: Tensor

    @staticmethod
    def of(key: Tensor, value: Tensor, most: int) -> StyleTokens:
        """The tokens of keys (N, K, h, w) and values (N, C, h, w), about `most` at the most."""
        mean = value.mean((2, 3), keepdim=True)
        apart = value - mean  # the deviation is a difference of squares, which must be small to be exact
        both = torch.cat([apart, apart.square()], 1)
        while key.shape[2] * key.shape[3] > most and min(key.shape[2:]) > 1:
            key, both = F.avg_pool2d(key, 2, ceil_mode=True), F.avg_pool2d(both, 2, ceil_mode=True)
        return StyleTokens(key.flatten(2), both.flatten(2).mT.contiguous(), mean.flatten(2).mT)


@dataclass(frozen=True)
class Statistics:
    """What attention gives for the places of a content at one depth: (N, C, h, w) means and standard deviations."""

    mean: Tensor
    std: Tensor

    def adain(self, normal: Tensor) -> Tensor:
        """(N, C, h, w) adaptive instance normalisation: a content's normalised features with these statistics."""
        return self.std * normal + self.mean

    def everywhere(self, size: Sequence[int]) -> Statistics:
        """The same for every place of a content of a size (h, w), if it is not so yet."""
        return Statistics(*(one.expand(-1, -1, *size) for one in (self.mean, self.std)))

    @staticmethod
    def joined(parts: Sequence[Statistics]) -> Statistics:
        """One batch of several, of one size."""
        return Statistics(torch.cat([one.mean for one in parts]), torch.cat([one.std for one in parts]))

    def blended(self, other: Statistics, share: float | Tensor) -> Statistics:
        """Between this and another one; `share` (of the other) is a number or (N, 1, h, w)."""
        share = torch.as_tensor(share, dtype=self.mean.dtype, device=self.mean.device)
        return Statistics(self.mean.lerp(other.mean, share), self.std.lerp(other.std, share))


def normalized(value: Tensor) -> Tensor:
    """(N, C, h, w) with mean 0 and standard deviation 1 in each channel."""
    return F.instance_norm(value, eps=EPSILON)


def stacked(found: Mapping[str, Tensor], depth: str) -> Tensor:
    """(N, C, h, w) the normalised features of a layer and of all shallower ones, brought to its size."""
    layers = LAYERS[: LAYERS.index(depth) + 1]
    size = (found[depth].shape[2], found[depth].shape[3])
    return torch.cat([normalized(F.adaptive_avg_pool2d(found[layer], size)) for layer in layers], 1)


def attention_statistics(q: Tensor, tokens: StyleTokens) -> Statistics:
    """The values' statistics under the attention of queries (N, K, h, w): softmax(q k / root of K) times v."""
    parts = (q * q.shape[1] ** -0.5).flatten(2).mT.split(QUERIES_AT_ONCE, 1)
    attended = [torch.softmax(part @ tokens.k, 2) @ tokens.v for part in parts]
    return _moments(torch.cat(attended, 1), tokens.mean, q.shape[2:])


def adain_statistics(tokens: StyleTokens) -> Statistics:
    """The same under uniform attention, (N, C, 1, 1): those of the whole style, as AdaIN has them."""
    return _moments(tokens.v.mean(1, keepdim=True), tokens.mean, (1, 1))


def _moments(both: Tensor, mean: Tensor, size: Sequence[int]) -> Statistics:
    """Of weighted means (N, T, 2 C) of values and of their squares, about a mean (N, 1, C)."""
    apart, square = both.chunk(2, 2)
    std = (square - apart.square()).clamp_min(0).add(EPSILON).sqrt()
    return Statistics(*(one.mT.unflatten(2, tuple(size)) for one in (apart + mean, std)))


class AdaptiveAttention(nn.Module):
    """The style's mean and standard deviation for every place of the content, at one depth."""

    def __init__(self, depth: str, key_channels: int) -> None:
        super().__init__()
        self.depth = depth
        channels = CHANNELS[depth]
        seen = sum(CHANNELS[layer] for layer in LAYERS[: LAYERS.index(depth) + 1])
        self.query = Conv2d(seen, key_channels, 1)
        self.key = Conv2d(seen, key_channels, 1)
        self.value = Conv2d(channels, channels, 1)
        # A value that is the feature itself, and queries and keys that are one random projection, which keeps angles:
        # that is already a style transfer, and training starts from there.
        nn.init.dirac_(self.value.weight)
        nn.init.normal_(self.query.weight, std=2.0 * seen**-0.5)
        self.key.weight.data.copy_(self.query.weight.data)
        for layer in (self.query, self.key, self.value):
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)

    def style_tokens(self, style: Mapping[str, Tensor]) -> StyleTokens:
        """The tokens of a style with these features (N, C, h, w) by layer."""
        k, v = self.key(stacked(style, self.depth)), self.value(style[self.depth])
        return StyleTokens.of(k, v, MOST_TOKENS[self.depth])

    def forward(self, content: Mapping[str, Tensor], tokens: StyleTokens) -> Statistics:
        """What the places of a content with these features get from a style's tokens."""
        return attention_statistics(self.query(stacked(content, self.depth)), tokens)


class AdaAttN(nn.Module):
    """Attention at three depths, and the decoder that makes a picture of what it gives.

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
        statistics = self.statistics(here, self.style_tokens(self.features(style)), attentive)
        stylized = [one.adain(normalized(here[depth])) for depth, one in zip(DEPTHS, statistics, strict=True)]
        return self.decoded(stylized, content.shape[2:])

    def features(self, pictures: Tensor) -> dict[str, Tensor]:
        """The features (N, C, h, w), by layer, of pictures (N, 3, H, W) in [0, 1]."""
        return batch_features(pictures, LAYERS)

    def style_tokens(self, style: Mapping[str, Tensor]) -> list[StyleTokens]:
        """The tokens of a style with these features (N, C, h, w) by layer, by depth."""
        return [cast(AdaptiveAttention, attention).style_tokens(style) for attention in self.attention]

    def statistics(
        self, content: Mapping[str, Tensor], tokens: Sequence[StyleTokens], attentive: bool = True
    ) -> list[Statistics]:
        """What a content gets from a style, by depth; `attentive` False: the same for all places (AdaIN)."""
        if not attentive:
            return [adain_statistics(theirs) for theirs in tokens]
        return [attend(content, theirs) for attend, theirs in zip(self.attention, tokens, strict=True)]

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
    return Conv2d(inputs, outputs, 3, padding=1, padding_mode="reflect")


def _grown(value: Tensor, size: Sequence[int]) -> Tensor:
    """(N, C, h, w) at a larger size."""
    return F.interpolate(value, tuple(size), mode="nearest")

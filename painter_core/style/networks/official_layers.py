"""AdaAttN as its authors published it: the steps from a picture to its features, and back, with their weights.

Liu, Lin, He, Li, Wang, Li, Sun, Li, Ding, "AdaAttN: Revisit attention mechanism in arbitrary neural style transfer"
(ICCV 2021). Names, shapes and constants are those of the authors' repository, github.com/Huage001/AdaAttN.

The encoder is VGG19 to relu5_1, scaled so that activations are 1 in the mean, behind a 1 x 1 convolution that takes RGB
in [0, 1] to what VGG expects; every convolution mirrors the border. Attention works at relu4_1 and relu5_1, and at
relu3_1 (their option `skip_connection_3`); queries and keys are normalised features, with those of all shallower layers
(`shallow_layer`) or without. For films there is another network: at relu3_1 only, with cosines for the softmax.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from .adaattn import Statistics, StyleTokens

Weights = Mapping[str, Tensor]

#: The encoder's layers that are looked at, and their channels.
CHANNELS = {"1_1": 64, "2_1": 128, "3_1": 256, "4_1": 512, "5_1": 512}
LAYERS = tuple(CHANNELS)
#: Number of each convolution in the encoder's file, its channels (in, out), and the layer that it ends, if looked at.
ENCODER = (
    (2, 3, 64, "1_1"), (5, 64, 64, ""), (9, 64, 128, "2_1"), (12, 128, 128, ""), (16, 128, 256, "3_1"),
    (19, 256, 256, ""), (22, 256, 256, ""), (25, 256, 256, ""), (29, 256, 512, "4_1"),
    (32, 512, 512, ""), (35, 512, 512, ""), (38, 512, 512, ""), (42, 512, 512, "5_1"),
)  # fmt: skip
#: Number of each convolution in the decoder's long part, and its channels (in, out); the first takes twice as many with
#: the skip connection. Before those of GROWING the picture is made twice as large.
DECODER = ((1, 256, 256), (4, 256, 256), (7, 256, 256), (10, 256, 128), (14, 128, 128), (17, 128, 64), (21, 64, 64),
           (24, 64, 3))  # fmt: skip
GROWING = (14, 21)
#: Least side in pixels of what goes in: two places are left of it at relu5_1, as mirrored borders need.
LEAST_SIDE = 32
#: Most tokens of a style that are attended to, in the network for pictures and in that for films.
MOST_TOKENS, MOST_FILM_TOKENS = 64 * 64, 256 * 256
#: Which ones those are, of more: the authors' seed, so that it is the same ones.
SEED = 6666
#: Weights of attention that are in memory at once.
ATTENTION_BATCH = 1 << 23
EPSILON = 1e-5


def seen(depth: str, shallow: bool) -> Sequence[str]:
    """The layers that queries and keys at a depth are made of."""
    return LAYERS[: LAYERS.index(depth) + 1] if shallow else (depth,)


def encoded(weights: Weights, pictures: Tensor, last: str) -> dict[str, Tensor]:
    """The features (N, C, h, w), by layer up to `last`, of (N, 3, H, W) in [0, 1]; sizes are halved upwards."""
    x = pointwise(weights, "0", pictures)
    found = {}
    for number, _, _, layer in ENCODER:
        if layer and found:
            x = F.max_pool2d(x, 2, ceil_mode=True)
        x = F.relu(convolved(weights, str(number), x))
        if layer:
            found[layer] = x
        if layer == last:
            break
    return found


def stacked(features: Mapping[str, Tensor], depth: str, shallow: bool) -> Tensor:
    """(N, K, h, w) the normalised features that queries and keys at a depth are made of."""
    size = features[depth].shape[2:]
    layers = seen(depth, shallow)
    return torch.cat([normalized(F.interpolate(features[layer], size, mode="nearest")) for layer in layers], 1)


def normalized(value: Tensor) -> Tensor:
    """(N, C, h, w) with mean 0 and deviation 1 in each channel; the variance is the unbiased estimate."""
    variance, mean = torch.var_mean(value, (2, 3), correction=1, keepdim=True)
    return (value - mean) / (variance + EPSILON).sqrt()


def style_tokens(weights: Weights, prefix: str, stacked: Tensor, features: Tensor, most: int) -> StyleTokens:
    """The tokens of a style with stacked features (N, K, h, w) and features (N, C, h, w): at most `most`, by lot."""
    k, v = (pointwise(weights, prefix + name, one).flatten(2) for name, one in (("g", stacked), ("h", features)))
    if k.shape[2] > most:
        lots = torch.randperm(k.shape[2], generator=torch.Generator().manual_seed(SEED))[:most].to(k.device)
        k, v = k[..., lots], v[..., lots]
    mean = v.mean(2, keepdim=True)
    apart = v - mean  # the deviation is a difference of squares, which must be small to be exact
    return StyleTokens(k, torch.cat([apart, apart.square()], 1).mT.contiguous(), mean.mT)


def attention_statistics(q: Tensor, tokens: StyleTokens, cosine: bool = False) -> Statistics:
    """The values' statistics under the attention of queries (N, K, h, w).

    Weights are the softmax of q k; with `cosine` they are in proportion to 1 plus the cosine between them.
    """
    rows, k = q.flatten(2).mT, tokens.k
    if cosine:
        rows, k = (one / (torch.linalg.vector_norm(one, dim=axis, keepdim=True) + EPSILON)
                   for one, axis in ((rows, 2), (k, 1)))  # fmt: skip
    parts = []
    for part in rows.split(max(1, ATTENTION_BATCH // (len(rows) * k.shape[2])), 1):
        score = part @ k
        share = F.normalize(F.relu(score + 1), p=1, dim=2) if cosine else torch.softmax(score, 2)
        parts.append(share @ tokens.v)
    apart, square = torch.cat(parts, 1).chunk(2, 2)
    std = (square - apart.square()).clamp_min(0).sqrt()
    return Statistics(*(one.mT.unflatten(2, q.shape[2:]) for one in (apart + tokens.mean, std)))


def merged(weights: Weights, middle: Tensor, deep: Tensor) -> Tensor:
    """One (N, 512, h, w) of what was made at relu4_1 and at relu5_1."""
    return convolved(weights, "merge_conv", middle + grown(deep, middle.shape[2:]))


def decoded(weights: Weights, prefix: str, x: Tensor, size: Sequence[int]) -> Tensor:
    """The pictures (N, 3, *size) of features (N, C, h, w) with a place for every 4 x 4 pixels."""
    sizes = iter((halved(size), size))
    for number, _, outputs in DECODER:
        x = grown(x, next(sizes)) if number in GROWING else x
        x = convolved(weights, f"{prefix}{number}", x)
        x = F.relu(x) if outputs > 3 else x
    return x


def convolved(weights: Weights, name: str, x: Tensor) -> Tensor:
    """A 3 x 3 convolution that sees a mirrored border."""
    return F.conv2d(F.pad(x, (1, 1, 1, 1), mode="reflect"), weights[f"{name}.weight"], weights[f"{name}.bias"])


def pointwise(weights: Weights, name: str, x: Tensor) -> Tensor:
    """A 1 x 1 convolution."""
    return F.conv2d(x, weights[f"{name}.weight"], weights[f"{name}.bias"])


def grown(x: Tensor, size: Sequence[int]) -> Tensor:
    """(N, C, *size) of features for every 2 x 2 places of it; where a side is odd, the last ones are for fewer."""
    return F.interpolate(x, scale_factor=2, mode="nearest")[..., : size[0], : size[1]]


def halved(size: Sequence[int]) -> tuple[int, int]:
    """(h, w) with a place for every 2 x 2 of a size."""
    return (size[0] + 1) // 2, (size[1] + 1) // 2

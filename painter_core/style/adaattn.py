"""AdaAttN: arbitrary style transfer by attention, read from top to bottom.

Liu, Lin, He, Li, Li, Wang, Bao, Ding, "AdaAttN: Revisit attention mechanism in arbitrary neural style transfer" (ICCV
2021). At three depths of VGG, every place of the content looks for the places of the style that are like it: the query
is made of the content's features, those of all shallower layers included, the key of the style's. Weighted by that
attention, the style's features have a mean and a standard deviation at every place of the content, which its own
normalised features are scaled and shifted by. A decoder makes a picture of the three depths.

The encoder is VGG16 to relu4_1 (`features`), at relu2_1, relu3_1 and relu4_1: the published one is VGG19 at relu3_1 to
relu5_1, for which there are no weights here, and costs four times as much.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from .features import features

#: The depths at which attention works, their channels, and those of all shallower layers together with their own.
DEPTHS = ("2_1", "3_1", "4_1")
CHANNELS = {"1_1": 64, "2_1": 128, "3_1": 256, "4_1": 512}
LAYERS = tuple(CHANNELS)
#: Most places of the style that are looked at: more of them are drawn from evenly (memory goes with their number).
MOST_PLACES = 64 * 64
#: Places of the content that look at once.
ROWS = 1024
EPSILON = 1e-5


def normalized(value: Tensor) -> Tensor:
    """(C, h, w) with mean 0 and standard deviation 1 in each channel."""
    flat = value.flatten(1)
    mean, spread = flat.mean(1)[:, None, None], flat.var(1, correction=0).add(EPSILON).sqrt()[:, None, None]
    return (value - mean) / spread


def stacked(found: Mapping[str, Tensor], depth: str) -> Tensor:
    """(C, h, w) the normalised features of a layer and of all shallower ones, brought to its size."""
    layers = LAYERS[: LAYERS.index(depth) + 1]
    size = found[depth].shape[1:]
    return torch.cat([normalized(F.adaptive_avg_pool2d(found[layer], size)) for layer in layers])


def attended(own: Tensor, query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    """(C, h, w) features of the content, scaled and shifted by what their places find in the style.

    Args:
        own: (C, h, w) and query: (K, h, w) of the content; value: (C, h', w') and key: (K, h', w') of the style.
    """
    keys, values = key.flatten(1), value.flatten(1).T
    if keys.shape[1] > MOST_PLACES:
        kept = torch.linspace(0, keys.shape[1] - 1, MOST_PLACES, device=key.device).round().long()
        keys, values = keys[:, kept], values[kept]
    both = torch.cat([values, values.square()], 1)
    scale = len(key) ** -0.5
    parts = [torch.softmax(rows @ keys * scale, 1) @ both for rows in query.flatten(1).T.split(ROWS)]
    mean, square = torch.cat(parts).chunk(2, 1)
    spread = (square - mean.square()).clamp_min(0).add(EPSILON).sqrt()
    return spread.T.reshape(own.shape) * normalized(own) + mean.T.reshape(own.shape)


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
        # a value that is the feature itself is already a style transfer: training starts from there
        nn.init.dirac_(self.value.weight)
        nn.init.zeros_(self.value.bias)

    def forward(self, content: Mapping[str, Tensor], style: Mapping[str, Tensor]) -> Tensor:
        """Features by layer of both -> (C, h, w) of the content's size."""
        query = self.query(stacked(content, self.depth)[None])[0]
        key = self.key(stacked(style, self.depth)[None])[0]
        return attended(content[self.depth], query, key, self.value(style[self.depth][None])[0])


class AdaAttN(nn.Module):
    """Attention at three depths, and the decoder that makes a picture of what it finds.

    Args of the constructor:
        key_channels: of queries and keys; width: of the decoder, whose layers have 4, 2 and 1 times as many channels.
    """

    def __init__(self, key_channels: int = 64, width: int = 48) -> None:
        super().__init__()
        self.config = {"key_channels": key_channels, "width": width}
        self.attention = nn.ModuleList(AdaptiveAttention(depth, key_channels) for depth in DEPTHS)
        self.deep = _layer(CHANNELS["4_1"], 4 * width)
        self.middle = _layer(4 * width + CHANNELS["3_1"], 4 * width)
        self.shallow = _layer(4 * width + CHANNELS["2_1"], 2 * width)
        self.fine = _layer(2 * width, width)
        self.last = nn.Conv2d(width, 3, 3, padding=1, padding_mode="reflect")

    def forward(self, content: Tensor, style: Tensor) -> Tensor:
        """(3, H, W) and (3, h, w) in [0, 1], sides of 16 pixels and more -> (3, H, W), about in [0, 1]."""
        return self.styled(features(content, LAYERS), features(style, LAYERS), tuple(content.shape[1:]))

    def styled(self, content: Mapping[str, Tensor], style: Mapping[str, Tensor], size: tuple[int, int]) -> Tensor:
        """The picture (3, *size) for features that are known."""
        shallow, middle, deep = (attend(content, style) for attend in self.attention)
        x = _grown(self.deep(deep[None]), middle)
        x = _grown(self.middle(torch.cat([x, middle[None]], 1)), shallow)
        x = self.shallow(torch.cat([x, shallow[None]], 1))
        x = self.fine(F.interpolate(x, size, mode="nearest"))
        return 0.5 + self.last(x)[0]


def _layer(inputs: int, outputs: int) -> nn.Module:
    """Two convolutions that see no border of zeros."""
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, padding=1, padding_mode="reflect"), nn.ReLU(),
        nn.Conv2d(outputs, outputs, 3, padding=1, padding_mode="reflect"), nn.ReLU(),
    )  # fmt: skip


def _grown(value: Tensor, like: Tensor) -> Tensor:
    """(1, C, h, w) at the size of another layer (C', H, W)."""
    return F.interpolate(value, like.shape[1:], mode="nearest")


def save_adaattn(network: AdaAttN, path: Path, facts: Mapping[str, str]) -> None:
    """Write a network with what is needed to build it again, and facts about its training; whole or not at all."""
    weights = {name: value.detach().half().cpu().contiguous() for name, value in network.state_dict().items()}
    partial = path.with_name(path.name + ".part")
    save_file(weights, partial, {"config": json.dumps(network.config), **facts})
    os.replace(partial, path)


def load_adaattn(path: Path, device: str = "cpu") -> AdaAttN:
    """A network from a file of `save_adaattn`. Raises ValueError that names the file if it is none."""
    try:
        with safe_open(path, "pt", device=device) as file:
            network = AdaAttN(**json.loads((file.metadata() or {})["config"])).to(device)
            network.load_state_dict({name: file.get_tensor(name).float() for name in file.keys()})  # noqa: SIM118
    except (SafetensorError, OSError, KeyError, TypeError, ValueError, RuntimeError) as error:
        raise ValueError(f"{path} is no AdaAttN network of this project ({error})") from error
    return network.eval()

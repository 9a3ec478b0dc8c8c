"""The compact stroke predictor: a plain vision transformer that reads a patch and writes a set of strokes.

Set prediction as in Paint Transformer (Liu et al., ICCV 2021), made small enough to train on two CPU cores:

* the difference target - canvas is an input of its own (the idea of DQ-Transformer, arXiv 2603.27720, at no cost);
* a patchifying stem leaves 16 image tokens, to which 8 learned query tokens are appended; one stack of pre-norm
  transformer blocks serves both, so there is no separate decoder;
* the head writes bounded geometry with one description per mark: length >= width, the angle as (cos 2t, sin 2t);
* marks may bend and taper. Both are written as vectors, across and along the mark: seen from its other end a mark
  bends and tapers the other way, and the vectors stay the same, so that there is no jump where the angle starts anew.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn import Conv2d, LayerNorm, Linear

from ..shape import MOST_BEND, MOST_TAPER
from .base import PredictorNetwork

#: Numbers of a straight mark: two of its place, two of its size, two of its direction, and its confidence.
STRAIGHT = 7


@dataclass(frozen=True)
class CompactConfig:
    """Everything that decides the shape of the network and the range of its strokes (fractions of the patch)."""

    patch: int = 32
    strokes: int = 8
    width: int = 128
    heads: int = 4
    layers: int = 5
    mlp: int = 384
    center_range: tuple[float, float] = (-0.05, 1.05)
    length_range: tuple[float, float] = (0.06, 1.1)
    #: width of a stroke as a fraction of its length
    aspect_range: tuple[float, float] = (0.08, 0.4)
    #: how much marks may bend, in radians, and taper; 0 and 0: the network proposes straight bars, as it once did
    most_bend: float = 0.0
    most_taper: float = 0.0

    def __post_init__(self) -> None:
        for name, most in (("most_bend", MOST_BEND), ("most_taper", MOST_TAPER)):
            if not 0 <= getattr(self, name) <= most:
                raise ValueError(f"{name} must be from 0 to {most:g}, got {getattr(self, name)}")

    @property
    def curved(self) -> bool:
        """Whether marks have a bend and a taper at all."""
        return self.most_bend > 0 or self.most_taper > 0


class Block(nn.Module):
    """A pre-norm transformer block on (B, T, D) tokens."""

    def __init__(self, config: CompactConfig) -> None:
        super().__init__()
        self.heads = config.heads
        self.norm1 = LayerNorm(config.width)
        self.qkv = Linear(config.width, 3 * config.width)
        self.out = Linear(config.width, config.width)
        self.norm2 = LayerNorm(config.width)
        self.mlp = nn.Sequential(
            Linear(config.width, config.mlp), nn.GELU(approximate="tanh"), Linear(config.mlp, config.width)
        )

    def forward(self, x: Tensor, last: int | None = None) -> Tensor:
        """(B, T, D) -> the same, or only its `last` tokens (B, last, D), which costs less."""
        b, t, d = x.shape
        q, k, v = self.qkv(self.norm1(x)).view(b, t, 3, self.heads, d // self.heads).permute(2, 0, 3, 1, 4)
        if last is not None:
            x, q, t = x[:, -last:], q[:, :, -last:], last
        mixed = F.scaled_dot_product_attention(q, k, v)  # (B, heads, T, D / heads)
        x = x + self.out(mixed.transpose(1, 2).reshape(b, t, d))
        return x + self.mlp(self.norm2(x))


class CompactPredictor(PredictorNetwork):
    """(target, canvas) patches -> marks and confidence, in one pass.

    `predict` is what painters use; `forward` is the same under the name that nn.Module calls.
    """

    architecture = "compact"

    def __init__(self, config: CompactConfig | None = None, name: str = "compact") -> None:
        super().__init__()
        config = config or CompactConfig()
        self.config = config
        self.name = name
        self.patch = config.patch
        self.strokes = config.strokes
        tokens = (config.patch // 8) ** 2
        self.stem = nn.Sequential(
            Conv2d(9, config.width // 2, 4, stride=4),
            nn.GELU(approximate="tanh"),
            Conv2d(config.width // 2, config.width, 3, padding=1),
            nn.GELU(approximate="tanh"),
            Conv2d(config.width, config.width, 2, stride=2),
        )
        self.position = nn.Parameter(torch.randn(tokens, config.width) * 0.1)
        self.query = nn.Parameter(torch.randn(config.strokes, config.width) * 0.5)
        self.blocks = nn.ModuleList(Block(config) for _ in range(config.layers))
        self.norm = LayerNorm(config.width)
        self.head = nn.Sequential(
            Linear(config.width, config.width),
            nn.GELU(approximate="tanh"),
            Linear(config.width, STRAIGHT + 4 * config.curved),
        )

    def forward(self, target: Tensor, canvas: Tensor) -> tuple[Tensor, Tensor]:
        """Predict the strokes that turn the canvas into the target.

        Args:
            target, canvas: (B, 3, P, P) sRGB in [0, 1].
        Returns:
            marks (B, S, 5): x, y, length, width as fractions of the patch (x right, y down, length >= width) and the
            angle in [0, pi), or (B, S, 7) with bend and taper; in painting order. logit (B, S): confidence that the
            stroke belongs, drawn where > 0.
        """
        pixels = torch.cat([target - 0.5, canvas - 0.5, 2 * (target - canvas)], dim=1)
        tokens = self.stem(pixels).flatten(2).transpose(1, 2) + self.position  # (B, tokens, D)
        query = self.query.expand(len(target), -1, -1)
        x = torch.cat([tokens, query], dim=1)
        *blocks, final = self.blocks
        for block in blocks:
            x = block(x)
        # nobody reads what becomes of the image's tokens
        raw = self.head(self.norm(final(x, self.strokes)))  # (B, S, 7 or 11)
        return self._marks(raw), raw[..., 6]

    predict = forward

    def _marks(self, raw: Tensor) -> Tensor:
        """Bounded geometry (B, S, 5 or 7) from the head's raw numbers (B, S, 7 or 11)."""
        unit = torch.sigmoid(raw[..., :4])
        center = _between(unit[..., 0:2], self.config.center_range)
        length = _between(unit[..., 2], self.config.length_range)
        width = length * _between(unit[..., 3], self.config.aspect_range)
        # the double angle has no jump where a mark turned by pi is the same mark
        angle = torch.remainder(0.5 * torch.atan2(raw[..., 4], raw[..., 5] + 1e-6), math.pi)
        columns = [center[..., 0], center[..., 1], length, width, angle]
        if self.config.curved:
            columns += self._forms(raw[..., STRAIGHT:], angle)
        return torch.stack(columns, dim=-1)

    def _forms(self, raw: Tensor, angle: Tensor) -> list[Tensor]:
        """Bend and taper (B, S) from vectors (B, S, 4) across and along marks of the angles (B, S)."""
        cos, sin = torch.cos(angle), torch.sin(angle)
        bend = raw[..., 1] * cos - raw[..., 0] * sin
        taper = raw[..., 2] * cos + raw[..., 3] * sin
        return [self.config.most_bend * torch.tanh(bend), self.config.most_taper * torch.tanh(taper)]


def _between(unit: Tensor, bounds: tuple[float, float]) -> Tensor:
    return bounds[0] + (bounds[1] - bounds[0]) * unit

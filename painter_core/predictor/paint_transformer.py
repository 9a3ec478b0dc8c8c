"""Paint Transformer's stroke predictor (Liu et al., ICCV 2021, arXiv 2108.03798), to the letter.

Two convolutional encoders read the target patch and the canvas patch, a transformer encoder mixes the 64 tokens of
both, a transformer decoder turns 8 learned queries into 8 strokes. 9,072,902 parameters; names and shapes of all
tensors are those of the authors' PyTorch code, so that their `model.pth` loads (see `checkpoint.py`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import Conv2d, Linear

from ..shape import canonical
from .base import PredictorNetwork

#: What the paper's brush picture covers of its rectangle (facts about the authors' brush files): the ink's width and
#: height as fractions of the rectangle's, and how far the ink's center lies from the rectangle's (x right, y down).
INK_SIZE = (295 / 394, 356 / 394)
INK_OFFSET = (212.5 / 394 - 0.5, 188 / 394 - 0.5)


@dataclass(frozen=True)
class PaintTransformerConfig:
    """The shape of the network; the defaults are the paper's."""

    patch: int = 32
    strokes: int = 8
    hidden: int = 256
    heads: int = 8
    encoder_layers: int = 3
    decoder_layers: int = 3
    feedforward: int = 2048
    dropout: float = 0.1


def patch_encoder() -> nn.Sequential:
    """(B, 3, P, P) -> (B, 128, P / 4, P / 4): three 3 x 3 convolutions with reflected borders."""
    layers: list[nn.Module] = []
    for inputs, outputs, stride in ((3, 32, 1), (32, 64, 2), (64, 128, 2)):
        layers += [
            nn.ReflectionPad2d(1),
            Conv2d(inputs, outputs, 3, stride),
            nn.BatchNorm2d(outputs),
            nn.ReLU(inplace=True),
        ]
    return nn.Sequential(*layers)


class PaintTransformer(PredictorNetwork):
    """(target, canvas) patches -> 8 strokes and whether to draw each.

    `forward` gives the paper's raw numbers (what its losses and its checkpoint speak), `rectangles` the same as brush
    rectangles in plain units, `predict` the marks that painters of this package use.
    """

    architecture = "paint_transformer"

    def __init__(self, config: PaintTransformerConfig | None = None, name: str = "paint_transformer") -> None:
        super().__init__()
        config = config or PaintTransformerConfig()
        self.config = config
        self.name = name
        self.patch = config.patch
        self.strokes = config.strokes
        grid = config.patch // 4  # two of the three convolutions halve the side
        self.enc_img = patch_encoder()
        self.enc_canvas = patch_encoder()
        self.conv = Conv2d(2 * 128, config.hidden, 1)
        self.transformer = nn.Transformer(
            config.hidden,
            config.heads,
            config.encoder_layers,
            config.decoder_layers,
            config.feedforward,
            config.dropout,
            batch_first=True,
        )
        self.linear_param = nn.Sequential(
            Linear(config.hidden, config.hidden),
            nn.ReLU(inplace=True),
            Linear(config.hidden, config.hidden),
            nn.ReLU(inplace=True),
            Linear(config.hidden, 5),
        )
        self.linear_decider = Linear(config.hidden, 1)
        self.query_pos = nn.Parameter(torch.rand(config.strokes, config.hidden))
        self.row_embed = nn.Parameter(torch.rand(grid, config.hidden // 2))
        self.col_embed = nn.Parameter(torch.rand(grid, config.hidden // 2))
        self.apply(_init_weights)

    def forward(self, target: Tensor, canvas: Tensor) -> tuple[Tensor, Tensor]:
        """The network's own output.

        Args:
            target, canvas: (B, 3, 32, 32) sRGB in [0, 1].
        Returns:
            param (B, 8, 5): x, y (center, x right, y down), w, h (full width and height of the brush picture), all as
            fractions of the patch, and the turn in units of pi, clockwise on screen; unbounded. decision (B, 8, 1): a
            logit, drawn where > 0. The order of the 8 is the painting order.
        Raises:
            ValueError: for inputs of another shape.
        """
        wanted = (3, self.patch, self.patch)
        if target.shape != canvas.shape or tuple(target.shape[1:]) != wanted or target.ndim != 4:
            raise ValueError(
                f"target and canvas must both have the shape (B, 3, {self.patch}, {self.patch}), "
                f"got {tuple(target.shape)} and {tuple(canvas.shape)}"
            )
        features = torch.cat([self.enc_img(target), self.enc_canvas(canvas)], dim=1)  # (B, 256, 8, 8)
        tokens = self.conv(features).flatten(2).transpose(1, 2)  # (B, 64, hidden), row by row
        grid = len(self.row_embed)
        columns = self.col_embed.unsqueeze(0).expand(grid, -1, -1)
        rows = self.row_embed.unsqueeze(1).expand(-1, grid, -1)
        position = torch.cat([columns, rows], dim=-1).flatten(0, 1)  # (64, hidden)
        query = self.query_pos.expand(len(target), -1, -1)
        hidden = self.transformer(tokens + position, query)  # (B, 8, hidden)
        return self.linear_param(hidden), self.linear_decider(hidden)

    def rectangles(self, target: Tensor, canvas: Tensor) -> tuple[Tensor, Tensor]:
        """`forward` with the turn in radians: (B, 8, 5) x, y, w, h, angle of the brush picture, and (B, 8) logits."""
        param, decision = self(target, canvas)
        return torch.cat([param[..., :4], param[..., 4:] * math.pi], dim=-1), decision[..., 0]

    def predict(self, target: Tensor, canvas: Tensor) -> tuple[Tensor, Tensor]:
        """The strokes as visible marks.

        Args:
            target, canvas: (B, 3, 32, 32) sRGB in [0, 1].
        Returns:
            marks (B, 8, 5): x, y, length, width as fractions of the patch, length >= width, of what the paper's brush
            leaves inside its rectangle; the angle of the length in [0, pi), clockwise. logit (B, 8): drawn where > 0.
        """
        rectangles, logit = self.rectangles(target, canvas)
        return marks_of(rectangles), logit


def marks_of(rectangles: Tensor) -> Tensor:
    """The visible marks of brush rectangles: the box around the ink of the paper's brush.

    Args:
        rectangles: (..., 5) x, y, w, h, angle in radians; one unit for the lengths. A negative side mirrors the brush.
    Returns:
        (..., 5) x, y, length, width, angle with length >= width >= 0 and the angle in [0, pi).
    """
    center = rectangles[..., :2] + _ink_shift(rectangles)
    size = rectangles[..., 2:4].abs() * rectangles.new_tensor(INK_SIZE)
    size, angle = canonical(size, rectangles[..., 4])
    return torch.cat([center, size, angle[..., None]], dim=-1)


def rectangles_of(marks: Tensor) -> Tensor:
    """Rectangles whose ink is the given marks, bristles along the length: `marks_of` backwards.

    Args:
        marks: (..., 5) x, y, length, width, angle in radians.
    Returns:
        (..., 5) x, y, w, h, angle.
    """
    size = marks[..., 2:4] / marks.new_tensor(INK_SIZE)
    rectangles = torch.cat([marks[..., :2], size, marks[..., 4:]], dim=-1)
    return torch.cat([marks[..., :2] - _ink_shift(rectangles), rectangles[..., 2:]], dim=-1)


def _ink_shift(rectangles: Tensor) -> Tensor:
    """(..., 2) from the center of each rectangle to the center of its ink, turned with the rectangle."""
    right, down = (rectangles[..., 2:4] * rectangles.new_tensor(INK_OFFSET)).unbind(-1)
    cos, sin = torch.cos(rectangles[..., 4]), torch.sin(rectangles[..., 4])
    return torch.stack([right * cos - down * sin, right * sin + down * cos], dim=-1)


def _init_weights(module: nn.Module) -> None:
    """The authors' start: N(0, 0.02) for convolutions and linear layers, N(1, 0.02) for batch norms, biases zero.

    The stacked q, k, v projections are neither, so they keep nn.Transformer's Xavier start, as in the authors' code.
    """
    if isinstance(module, (nn.Conv2d, nn.Linear)):
        nn.init.normal_(module.weight, 0.0, 0.02)
        if module.bias is not None:
            nn.init.zeros_(module.bias)
    elif isinstance(module, nn.BatchNorm2d):
        nn.init.normal_(module.weight, 1.0, 0.02)
        nn.init.zeros_(module.bias)

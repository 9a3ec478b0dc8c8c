"""Predictors without a network, which propose the same for every patch: the painter alone decides what is painted."""

from __future__ import annotations

import torch
from torch import Tensor


class Scatter:
    """Eight marks of all sizes."""

    name, patch, strokes = "scatter", 32, 8

    def predict(self, target: Tensor, canvas: Tensor) -> tuple[Tensor, Tensor]:
        g = torch.Generator().manual_seed(3)
        center, length = torch.rand(8, 2, generator=g), 0.2 + 0.5 * torch.rand(8, generator=g)
        marks = torch.cat([center, length[:, None], 0.35 * length[:, None], 3 * torch.rand(8, 1, generator=g)], 1)
        return marks.expand(len(target), -1, -1), torch.ones(len(target), 8)


class Dabs:
    """Eight dabs of about one size."""

    name, patch, strokes = "dabs", 32, 8

    def predict(self, target: Tensor, canvas: Tensor) -> tuple[Tensor, Tensor]:
        marks = torch.rand(8, 5, generator=torch.Generator().manual_seed(0))
        marks = marks * torch.tensor([1.0, 1.0, 0.4, 0.2, 3.0]) + torch.tensor([0.0, 0.0, 0.4, 0.2, 0.0])
        return marks.expand(len(target), 8, 5), torch.ones(len(target), 8)


class Bows(Dabs):
    """The same dabs, bent and tapered to either side."""

    name = "bows"

    def predict(self, target: Tensor, canvas: Tensor) -> tuple[Tensor, Tensor]:
        marks, logit = super().predict(target, canvas)
        forms = torch.linspace(-1, 1, 16).view(8, 2).expand(len(target), 8, 2)
        return torch.cat([marks, forms], 2), logit

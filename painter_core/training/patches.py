"""Strokes on patches, drawn differentiably: the renderer inside the training loop.

A mark is the product of two sigmoids of the distance to its sides, so that gradients reach a pixel or two past the
edge. Compositing is written as matrix products (see `composite`), which is what makes a training step cheap on a CPU.
"""

from __future__ import annotations

import torch
from torch import Tensor

from ..shape import breadth, straightened

#: Steepness of an edge: coverage goes from 12 % to 88 % over two pixels.
EDGE_PER_PIXEL = 2.0


def coverage(marks: Tensor, size: int) -> Tensor:
    """How much of each pixel each mark covers.

    Args:
        marks: (B, S, 5) x, y, length, width as fractions of the patch, angle in radians; or (B, S, 7) with bend, taper.
        size: pixels along a side of the patch.
    Returns:
        (B, S, size * size) in (0, 1).
    """
    pixel = (torch.arange(size, device=marks.device, dtype=marks.dtype) + 0.5) / size
    x, y, length, width, angle, *form = (part[..., None, None] for part in marks.unbind(-1))
    cos, sin = torch.cos(angle), torch.sin(angle)
    # separable in the pixel's row and column: only the sums are full size
    along = cos * (pixel - x) + (sin * (pixel[:, None] - y))
    across = cos * (pixel[:, None] - y) - (sin * (pixel - x))
    if form:
        along, across = straightened(along, across, form[0] / length)
        width = width * breadth(along, form[1], length)
    steep = EDGE_PER_PIXEL * size
    inside = torch.sigmoid(steep * (length / 2 - along.abs())) * torch.sigmoid(steep * (width / 2 - across.abs()))
    return inside.flatten(2)


def visible_weights(cover: Tensor) -> tuple[Tensor, Tensor]:
    """Weight of each mark in each pixel under over-compositing in order (last on top).

    Args:
        cover: (B, S, P) coverage in [0, 1], decisions multiplied in.
    Returns:
        weights (B, S, P) = coverage times what the marks above let through, and (B, P) what the canvas keeps.
    """
    through = torch.ones_like(cover[:, 0])
    weights: list[Tensor] = []
    for layer in cover.flip(1).unbind(1):
        weights.append(layer * through)
        through = through * (1 - layer)
    return torch.stack(weights[::-1], dim=1), through


def visible_colors(weights: Tensor, target: Tensor) -> Tensor:
    """Mean color of the target under the visible part of each mark, weighted by the square of its weight.

    The square is what least squares gives for a mark over a right canvas.

    Args:
        weights: (B, S, P); target: (B, 3, P).
    Returns:
        (B, S, 3), never darker than the target where a mark is hidden altogether (a guard, not a color).
    """
    squared = weights * weights
    return squared @ target.transpose(1, 2) / (squared.sum(-1, keepdim=True) + 1e-4)


def composite(weights: Tensor, through: Tensor, colors: Tensor, canvas: Tensor) -> Tensor:
    """Marks over a canvas.

    Args:
        weights: (B, S, P); through: (B, P), both from `visible_weights`; colors: (B, S, 3); canvas: (B, 3, P).
    Returns:
        (B, 3, P).
    """
    return colors.transpose(1, 2) @ weights + canvas * through[:, None]


@torch.no_grad()
def helpful(cover: Tensor, target: Tensor, canvas: Tensor, least_gain: float) -> Tensor:
    """Which marks lower the error when they are laid one after the other: the painter's own rule.

    Each mark gets the color that is best for it over the canvas it meets (least squares), and stays only if the
    squared error falls by more than `least_gain`.

    Args:
        cover: (B, S, P) coverage; target, canvas: (B, 3, P); least_gain: squared error summed over pixels and channels.
    Returns:
        (B, S) of 0.0 and 1.0.
    """
    residual = target - canvas
    kept = []
    for mark in cover.unbind(1):
        mark = mark[:, None]
        power = mark.square().sum(-1, keepdim=True) + 1e-4
        # over-compositing moves the canvas by mark * (color - canvas); the canvas is target - residual
        wanted = residual + mark * (target - residual)
        color = ((mark * wanted).sum(-1, keepdim=True) / power).clamp(0, 1)
        after = residual - mark * (color - target + residual)
        gain = (residual.square() - after.square()).sum((1, 2))
        keep = (gain > least_gain).to(mark.dtype)
        kept.append(keep)
        residual = torch.lerp(residual, after, keep[:, None, None])
    return torch.stack(kept, dim=1)


def draw(cover: Tensor, decision: Tensor, target: Tensor, canvas: Tensor) -> Tensor:
    """Draw marks with colors taken from the target; differentiable in the marks.

    Args:
        cover: (B, S, H * H) their coverage; decision: (B, S), 1 for marks that are drawn, 0 for others.
        target, canvas: (B, 3, H, H).
    Returns:
        (B, 3, H, H) painted canvas.
    """
    weights, through = visible_weights(cover * decision[..., None])
    colors = visible_colors(weights, target.flatten(2))
    return composite(weights, through, colors, canvas.flatten(2)).view_as(target)

"""Masks that say which strokes: any size, read where a stroke lies."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from ..shape import spine
from ..strokes import Strokes

#: How far a mask's width / height may be from the canvas's before it is taken for the mask of another picture.
WORST_SHAPE = 2.0
#: Points along and across a mark at which a mask is read.
ALONG, ACROSS = 7, 3
#: Marks that are looked at together: their points take a few MB.
CHUNK = 1 << 16


def fitted(mask: Tensor, canvas: tuple[int, int], name: str = "mask") -> Tensor:
    """`mask` (H, W) in [0, 1], of any size, at the (height, width) of the canvas.

    Raises ValueError if it is no single mask, holds NaN, or has so different a shape (more than twice as wide or as
    high) that it must belong to another picture.
    """
    if mask.ndim != 2 or 0 in mask.shape:
        raise ValueError(f"{name}: one mask of the shape (height, width) is needed, got {tuple(mask.shape)}")
    if not bool(torch.isfinite(mask).all()):
        raise ValueError(f"{name}: it holds NaN or infinite values")
    height, width = mask.shape
    stretch = (width / height) / (canvas[1] / canvas[0])
    # a pixel more or less is no other shape, however small the mask is
    slack = WORST_SHAPE * (1 + 1 / min(height, width))
    if not 1 / slack <= stretch <= slack:
        raise ValueError(
            f"{name}: it has {width} x {height} pixels and the painting {canvas[1]} x {canvas[0]}; "
            "give a mask of about the same shape"
        )
    mask = mask.float().clamp(0, 1)
    if (height, width) == tuple(canvas):
        return mask
    return F.interpolate(mask[None, None], size=tuple(canvas), mode="bilinear", antialias=True)[0, 0].clamp(0, 1)


def at_centers(mask: Tensor, strokes: Strokes, name: str = "mask") -> Tensor:
    """The mask's value (N,) at every stroke's center; outside the canvas that of its border."""
    return _read(fitted(mask.to(strokes.center.device), strokes.canvas, name), strokes.center)


def over_marks(mask: Tensor, strokes: Strokes, name: str = "mask") -> Tensor:
    """The mask's values (N, ALONG * ACROSS) at points spread evenly over every stroke's mark, ends and edges too."""
    mask = fitted(mask.to(strokes.center.device), strokes.canvas, name)
    parts = [_read(mask, _points(strokes[i : i + CHUNK])) for i in range(0, len(strokes), CHUNK)]
    return torch.cat(parts) if parts else torch.zeros(0, ALONG * ACROSS, device=mask.device)


def _points(strokes: Strokes) -> Tensor:
    """(n, ALONG * ACROSS, 2) points on the marks, in pixels of the canvas."""
    device = strokes.center.device
    along = torch.linspace(-0.5, 0.5, ALONG, device=device).repeat_interleave(ACROSS)
    across = torch.linspace(-0.5, 0.5, ACROSS, device=device).repeat(ALONG) * strokes.size[:, 1:]
    places, direction = spine(strokes.center, strokes.size[:, 0], strokes.angle, strokes.bend, along)
    across = across * (1 + 2 * strokes.taper[:, None] * along)
    return places + across[..., None] * torch.stack([-direction.sin(), direction.cos()], dim=-1)


def _read(mask: Tensor, points: Tensor) -> Tensor:
    """The mask at `points` (..., 2) in pixels, linear between the middles of its pixels."""
    height, width = mask.shape
    places = points.reshape(1, 1, -1, 2) / torch.tensor([width, height], device=mask.device) * 2 - 1
    read = F.grid_sample(mask[None, None], places, mode="bilinear", padding_mode="border", align_corners=False)
    return read.reshape(points.shape[:-1])

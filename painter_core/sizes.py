"""Pictures brought to a size."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import interpolate


def resized(picture: Tensor, size: tuple[int, int]) -> Tensor:
    """A (C, H, W) picture or (H, W) mask at (height, width) `size`: bilinear, antialiased, values stay in range."""
    if tuple(picture.shape[-2:]) == tuple(size):
        return picture
    batch = picture.reshape(1, -1, *picture.shape[-2:])
    smaller_or_larger = interpolate(batch, size=tuple(size), mode="bilinear", antialias=True, align_corners=False)
    return smaller_or_larger.clamp(0, 1).reshape(*picture.shape[:-2], *size)


def shrunk_size(size: tuple[int, int], longest: int | None) -> tuple[int, int]:
    """(height, width) of the same shape with the longest side at most `longest` pixels (None: as it is)."""
    if longest is None or max(size) <= longest:
        return size
    scale = longest / max(size)
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def shrunk(picture: Tensor, longest: int | None) -> Tensor:
    """A (3, H, W) picture with its longest side at most `longest` pixels (None: as it is)."""
    return resized(picture, shrunk_size(tuple(picture.shape[-2:]), longest))


def reduced(picture: Tensor, size: tuple[int, int]) -> Tensor:
    """A picture (C, H, W) with no side longer than that of (height, width) `size`; a shorter one stays."""
    return resized(picture, tuple(min(sides) for sides in zip(picture.shape[1:], size, strict=True)))


def stretched(picture: Tensor, size: tuple[int, int]) -> Tensor:
    """A picture (C, H, W) at (height, width) `size`, as grounds are: equal to its parts as `enlarged` gives them."""
    picture = reduced(picture, size)
    return picture if tuple(picture.shape[1:]) == tuple(size) else enlarged(picture, size, 0, size[0])


def enlarged(
    picture: Tensor, size: tuple[int, int], top: int, rows: int, left: int = 0, columns: int | None = None
) -> Tensor:
    """A part (C, rows, columns) of a picture (C, h, w) stretched to a larger (height, width) `size`, bilinear.

    The same part of the whole, bit for bit, whatever part is asked for; `columns` None: up to the right border.
    """
    columns = size[1] - left if columns is None else columns
    first, share = _between(picture, 1, size[0], top, rows)
    across, part = _between(picture, 2, size[1], left, columns)
    low, high = int(across[0]), min(int(across[-1]) + 2, picture.shape[2])
    cut = picture[:, :, low:high]
    below = (first + 1).clamp(max=picture.shape[1] - 1)
    tall = cut[:, first].lerp(cut[:, below], share[:, None])
    across = across - low
    return tall[:, :, across].lerp(tall[:, :, (across + 1).clamp(max=high - low - 1)], part).clamp(0, 1)


def _between(picture: Tensor, axis: int, size: int, start: int, count: int) -> tuple[Tensor, Tensor]:
    """Between which of the picture's rows (or columns) those of the larger one lie: the first of two, and how far."""
    side = picture.shape[axis]
    place = torch.arange(start, start + count, device=picture.device, dtype=torch.float64) + 0.5
    place = (place * (side / size) - 0.5).clamp(0, side - 1)
    first = place.floor().long().clamp(max=max(0, side - 2))
    return first, (place - first).to(picture.dtype)

"""Pictures as such, apart from what is painted: brought to a size, and under the house's one Gaussian blur."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

#: Gaussians are cut off at so many standard deviations.
CUT = 3.0
#: Least pixels that are worked out by one matrix product along the axis that is blurred.
BLOCK = 64
#: How a blur goes on beyond a field's borders (names as in `torch.nn.functional.pad`), or "valid": it does not, and the
#: result is smaller by `reach_of` on each side.
BORDERS = ("replicate", "constant", "valid")
#: What a pixel of a resized picture is made of; see `resized`.
FILTERS = ("triangle", "area")


def reach_of(sigma: float, cut: float = CUT) -> int:
    """Pixels on each side that a Gaussian of `sigma` pixels reaches."""
    return math.ceil(cut * sigma)


def blurred(
    field: Tensor, sigma: float, *, axes: Sequence[int] = (-2, -1), border: str = "replicate", cut: float = CUT
) -> Tensor:
    """A field under a Gaussian, one axis after the other, in the field's own precision.

    Along an axis a blur is the product with a banded matrix, and so are its parts: blocks of pixels, each with what the
    Gaussian reaches beside it, times one small matrix. That is several times as fast as a convolution with one channel,
    and needs no memory besides the padded field and the result.

    Args:
        field: (..., H, W) or any other shape with such axes.
        sigma: standard deviation in pixels, 0 or more; one so small that it reaches nothing changes nothing.
        axes: which are blurred.
        border: "replicate" goes on with the outermost pixel, "constant" with nothing, "valid" stops where the Gaussian
            reaches the border, so that each of the axes loses `reach_of(sigma, cut)` pixels at both ends.
        cut: where the Gaussian ends, in standard deviations; what is left has the sum 1.
    Raises:
        ValueError: a negative sigma, an unknown border, an axis that "valid" leaves nothing of.
    """
    if not (0 <= sigma < math.inf and border in BORDERS):
        raise ValueError(f"a blur has a sigma of 0 or more and a border of {', '.join(BORDERS)}: {sigma}, {border!r}")
    reach = reach_of(sigma, cut)
    if not reach:
        return field
    offset = torch.arange(-reach, reach + 1, dtype=torch.float64)
    window = torch.exp(-(offset**2) / (2 * sigma**2))
    window = (window / window.sum()).to(field)
    for axis in axes:
        field = _along(field, axis % field.ndim, window, border)
    return field


def _along(field: Tensor, axis: int, window: Tensor, border: str) -> Tensor:
    """A field under a window (2 reach + 1,) along one axis."""
    # (outer, length, inner): whatever lies before and behind the axis
    shape = field.shape
    flat = field.reshape(math.prod(shape[:axis]), shape[axis], math.prod(shape[axis + 1 :]))
    length = shape[axis] if border != "valid" else shape[axis] - len(window) + 1
    if length < 1:
        raise ValueError(f"a blur over {len(window)} pixels has no valid part in {shape[axis]} pixels")
    if border != "valid":
        flat = _wider(flat, len(window) // 2, border)
    block = min(length, max(BLOCK, len(window)))
    band = _band(window, block)
    out = flat.new_empty(flat.shape[0], length, flat.shape[2])
    for start in range(0, length, block):
        count = min(block, length - start)
        part, matrix = flat[:, start : start + count + len(window) - 1], band[:count, : count + len(window) - 1]
        if flat.shape[2] == 1:  # the last axis: rows times the matrix's transpose
            out[:, start : start + count, 0] = part[..., 0] @ matrix.T
        else:
            for own, read in zip(out[:, start : start + count], part, strict=True):
                torch.mm(matrix, read, out=own)
    return out.reshape(*shape[:axis], length, *shape[axis + 1 :])


def _wider(flat: Tensor, reach: int, border: str) -> Tensor:
    """(outer, length, inner) with so many more entries at both ends."""
    if border == "constant":
        return F.pad(flat, (0, 0, reach, reach))
    ends = (flat[:, :1].expand(-1, reach, -1), flat, flat[:, -1:].expand(-1, reach, -1))
    return torch.cat(ends, 1)


def _band(window: Tensor, block: int) -> Tensor:
    """(block, block + 2 reach): the window in each row, one place further every time."""
    rows = F.pad(window, (0, block)).expand(block, -1).flatten()[: block * (block + len(window) - 1)]
    return rows.view(block, block + len(window) - 1)


def size_of(picture: Tensor) -> tuple[int, int]:
    """(height, width) of a picture (..., H, W) in pixels."""
    height, width = picture.shape[-2:]
    return height, width


def resized(picture: Tensor, size: tuple[int, int], filter: str = "triangle") -> Tensor:
    """A picture (C, H, W) or a map (H, W) at (height, width) `size`.

    Args:
        filter: one of FILTERS. "triangle" is linear between pixels, and as wide as the larger of the two pixels; values
            stay in [0, 1]. "area" takes the plain mean of the pixels that fall into one, which is quicker; where a side
            grows it is linear too.
    Raises:
        ValueError: an unknown filter.
    """
    if filter not in FILTERS:
        raise ValueError(f"there is no filter {filter!r} to resize with; there are {', '.join(FILTERS)}")
    height, width = picture.shape[-2:]
    if (height, width) == tuple(size):
        return picture
    batch = picture.reshape(1, -1, height, width)
    if filter == "triangle":
        made = F.interpolate(batch, size=tuple(size), mode="bilinear", antialias=True, align_corners=False).clamp(0, 1)
    elif size[0] <= height and size[1] <= width:
        made = F.interpolate(batch, size=tuple(size), mode="area")
    else:
        shrinks = size[0] < height or size[1] < width
        made = F.interpolate(batch, size=tuple(size), mode="bilinear", align_corners=False, antialias=shrinks)
    return made.reshape(*picture.shape[:-2], *size)


def scaled_size(size: Sequence[int], factor: float) -> tuple[int, int]:
    """(height, width) `size` times a factor, in whole pixels, at least 1 each."""
    height, width = (max(1, round(side * factor)) for side in size)
    return height, width


def shrunk_size(size: tuple[int, int], longest: int | None) -> tuple[int, int]:
    """(height, width) of the same shape with the longest side at most `longest` pixels (None: as it is)."""
    if longest is None or max(size) <= longest:
        return size
    return scaled_size(size, longest / max(size))


def fitted_size(size: tuple[int, int], pixels: float) -> tuple[int, int]:
    """(height, width) of the same shape with about so many pixels, never larger."""
    return scaled_size(size, min(1.0, math.sqrt(pixels / (size[0] * size[1]))))


def shrunk(picture: Tensor, longest: int | None) -> Tensor:
    """A (3, H, W) picture with its longest side at most `longest` pixels (None: as it is)."""
    return resized(picture, shrunk_size(size_of(picture), longest))


def reduced(picture: Tensor, size: tuple[int, int]) -> Tensor:
    """A picture (C, H, W) with no side longer than that of (height, width) `size`; a shorter one stays."""
    return resized(picture, (min(picture.shape[1], size[0]), min(picture.shape[2], size[1])))


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

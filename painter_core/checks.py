"""What pictures and maps have to be like, said where they come in."""

from __future__ import annotations

import math

from torch import Tensor

from .images import size_of


def check_pictures(picture: Tensor, canvas: Tensor | None, detail: Tensor | None, mask: Tensor | None) -> None:
    """Raise ValueError, as `paint` does, for pictures or maps that it cannot take."""
    check_picture("picture", picture, 3)
    size = size_of(picture)
    for name, given, channels in (("canvas", canvas, 3), ("detail", detail, 1), ("mask", mask, 1)):
        if given is not None:
            check_picture(name, given if channels == 3 else given[None], channels, size)


def check_picture(name: str, picture: Tensor, channels: int, size: tuple[int, int] | None = None) -> None:
    """Raise ValueError unless `picture` is (channels, H, W), finite, in [0, 1], and of `size` if that is given."""
    picture = picture.detach()
    shape = tuple(picture.shape)
    if len(shape) != 3 or shape[0] != channels or 0 in shape:
        raise ValueError(f"{name}: expected a picture of shape ({channels}, height, width), got {shape}")
    if size is not None and shape[1:] != size:
        raise ValueError(f"{name}: must have the picture's size {size} (height, width), got {shape[1:]}; resize it")
    low, high = (float(value) for value in picture.aminmax())  # NaN, too, if there is any
    if not (math.isfinite(low) and math.isfinite(high)):
        raise ValueError(f"{name}: holds NaN or infinite values")
    if low < -1e-4 or high > 1 + 1e-4:
        raise ValueError(f"{name}: values must lie in [0, 1], got {low:g} to {high:g}")

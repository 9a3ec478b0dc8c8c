"""Between ComfyUI's tensors and the painter's: batches (B, H, W, C) here, single pictures (3, H, W) there."""

from __future__ import annotations

import comfy.model_management as mm
import torch
from torch import Tensor
from torch.nn.functional import interpolate

from ..painter_core.files.picture import Picture

CHANNELS = 3


def picture(image: Tensor, index: int, device: torch.device | str) -> Tensor:
    """Picture `index` of an IMAGE batch as (3, H, W) float32 in [0, 1] on `device`, a tensor of its own.

    Transparency is laid over white, one grey channel becomes three. Raises ValueError for any other number of channels.
    """
    return source(image, index, device).over()


def source(image: Tensor, index: int, device: torch.device | str) -> Picture:
    """`picture` with its transparency."""
    pixels = image[index].to(device=device, dtype=torch.float32).clamp(0, 1).movedim(-1, 0).contiguous()
    if len(pixels) == 1:
        pixels = pixels.repeat(CHANNELS, 1, 1)
    if len(pixels) not in (CHANNELS, CHANNELS + 1):
        raise ValueError(f"An image has 1, 3 or 4 channels (grey, RGB, RGBA); this one has {len(pixels)}.")
    return Picture(pixels[:CHANNELS], pixels[CHANNELS] if len(pixels) > CHANNELS else None, deep=True)


def partner(batch: Tensor, index: int) -> int:
    """Which entry of a batch goes with picture `index` of another one: short batches start again."""
    return index % len(batch)


def mask(masks: Tensor, index: int, size: tuple[int, int], device: torch.device | str) -> Tensor:
    """The mask for picture `index` as (H, W) float32 in [0, 1] at (height, width) `size`.

    One mask serves all pictures. A mask of another size is stretched, as everywhere in ComfyUI (LoadImage's mask of a
    picture without transparency has 64 x 64 pixels, whatever the picture's size).
    """
    masks = masks.reshape(-1, *masks.shape[-2:])
    chosen = masks[partner(masks, index)].to(device=device, dtype=torch.float32)
    return resized(chosen[None], size)[0]


def resized(pixels: Tensor, size: tuple[int, int]) -> Tensor:
    """(C, H, W) in [0, 1] at (height, width) `size`: bilinear, antialiased."""
    if tuple(pixels.shape[-2:]) == tuple(size):
        return pixels.clamp(0, 1)
    return interpolate(pixels[None], size=tuple(size), mode="bilinear", antialias=True)[0].clamp(0, 1)


def empty_image(count: int, size: tuple[int, int]) -> Tensor:
    """An IMAGE batch to fill, where ComfyUI wants results."""
    return torch.empty((count, *size, CHANNELS), dtype=torch.float32, device=mm.intermediate_device())


def empty_mask(count: int, size: tuple[int, int]) -> Tensor:
    """A MASK batch to fill, where ComfyUI wants results."""
    return torch.empty((count, *size), dtype=torch.float32, device=mm.intermediate_device())

"""Style by a network at a working size: pictures of any size cost the same, and keep their fine detail."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path

import torch
from torch import Tensor
from torch.nn.functional import interpolate

from .adaattn import LAYERS, AdaAttN, load_adaattn
from .distances import measured
from .features import LEAST_SIDE, features

#: The trained network, which `train-style` makes; where it is missing the method is not offered.
NETWORK = Path(__file__).resolve().parent / "adaattn.safetensors"
#: Pixels that contents, and styles, are worked on at: more of them are reduced.
CONTENT_PIXELS, STYLE_PIXELS = 512 * 512, 384 * 384


def by_network(content: Tensor, styles: Sequence[Tensor], on_part: Callable[[int, int], None] | None = None) -> Tensor:
    """The method `adaattn` with the network that lies beside this file; as `transferred`."""
    return transferred(_load(NETWORK, str(content.device)), content, styles, on_part)


def transferred(
    network: AdaAttN, content: Tensor, styles: Sequence[Tensor], on_part: Callable[[int, int], None] | None = None
) -> Tensor:
    """A (3, H, W) picture as a network makes it in the mean of several styles (3, h, w), of any size.

    A large picture is reduced; what changes is enlarged and added to it, so that it keeps the detail that the network
    has not seen.

    Args:
        on_part: called with (parts done, parts in all); what it raises passes through.
    """
    small = measured(content, CONTENT_PIXELS)
    size = (small.shape[1], small.shape[2])
    here, made = features(small, LAYERS), torch.zeros_like(small)
    for done, style in enumerate(styles, 1):
        made += network.styled(here, features(measured(style, STYLE_PIXELS), LAYERS), size).clamp(0, 1) / len(styles)
        if on_part:
            on_part(done, len(styles))
    if size == tuple(content.shape[1:]):
        return made
    shrinks = math.prod(content.shape[1:]) < math.prod(size) or min(content.shape[1:]) < LEAST_SIDE
    change = interpolate((made - small)[None], content.shape[1:], mode="bilinear", antialias=shrinks)[0]
    return (content + change).clamp(0, 1)


@lru_cache(maxsize=2)
def _load(path: Path, device: str) -> AdaAttN:
    # kept for later calls, whatever mode this one runs in
    with torch.inference_mode(False):
        return load_adaattn(path, device).requires_grad_(False)

"""Revising a picture until it has a style, by a residual in a Laplacian pyramid that a short optimisation finds.

What a picture should have is a `Target`: statistics of the style's features (`distances`), and of the content its
features at relu4_1 and where its edges are (a correlation of their strength: a dark shape may become a light one. Li,
Xu, Nie, Liu, "Laplacian-steered neural style transfer", ACM Multimedia 2017, hold the edges themselves). Its slope is
followed on the coefficients of a Laplacian pyramid instead of on pixels (Lin et al., CVPR 2021, find residuals in
one; Kolkin, Salavon, Shakhnarovich, "Style transfer by relaxed optimal transport and self-similarity", CVPR 2019,
optimise one): broad changes of color then need as few steps as fine texture.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, autocast

from .distances import EPSILON, Style
from .vgg16 import TAPS, features

#: Weights of what is held, the distance of the style being 1: features at relu4_1, edges, values that can be shown.
FORMS, EDGES, SHOWN = 0.08, 0.1, 0.3
#: Sizes of the picture at which edges are compared, each half the one before.
EDGE_SIZES = 2
#: Least side in pixels of the coarsest part of a pyramid.
COARSEST = 8
#: Share of the last slopes, and of their squares, that a step keeps (Adam's two momenta).
MOMENTUM, MEMORY = 0.8, 0.9
#: A coefficient moves at most so many times as far as the others of its part do in the mean.
PEAK = 3.0
#: What the last step of a level is as a share of the first.
LAST = 0.2


class Target:
    """What a picture of one size should have of a style and of a content."""

    def __init__(self, content: Tensor, style: Style) -> None:
        """content: (3, h, w) in [0, 1], sides of 16 pixels and more; style: of TAPS, on the same device."""
        self._style = style
        with torch.no_grad(), quick(content.device):
            self._forms = features(content, TAPS[-1:])[TAPS[-1]].float()
        self._edges = edges(content)

    def slope(self, picture: Tensor) -> Tensor:
        """(3, h, w) how the distance from the target grows with the pixels of a picture of that size."""
        with torch.enable_grad():
            picture = picture.detach().clone().requires_grad_(True)
            with quick(picture.device):
                found = features(picture)
            held = EDGES * self._lost_edges(picture)
            held = held + SHOWN * (picture - picture.clamp(0, 1)).square().mean()
        with torch.no_grad():
            pulls = [pull(found[tap], self._style.moments[tap], self._style.gram[tap]) for tap in TAPS]
            off = found[TAPS[-1]] - self._forms
            forms = 2 * FORMS * off / (self._forms.square().sum() + EPSILON)
            pulls = [one / (2 * len(TAPS)) for one in pulls]  # a mean over layers and over moments and Gram matrices
            pulls[-1] = pulls[-1] + forms.to(pulls[-1].dtype)
        outputs = [*(found[tap] for tap in TAPS), held]
        return torch.autograd.grad(outputs, picture, [*pulls, torch.ones_like(held)])[0]

    def _lost_edges(self, picture: Tensor) -> Tensor:
        """1 for edges that have nothing to do with the content's, 0 for all of them."""
        pairs = zip(edges(picture), self._edges, strict=True)
        return torch.stack([1 - correlation(mine, wanted) for mine, wanted in pairs]).mean()


def quick(device: torch.device) -> AbstractContextManager[object]:
    """Half precision for networks where the device is several times as fast: a tenth of a per cent is enough."""
    return autocast("cuda" if device.type == "cuda" else "cpu", torch.bfloat16, enabled=quick_in_bfloat16(device))


def quick_in_bfloat16(device: torch.device) -> bool:
    """Whether a device has matrix units for it; processors without them are slower with it than with floats.

    Those of a processor count only where oneDNN, which works out the convolutions, may use them: with its environment
    variable ONEDNN_MAX_CPU_ISA=AVX512_CORE (or AVX2) any processor is one without.
    """
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported()
    most = os.environ.get("ONEDNN_MAX_CPU_ISA", "").upper()
    if most not in ("", "DEFAULT", "ALL") and "AMX" not in most:
        return False
    has_units = getattr(torch.cpu, "_is_amx_tile_supported", None)  # no public name for it so far
    return bool(device.type == "cpu" and has_units and has_units())


def pull(found: Tensor, moments: Tensor, gram: Tensor) -> Tensor:
    """(C, h, w) the slope of a layer's two squared distances from a style (`Style.parts`), by its features (C, h, w).

    Written out: of all that happens to shallow layers, autograd's way through these sums would take most of the time.
    """
    flat = found.movedim(0, -1).flatten(0, 1)
    spread, mean = torch.var_mean(flat.float(), 0, correction=0)
    spread = (spread + EPSILON).sqrt()
    moment_share = 2 / (moments.square().sum() + EPSILON) / len(flat)
    gram_share = 4 / (gram.square().sum() + EPSILON) / len(flat)
    by_spread = moment_share * (spread - moments[1]) / spread.clamp_min(1e-3)
    mixing = gram_share * ((flat.T @ flat).float() / len(flat) - gram) + by_spread.diag()
    offset = moment_share * (mean - moments[0]) - by_spread * mean
    slope = torch.addmm(offset.to(flat), flat, mixing.to(flat))
    return slope.unflatten(0, found.shape[1:]).movedim(-1, 0)


def edges(picture: Tensor) -> list[Tensor]:
    """How much lightness changes from pixel to pixel, at sizes of a (3, h, w) picture that are halved each time."""
    light, found = picture.mean(0, keepdim=True), []
    for size in range(EDGE_SIZES):
        light = F.avg_pool2d(light, 2) if size else light
        across, down = light[:, :-1, 1:] - light[:, :-1, :-1], light[:, 1:, :-1] - light[:, :-1, :-1]
        found.append((across.square() + down.square() + 1e-6).sqrt())  # a thousandth keeps the root's slope finite
    return found


def correlation(one: Tensor, other: Tensor) -> Tensor:
    """Scalar in [-1, 1]."""
    one, other = one - one.mean(), other - other.mean()
    return (one * other).sum() / (one.norm() * other.norm()).clamp_min(EPSILON)


@dataclass(frozen=True)
class Level:
    """How one size of a picture is worked on.

    Attributes:
        pixels: of the picture, about; a smaller one keeps its size.
        steps: looks at the picture.
        parts: of the pyramid, the finest first, that may change: what is coarser was settled before.
        reach: how far a coefficient moves in a step at first, in units of [0, 1].
        fine: the same for the finest part, as a share of that: its steps are what noise is made of.
        colored: how far parts move in color as a share of how far they move in lightness, the finest first, and all
            the way where it ends: what the eye takes for brush and texture is light and dark, and dots of color it
            takes for noise.
    """

    pixels: int
    steps: int
    parts: int
    reach: float
    fine: float
    colored: tuple[float, ...]


def revised(
    start: Tensor, target: Target, level: Level, free: Tensor, steps: int, on_step: Callable[[int, Tensor], None]
) -> Tensor:
    """A (3, h, w) picture in [0, 1] that is closer to the target than the one to start with.

    Args:
        free: (1, h, w) in [0, 1], how much places may change.
        steps: of them; on_step is called before each with its number and the picture so far, and after the last.
    """
    sizes = part_sizes((start.shape[1], start.shape[2]))[: level.parts]
    parts = [start.new_zeros(3, *size) for size in sizes]
    way, power = [torch.zeros_like(part) for part in parts], [start.new_zeros(()) for _ in parts]
    for step in range(steps):
        seen = start + free * collapsed(parts)
        on_step(step, seen)
        slope = target.slope(seen)
        reach = level.reach * (1 + (LAST - 1) * step / steps)
        for i, found in enumerate(spread_over(free * slope, parts)):
            # one power for each part, not one for each coefficient: where nothing is wrong nothing should move
            way[i] = MOMENTUM * way[i] + (1 - MOMENTUM) * found
            power[i] = MEMORY * power[i] + (1 - MEMORY) * found.square().mean()
            unit = (power[i] / (1 - MEMORY ** (step + 1))).sqrt().clamp_min(1e-12) * (1 - MOMENTUM ** (step + 1))
            move = (way[i] / unit).clamp(-PEAK, PEAK)
            if i < len(level.colored):
                light = move.mean(0)
                move = light + level.colored[i] * (move - light)
            parts[i] = parts[i] - reach * (1.0 if i else level.fine) * move
    made = (start + free * collapsed(parts)).clamp(0, 1)
    on_step(steps, made)
    return made


def part_sizes(size: tuple[int, int]) -> list[tuple[int, int]]:
    """Sizes (h, w) of the parts of a pyramid, the finest first, each half the one before."""
    sizes = [size]
    while min(sizes[-1]) > COARSEST:
        sizes.append(((sizes[-1][0] + 1) // 2, (sizes[-1][1] + 1) // 2))
    return sizes


def collapsed(parts: Sequence[Tensor]) -> Tensor:
    """The picture (3, h, w) that the parts of a pyramid, the finest first, add up to."""
    whole = parts[-1]
    for part in reversed(parts[:-1]):
        whole = part + enlarged(whole, part.shape[1:])
    return whole


def spread_over(slope: Tensor, parts: Sequence[Tensor]) -> Sequence[Tensor]:
    """What a slope (3, h, w) by the pixels is by the coefficients of a pyramid."""
    with torch.enable_grad():
        free = [part.detach().clone().requires_grad_(True) for part in parts]
        return torch.autograd.grad(collapsed(free), free, slope)


def enlarged(picture: Tensor, size: Sequence[int]) -> Tensor:
    """A (C, h, w) picture at (height, width) `size`, bilinear; values may be of any sign."""
    shrinks = size[0] < picture.shape[1] or size[1] < picture.shape[2]
    # plane by plane: with large pictures one operation would take longer than people wait for a cancel button
    planes = [F.interpolate(plane[None, None], tuple(size), mode="bilinear", antialias=shrinks) for plane in picture]
    return torch.cat(planes, 1)[0]

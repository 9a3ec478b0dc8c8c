"""What moves between two frames, what stands still, and what comes to light.

Camera noise is no motion: where a place looks as before but for the noise, and is not part of something that moves, its
flow is 0 to the last bit.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from ..images import size_of
from .flow import FlowFunction, flow_between, warped

#: Side in pixels of the square over which frames are compared.
WINDOW = 11
#: How many times what noise alone would make a change must be (in variance), before something has changed.
CHANGED = 2.5
#: A place can be seen to stand still if a shift by so many pixels would change it by more than its noise.
NOTICED = 0.25
#: Noise is taken for at least this: rounding to 8 bits, and what compression leaves.
LEAST_NOISE = 1.5 / 255
#: Share of the windows whose noise is lower: noise is looked for in the calmest places.
CALM = 0.2
#: Values beyond these are cut off, and so is their noise.
DARKEST, BRIGHTEST = 0.02, 0.98
#: Forward and backward flow disagree if they miss each other by more than this: a share of their squares, and squared
#: pixels (Sundaram, Brox, Keutzer, "Dense point trajectories by GPU-accelerated large displacement optical flow",
#: 2010).
DISAGREE, SLACK = 0.01, 0.5
#: Laplacian that takes away what is flat or sloping (Immerkaer, "Fast noise variance estimation", 1996); its norm is 6.
_ROUGH = ((1.0, -2.0, 1.0), (-2.0, 4.0, -2.0), (1.0, -2.0, 1.0))


@dataclass(frozen=True)
class Motion:
    """Between a picture that was painted and the next frame, both (3, h, w).

    Attributes:
        flow: (2, h, w) where places of the picture lie in the frame, minus where they lay, x and y in pixels; exactly 0
            where nothing moves.
        covered: (h, w) bool, places of the picture that are not to be found in the frame.
        uncovered: (h, w) bool, places of the frame that were not to be seen in the picture.
        changed: (h, w) bool, places of the frame where it is not as the picture, but for noise.
        noise: standard deviation of the frame's noise, one number for all colors.
    """

    flow: Tensor
    covered: Tensor
    uncovered: Tensor
    changed: Tensor
    noise: float

    @property
    def still(self) -> bool:
        """Has nothing changed at all?"""
        return not bool(self.changed.any())


def noise_of(frame: Tensor) -> float:
    """Standard deviation of a frame's (3, h, w) noise, from its calmest places; at least LEAST_NOISE."""
    if min(frame.shape[1:]) < 2 * WINDOW:
        return LEAST_NOISE
    rough = F.conv2d(frame[:, None], torch.tensor(_ROUGH, device=frame.device)[None, None]) / 6
    power = F.avg_pool2d(rough.square().mean((0, 1))[None, None], WINDOW)
    tone = F.avg_pool2d(frame.mean(0)[None, None, 1:-1, 1:-1], WINDOW)
    usable = power[(tone > DARKEST) & (tone < BRIGHTEST)]
    return max(LEAST_NOISE, float(usable.quantile(CALM).sqrt())) if len(usable) else LEAST_NOISE


def motion_between(
    shown: Tensor, seen: Tensor, frame: Tensor, method: str | FlowFunction = "auto", tolerance: float = 1.0
) -> Motion:
    """What has moved.

    Args:
        shown: (3, h, w) what the painting shows: the frame before, or older where nothing has moved since.
        seen: (h, w) of how many frames each of its places is the mean.
        frame: (3, h, w) the next frame.
        method: as in `flow_between`.
        tolerance: factor on the changes that pass for noise.
    """
    noise = noise_of(frame)
    expected = noise**2 * (1 + 1 / seen)
    apart = _mean((frame - shown).square().mean(0)) / expected
    differs = apart > CHANGED * tolerance
    size = size_of(frame)
    none = torch.zeros(size, dtype=torch.bool, device=frame.device)
    if not bool(differs.any()):
        return Motion(torch.zeros(2, *size, device=frame.device), none, none, none, noise)
    forward, backward = flow_between(shown, frame, method), flow_between(frame, shown, method)
    steep = _mean(_slope(frame)) * NOTICED**2 > noise**2
    stands = ~differs & steep
    # what is too plain to tell belongs to what is around it
    moving = _spread(differs.float(), (differs | stands).float()) > 0.5
    forward, backward = forward * moving, backward * moving
    return Motion(forward, _misses(forward, backward), _misses(backward, forward) & moving, moving | differs, noise)


def _misses(there: Tensor, back: Tensor) -> Tensor:
    """(h, w) bool: where one flow leads out of the picture, or the other one does not lead back."""
    height, width = there.shape[1:]
    x = torch.arange(width, device=there.device) + there[0]
    y = torch.arange(height, device=there.device)[:, None] + there[1]
    outside = (x < -0.5) | (x > width - 0.5) | (y < -0.5) | (y > height - 0.5)
    returned = warped(back, there)
    limit = DISAGREE * (there.square().sum(0) + returned.square().sum(0)) + SLACK
    return outside | ((there + returned).square().sum(0) > limit)


def _slope(frame: Tensor) -> Tensor:
    """(h, w) squared gradient, mean of the colors, of a frame (3, h, w) without its finest grain."""
    smooth = F.avg_pool2d(F.pad(frame[None], (1, 1, 1, 1), mode="replicate"), 3, 1)[0]
    wide = F.pad(smooth[None], (1, 1, 1, 1), mode="replicate")[0]
    right, down = (wide[:, 1:-1, 2:] - wide[:, 1:-1, :-2]) / 2, (wide[:, 2:, 1:-1] - wide[:, :-2, 1:-1]) / 2
    return (right.square() + down.square()).mean(0)


def _mean(plane: Tensor) -> Tensor:
    """(h, w) under a square window, twice: soft at its ends."""
    side = min(WINDOW // 2 * 2 + 1, (min(plane.shape) - 1) // 2 * 2 + 1)
    return F.avg_pool2d(plane[None, None], side, 1, side // 2, count_include_pad=False)[0, 0]


def _spread(values: Tensor, known: Tensor) -> Tensor:
    """Values (h, w) where they are known (h, w) in {0, 1}, elsewhere of the nearest places that are: pull and push over
    a pyramid (Gortler et al., "The lumigraph", 1996); exactly 0 where all that are near are 0."""
    sums, weights = [(values * known)[None, None]], [known[None, None]]
    while max(sums[-1].shape[2:]) > 1:
        pair = [F.avg_pool2d(each[-1], 2, 2, ceil_mode=True, count_include_pad=False) for each in (sums, weights)]
        sums.append(pair[0])
        weights.append(pair[1])
    found = sums[-1] / weights[-1].clamp_min(1e-6)
    for total, weight in zip(reversed(sums[:-1]), reversed(weights[:-1]), strict=True):
        coarse = F.interpolate(found, size=tuple(total.shape[2:]), mode="nearest")
        found = torch.where(weight > 0, total / weight.clamp_min(1e-6), coarse)
    return found[0, 0]

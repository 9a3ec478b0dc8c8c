"""Give one set of colors the distribution of another: what makes a painting take a picture's mood.

Two ways, both in OKLab: "mean and spread" is the one linear map that carries mean and covariance over and moves colors
least (Pitie and Kokaram, "The linear Monge-Kantorovitch linear colour mapping", CVMP 2007); "distribution" matches the
whole distribution by matching it along one direction after the other (Pitie, Kokaram and Dahyot, "N-dimensional
probability density function transfer", ICCV 2005).
"""

from __future__ import annotations

import torch
from torch import Tensor

from ..wording import shown
from .clusters import pooled

METHODS = ("mean and spread", "distribution")
#: Variance of OKLab that is always there (a standard deviation of 0.003): grey paintings have some spread too.
LEAST_VARIANCE = 1e-5
#: Most that the linear map stretches one direction, as a factor: beyond it, noise becomes confetti.
MOST_STRETCH = 4.0
#: Rounds of three directions each, and the quantiles that are matched along one: few enough to leave outliers out.
ROUNDS, QUANTILES = 16, 64
#: The rounds' directions are the same in every run.
DIRECTIONS_SEED = 5


def transported(lab: Tensor, weight: Tensor, target: Tensor, target_weight: Tensor, method: str = METHODS[0]) -> Tensor:
    """Colors with the distribution of others.

    Args:
        lab: (N, 3) OKLab with weight (N,) >= 0, N >= 1; target: (M, 3) with target_weight (M,), M >= 1.
        method: one of METHODS.
    Returns:
        (N, 3) OKLab. Raises ValueError for an unknown method.
    """
    if method not in METHODS:
        raise ValueError(f"there is no method {shown(method)}; choose one of: {', '.join(METHODS)}")
    if method == METHODS[0]:
        return _linear(lab.double(), weight.double() + 1e-12, target.double(), target_weight.double() + 1e-12).to(lab)
    # neighbors move together, so that a million colors are as quick as the thousands that differ
    few, mass, where = pooled(lab, weight)
    wanted, wanted_mass, _ = pooled(target, target_weight)
    moved = _sliced(few.double(), mass.double(), wanted.double(), wanted_mass.double())
    return lab + (moved - few).to(lab)[where]


def _linear(lab: Tensor, weight: Tensor, target: Tensor, target_weight: Tensor) -> Tensor:
    mean, spread = _moments(lab, weight)
    wanted_mean, wanted_spread = _moments(target, target_weight)
    root = _power(spread, 0.5)
    unroot = _power(spread, -0.5)
    carry = unroot @ _power(root @ wanted_spread @ root, 0.5) @ unroot
    values, vectors = torch.linalg.eigh((carry + carry.T) / 2)
    carry = vectors * values.clamp(max=MOST_STRETCH) @ vectors.T
    return (lab - mean) @ carry + wanted_mean


def _moments(lab: Tensor, weight: Tensor) -> tuple[Tensor, Tensor]:
    share = (weight / weight.sum())[:, None]
    mean = (lab * share).sum(0)
    offset = lab - mean
    return mean, offset.T @ (offset * share) + LEAST_VARIANCE * torch.eye(3, dtype=lab.dtype, device=lab.device)


def _power(matrix: Tensor, exponent: float) -> Tensor:
    """A power of a symmetric positive matrix (3, 3)."""
    values, vectors = torch.linalg.eigh((matrix + matrix.T) / 2)
    return vectors * values.clamp_min(1e-12) ** exponent @ vectors.T


def _sliced(lab: Tensor, weight: Tensor, target: Tensor, target_weight: Tensor) -> Tensor:
    generator = torch.Generator().manual_seed(DIRECTIONS_SEED)
    for step in range(ROUNDS):
        turn = torch.linalg.qr(torch.randn(3, 3, generator=generator, dtype=torch.float64))[0].to(lab.device)
        if step == 0:
            turn = torch.eye(3, dtype=torch.float64, device=lab.device)  # lightness and the opponent colors first
        here, there = lab @ turn, target @ turn
        matched = [_match(here[:, i], weight, there[:, i], target_weight) for i in range(3)]
        lab = torch.stack(matched, dim=1) @ turn.T
    return lab


def _match(values: Tensor, weight: Tensor, target: Tensor, target_weight: Tensor) -> Tensor:
    """`values` (N,) moved so that their weighted quantiles are those of `target` (M,)."""
    knots, wanted = _quantiles(values, weight), _quantiles(target, target_weight)
    shift = wanted - knots
    place = torch.searchsorted(knots, values.contiguous()).clamp(1, QUANTILES - 1)
    low, high = knots[place - 1], knots[place]
    share = ((values - low) / (high - low).clamp_min(1e-9)).clamp(0, 1)
    return values + shift[place - 1].lerp(shift[place], share)


def _quantiles(values: Tensor, weight: Tensor) -> Tensor:
    ordered, order = values.sort()
    reached = weight[order].cumsum(0)
    wanted = (torch.arange(QUANTILES, device=values.device, dtype=values.dtype) + 0.5) / QUANTILES * reached[-1]
    return ordered[torch.searchsorted(reached, wanted).clamp(max=len(values) - 1)]

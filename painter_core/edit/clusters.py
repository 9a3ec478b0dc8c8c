"""A few colors that stand for many: k-means in OKLab, the same answer every time, quick for millions of colors."""

from __future__ import annotations

import torch
from torch import Tensor

#: Most colors that can be asked for.
MOST_COLORS = 256
#: Side of the cells of OKLab in which colors are pooled before clustering: below what the eye tells apart.
POOL_STEP = 1 / 128
#: Rounds of assigning and averaging; the centers hardly move after that.
ROUNDS = 24
#: Distances that are worked out at once (16 MB).
CHUNK = 1 << 22


def pooled(lab: Tensor, weight: Tensor, step: float = POOL_STEP) -> tuple[Tensor, Tensor, Tensor]:
    """Colors that lie close together, put into one: far fewer to work with.

    Args:
        lab: (N, 3) in OKLab; weight: (N,) >= 0; step: side of the cells that make one color.
    Returns:
        (U, 3) mean colors of the cells, (U,) their weights, (N,) int64 the cell of each color.
    """
    # neither lightness nor the opponent colors leave [-2, 2), and 4 / step cells a side fit three times into int64
    cells = ((lab.double() + 2) / step).long().clamp(0, int(4 / step) - 1)
    side = int(4 / step)
    key = (cells[:, 0] * side + cells[:, 1]) * side + cells[:, 2]
    found, where = key.unique(return_inverse=True)
    # a cell of weightless colors still needs a mean
    share = weight.double() + 1e-12
    total = torch.zeros(len(found), dtype=torch.float64, device=lab.device).index_add_(0, where, share)
    mean = torch.zeros(len(found), 3, dtype=torch.float64, device=lab.device)
    mean.index_add_(0, where, lab.double() * share[:, None])
    return (mean / total[:, None]).to(lab.dtype), total.to(lab.dtype), where


def k_means(lab: Tensor, weight: Tensor, count: int) -> Tensor:
    """At most `count` colors (k, 3) that stand for `lab` (N, 3) with `weight` (N,): Lloyd's k-means.

    The first center is the heaviest color, every further one the color that adds most to the error (weight times
    squared distance): no chance is involved. Fewer centers come back if there are fewer colors. Sorted by weight,
    heaviest first. Raises ValueError unless 1 <= count <= MOST_COLORS.
    """
    if not 1 <= count <= MOST_COLORS:
        raise ValueError(f"the number of colors must be from 1 to {MOST_COLORS}, got {count}")
    points, mass, _ = pooled(lab, weight)
    if len(points) <= count:
        return points[mass.argsort(descending=True, stable=True)]
    centers = _spread(points, mass, count)
    for _ in range(ROUNDS):
        label = nearest(points, centers)
        total = torch.zeros(len(centers), dtype=mass.dtype, device=mass.device).index_add_(0, label, mass)
        sums = torch.zeros_like(centers).index_add_(0, label, points * mass[:, None])
        # a center that lost all its colors stays where it is
        centers = torch.where(total[:, None] > 0, sums / total[:, None].clamp_min(1e-30), centers)
    return centers[total.argsort(descending=True, stable=True)]


def nearest(points: Tensor, choices: Tensor) -> Tensor:
    """For each of `points` (N, D) the index (N,) of the nearest of `choices` (K, D), the first one among equals."""
    rows = max(1, CHUNK // max(1, len(choices)))
    squares = choices.square().sum(1)
    # |p - c|^2 without |p|^2, which is the same for all choices
    parts = [(squares - 2 * part @ choices.T).argmin(dim=1) for part in points.split(rows)]
    return torch.cat(parts) if parts else torch.zeros(0, dtype=torch.int64, device=points.device)


def _spread(points: Tensor, mass: Tensor, count: int) -> Tensor:
    chosen = [int(mass.argmax())]
    distance = (points - points[chosen[0]]).square().sum(1)
    while len(chosen) < count:
        chosen.append(int((mass * distance).argmax()))
        distance = distance.minimum((points - points[chosen[-1]]).square().sum(1))
    return points[chosen]

"""Bipartite matching of predicted and true strokes (as in DETR), and the distances that it minimises."""

from __future__ import annotations

import torch
from scipy.optimize import linear_sum_assignment
from torch import Tensor

from ..shape import bow


def moments(marks: Tensor) -> Tensor:
    """Center and the square root of the covariance of each mark, seen as a Gaussian.

    R diag(l/2, w/2) R^T has the entries m + d cos 2t, m - d cos 2t, d sin 2t with m = (l + w) / 4, d = (l - w) / 4.
    Unlike (length, width, angle) it is continuous: no jump at angle 0 = pi, and a round mark has no direction. So are
    the vectors of a curved mark: from its middle to that of its chord, and how much broader it is towards one end.

    Args:
        marks: (..., 5) x, y, length, width, angle; or (..., 7) with bend and taper.
    Returns:
        (..., 5): x, y and the three entries above; or (..., 9) with the two vectors.
    """
    x, y, length, width, angle, *form = marks.unbind(-1)
    mean, half = (length + width) / 4, (length - width) / 4
    cos2, sin2 = torch.cos(2 * angle), torch.sin(2 * angle)
    columns = [x, y, mean + half * cos2, mean - half * cos2, half * sin2]
    if form:
        bend, taper = form
        cos, sin = torch.cos(angle), torch.sin(angle)
        deep, wide = bow(length, bend), width * taper / 2
        columns += [-deep * sin, deep * cos, wide * cos, wide * sin]
    return torch.stack(columns, dim=-1)


def squared_wasserstein(a: Tensor, b: Tensor) -> Tensor:
    """Squared 2-Wasserstein distance of marks as Gaussians N(center, R diag(l^2/4, w^2/4) R^T).

    |mu1 - mu2|^2 + tr S1 + tr S2 - 2 tr (S1^1/2 S2 S1^1/2)^1/2; for 2 x 2 matrices the last trace is
    sqrt(tr M + 2 sqrt det M) with tr M = tr(S1 S2) and det M = det S1 det S2 (Paint Transformer, section 3.3).

    Args:
        a, b: (..., 5) marks that broadcast against each other.
    Returns:
        (...) in squared patch lengths.
    """
    offset = (a[..., :2] - b[..., :2]).square().sum(-1)
    va, vb = a[..., 2:4].square() / 4, b[..., 2:4].square() / 4
    mean_a, half_a = va.sum(-1) / 2, (va[..., 0] - va[..., 1]) / 2
    mean_b, half_b = vb.sum(-1) / 2, (vb[..., 0] - vb[..., 1]) / 2
    # tr(S1 S2) of two symmetric matrices given by mean, half-difference and angle
    product = 2 * (mean_a * mean_b + half_a * half_b * torch.cos(2 * (a[..., 4] - b[..., 4])))
    root_det = (va.prod(-1) * vb.prod(-1)).clamp_min(1e-12).sqrt()
    cross = (product + 2 * root_det).clamp_min(1e-12).sqrt()
    return (offset + 2 * mean_a + 2 * mean_b - 2 * cross).clamp_min(0)


@torch.no_grad()
def match(cost: Tensor, present: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """The cheapest one-to-one assignment of predictions to the strokes that are present, for every sample.

    Args:
        cost: (B, S, S) cost of prediction i for true stroke j; present: (B, S) bool, which true strokes exist.
    Returns:
        Three index vectors of equal length: sample, prediction, true stroke.
    """
    table, exists = cost.cpu().double().numpy(), present.cpu().numpy()
    samples: list[int] = []
    predictions: list[int] = []
    truths: list[int] = []
    for sample in range(len(table)):
        columns = exists[sample].nonzero()[0]
        rows, chosen = linear_sum_assignment(table[sample][:, columns])
        samples += [sample] * len(rows)
        predictions += rows.tolist()
        truths += columns[chosen].tolist()
    index = torch.tensor([samples, predictions, truths], dtype=torch.int64, device=cost.device)
    return index[0], index[1], index[2]

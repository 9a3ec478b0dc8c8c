"""In which order strokes are laid: other orders than the painter's own, for time-lapses and for other paintings."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from ..color import to_oklab
from ..strokes import Strokes
from ..wording import shown
from .clusters import k_means, nearest
from .masks import at_centers
from .overlaps import no_later_than_what_covers

#: The orders that there are, the default first.
ORDERS = ("painted", "big to small", "region", "color", "light to dark", "random")
#: Colors that are mixed on the palette, one after the other, when painting by color.
MIXED_COLORS = 12
#: Steps from background to subject.
STEPS = 4
#: Shares of the canvas that count as one step nearer to the subject each, when there is no mask to say.
STEP_SHARES = (0.45, 0.7, 0.88)
#: Cells along the longer side of the map of where detail is, and how far it is blurred, in cells.
CELLS, BLUR = 48, 3.0
MOST_SEEDS = 2**64


def ordered(
    strokes: Strokes, by: str, *, mask: Tensor | None = None, seed: int = 0, same_picture: bool = True
) -> Tensor:
    """The strokes' indices in another order; `strokes[ordered(strokes, by)]` is the painting painted that way.

    What is equal in the new order keeps the order in which it was painted.

    Args:
        by: one of ORDERS. "painted": as they are. "big to small": by area. "region": like a painter, background first
            and the subject last, each from coarse to fine as it was painted. "color": all strokes of one color, then
            of the next one, beginning with the color that covers most. "light to dark", "random".
        mask: (H, W) in [0, 1] of any size: where the subject is, for "region". Without one the subject is where the
            strokes are small and many.
        seed: for "random", any whole number.
        same_picture: strokes that overlap stay in their order, so that the finished painting is the same: whatever a
            stroke is painted over comes before it. False sorts without looking: another picture comes out.
    Returns:
        (N,) int64, a permutation, on the strokes' device.
    Raises:
        ValueError: an unknown order, malformed strokes, a mask that does not fit (see `masks.fitted`).
    """
    if by not in ORDERS:
        raise ValueError(f"there is no order {shown(by)}; choose one of: {', '.join(ORDERS)}")
    strokes.validated()
    if by == "painted" or len(strokes) == 0:
        return torch.arange(len(strokes), device=strokes.center.device)
    key = _key(strokes, by, mask, seed)
    return (no_later_than_what_covers(strokes, key) if same_picture else key).argsort(stable=True)


def _key(strokes: Strokes, by: str, mask: Tensor | None, seed: int) -> Tensor:
    """(N,) numbers by which the strokes are sorted, the lowest first."""
    if by == "random":
        generator = torch.Generator().manual_seed(seed % MOST_SEEDS)
        return torch.randperm(len(strokes), generator=generator).to(strokes.center.device)
    if by == "big to small":
        return -strokes.size.prod(1)
    lab = to_oklab(strokes.color)
    if by == "light to dark":
        return -lab[:, 0]
    if by == "color":
        return nearest(lab, k_means(lab, strokes.size.prod(1), MIXED_COLORS))
    near = subject_map(strokes) if mask is None else mask
    return (at_centers(near, strokes) * (STEPS - 1)).round()


def subject_map(strokes: Strokes) -> Tensor:
    """A guess of where the subject is: (h, w) small map, 0 background to 1 subject, from where the strokes are many.

    Painters, this one too, spend their strokes on what matters. Counting them gives every stroke one vote, so that the
    small ones decide.
    """
    height, width = strokes.canvas
    cell = max(height, width) / CELLS
    rows, columns = max(1, round(height / cell)), max(1, round(width / cell))
    # held in range before they become whole numbers, which have an end
    x = (strokes.center[:, 0] / width * columns).clamp(0, columns - 1).long()
    y = (strokes.center[:, 1] / height * rows).clamp(0, rows - 1).long()
    votes = torch.bincount(y * columns + x, minlength=rows * columns).view(1, 1, rows, columns).float()
    reach = int(3 * BLUR)
    kernel = torch.exp(-torch.arange(-reach, reach + 1, device=votes.device).float().square() / (2 * BLUR**2))
    kernel = kernel / kernel.sum()
    padded = F.pad(votes, (reach, reach, reach, reach), mode="replicate")
    density = F.conv2d(F.conv2d(padded, kernel.view(1, 1, 1, -1)), kernel.view(1, 1, -1, 1))[0, 0]
    limits = torch.quantile(density, torch.tensor(STEP_SHARES, device=density.device))
    return torch.bucketize(density, limits).float() / (STEPS - 1)

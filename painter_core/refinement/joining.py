"""Joining: two strokes of about one color that continue each other become one long, bent stroke.

A painter draws a brow, a lip or a contour in one go. Strokes that were laid one by one are joined where the painting
loses less by it than a stroke is worth elsewhere; the strokes that are saved can be laid there.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable

import numpy as np
import torch
from scipy.spatial import KDTree
from torch import Tensor

from ..rendering.topmost import drawn_and_topmost
from ..shape import bow, spine
from ..strokes import FIELDS, Strokes
from .polish import MOST_BENT, bounded_bend
from .view import View

#: Two strokes may be joined if their ends are no farther apart than this share of their width, their directions there
#: differ by no more radians than this, their widths by no more than this factor, and their colors by no more than this.
GAP, TURN, BROADER, COLOR = 1.5, 0.7, 2.0, 0.12
#: Ends that are looked at as the continuation of one end: the nearest ones.
NEAREST = 8


def joined(
    strokes: Strokes,
    view: View,
    worth: float,
    longest: float,
    check_cancelled: Callable[[], None] = lambda: None,
) -> Strokes:
    """Strokes (N) with those pairs joined that cost little; as many fewer strokes as there were such pairs.

    Args:
        view: what the painting is compared with; strokes have one color each, see `view.mixed`.
        worth: most that a joint may raise the view's squared error by, weighted: what a stroke is worth elsewhere.
        longest: most that strokes come to be longer than wide.
        check_cancelled: called often; what it raises passes through.

    All pairs are tried at once, and those that cost little once more without the others, which are in their way.
    """
    pairs = _pairs(strokes, longest)
    if not len(pairs):
        return strokes
    seen, owner = drawn_and_topmost(strokes, None, view.size, view.ground, check_cancelled)
    error = view.errors(seen)
    for last in (False, True):
        joints = _joints(strokes, pairs)
        after, places = _with_joints(strokes, pairs, joints)
        seen, now = drawn_and_topmost(after, None, view.size, view.ground, check_cancelled)
        there = torch.cat([places, places.new_tensor([len(pairs)])])[now]
        fit, better = _recolored(seen, view, there, len(pairs))
        good = _costs(view.errors(seen) - error, owner, there, pairs, len(strokes)) - better < worth
        if last or bool(good.all()):
            break
        pairs = pairs[good]
        if not len(pairs):
            return strokes
    joints = dataclasses.replace(joints, color=(joints.color + fit).clamp(0, 1))
    return _with_joints(strokes, pairs[good], joints[good])[0]


def _recolored(seen: Tensor, view: View, there: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """What is to be added to the colors of joints (M, 3), and by how much the error falls by that (M,).

    Args:
        seen: (3, h, w) how the painting looks; there: (h, w) which joint is seen there, or M = count.
    """
    weight = torch.ones_like(seen[0]) if view.weight is None else view.weight
    wrong = torch.cat([(view.target - seen) * weight, weight[None]]).flatten(1).T
    sums = torch.zeros(count + 1, 4, device=seen.device).index_add_(0, there.flatten(), wrong)[:count]
    fit = sums[:, :3] / sums[:, 3:].clamp_min(1e-6)
    return fit, (fit * sums[:, :3]).sum(1)


def _pairs(strokes: Strokes, longest: float) -> Tensor:
    """(M, 4) int64 disjoint pairs of strokes that continue each other: a stroke, which of its ends (0 the start, 1 the
    end), and the same of the one that is painted later."""
    n = len(strokes)
    if n < 2:
        return torch.zeros(0, 4, dtype=torch.int64)
    ends, leaves = _ends(strokes)
    ends = ends.flatten(0, 1)
    leaves = (leaves + leaves.new_tensor([math.pi, 0.0])).flatten()  # out of the stroke
    places = ends.detach().cpu().numpy()
    near = np.asarray(KDTree(places).query(places, k=min(NEAREST + 1, 2 * n))[1])
    j = torch.from_numpy(near).flatten()
    i = torch.arange(2 * n).repeat_interleave(len(j) // (2 * n))
    one, other = i // 2, j // 2
    order = one != other
    i, j, one, other = i[order], j[order], one[order], other[order]
    i, j = torch.where(one < other, i, j), torch.where(one < other, j, i)
    i, j = torch.unique(torch.stack([i, j]), dim=1).to(ends.device)
    one, other = i // 2, j // 2
    length, width = strokes.size.clamp_min(1e-3).unbind(1)
    mean = (width[one] * width[other]).sqrt()
    gap = (ends[i] - ends[j]).norm(dim=1) / mean
    turn = torch.remainder(leaves[i] - leaves[j], 2 * math.pi) - math.pi  # they leave in opposite directions
    ratio = (width[one] / width[other]).log().abs() / math.log(BROADER)
    apart = (strokes.color[one] - strokes.color[other]).abs().amax(1)
    slim = (length[one] + length[other]) / mean < longest
    same = strokes.brush[one] == strokes.brush[other]
    score = (gap / GAP).square() + (turn / TURN).square() + ratio.square() + (apart / COLOR).square()
    score = score + (one - other).abs() / n  # what lies between them in painting order changes places with one of them
    allowed = (gap < GAP) & (turn.abs() < TURN) & (ratio < 1) & (apart < COLOR) & slim & same
    return _disjoint(torch.stack([one, i % 2, other, j % 2], 1)[allowed], score[allowed], n)


def _ends(strokes: Strokes) -> tuple[Tensor, Tensor]:
    """(N, 2, 2) both ends of the strokes' spines, x, y, start first, and (N, 2) the spines' directions there."""
    shares = strokes.center.new_tensor([-0.5, 0.5])
    return spine(strokes.center, strokes.size[:, 0], strokes.angle, strokes.bend, shares)


def _disjoint(pairs: Tensor, score: Tensor, n: int) -> Tensor:
    """Those of the pairs (M, 4) in which no stroke comes twice: the best first, the lowest score is best."""
    used, kept = [False] * n, []
    for pair in pairs[score.argsort(stable=True)].tolist():
        if not (used[pair[0]] or used[pair[2]]):
            used[pair[0]] = used[pair[2]] = True
            kept.append(pair)
    return pairs.new_tensor(kept).view(-1, 4)


def _joints(strokes: Strokes, pairs: Tensor) -> Strokes:
    """(M) the strokes that pairs become, in the place of the later one: from far end to far end, bent so that they come
    closest to both middles and to the joint."""
    i, a, j, b = pairs.unbind(1)
    ends, _ = _ends(strokes)
    start, stop = ends[i, 1 - a], ends[j, 1 - b]
    chord = stop - start
    reach = chord.norm(dim=1).clamp_min(1e-3)
    along = chord / reach[:, None]
    aside = torch.stack([-along[:, 1], along[:, 0]], 1)
    # how far they lie beside the chord against how far a parabola of sagitta 1 does: least squares
    joint = (ends[i, a] + ends[j, b]) / 2
    places = torch.stack([strokes.center[i], joint, strokes.center[j]], 1) - start[:, None]
    share = ((places * along[:, None]).sum(2) / reach[:, None]).clamp(0.02, 0.98)
    form = 4 * share * (1 - share)
    sagitta = (form * (places * aside[:, None]).sum(2)).sum(1) / form.square().sum(1).clamp_min(1e-3)
    bend = (-4 * torch.atan(2 * sagitta / reach)).clamp(-MOST_BENT, MOST_BENT)  # of the arc with that sagitta
    length = reach / torch.sinc(bend / (2 * math.pi))
    areas = torch.stack([strokes.size[i].prod(1), strokes.size[j].prod(1)], 1).clamp_min(1e-6)
    areas = areas / areas.sum(1, keepdim=True)
    width = torch.minimum((areas * torch.stack([strokes.size[i, 1], strokes.size[j, 1]], 1)).sum(1), length)
    size = torch.stack([length, width], 1)
    bend = bounded_bend(size, bend)
    center = start + chord / 2 - bow(length, bend)[:, None] * aside
    larger = torch.where(areas[:, 0] >= areas[:, 1], i, j)
    mixed = areas[:, :1] * strokes.color[i] + areas[:, 1:] * strokes.color[j]
    new = dataclasses.replace(strokes[j], center=center, color=mixed, seed=strokes.seed[larger])
    new = dataclasses.replace(new, blend=strokes.blend[larger], taper=torch.zeros_like(width))
    return new.shaped(size=size, angle=torch.atan2(along[:, 1], along[:, 0]), bend=bend)


def _with_joints(strokes: Strokes, pairs: Tensor, joints: Strokes) -> tuple[Strokes, Tensor]:
    """The strokes with joints in the places of the pairs' later ones and without the earlier ones, and which joint (or
    M, none) each of the strokes that are left is."""
    earlier, later = pairs[:, 0], pairs[:, 2]
    columns = {name: getattr(strokes, name).index_copy(0, later, getattr(joints, name)) for name in FIELDS}
    which = torch.full((len(strokes),), len(pairs), device=pairs.device)
    which[later] = torch.arange(len(pairs), device=pairs.device)
    kept = torch.ones(len(strokes), dtype=torch.bool, device=pairs.device)
    kept[earlier] = False
    return dataclasses.replace(strokes, **columns)[kept], which[kept]


def _costs(rise: Tensor, owner: Tensor, there: Tensor, pairs: Tensor, count: int) -> Tensor:
    """(M,) by how much the error rises where one of a pair was seen or its joint is.

    Args:
        rise: (h, w); owner: (h, w) which stroke was seen there, of `count`, -1: none; there: (h, w) which joint is
            seen, or M.
    """
    m = len(pairs)
    before = torch.full((count + 1,), m, device=rise.device)  # the last one stands for the ground
    before[pairs[:, 0]] = before[pairs[:, 2]] = torch.arange(m, device=rise.device)
    was, there, rise = before[owner].flatten(), there.flatten(), rise.flatten()
    cost = torch.zeros(m + 1, device=rise.device).index_add_(0, was, rise)
    other = there != was
    return cost.index_add_(0, there[other], rise[other])[:m]

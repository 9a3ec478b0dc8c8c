"""Faces and their eyes, noses and mouths: the cascade of Zhang et al. (2016) run over a picture.

The first network looks at every place of a pyramid of the picture; what it lets through is merged, cropped and looked
at by the second, then by the third. Boxes are (x0, y0, x1, y1) in pixels, the origin at the top left corner.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from .cascade import OUTPUT_SIDE, PROPOSAL_SIDE, PROPOSAL_STRIDE, REFINE_SIDE, Cascade

#: Long side in pixels at which faces are looked for, and how much smaller each next level of the pyramid is.
LOOKED_AT, PYRAMID = 512, 0.709
#: The smallest face that is looked for, in pixels of that size: a smaller one is painted with a few strokes anyway.
SMALLEST_FACE = 20
#: Pixels of grey around each level, for faces that the frame cuts.
BEYOND = 6
#: Probability that each network asks for.
PROPOSED, REFINED, CERTAIN = 0.6, 0.7, 0.9
#: The first network's candidates that are looked at again, at most: bounds time and memory on busy pictures.
MOST_CANDIDATES = 600
#: Boxes that share so much are the same face: of one level, of all levels, of the last network (of the smaller one).
SAME_LEVEL, SAME_FACE, INSIDE = 0.5, 0.7, 0.7


@dataclass(frozen=True)
class Faces:
    """Faces in a picture, surest first.

    Attributes:
        boxes: (F, 4) x0, y0, x1, y1 in pixels.
        points: (F, 5, 2) x, y of left eye, right eye, nose, left and right corner of the mouth (left as seen).
        scores: (F,) how sure, in [0, 1].
    """

    boxes: Tensor
    points: Tensor
    scores: Tensor

    def __len__(self) -> int:
        return len(self.boxes)


def find_faces(picture: Tensor, cascade: Cascade, on_part: Callable[[], None] = lambda: None) -> Faces:
    """Faces in a picture (3, H, W) in [0, 1], on the picture's device.

    on_part: called often; what it raises passes through: a way to cancel.
    """
    size = [max(1, round(side * min(1.0, LOOKED_AT / max(picture.shape[1:])))) for side in picture.shape[1:]]
    signal = halved(picture.float(), 2 * LOOKED_AT)[None]
    signal = 2 * F.interpolate(signal, size, mode="bilinear", antialias=True).clamp(0, 1) - 1
    boxes, scores = _propose(signal, cascade, on_part)
    if len(boxes):
        boxes, scores = _refine(signal, boxes, cascade)
        on_part()
    points = torch.zeros(len(boxes), 5, 2, device=picture.device)
    if len(boxes):
        boxes, scores, points = _decide(signal, boxes, cascade)
    back = torch.tensor([picture.shape[2] / size[1], picture.shape[1] / size[0]], device=picture.device)
    return Faces(boxes * back.repeat(2), points * back, scores)


def halved(picture: Tensor, side: int) -> Tensor:
    """(C, H, W) halved until its long side is at most `side`: much faster than any filter over a large picture."""
    while max(picture.shape[1:]) > side:
        picture = F.avg_pool2d(picture, 2, ceil_mode=True, count_include_pad=False)
    return picture


def _propose(signal: Tensor, cascade: Cascade, on_level: Callable[[], None]) -> tuple[Tensor, Tensor]:
    """Candidates (N, 4) and their scores (N,) from all levels of the pyramid of a signal (1, 3, h, w) in [-1, 1]."""
    boxes, scores = [torch.zeros(0, 4, device=signal.device)], [torch.zeros(0, device=signal.device)]
    scale = PROPOSAL_SIDE / SMALLEST_FACE
    while min(signal.shape[2:]) * scale >= PROPOSAL_SIDE - BEYOND / 2:
        size = [max(1, round(side * scale)) for side in signal.shape[2:]]
        level = F.interpolate(signal, size, mode="bilinear", antialias=True)
        chance, shift = cascade.proposal(F.pad(level, (BEYOND,) * 4))
        place = (chance[0] > PROPOSED).nonzero()
        score = chance[0, place[:, 0], place[:, 1]]
        corner = place.flip(1) * PROPOSAL_STRIDE - BEYOND
        found = torch.cat([corner, corner + PROPOSAL_SIDE], 1) / scale
        found = _shifted(found, shift[0, :, place[:, 0], place[:, 1]].T)
        best = score.argsort(descending=True, stable=True)[:MOST_CANDIDATES]
        keep = best[distinct(found[best], score[best], SAME_LEVEL)]
        boxes.append(found[keep])
        scores.append(score[keep])
        scale *= PYRAMID
        on_level()
    found, score = torch.cat(boxes), torch.cat(scores)
    keep = distinct(found, score, SAME_FACE)[:MOST_CANDIDATES]
    return found[keep], score[keep]


def _refine(signal: Tensor, boxes: Tensor, cascade: Cascade) -> tuple[Tensor, Tensor]:
    """What the second network leaves of the candidates (N, 4)."""
    square = _squared(boxes)
    scores, shift = cascade.refine(crops_of(signal, square, REFINE_SIDE))
    keep = scores > REFINED
    boxes, scores = _shifted(square[keep], shift[keep]), scores[keep]
    keep = distinct(boxes, scores, SAME_FACE)
    return boxes[keep], scores[keep]


def _decide(signal: Tensor, boxes: Tensor, cascade: Cascade) -> tuple[Tensor, Tensor, Tensor]:
    """Boxes (F, 4), scores (F,) and points (F, 5, 2) of what the third network takes for a face."""
    square = _squared(boxes)
    scores, shift, points = cascade.output(crops_of(signal, square, OUTPUT_SIDE))
    keep = scores > CERTAIN
    square, scores = square[keep], scores[keep]
    points = square[:, None, :2] + points[keep].mT * (square[:, None, 2:] - square[:, None, :2])
    boxes = _shifted(square, shift[keep])
    keep = distinct(boxes, scores, INSIDE, of_smaller=True)
    return boxes[keep], scores[keep], points[keep]


def _shifted(boxes: Tensor, shift: Tensor) -> Tensor:
    """Boxes (N, 4) with each side moved by a fraction (N, 4) of the box's width or height."""
    return boxes + shift * (boxes[:, 2:] - boxes[:, :2]).repeat(1, 2)


def _squared(boxes: Tensor) -> Tensor:
    """The smallest squares around the middle of boxes (N, 4) that are as wide and as high as they are."""
    middle = (boxes[:, :2] + boxes[:, 2:]) / 2
    half = (boxes[:, 2:] - boxes[:, :2]).amax(1, keepdim=True).clamp_min(1.0) / 2
    return torch.cat([middle - half, middle + half], 1)


def crops_of(signal: Tensor, boxes: Tensor, side: int) -> Tensor:
    """(N, 3, side, side) averages of square boxes (N, 4) of a signal (1, 3, h, w); grey (0) beyond its borders."""
    crops = torch.zeros(len(boxes), 3, side, side, device=signal.device)
    # each crop is read from the halving of the signal in which it has two to four times its pixels, and then averaged
    halvings = ((boxes[:, 2] - boxes[:, 0]) / (2 * side)).log2().floor().clamp_min(0).long()
    steps = (torch.arange(2 * side, device=signal.device) + 0.5) / (2 * side)
    for level in range(int(halvings.max()) + 1 if len(boxes) else 0):
        if level:
            signal = F.avg_pool2d(signal, 2, ceil_mode=True, count_include_pad=False)
        index = (halvings == level).nonzero()[:, 0]
        if not len(index):
            continue
        box = boxes[index] / 2**level
        x, y = (box[:, i, None] + steps * (box[:, i + 2] - box[:, i])[:, None] for i in (0, 1))
        x, y = 2 * x / signal.shape[3] - 1, 2 * y / signal.shape[2] - 1
        where = torch.stack(torch.broadcast_tensors(x[:, None, :], y[:, :, None]), -1)
        source = signal.expand(len(index), -1, -1, -1)
        crops[index] = F.avg_pool2d(F.grid_sample(source, where, align_corners=False), 2)
    return crops


def distinct(boxes: Tensor, scores: Tensor, most: float, of_smaller: bool = False) -> Tensor:
    """Indices of boxes (N, 4), highest score (N,) first, without those that overlap a better one by more than `most`.

    Overlap is the shared area over the joint area, or over the smaller one's with `of_smaller`.
    """
    order = scores.argsort(descending=True, stable=True)
    boxes = boxes[order].cpu()
    low = torch.maximum(boxes[:, None, :2], boxes[None, :, :2])
    high = torch.minimum(boxes[:, None, 2:], boxes[None, :, 2:])
    shared = (high - low).clamp_min(0).prod(2)
    area = (boxes[:, 2:] - boxes[:, :2]).clamp_min(0).prod(1)
    whole = torch.minimum(area[:, None], area) if of_smaller else area[:, None] + area - shared
    clash = (shared > most * whole).numpy()
    alive = np.ones(len(boxes), dtype=bool)
    for i in range(len(alive)):
        if alive[i]:
            alive[i + 1 :] &= ~clash[i, i + 1 :]
    return order[torch.from_numpy(alive.nonzero()[0]).to(order.device)]

"""The detail map: how much the eye looks at each place of a picture, and so where small strokes pay."""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from ..color import to_linear
from ..images import blurred, size_of
from .cascade import load_cascade
from .faces import LOOKED_AT, Faces, find_faces, halved
from .saliency import saliency
from .structure import CUT, structure

#: Long side in pixels at which structure and the map itself are computed, and at which saliency is.
MAP_SIDE, SALIENCY_SIDE = 320, 144
#: What a place without structure keeps of its saliency, and one that does not stand out of its structure.
PLAIN, DULL = 0.3, 0.08
#: Power that sets the subject off from what stands out less.
CONTRAST = 1.4
#: How much less the corners count than the middle: people put their subject there.
CENTER = 0.25
#: How strongly a face counts as a whole, its nose, its eyes and mouth.
HEAD, NOSE, FEATURE = 0.85, 0.92, 1.0
#: Radius of an eye and a mouth, of a nose, and of a head, in widths of the face's box (its height for the head's).
FEATURE_RADIUS, NOSE_RADIUS, HEAD_RADIUS = 0.17, 0.15, 0.7
#: The smallest radius of a feature, in pixels of the map.
LEAST_RADIUS = 3.0
#: Blur of the finished map, as a fraction of the long side.
SOFT = 1 / 110
#: The map's lowest and highest value where no face is, and the power that takes evenly spread ranks there. Well below
#: what faces get: eyes are small and their errors are too, so that they only win with several times the weight.
LOWEST, HIGHEST, POWER = 0.1, 0.55, 1.5
#: Steps of the histogram that ranks are read from, and its blur: differences smaller than that are not stretched.
STEPS, RANK_BLUR = 512, 20.0


def detail_map(picture: Tensor, *, faces: bool = True, on_part: Callable[[], None] | None = None) -> Tensor:
    """Where people look: at eyes and mouths first, then at what stands out and has something to draw.

    Args:
        picture: (3, H, W) sRGB in [0, 1].
        faces: look for faces too, if the weights for it are installed (`faces.safetensors`, beside this file).
        on_part: called often; what it raises passes through: a way to cancel.
    Returns:
        (H, W) float32 in [0, 1] on the picture's device, smooth: 1 at eyes and mouths (without faces: at what stands
        out most), low but never 0 on calm background; 0.3 in the mean with small faces, more with large ones, 0.5
        without. A plain picture gives a constant.
    Raises:
        ValueError: for a picture of the wrong shape, or with values that are not finite or outside [0, 1].
    """
    _check(picture)
    on_part = on_part or _nothing
    with torch.no_grad():
        height, width = picture.shape[1:]
        picture = halved(picture.float(), 2 * LOOKED_AT)
        small = shrunk(picture, MAP_SIDE).clamp(0, 1)
        on_part()
        eye = LOWEST + (HIGHEST - LOWEST) * ranks(_score(small, on_part)).pow(POWER)
        eye = blurred(eye[None], SOFT * max(small.shape[1:]), cut=CUT)[0]
        found = _faces(picture, on_part) if faces else None
        if found is not None and len(found):
            eye = torch.maximum(eye, face_field(found, size_of(picture), size_of(eye)))
        else:
            eye = eye / HIGHEST  # nothing to stand back for
        return F.interpolate(eye[None, None], (height, width), mode="bilinear", align_corners=False)[0, 0].clamp(0, 1)


def _check(picture: Tensor) -> None:
    if picture.ndim != 3 or picture.shape[0] != 3 or 0 in picture.shape:
        raise ValueError(f"picture: expected the shape (3, height, width), got {tuple(picture.shape)}")
    low, high = (float(value) for value in picture.aminmax())
    if not (low >= -1e-4 and high <= 1 + 1e-4):  # so that NaN, which is neither, is refused too
        raise ValueError(f"picture: values must be finite and lie in [0, 1], got {low:g} to {high:g}; scale them")


def _score(small: Tensor, on_part: Callable[[], None]) -> Tensor:
    """(h, w) in [0, 1]: what stands out and has structure, of a small picture (3, h, w)."""
    lab = lab_of(small)
    size = lab.shape[1:]
    stands = torch.from_numpy(saliency(shrunk(lab, SALIENCY_SIDE).permute(1, 2, 0).cpu().contiguous().numpy(), on_part))
    stands = F.interpolate(stands.to(lab.device)[None, None], size, mode="bilinear", align_corners=False)[0, 0]
    y, x = (torch.linspace(-1, 1, side, device=lab.device) for side in size)
    stands = stands.pow(CONTRAST) * (1 - CENTER * (x.square()[None] + y.square()[:, None]) / 2)
    return (DULL + (1 - DULL) * stands) * (PLAIN + (1 - PLAIN) * structure(lab))


def _faces(picture: Tensor, on_part: Callable[[], None]) -> Faces | None:
    cascade = load_cascade(picture.device)
    return None if cascade is None else find_faces(picture, cascade, on_part)


def _nothing() -> None:
    pass


def face_field(faces: Faces, size: tuple[int, int], shape: tuple[int, int]) -> Tensor:
    """(h, w) = `shape` in [0, 1]: how much of a head, an eye, a nose or a mouth, of faces in a picture of `size`."""
    device = faces.boxes.device
    scale = torch.tensor([shape[1] / size[1], shape[0] / size[0]], device=device)
    x, y = ((torch.arange(shape[1 - axis], device=device) + 0.5) for axis in (0, 1))
    field = torch.zeros(shape, device=device)
    for box, points in zip(faces.boxes.reshape(-1, 2, 2) * scale, faces.points * scale, strict=True):
        extent = (box[1] - box[0]).clamp_min(1.0)
        field = torch.maximum(field, HEAD * _bump(x, y, box.mean(0).expand(2, 2), HEAD_RADIUS * extent))
        for ends, high, radius in (
            (points[[0, 0]], FEATURE, FEATURE_RADIUS),
            (points[[1, 1]], FEATURE, FEATURE_RADIUS),
            (points[[3, 4]], FEATURE, FEATURE_RADIUS),
            (points[[2, 2]], NOSE, NOSE_RADIUS),
        ):
            reach = (radius * extent[0]).clamp_min(LEAST_RADIUS).expand(2)
            field = torch.maximum(field, high * _bump(x, y, ends, reach))
    return field


def _bump(x: Tensor, y: Tensor, ends: Tensor, radii: Tensor) -> Tensor:
    """(h, w) for columns x (w,), rows y (h,): 1 on the line between two points (2, 2), 0.37 a radius off, soon nothing.

    Flat on top, so that the whole eye counts as much as its middle; `radii` (2,) are the ones in x and y.
    """
    (x0, y0), (x1, y1) = ends / radii
    x, y = (x / radii[0] - x0)[None], (y / radii[1] - y0)[:, None]
    along = torch.stack([x1 - x0, y1 - y0])
    along_x, along_y = along / along.square().sum().clamp_min(1e-6)
    part = (x * along_x + y * along_y).clamp(0, 1)
    square = (x - part * along[0]).square() + (y - part * along[1]).square()
    return torch.exp(-square.square())


def ranks(score: Tensor) -> Tensor:
    """(h, w) the share of places with a lower score, in [0, 1]; scores that differ little share a rank.

    Whatever the picture, a like share of it gets detail: the budget is divided, not inflated.
    """
    # counted on the CPU: on a GPU the order of additions would be free
    bins = (score.cpu() * (STEPS - 1)).clamp(0, STEPS - 1)
    count = torch.bincount(bins.flatten().round().long(), minlength=STEPS).float()
    spread = blurred(count, RANK_BLUR, axes=(0,), border="constant")
    below = (spread.cumsum(0) - spread / 2) / spread.sum().clamp_min(1e-9)
    low = bins.floor().long().clamp_max(STEPS - 2)
    part = bins - low
    return (below[low] * (1 - part) + below[low + 1] * part).clamp(0, 1).to(score.device)


def shrunk(field: Tensor, side: int) -> Tensor:
    """(C, H, W) with its long side at most `side`, by an area filter."""
    factor = min(1.0, side / max(field.shape[1:]))
    size = [max(1, round(length * factor)) for length in field.shape[1:]]
    return F.interpolate(field[None], size, mode="area")[0]


def lab_of(picture: Tensor) -> Tensor:
    """sRGB (3, h, w) in [0, 1] -> CIE Lab / 100 (3, h, w) for the white D65."""
    matrix = torch.tensor(
        [[0.4339, 0.3762, 0.1899], [0.2126, 0.7152, 0.0722], [0.0177, 0.1095, 0.8728]], device=picture.device
    )  # sRGB to XYZ, rows divided by the white
    xyz = torch.einsum("ij,jhw->ihw", matrix, to_linear(picture))
    curve = torch.where(xyz > 216 / 24389, xyz.clamp_min(1e-6).pow(1 / 3), (xyz * 24389 / 27 + 16) / 116)
    x, y, z = curve
    return torch.stack([1.16 * y - 0.16, 5 * (x - y), 2 * (y - z)])

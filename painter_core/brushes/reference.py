"""Brushes cut from pictures in memory: a mark of one's own, or the texture of a piece of a painting."""

from __future__ import annotations

import numpy as np
import torch
from scipy.ndimage import gaussian_filter
from torch import Tensor

from .contract import DETAIL, Brush
from .from_picture import brush_of_ink, check_size, ink_of
from .tip_bytes import packed, unpacked
from .tips import TIP_HEIGHT, TIP_WIDTH
from .tips.bristle import oil_tip
from .tips.frame import USUAL_ASPECT

#: Tips that one reference gives for each width of marks: pieces of it from different places.
PIECES = 4
#: Hairs across the marks that pieces are for, and how much of the reference each takes: texture has one size all
#: over a painting, so a narrow mark shows less of the reference than a broad one.
WIDTHS, SHARES = (8, 16, 32, 64), (0.15, 0.25, 0.4, 0.7)
#: Least side of a piece in pixels of the reference.
LEAST_PIECE = 8
#: Changes of tone over more than this share of a piece are what the reference shows, not how it is painted.
TEXTURE_REACH = 1 / 16
#: Deviations of tone at which relief is three quarters of the full one: nothing stands out by itself.
FULL_RELIEF = 1.6


def mark_brush(picture: Tensor, mask: Tensor | None = None, *, name: str = "mark", relief: float = 0.5) -> Brush:
    """A brush from a picture of one mark that runs from left to right; see `brush_from_picture`.

    Args:
        picture: (3, H, W) or, with opacity as the fourth, (4, H, W) in [0, 1]; the lightness of the ink becomes relief.
        mask: (H, W) in [0, 1], 1 where the mark is; default: the opacity, or what differs from the border.
        relief: 0 to 1, how much of the ink's lightness shows in strokes.
    Raises:
        ValueError: wrong shapes, NaN, values outside [0, 1], no ink, too many pixels.
    """
    pixels, given = _checked(picture, mask, relief, name)
    tone = _luma(pixels)
    if given is None:
        given = pixels[3] if len(pixels) == 4 else ink_of(tone)
    return brush_of_ink(given, tone, name, relief)


def texture_brush(
    picture: Tensor, mask: Tensor | None = None, *, name: str = "reference", relief: float = 0.3
) -> Brush:
    """A brush whose strokes have the texture of a reference, such as a piece of a painting: its ridges and furrows.

    The texture is turned so that its streaks run along the stroke, and what the reference depicts is left out.

    Args:
        picture: (3, H, W) or (4, H, W) in [0, 1], at least 8 pixels a side; opacity is ignored.
        mask: (H, W) in [0, 1], the outline of the mark, as `mark_brush` takes it; default: that of the oil brush.
        relief: 0 to 1, how strong the texture is.
    Raises:
        ValueError: as for `mark_brush`, a picture that is too small, or one without any texture.
    """
    pixels, given = _checked(picture, mask, relief, name)
    if min(pixels.shape[1:]) < LEAST_PIECE:
        height, width = pixels.shape[1:]
        raise ValueError(f"brush {name!r}: the reference has {width} x {height} pixels; texture needs at least 8 x 8")
    tone = _luma(pixels)
    down, across = (np.square(np.diff(tone, axis=axis)).mean() for axis in (0, 1))
    if max(down, across) < 1e-8:
        raise ValueError(f"brush {name!r}: the reference is of one plain color; give a picture with visible texture")
    tone = tone.T if across > down else tone  # streaks are where tone changes least
    outline = None if given is None else brush_of_ink(given, given, name).tips[0, 0].numpy()
    tips = [_tip(tone, outline, *of, index) for of in zip(WIDTHS, SHARES, strict=True) for index in range(PIECES)]
    tips = unpacked(packed(torch.from_numpy(np.stack(tips).astype(np.float32))))
    return Brush(name, tips, WIDTHS, relief=relief, detail=DETAIL)


def _tip(tone: np.ndarray, outline: np.ndarray | None, hairs: int, share: float, index: int) -> np.ndarray:
    """(2, TIP_HEIGHT, TIP_WIDTH) one tip with the texture of a part of the reference."""
    rng = np.random.default_rng([index, hairs, 30])
    fitted = _piece(tone, share, rng)[:: 1 - 2 * (index // 2 % 2), :: 1 - 2 * (index % 2)]
    texture = fitted - gaussian_filter(fitted, (TEXTURE_REACH * TIP_HEIGHT, TEXTURE_REACH * TIP_WIDTH), mode="nearest")
    texture = np.tanh(texture / max(FULL_RELIEF * float(texture.std()), 1e-6))
    coverage = oil_tip(hairs, index)[0] if outline is None else outline
    mean = (texture * coverage).sum() / coverage.sum()
    return np.stack([coverage, np.clip(texture - mean, -1, 1) * (coverage > 0)])


def _piece(tone: np.ndarray, share: float, rng: np.random.Generator) -> np.ndarray:
    """(TIP_HEIGHT, TIP_WIDTH) of some part of the reference, as long for its height as the usual mark."""
    height, width = tone.shape
    rows = max(LEAST_PIECE, round(share * min(height, width / USUAL_ASPECT)))
    columns = min(width, round(rows * USUAL_ASPECT))
    rows = min(rows, height)
    top, left = rng.integers(0, height - rows + 1), rng.integers(0, width - columns + 1)
    piece = torch.from_numpy(np.ascontiguousarray(tone[top : top + rows, left : left + columns]))
    size = (TIP_HEIGHT, TIP_WIDTH)
    return torch.nn.functional.interpolate(piece[None, None], size, mode="bilinear", antialias=True)[0, 0].numpy()


def _luma(pixels: np.ndarray) -> np.ndarray:
    """(H, W) brightness of (3 or 4, H, W); weights of ITU-R BT.601."""
    return np.tensordot(np.array([0.299, 0.587, 0.114], dtype=np.float32), pixels[:3], 1)


def _checked(picture: Tensor, mask: Tensor | None, relief: float, name: str) -> tuple[np.ndarray, np.ndarray | None]:
    """Both as arrays, if they are well formed."""
    if picture.ndim != 3 or picture.shape[0] not in (3, 4) or 0 in picture.shape:
        shape = tuple(picture.shape)
        raise ValueError(f"brush {name!r}: the picture must have the shape (3 or 4, height, width), got {shape}")
    if mask is not None and mask.shape != picture.shape[1:]:
        wanted, given = tuple(picture.shape[1:]), tuple(mask.shape)
        raise ValueError(f"brush {name!r}: the mask must have the picture's size {wanted}, got {given}; resize it")
    if not 0 <= relief <= 1:
        raise ValueError(f"brush {name!r}: relief must be from 0 to 1, got {relief}")
    check_size((picture.shape[2], picture.shape[1]), name)
    for what, values in (("picture", picture), ("mask", mask)):
        if values is None:
            continue
        if not bool(torch.isfinite(values).all()):
            raise ValueError(f"brush {name!r}: the {what} holds NaN or infinite values")
        if float(values.min()) < -1e-4 or float(values.max()) > 1 + 1e-4:
            low, high = float(values.min()), float(values.max())
            raise ValueError(f"brush {name!r}: the {what} must lie in [0, 1], got {low:g} to {high:g}")
    pixels = picture.detach().float().cpu().clamp(0, 1).numpy()
    return pixels, None if mask is None else mask.detach().float().cpu().clamp(0, 1).numpy()

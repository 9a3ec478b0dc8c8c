"""A brush of one's own from a picture of a mark."""

from __future__ import annotations

import numpy as np
from PIL import Image
from scipy.ndimage import gaussian_filter
from torch import Tensor

from .contract import DETAIL, Brush, stacked
from .tip_bytes import packed, unpacked
from .tips import TIP_HEIGHT, TIP_WIDTH

#: Blur of the outline of marks from pictures, in texels.
EDGE_SMOOTHING = 1.2
#: Largest picture that a tip is cut from.
MOST_PIXELS = 32_000_000
#: Tips that are cut from pictures have at most so many times the usual texels each way.
MOST_ENLARGED = 4


def brush_from_picture(picture: Image.Image, name: str) -> Brush:
    """A brush from a picture of one mark that runs from left to right.

    Ink is what is opaque, if the picture has transparency; else what differs from the border: dark on light or light on
    dark. Lighter and darker ink becomes relief. The picture is cut to the ink and stretched over the mark's frame.

    Raises ValueError if there is no ink in it, or more than `MOST_PIXELS` pixels.
    """
    check_size(picture.size, name)
    if picture.mode in ("LA", "RGBA", "PA") or "transparency" in picture.info:
        rgba = np.asarray(picture.convert("RGBA"), dtype=np.float32) / 255
        return brush_of_ink(rgba[..., 3], rgba[..., :3].mean(-1), name)
    if picture.mode.startswith("I"):  # 16 bits a pixel, which Pillow would clip to 8
        tone = np.asarray(picture, dtype=np.float32) / 65535
    else:
        tone = np.asarray(picture.convert("L"), dtype=np.float32) / 255
    return brush_of_ink(ink_of(tone), tone, name)


def ink_of(tone: np.ndarray) -> np.ndarray:
    """(H, W) in [0, 1] how much of a mark there is, by how brightness (H, W) differs from that of the border."""
    border = np.concatenate([tone[0], tone[-1], tone[:, 0], tone[:, -1]])
    ink = 1 - tone if np.median(border) > 0.5 else tone
    return ink / max(float(ink.max()), 1e-6) if ink.max() > 0.05 else ink * 0


def brush_of_ink(ink: np.ndarray, tone: np.ndarray, name: str, relief: float = 0.5) -> Brush:
    """A brush with the tip that (H, W) ink and its brightness show, and three more by turning it over.

    Raises ValueError if there is no ink.
    """
    rows, columns = np.nonzero(ink > 0.1)
    if len(rows) < 4:
        raise ValueError(f"brush {name!r}: no ink in the picture; paint one mark, dark on white or on transparency")
    box = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)

    usual = _cut_tips(ink, tone, box, 1)
    finer = max((box[2] - box[0]) / TIP_WIDTH, (box[3] - box[1]) / TIP_HEIGHT)
    # as many texels as the picture has pixels, or twice as many, but no more than a poster needs
    factor = 1 if finer <= 1 else 2 if finer <= 2 else MOST_ENLARGED
    large = None if factor == 1 else _cut_tips(ink, tone, box, factor)
    return Brush(name, usual, relief=relief, detail=DETAIL, large=large)


def _cut_tips(ink: np.ndarray, tone: np.ndarray, box: tuple[int, int, int, int], factor: int) -> Tensor:
    """(4, 2, 128 factor, 256 factor) the tip in a box (left, top, right, bottom) of a picture, and turned over."""

    def fitted(values: np.ndarray) -> np.ndarray:
        cut = Image.fromarray(values.astype(np.float32)).crop(box)
        return np.asarray(cut.resize((TIP_WIDTH * factor, TIP_HEIGHT * factor), Image.Resampling.BILINEAR))

    # a staircase of the picture's pixels would be sharpened into steps; a smooth edge into a line
    coverage, tone = np.clip(gaussian_filter(fitted(ink), EDGE_SMOOTHING), 0, 1), fitted(tone)
    mean = float((tone * coverage).sum() / coverage.sum())
    tip = np.stack([coverage, np.clip((tone - mean) * coverage, -1, 1)])
    return unpacked(packed(stacked([tip, tip[:, ::-1, ::-1], tip[:, ::-1], tip[:, :, ::-1]])))


def check_size(size: tuple[int, int], name: str) -> None:
    """Raise ValueError if a picture of (width, height) is too large to cut a tip from."""
    width, height = size
    if width * height > MOST_PIXELS:
        raise ValueError(
            f"brush: {name} has {width} x {height} pixels, and a tip needs {TIP_WIDTH} x {TIP_HEIGHT}; "
            f"reduce it to at most {MOST_PIXELS // 10**6} million pixels"
        )

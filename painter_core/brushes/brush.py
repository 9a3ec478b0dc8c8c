"""`Brush`: the tips that strokes are drawn with, built in or from a picture."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from scipy.ndimage import gaussian_filter
from torch import Tensor

from ..files.reader import decoded_image
from .tip_bytes import packed, unpacked
from .tips import (
    TIP_HEIGHT,
    TIP_WIDTH,
    charcoal_tip,
    dot_tip,
    dry_tip,
    fan_tip,
    filbert_tip,
    flat_tip,
    knife_tip,
    load_map,
    marker_tip,
    oil_tip,
    pencil_tip,
    round_tip,
    watercolor_tip,
)
from .tips.fine import Fine

#: Distance between two hairs of a bristle brush as a share of the canvas's long side (1.5 pixels at 512): hairs have
#: one size all over a painting, so a broad mark shows more of them than a narrow one.
HAIR_PITCH = 1.5 / 512
#: Hairs across the tips of the bristle brush, from narrow marks to broad ones.
HAIR_COUNTS = (4, 8, 16, 32, 64)
#: Hairs and grains that leave gaps are never finer than this, in pixels of the reference canvas: what is finer than
#: that is a grey at one size and a pattern at another.
BROKEN_PITCH, FAN_PITCH = 1.5, 2.0
#: Marks are read from copies of the tip with this many powers of two more texels than the output has pixels. Reading
#: (bilinear, over two texels) and copies (means) together then spread as far as a pixel does (variance 1/12), so that a
#: picture drawn small is a picture drawn large and reduced.
DETAIL = 0.8
#: Blur of the outline of marks from pictures, in texels.
EDGE_SMOOTHING = 1.2
#: Largest picture that a tip is cut from.
MOST_PIXELS = 32_000_000
#: Tips that are cut from pictures have at most so many times the usual texels each way.
MOST_ENLARGED = 4
#: Different tips of each kind; a stroke's seed picks one.
VARIATIONS = 4


@dataclass(frozen=True, eq=False)
class Brush:
    """A set of tips.

    Attributes:
        name: what it is called in widgets and files.
        tips: (K, 2, 128, 256) coverage in [0, 1] and paint height in [-1, 1] in the mark's frame (columns along it).
            Tips are sorted by their number of hairs: K = len(hair_counts) * variations.
        hair_counts: hairs across the tips of each kind; (0,) for brushes without hairs.
        relief: how much the height lightens or darkens the colour: factor 1 + relief * height.
        hardness: 1 keeps edges one pixel sharp at any size, 0 keeps the tip's own softness.
        detail: how much finer than the output the copies of the tip are that marks are read from, in powers of two.
        least_pitch: hairs are never nearer to each other than this, in pixels of the reference canvas.
        fine: what marks show at print size besides what the tips hold.
        large: (K, 2, 128 r, 256 r) the same tips with 2 or 4 times as many texels, for print size.
    """

    name: str
    tips: Tensor
    hair_counts: tuple[int, ...] = (0,)
    relief: float = 0.0
    hardness: float = 1.0
    detail: float = 0.0
    least_pitch: float = 0.0
    fine: Fine | None = None
    large: Tensor | None = None

    @property
    def carried(self) -> str | Brush:
        """What a painting keeps of it: the name of a built-in brush, any other as it is."""
        return self.name if self.name in _BUILT_IN and _built_in(self.name) is self else self

    @property
    def nbytes(self) -> int:
        """Bytes that its tips take."""
        return self.tips.nbytes + (0 if self.large is None else self.large.nbytes)

    def alike(self, other: Brush) -> bool:
        """Whether another brush, maybe read from a file, draws the same marks and has the same name."""
        mine, theirs = vars(self), vars(other)
        return self is other or all(_equal(mine[name], theirs[name]) for name in mine)

    def pitch(self, long_side: float) -> float:
        """Distance between two hairs on a reference canvas with such a long side, both in its pixels."""
        return max(HAIR_PITCH * long_side, self.least_pitch)

    def tip_index(self, width: Tensor, seed: Tensor, long_side: float) -> Tensor:
        """Which tip each stroke is drawn with.

        Args:
            width: (N,) in pixels of the reference canvas; seed: (N,) int64; long_side: of that canvas, in pixels.
        Returns:
            (N,) int64 in [0, K).
        """
        variations = len(self.tips) // len(self.hair_counts)
        variation = seed % variations
        if len(self.hair_counts) == 1:
            return variation
        hairs = (width.detach() / self.pitch(long_side)).clamp_min(1).log2()
        counts = torch.tensor(self.hair_counts, dtype=torch.float32, device=width.device).log2()
        kind = (hairs[:, None] - counts).abs().argmin(dim=1)
        return kind * variations + variation

    def loads(self) -> Tensor:
        """(K, 1, 128, 256) in [0, 1]: where each tip carries the second colour of a stroke that has two."""
        variations = len(self.tips) // len(self.hair_counts)
        return _stack([load_map(hairs, seed)[None] for hairs in self.hair_counts for seed in range(variations)])


def _kinds(name: str, draw: Callable[[int, int], np.ndarray], hairs: tuple[int, ...], **more: Any) -> Brush:
    """A brush with `VARIATIONS` tips for each number of hairs."""
    tips = [draw(count, seed) for count in hairs for seed in range(VARIATIONS)]
    # a mark's angle says nothing of its direction: every other tip is pulled the other way
    tips = [tip[:, ::-1, ::-1] if index % 2 else tip for index, tip in enumerate(tips)]
    return Brush(name, _stack(tips), hairs, **more)


_CLOSED = {"detail": DETAIL}
_BROKEN = {"detail": DETAIL, "least_pitch": BROKEN_PITCH, "relief": 0.10, "fine": Fine("tooth", 0.5, 2.4)}
_HAIRY = {"fine": Fine("strands", 0.7, 2.4)}
_FAN = {"detail": DETAIL, "least_pitch": FAN_PITCH, "relief": 0.14, "fine": Fine("strands", 0.35, 1.2)}
_KNIFE = {"relief": 0.22, "fine": Fine("strands", 0.2, 2.0)}
_WET = {"relief": 0.22, "hardness": 0.0, "fine": Fine("tooth", 0.25, 0.35, crisp=6.0)}
_FELT = {"relief": 0.12, "fine": Fine("strands", 0.2, 0.3)}
_DAB = {"relief": 0.08, "fine": Fine("tooth", 0.3, 0.4)}
_BUILT_IN: dict[str, Callable[[], Brush]] = {
    "oil": lambda: _kinds("oil", oil_tip, HAIR_COUNTS, relief=0.11, **_HAIRY),
    "round": lambda: Brush("round", _stack([round_tip()]), hardness=0.0),
    "flat": lambda: Brush("flat", _stack([flat_tip()])),
    "filbert": lambda: _kinds("filbert", filbert_tip, HAIR_COUNTS, relief=0.12, **_HAIRY, **_CLOSED),
    "fan": lambda: _kinds("fan", fan_tip, HAIR_COUNTS, **_FAN),
    "knife": lambda: _kinds("knife", knife_tip, HAIR_COUNTS[1:], **_KNIFE, **_CLOSED),
    "dry": lambda: _kinds("dry", dry_tip, HAIR_COUNTS, **_BROKEN),
    "watercolor": lambda: _kinds("watercolor", watercolor_tip, HAIR_COUNTS[1:], **_WET, **_CLOSED),
    "pencil": lambda: _kinds("pencil", pencil_tip, HAIR_COUNTS, **_BROKEN),
    "charcoal": lambda: _kinds("charcoal", charcoal_tip, HAIR_COUNTS, **_BROKEN),
    "marker": lambda: _kinds("marker", marker_tip, (8, 24), **_FELT, **_CLOSED),
    "dot": lambda: Brush("dot", _stack([dot_tip(seed) for seed in range(2 * VARIATIONS)]), **_DAB, **_CLOSED),
}
#: Names of the built-in brushes, the default first.
BRUSHES: tuple[str, ...] = tuple(_BUILT_IN)


def get_brush(brush: str | Path | Brush = "oil") -> Brush:
    """A brush by its name, or from a picture of a tip.

    Args:
        brush: a name of `BRUSHES`, the path of a picture (see `brush_from_picture`), or a Brush, which is returned.
    Raises:
        ValueError: neither a known name nor a readable picture.
    """
    if isinstance(brush, Brush):
        return brush
    if str(brush) in _BUILT_IN:
        return _built_in(str(brush))
    if not Path(brush).is_file():
        known = ", ".join(BRUSHES)
        raise ValueError(f"brush: {str(brush)!r} is neither a built-in brush ({known}) nor a picture file")
    try:
        picture = decoded_image(brush)
    except ValueError as error:
        raise ValueError(f"brush: this cannot be read as a picture: {error}; give a PNG of one tip") from error
    return brush_from_picture(picture, Path(brush).stem)


def built_in(name: str) -> Brush:
    """The built-in brush of that name; ValueError that lists what there is for any other name."""
    if name not in _BUILT_IN:
        raise ValueError(f"brush: there is no built-in brush {name!r}; there are {', '.join(BRUSHES)}")
    return _built_in(name)


@cache
def _built_in(name: str) -> Brush:
    return _BUILT_IN[name]()


def _equal(one: object, other: object) -> bool:
    if isinstance(one, Tensor) and isinstance(other, Tensor):
        return torch.equal(one, other)
    return not isinstance(one, Tensor) and not isinstance(other, Tensor) and one == other


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
    return unpacked(packed(_stack([tip, tip[:, ::-1, ::-1], tip[:, ::-1], tip[:, :, ::-1]])))


def check_size(size: tuple[int, int], name: str) -> None:
    """Raise ValueError if a picture of (width, height) is too large to cut a tip from."""
    width, height = size
    if width * height > MOST_PIXELS:
        raise ValueError(
            f"brush: {name} has {width} x {height} pixels, and a tip needs {TIP_WIDTH} x {TIP_HEIGHT}; "
            f"reduce it to at most {MOST_PIXELS // 10**6} million pixels"
        )


def _stack(tips: list[np.ndarray]) -> Tensor:
    return torch.from_numpy(np.stack(tips).astype(np.float32))

"""What a brush is: `Brush`, its tips and a few numbers; and `BuiltIn`, what a file of `tips` says of one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from .tips.fine import Fine
from .tips.load import load_map

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
#: Different tips of each kind; a stroke's seed picks one.
VARIATIONS = 4
#: The most body that paint may have.
MOST_BODY = 1.3


@dataclass(frozen=True, eq=False)
class Brush:
    """A set of tips.

    Attributes:
        name: what it is called in widgets and files.
        tips: (K, 2, 128, 256) coverage in [0, 1] and paint height in [-1, 1] in the mark's frame (columns along it).
            Tips are sorted by their number of hairs: K = len(hair_counts) * variations.
        hair_counts: hairs across the tips of each kind; (0,) for brushes without hairs.
        relief: how much the height lightens or darkens the color: factor 1 + relief * height.
        hardness: 1 keeps edges one pixel sharp at any size, 0 keeps the tip's own softness.
        detail: how much finer than the output the copies of the tip are that marks are read from, in powers of two.
        least_pitch: hairs are never nearer to each other than this, in pixels of the reference canvas.
        fine: what marks show at print size besides what the tips hold.
        large: (K, 2, 128 r, 256 r) the same tips with 2 or 4 times as many texels, for print size.
        body: how thick its paint is, 0 to MOST_BODY; 1: oil. Thin media show what they are drawn on instead.
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
    body: float = 1.0

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
        """(K, 1, 128, 256) in [0, 1]: where each tip carries the second color of a stroke that has two."""
        variations = len(self.tips) // len(self.hair_counts)
        return stacked([load_map(hairs, seed)[None] for hairs in self.hair_counts for seed in range(variations)])


@dataclass(frozen=True)
class BuiltIn:
    """A brush that comes with the program; its tips are drawn when it is first asked for.

    Attributes:
        name: what people call it.
        draw: (hairs, seed) -> (2, 128, 256), one tip as `Brush.tips` has it.
        hair_counts, relief, hardness, detail, least_pitch, fine, body: as in `Brush`.
        variations: tips for each number of hairs.
        turned: every other tip is turned by half, since the angle of a mark says nothing of its direction.
    """

    name: str
    draw: Callable[[int, int], np.ndarray]
    hair_counts: tuple[int, ...] = (0,)
    relief: float = 0.0
    hardness: float = 1.0
    detail: float = 0.0
    least_pitch: float = 0.0
    fine: Fine | None = None
    body: float = 1.0
    variations: int = VARIATIONS
    turned: bool = True

    def made(self) -> Brush:
        """The brush with its tips."""
        tips = [self.draw(count, seed) for count in self.hair_counts for seed in range(self.variations)]
        if self.turned:
            tips = [tip[:, ::-1, ::-1] if index % 2 else tip for index, tip in enumerate(tips)]
        return Brush(
            self.name, stacked(tips), self.hair_counts, self.relief, self.hardness, self.detail, self.least_pitch,
            self.fine, body=self.body,
        )  # fmt: skip


def _equal(one: object, other: object) -> bool:
    if isinstance(one, Tensor) and isinstance(other, Tensor):
        return torch.equal(one, other)
    return not isinstance(one, Tensor) and not isinstance(other, Tensor) and one == other


def stacked(tips: list[np.ndarray]) -> Tensor:
    """Tips (C, h, w) as one tensor (K, C, h, w)."""
    return torch.from_numpy(np.stack(tips).astype(np.float32))

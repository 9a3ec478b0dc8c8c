"""Training AdaAttN: what its pictures should have of a style and of a content.

Losses as in the paper (`adaattn`): globally, means and standard deviations of the style's features in every layer;
locally, features as the attention finds them when it has nothing to learn (queries and keys are the normalised features
themselves). Both relative, so that layers count alike. What is trained has never seen a held-out picture, but a network
that takes any style needs many styles, and paintings are few: photographs are styles, too, with their colours turned.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor, nn

from ..pictures import read_picture
from ..sizes import resized
from .adaattn import DEPTHS, LAYERS, AdaAttN, attended, stacked
from .distances import Style
from .features import features

#: Weights of the losses: global, local, and smoothness (squared steps between neighbours beyond the content's own).
GLOBAL, LOCAL, SMOOTH = 10.0, 3.0, 5.0
#: Short side that pictures are reduced to, in sides of a crop: at least, and at most.
LEAST_ROOM, MOST_ROOM = 1.0, 1.8
#: Pictures that are kept in memory.
KEPT = 256


class StyleObjective:
    """Random crops of contents and styles, and the loss of what a network makes of them."""

    def __init__(self, contents: Sequence[Path], styles: Sequence[Path], side: int, batch: int) -> None:
        """Crops of `side` pixels (32 or more), `batch` pairs a step. Raises ValueError for smaller ones, no files."""
        if side < 32 or batch < 1 or not contents or not styles:
            given = f"{side} pixels, {batch}, {len(contents)} and {len(styles)} files"
            raise ValueError(f"style training needs crops of 32 pixels or more, a batch, contents, styles; got {given}")
        self.contents, self.styles, self.side, self.batch = list(contents), list(styles), side, batch
        self._kept: dict[Path, Tensor] = {}

    def loss(
        self, model: nn.Module, progress: float, generator: torch.Generator
    ) -> tuple[Tensor, dict[str, float]]:
        """The mean loss of a fresh batch, and its terms."""
        device = next(model.parameters()).device
        total, terms = torch.zeros((), device=device), {"global": 0.0, "local": 0.0, "smooth": 0.0}
        for _ in range(self.batch):
            content, style = (self.crop(files, generator).to(device) for files in (self.contents, self.styles))
            for name, value in pair_losses(model, content, style).items():
                terms[name] += float(value.detach()) / self.batch
                total = total + {"global": GLOBAL, "local": LOCAL, "smooth": SMOOTH}[name] * value / self.batch
        return total, terms

    def crop(self, files: Sequence[Path], generator: torch.Generator) -> Tensor:
        """(3, side, side) of one of the files, reduced, cropped, turned over, its channels sometimes swapped."""
        draw = torch.rand(5, generator=generator).tolist()
        picture = self._read(files[int(draw[0] * len(files))])
        room = LEAST_ROOM + (MOST_ROOM - LEAST_ROOM) * draw[1]
        factor = max(self.side / min(picture.shape[1:]), min(1.0, room * self.side / min(picture.shape[1:])))
        picture = resized(picture, tuple(max(self.side, round(side * factor)) for side in picture.shape[1:]))
        top, left = (int(draw[2 + axis] * (picture.shape[1 + axis] - self.side + 1)) for axis in (0, 1))
        crop = picture[:, top : top + self.side, left : left + self.side]
        crop = crop.flip(2) if draw[4] < 0.5 else crop
        return crop[torch.randperm(3, generator=generator)] if files is self.styles else crop

    def _read(self, file: Path) -> Tensor:
        if file not in self._kept:
            if len(self._kept) >= KEPT:
                self._kept.pop(next(iter(self._kept)))
            picture = read_picture(file)
            factor = min(1.0, 2 * MOST_ROOM * self.side / min(picture.shape[1:]))
            self._kept[file] = resized(picture, tuple(max(1, round(side * factor)) for side in picture.shape[1:]))
        return self._kept[file]


def pair_losses(model: AdaAttN, content: Tensor, style: Tensor) -> dict[str, Tensor]:
    """The losses of what a network makes of one content and one style, both (3, H, W) in [0, 1]."""
    with torch.no_grad():
        here, there = features(content, LAYERS), features(style, LAYERS)
        wanted = Style.of(there)
        local = {depth: attended(here[depth], stacked(here, depth), stacked(there, depth), there[depth])
                 for depth in DEPTHS}  # fmt: skip
    made = model.styled(here, there, tuple(content.shape[1:]))
    found = features(made, LAYERS)
    moments = wanted.parts(Style.of(found))[::2]  # and not the Gram matrices, which the benchmark also looks at
    apart = [(found[depth] - local[depth]).square().mean() / (local[depth].square().mean() + 1e-6) for depth in DEPTHS]
    return {
        "global": torch.stack(moments).mean(),
        "local": torch.stack(apart).mean(),
        "smooth": (made[:, 1:] - made[:, :-1]).square().mean() + (made[..., 1:] - made[..., :-1]).square().mean(),
    }

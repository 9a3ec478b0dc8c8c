"""Training AdaAttN: what its pictures should have of a style and of a content.

Losses as in the paper (`adaattn`): globally, statistics of the style's features in every layer (means and standard
deviations, and, as Gatys, Ecker, Bethge 2016, Gram matrices); locally, features as the attention finds them when it has
nothing to learn (queries and keys are the normalised features themselves). All relative, so that layers count alike.
Half of each batch attends evenly, so that one decoder also serves AdaIN. At first some contents are their own style,
and the picture itself is asked for: a decoder that can copy learns the rest faster.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

import torch
from torch import Tensor, autocast
from torch.nn.functional import interpolate

from ...files.pictures import read_picture
from ...images import resized, scaled_size, size_of
from .adaattn import (
    DEPTHS,
    LAYERS,
    MOST_TOKENS,
    AdaAttN,
    Statistics,
    StyleTokens,
    adain_statistics,
    attention_statistics,
    normalized,
    stacked,
)
from .vgg16 import batch_features

#: What each loss counts. Content: the content's own features at relu4_1. Smoothness: squared steps between neighbors
#: beyond the content's own. Copy: of contents that are their own style, over the first part of the training.
WEIGHTS = {"moments": 60.0, "gram": 40.0, "local": 0.7, "content": 1.0, "smooth": 10.0, "copy": 10.0}
COPYING = 0.15
#: Depths whose features the local loss wants: at relu2_1 they would hold on to what a photograph's surface looks like.
LOCAL = ("3_1", "4_1")
#: Short side that pictures are reduced to, in sides of a crop: at least, and at most.
LEAST_ROOM, MOST_ROOM = 1.0, 2.8
#: How often the channels of a style are swapped, which gives it colors that no picture has.
SWAPPED = 0.3
EPSILON = 1e-6


class StyleObjective:
    """Random crops of contents and styles, and the loss of what a network makes of them."""

    def __init__(
        self, contents: Sequence[Path], styles: Sequence[Path], side: int, batch: int, bfloat16: bool = False
    ) -> None:
        """Crops of `side` pixels, `batch` pairs a step; `bfloat16`: convolutions and attention are worked out in it.

        Raises ValueError for sides below 32, no batch, no files.
        """
        if side < 32 or batch < 1 or not contents or not styles:
            given = f"{side} pixels, {batch}, {len(contents)} and {len(styles)} files"
            raise ValueError(f"style training needs crops of 32 pixels or more, a batch, contents, styles; got {given}")
        self.contents, self.styles, self.side, self.batch = list(contents), list(styles), side, batch
        self.bfloat16 = bfloat16
        self._kept: dict[Path, Tensor] = {}

    def loss(self, model: AdaAttN, progress: float, generator: torch.Generator) -> tuple[Tensor, dict[str, float]]:
        """The mean loss of a fresh batch, and its terms."""
        device = next(model.parameters()).device
        content, style = (
            torch.stack([self.crop(files, generator) for _ in range(self.batch)]).to(device)
            for files in (self.contents, self.styles)
        )
        copies = range(0, self.batch, 4) if progress < COPYING else ()
        for copy in copies:
            style[copy] = content[copy]
        terms = batch_losses(model, content, style, copies, self._precision(device))
        total = sum((WEIGHTS[name] * value for name, value in terms.items()), torch.zeros((), device=device))
        return total, {name: float(value.detach()) for name, value in terms.items()}

    def _precision(self, device: torch.device) -> AbstractContextManager:
        return autocast(device.type, torch.bfloat16, enabled=self.bfloat16)

    def crop(self, files: Sequence[Path], generator: torch.Generator) -> Tensor:
        """(3, side, side) of one of the files, at a random scale and place, turned over, channels sometimes swapped."""
        draw = torch.rand(6, generator=generator).tolist()
        picture = self._read(files[int(draw[0] * len(files))])
        height, width = picture.shape[1:]
        room = min(LEAST_ROOM + (MOST_ROOM - LEAST_ROOM) * draw[1], max(1.0, min(height, width) / self.side))
        taken = max(1, math.floor(min(height, width) / room))
        top, left = (int(draw[2 + axis] * (picture.shape[1 + axis] - taken + 1)) for axis in (0, 1))
        crop = picture[:, top : top + taken, left : left + taken].float() / 255
        crop = interpolate(crop[None], [self.side, self.side], mode="bilinear", antialias=True)[0].clamp(0, 1)
        crop = crop.flip(2) if draw[4] < 0.5 else crop
        swapped = files is self.styles and draw[5] < SWAPPED
        return crop[torch.randperm(3, generator=generator)] if swapped else crop

    def _read(self, file: Path) -> Tensor:
        """(3, h, w) bytes of a file, no larger than crops need; all files are kept in memory."""
        if file not in self._kept:
            picture = read_picture(file)
            factor = min(1.0, MOST_ROOM * self.side / min(picture.shape[1:]))
            small = resized(picture, scaled_size(size_of(picture), factor))
            self._kept[file] = (small * 255).round().byte()
        return self._kept[file]


def batch_losses(
    model: AdaAttN,
    content: Tensor,
    style: Tensor,
    copies: Sequence[int] = (),
    precision: AbstractContextManager | None = None,
) -> dict[str, Tensor]:
    """The losses of what a network makes of contents and styles (N, 3, H, W) in [0, 1], of the second half evenly.

    Args:
        copies: which of the contents are their own style.
    """
    with precision or autocast(content.device.type, enabled=False):
        with torch.no_grad():
            here, there = batch_features(content, LAYERS), batch_features(style, LAYERS)
            normal = [normalized(here[depth]) for depth in DEPTHS]
            untrained = _by_halves(
                lambda here, there: [attention_statistics(stacked(here, depth), _untrained(there, depth))
                                     for depth in LOCAL],
                lambda here, there: [adain_statistics(_untrained(there, depth)) for depth in LOCAL],
                here, there, LOCAL,
            )  # fmt: skip
            local = _adain([normalized(here[depth]) for depth in LOCAL], untrained)
        found = _by_halves(
            lambda here, there: model.statistics(here, model.style_tokens(there)),
            lambda here, there: model.statistics(here, model.style_tokens(there), attentive=False),
            here, there, DEPTHS,
        )  # fmt: skip
        made = model.decoded(_adain(normal, found), content.shape[2:]).float()
        seen = batch_features(made, LAYERS)
    seen, there = ({name: value.float() for name, value in one.items()} for one in (seen, there))
    moments, gram = zip(*(_apart(seen[tap], there[tap]) for tap in LAYERS), strict=True)
    near = [_relative(seen[depth], wanted.float()).mean() for depth, wanted in zip(LOCAL, local, strict=True)]
    losses = {
        "moments": torch.stack(moments).mean(),
        "gram": torch.stack(gram).mean(),
        "local": torch.stack(near).mean(),
        "content": _relative(seen["4_1"], here["4_1"].float()).mean(),
        "smooth": (_steps(made) - _steps(content)).clamp_min(0).mean(),
    }
    copies = list(copies)
    return losses | ({"copy": (made[copies] - content[copies]).abs().mean()} if copies else {})


Find = Callable[[Mapping[str, Tensor], Mapping[str, Tensor]], list[Statistics]]


def _by_halves(
    attentive: Find, evenly: Find, here: Mapping[str, Tensor], there: Mapping[str, Tensor], depths: Sequence[str]
) -> list[Statistics]:
    """What the first half of a batch finds with attention and the second one without; (N, C, h, w) by depth."""
    count = len(here[DEPTHS[0]])
    first, second = slice(0, (count + 1) // 2), slice((count + 1) // 2, count)
    found = []
    for find, part in ((attentive, first), (evenly, second)):
        if part.start < part.stop:
            halves = ({layer: value[part] for layer, value in one.items()} for one in (here, there))
            sizes = [here[depth].shape[2:] for depth in depths]
            found.append([one.everywhere(size) for one, size in zip(find(*halves), sizes, strict=True)])
    return [Statistics.joined(parts) for parts in zip(*found, strict=True)]


def _adain(normal: Sequence[Tensor], found: Sequence[Statistics]) -> list[Tensor]:
    return [one.adain(own) for own, one in zip(normal, found, strict=True)]


def _untrained(there: Mapping[str, Tensor], depth: str) -> StyleTokens:
    """Tokens whose keys are the normalised features."""
    return StyleTokens.of(stacked(there, depth), there[depth], MOST_TOKENS[depth])


def _apart(value: Tensor, wanted: Tensor) -> tuple[Tensor, Tensor]:
    """Relative squared distances of the moments and of the Gram matrices of (N, C, h, w) features, in the mean."""
    both = []
    for one in (value, wanted):
        flat = one.flatten(2)
        mean, gram = flat.mean(2), flat @ flat.mT / flat.shape[2]
        std = (gram.diagonal(dim1=1, dim2=2) - mean.square()).clamp_min(0).add(EPSILON).sqrt()
        both.append((torch.cat([mean, std], 1), gram))
    (moments, gram), (wanted_moments, wanted_gram) = both
    return _relative(moments, wanted_moments).mean(), _relative(gram, wanted_gram).mean()


def _relative(value: Tensor, wanted: Tensor) -> Tensor:
    """(N,) squared distance as a share of what is wanted."""
    return (value - wanted).square().flatten(1).sum(1) / (wanted.square().flatten(1).sum(1) + EPSILON)


def _steps(picture: Tensor) -> Tensor:
    """(N,) mean squared steps between neighboring pixels."""
    down, right = picture[:, :, 1:] - picture[:, :, :-1], picture[..., 1:] - picture[..., :-1]
    return down.square().mean((1, 2, 3)) + right.square().mean((1, 2, 3))

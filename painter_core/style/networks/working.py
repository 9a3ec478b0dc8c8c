"""Style by a network at a working size: pictures of any size cost the same, and keep their fine detail."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import lru_cache, partial
from pathlib import Path
from typing import Protocol

import torch
import torch.nn.functional as F
from torch import Tensor

from .adaattn import AdaAttN, Statistics, StyleTokens, adain_statistics
from .distances import measured
from .revision import enlarged, quick
from .storage import load_adaattn

#: The trained network, which `train-style` makes; where it is missing its methods are not offered.
ADAATTN_WEIGHTS = Path(__file__).resolve().parent / "adaattn.safetensors"
#: Pixels that our network works on at most, and what it makes beyond their borders and cuts off again.
PIXELS, RIM = 512 * 512, 16
#: In a film, how much of what a place got stays from frame to frame where nothing changes, and how soon a change of
#: its features (relative, squared) ends that.
STEADY, ALIKE = 0.8, 0.05


def attentive_draft(styles: Sequence[Tensor], *, film: bool = False, pixels: int = PIXELS) -> NetworkTransform:
    """The draft of `adaattn` and `lapstyle`: every place takes after the places of the style that are like it.

    Contents and styles are worked on at about `pixels` at most.
    """
    return NetworkTransform(network_of(ADAATTN_WEIGHTS), styles, film=film, worked_on=partial(measured, pixels=pixels))


def adain_draft(styles: Sequence[Tensor], *, film: bool = False, pixels: int = PIXELS) -> NetworkTransform:
    """The draft of `fast`: the same network with even attention (AdaIN), so that the style is the same everywhere."""
    worked_on = partial(measured, pixels=pixels)
    return NetworkTransform(network_of(ADAATTN_WEIGHTS), styles, attentive=False, film=film, worked_on=worked_on)


class Network(Protocol):
    """What a transform asks of a network: AdaAttN's steps, one after the other."""

    @property
    def depths(self) -> Sequence[str]:
        """The layers that it works at, from shallow to deep."""
        ...

    def features(self, pictures: Tensor) -> Mapping[str, Tensor]:
        """The features (N, C, h, w), by layer, of pictures (N, 3, H, W) in [0, 1]."""
        ...

    def normalized(self, value: Tensor) -> Tensor:
        """Features (N, C, h, w) without mean and deviation."""
        ...

    def style_tokens(self, style: Mapping[str, Tensor]) -> list[StyleTokens]:
        """The tokens of a style with these features, by depth."""
        ...

    def statistics(self, content: Mapping[str, Tensor], tokens: Sequence[StyleTokens]) -> list[Statistics]:
        """What a content with these features gets from them, by depth."""
        ...

    def decoded(self, stylized: Sequence[Tensor], size: Sequence[int]) -> Tensor:
        """The pictures (N, 3, *size) of features (N, C, h, w) by depth."""
        ...


class NetworkTransform:
    """Gives pictures a style that is known."""

    def __init__(
        self,
        network: Callable[[str], Network],
        styles: Sequence[Tensor],
        *,
        attentive: bool = True,
        film: bool = False,
        worked_on: Callable[[Tensor], Tensor] = lambda picture: measured(picture, PIXELS),
        rim: int = RIM,
        halved: bool = True,
    ) -> None:
        """Args:
            network: gives the network for a device ("cpu", "cuda:0").
            styles: (3, h, w) in [0, 1] of any size, which count alike.
            attentive: False for even attention.
            film: calls are for the frames of one clip, and what has not changed between them is kept.
            worked_on: brings a picture (3, H, W) to a size that the network is good at. The same for contents and
                styles, so that a texture comes out as large as it is.
            rim: pixels beyond the borders that are made and cut off again: the encoder sees black there, which would
                show as a frame.
            halved: encoder and decoder may be worked out in half precision, where that is quick.
        """  # fmt: skip
        self.network, self.styles, self.attentive = network, list(styles), attentive
        self.worked_on, self.rim, self.halved = worked_on, rim, halved
        self._memory = Memory() if film else None
        self._tokens: dict[str, list[list[StyleTokens]]] = {}

    def __call__(self, content: Tensor, on_part: Callable[[int, int], None] | None = None) -> Tensor:
        """A (3, H, W) picture in [0, 1] as the network makes it.

        A large picture is reduced; what changes is enlarged and added to it, so that it keeps the detail that the
        network has not seen.

        Args:
            on_part: called with (parts done, parts in all); what it raises passes through.
        """
        total = len(self.styles) + 3

        def tell(done: int) -> None:
            if on_part:
                on_part(done, total)

        network = self.network(str(content.device))
        known = self._known(network, content.device, tell)
        small = self.worked_on(content)
        wide, (top, left) = _with_rim(small, self.rim)
        here = self._features(network, wide)
        tell(total - 2)
        found = mean_of([network.statistics(here, tokens) if self.attentive else list(map(adain_statistics, tokens))
                         for tokens in known])  # fmt: skip
        normal = [network.normalized(here[depth]) for depth in network.depths]
        if self._memory:
            normal, found = self._memory.steadied([here[depth] for depth in network.depths], found)
        tell(total - 1)
        stylized = [one.adain(own) for own, one in zip(normal, found, strict=True)]
        with self._precision(content.device):
            made = network.decoded(stylized, wide.shape[1:])[0].float().clamp(0, 1)
        made = made[:, top : top + small.shape[1], left : left + small.shape[2]]
        tell(total)
        return brought_to(content, small, made)

    def _known(self, network: Network, device: torch.device, tell: Callable[[int], None]) -> list[list[StyleTokens]]:
        """The tokens of the styles, by depth: worked out once."""
        known = self._tokens.setdefault(str(device), [])
        for done, style in enumerate(self.styles[len(known) :], len(known) + 1):
            known.append(network.style_tokens(self._features(network, self.worked_on(style.to(device)))))
            tell(done)
        return known

    def _features(self, network: Network, picture: Tensor) -> dict[str, Tensor]:
        """Of one picture (3, h, w), by layer; what is worked out of them needs all digits."""
        with self._precision(picture.device):
            return {layer: value.float() for layer, value in network.features(picture[None]).items()}

    def _precision(self, device: torch.device) -> AbstractContextManager[object]:
        return quick(device) if self.halved else nullcontext()


class Memory:
    """The statistics of the last frame of a film, so that the next one does not get others for no reason."""

    def __init__(self) -> None:
        self._last: tuple[list[Tensor], list[Statistics], list[Statistics]] | None = None

    def steadied(
        self, features: Sequence[Tensor], found: Sequence[Statistics]
    ) -> tuple[list[Tensor], list[Statistics]]:
        """Normalised features and statistics, by depth, for the features (1, C, h, w) and statistics of a frame.

        A frame of another size begins a new film.
        """
        own = [Statistics(one.mean((2, 3), keepdim=True), one.std((2, 3), correction=0, keepdim=True))
               for one in features]  # fmt: skip
        found = list(found)
        if self._last and all(a.shape == b.shape for a, b in zip(self._last[0], features, strict=True)):
            before, moments, finds = self._last
            own = [one.blended(last, STEADY) for one, last in zip(own, moments, strict=True)]
            for i, (now, last) in enumerate(zip(features, before, strict=True)):
                # a style that is the same everywhere depends on no place
                stays = STEADY if found[i].mean.shape[2:] == (1, 1) else STEADY * _alike(now, last)
                found[i] = found[i].blended(finds[i], stays)
        self._last = (list(features), own, found)
        normal = [(one - mine.mean) / (mine.std + 1e-3) for one, mine in zip(features, own, strict=True)]
        return normal, found


def _alike(now: Tensor, last: Tensor) -> Tensor:
    """(1, 1, h, w) from 0 for places that have changed to 1 for those that have not."""
    apart = (now - last).square().sum(1, keepdim=True)
    size = now.square().sum(1, keepdim=True) + last.square().sum(1, keepdim=True)
    return torch.exp(-apart / (ALIKE * size + 1e-6))


def _with_rim(picture: Tensor, rim: int) -> tuple[Tensor, tuple[int, int]]:
    """A (3, H, W) picture mirrored beyond its borders, and how far above and to the left."""
    rows, columns = (min(rim, side - 1) for side in picture.shape[1:])
    return F.pad(picture, (columns, columns, rows, rows), mode="reflect"), (rows, columns)


def mean_of(styles: Sequence[Sequence[Statistics]]) -> list[Statistics]:
    """The mean of the statistics of several styles, by depth."""

    def mean(values: Sequence[Tensor]) -> Tensor:
        return functools.reduce(torch.add, values) / len(values)

    return [Statistics(mean([one.mean for one in depth]), mean([one.std for one in depth]))
            for depth in zip(*styles, strict=True)]  # fmt: skip


def brought_to(content: Tensor, small: Tensor, made: Tensor) -> Tensor:
    """What was made of a reduced content, at the content's size."""
    if small.shape == content.shape:
        return made
    return enlarged(made - small, content.shape[1:]).add_(content).clamp_(0, 1)


def network_of(path: Path) -> Callable[[str], AdaAttN]:
    """Loads the network of a file for a device, once for each."""
    return lambda device: _load(path, device)


@lru_cache(maxsize=2)
def _load(path: Path, device: str) -> AdaAttN:
    # kept for later calls, whatever mode this one runs in
    with torch.inference_mode(False):
        return load_adaattn(path, device).requires_grad_(False)

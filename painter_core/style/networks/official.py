"""The official checkpoints of AdaAttN, for people who own them.

    network = load_official(Path("checkpoints"))
    picture = network(content, style)                                       # as the authors' own code makes it
    transform = official_transform(Path("checkpoints"), [style])            # any sizes, several styles, films

The steps are in `official_layers`, the files in `official_files`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache, lru_cache, partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import interpolate

from ...images import fitted_size, size_of
from . import official_layers as layers
from .adaattn import Statistics, StyleTokens
from .official_files import Checkpoint, find_files, read_checkpoint
from .working import NetworkTransform

#: Pixels that contents, and styles, are worked on at, as the authors do: more of them are reduced.
PIXELS = 512 * 512


class OfficialAdaAttN:
    """The network that is in the official checkpoints.

    Attributes:
        shallow, skip: the authors' options, see `official_layers`; film: it is their network for films.
        depths: the layers that attention works at, from shallow to deep.
    """

    normalized = staticmethod(layers.normalized)

    def __init__(self, checkpoint: Checkpoint, device: str | torch.device = "cpu") -> None:
        """Of the weights of `read_checkpoint`, which go to the device."""
        self.shallow, self.skip, self.film = checkpoint.shallow, checkpoint.skip, checkpoint.film
        self.depths = ("3_1",) if self.film else (*(("3_1",) if self.skip else ()), "4_1", "5_1")
        self._encoder, self._transformer, self._decoder, self._skip = (
            {name: one.to(device) for name, one in weights.items()}
            for weights in (checkpoint.encoder, checkpoint.transformer, checkpoint.decoder, checkpoint.skip_weights)
        )

    def __call__(self, content: Tensor, style: Tensor) -> Tensor:
        """(N, 3, H, W) and (N, 3, h, w) in [0, 1], sides of 32 pixels and more -> (N, 3, H, W), about in [0, 1]."""
        here = self.features(content)
        statistics = self.statistics(here, self.style_tokens(self.features(style)))
        stylized = [one.adain(self.normalized(here[depth])) for depth, one in zip(self.depths, statistics, strict=True)]
        return self.decoded(stylized, content.shape[2:])

    def features(self, pictures: Tensor) -> dict[str, Tensor]:
        """The features (N, C, h, w), by layer, of pictures (N, 3, H, W) in [0, 1]; ValueError for another shape."""
        least = layers.LEAST_SIDE
        if pictures.ndim != 4 or pictures.shape[1] != 3 or min(pictures.shape[2:]) < least:
            raise ValueError(f"official AdaAttN: pictures must be (N, 3, H, W) with sides of {least} pixels or more, "
                             f"got {tuple(pictures.shape)}")  # fmt: skip
        return layers.encoded(self._encoder, pictures, self.depths[-1])

    def style_tokens(self, style: Mapping[str, Tensor]) -> list[StyleTokens]:
        """The tokens of a style with these features, by depth."""
        most, found = layers.MOST_FILM_TOKENS if self.film else layers.MOST_TOKENS, []
        for depth in self.depths:
            stacked = layers.stacked(style, depth, self.shallow)
            found.append(layers.style_tokens(*self._attention(depth), stacked, style[depth], most))
        return found

    def statistics(self, content: Mapping[str, Tensor], tokens: Sequence[StyleTokens]) -> list[Statistics]:
        """What a content with these features gets from a style's tokens, by depth."""
        found = []
        for depth, theirs in zip(self.depths, tokens, strict=True):
            weights, prefix = self._attention(depth)
            q = layers.pointwise(weights, prefix + "f", layers.stacked(content, depth, self.shallow))
            found.append(layers.attention_statistics(q, theirs, cosine=self.film))
        return found

    def decoded(self, stylized: Sequence[Tensor], size: Sequence[int]) -> Tensor:
        """The pictures (N, 3, *size) of features (N, C, h, w) by depth."""
        if self.film:
            return layers.decoded(self._decoder, "decoder.", stylized[0], size)
        x = layers.convolved(self._decoder, "decoder_layer_1.1", layers.merged(self._transformer, *stylized[-2:]))
        x = layers.grown(torch.relu(x), layers.halved(layers.halved(size)))
        x = torch.cat([x, stylized[0]], 1) if self.skip else x
        return layers.decoded(self._decoder, "decoder_layer_2.", x, size)

    def _attention(self, depth: str) -> tuple[Mapping[str, Tensor], str]:
        """The weights of the attention at a depth, and how their names begin."""
        if self.film:
            return self._transformer, ""
        return (self._skip, "") if depth == "3_1" else (self._transformer, f"attn_adain_{depth}.")


def load_official(folder: Path, device: str = "cpu") -> OfficialAdaAttN:
    """The network of a folder with the official checkpoints, as they are unpacked or all in one place.

    Needed are vgg_normalised.pth, latest_net_transformer.pth, latest_net_decoder.pth and, if the decoder asks for it,
    latest_net_adaattn_3.pth; each may be .safetensors as well. The network for films, which has the same names, is read
    too.

    Raises:
        ValueError: a file is missing or damaged, holds more than weights, or not the right ones; says which and what.
    """
    return OfficialAdaAttN(checkpoint_of(Path(folder)), device)


def checkpoint_of(folder: Path) -> Checkpoint:
    """What is in such a folder, read again only when a file has changed; raises ValueError as `load_official` does."""
    files = []
    for name, file in find_files(folder).items():
        facts = file.stat()
        files.append((name, file, facts.st_mtime_ns, facts.st_size))
    return _read(tuple(files))


@lru_cache(maxsize=1)
def _read(files: tuple[tuple[str, Path, int, int], ...]) -> Checkpoint:
    # kept for later calls, whatever mode this one runs in
    with torch.inference_mode(False):
        return read_checkpoint({name: file for name, file, *_ in files})


def official_transform(folder: Path, styles: Sequence[Tensor], *, film: bool = False) -> NetworkTransform:
    """Gives pictures a style that is known, by the official network; a `StyleTransform`.

    Args:
        folder: with the official checkpoints, as `load_official` takes it.
        styles: (3, h, w) in [0, 1] of any size, which count alike.
        film: calls are for the frames of one clip, and what has not changed between them is kept.
    Raises:
        ValueError: as `load_official`.
    """
    network: Any = cache(partial(OfficialAdaAttN, checkpoint_of(Path(folder))))
    # as the authors' code does it: they train with borders, and in full precision
    return NetworkTransform(network, styles, film=film, worked_on=worked_on, rim=0, halved=False)


def worked_on(picture: Tensor) -> Tensor:
    """(3, H, W) reduced to about PIXELS pixels, each side enlarged to what the network needs."""
    least = layers.LEAST_SIDE
    size = tuple(min(max(least, side), PIXELS // least) for side in fitted_size(size_of(picture), PIXELS))
    if size == size_of(picture):
        return picture.float()
    return interpolate(picture[None].float(), size, mode="bilinear", antialias=True)[0].clamp(0, 1)

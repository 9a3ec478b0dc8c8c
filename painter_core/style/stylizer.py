"""Style transfer from picture to picture: a style, a method by its name, and one content or the frames of a film."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import torch
from torch import Tensor

from ..checks import check_picture
from ..images import size_of
from ..progress import OnStep
from ..wording import shown
from .cancelling import watched
from .keep_colors import keep_colors as kept
from .methods import METHODS, OFFICIAL
from .networks.official import checkpoint_of, official_transform
from .protocol import MakeTransform, StyleTransform


class Stylizer:
    """Gives pictures one style: what there is to know of it is worked out once.

    As the frames of a film (`film`) pictures are to be given in their order: colors keep to what the first frame made
    of them, and whatever else a method finds for a place does not jump from frame to frame.
    """

    def __init__(
        self,
        style: Tensor | Sequence[Tensor],
        *,
        method: str = "palette",
        strength: float = 1.0,
        keep_colors: bool = False,
        film: bool = False,
        weights: Path | None = None,
    ) -> None:
        """
        Args:
            style: (3, h, w) sRGB in [0, 1] of any size, or a list of them, which count alike.
            method: one of METHODS. "palette": colors only. The others, each where its network is there: textures, too.
            strength: from 0, which returns the content bit for bit, to 1.
            keep_colors: only light and dark are taken from the style; hues and chroma stay the content's.
            film: successive calls are the frames of one film; else they are pictures of their own.
            weights: a folder with the official checkpoints of AdaAttN (see `official.load_official`), which "adaattn"
                then uses in place of our network.
        Raises:
            ValueError: an unknown method, a strength outside [0, 1], no style, one of the wrong shape, or with values
                that are not finite or outside [0, 1]; weights that are missing, damaged or for another method.
        """
        self._styles = check_styles(style, strength)
        _check_method(method, weights)
        self.method, self.strength, self.keep_colors, self.film = method, strength, keep_colors, film
        self.weights = weights
        self._transform: StyleTransform | None = None
        self._device: torch.device | None = None

    def __call__(self, content: Tensor, *, mask: Tensor | None = None, on_step: OnStep | None = None) -> Tensor:
        """The picture in the style.

        Args:
            content: (3, H, W) sRGB in [0, 1]; computes on its device.
            mask: (H, W) in [0, 1], where and how much; default: everywhere.
            on_step: called with (done, total, the picture so far, of any size, or None), after every operation of a
                network too; what it raises passes through: a way to cancel.
        Returns:
            (3, H, W) in [0, 1], a picture of its own; inputs stay as they are.
        Raises:
            ValueError: a picture or a mask of the wrong shape, or with values that are not finite or outside [0, 1].
        """
        check_content(content, mask)

        course = (0, 1)

        def look() -> None:
            if on_step:
                on_step(*course, None)

        def tell(done: int, total: int, seen: Tensor | None = None) -> None:
            nonlocal course
            course = done, total
            if on_step:
                on_step(done, total, seen)

        look()
        if self.strength == 0:
            return content.clone()
        # what a transform keeps, or takes gradients of, must not be of inference mode, which ComfyUI runs nodes in
        with torch.inference_mode(False), torch.no_grad(), watched(look if on_step else None):
            picture = content.float().clone()
            stylized = self._transform_on(picture.device)(picture, tell)
            if self.keep_colors:
                stylized = kept(stylized, picture)
            share = torch.full_like(picture[:1], self.strength) if mask is None else self.strength * mask.to(picture)
            return picture.lerp(stylized, share).clamp_(0, 1)

    def _transform_on(self, device: torch.device) -> StyleTransform:
        """The transform, made when a picture first needs it there."""
        if self._transform is None or self._device != device:
            mine = [style.to(device, torch.float32, copy=True) for style in self._styles]
            make: MakeTransform = METHODS[self.method].make
            if self.weights is not None:
                make = partial(official_transform, self.weights)
            self._transform, self._device = make(mine, film=self.film), device
        return self._transform


def stylize(
    content: Tensor,
    style: Tensor | Sequence[Tensor],
    *,
    method: str = "palette",
    strength: float = 1.0,
    keep_colors: bool = False,
    mask: Tensor | None = None,
    on_step: OnStep | None = None,
    weights: Path | None = None,
) -> Tensor:
    """Give a picture (3, H, W) the style of another one, or of several blended: a `Stylizer` called once.

    Arguments, result and errors are those of `Stylizer` and of its call.
    """
    stylizer = Stylizer(style, method=method, strength=strength, keep_colors=keep_colors, weights=weights)
    return stylizer(content, mask=mask, on_step=on_step)


def check_styles(style: Tensor | Sequence[Tensor], strength: float) -> list[Tensor]:
    """The styles as a list; raises ValueError as `Stylizer` does."""
    styles = [style] if isinstance(style, Tensor) else list(style)
    if not styles:
        raise ValueError("style: give at least one picture")
    for one in styles:
        check_picture("style", one, 3)
    if not 0 <= strength <= 1:
        raise ValueError(f"strength must be from 0 to 1, got {strength}")
    return styles


def _check_method(method: str, weights: Path | None) -> None:
    """Raise ValueError for a method that there is not, or not with these weights."""
    if weights is None and method not in METHODS:
        raise ValueError(f"method: there is no {shown(method)}; there are {', '.join(METHODS)}")
    if weights is not None and method != OFFICIAL:
        raise ValueError(f"weights: official checkpoints are for the method {OFFICIAL!r}, not for {method!r}")
    if weights is not None:
        checkpoint_of(weights)


def check_content(content: Tensor, mask: Tensor | None) -> None:
    """Raise ValueError as the call of a `Stylizer` does."""
    check_picture("content", content, 3)
    if mask is not None:
        check_picture("mask", mask[None], 1, size_of(content))

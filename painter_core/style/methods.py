"""Style transfer from picture to picture: a content, a style, a method by its name."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

import torch
from torch import Tensor

from ..painter import checked
from .colors import keep_colors as kept
from .palette import recolored
from .working import NETWORK, by_network

OnStep = Callable[[int, int, "Tensor | None"], None]
#: A method: (content (3, H, W), styles (3, h, w) each, told of (steps done, steps in all)) -> stylised (3, H, W).
Method = Callable[[Tensor, Sequence[Tensor], Callable[[int, int], None]], Tensor]

#: Every method that makes a picture, by its name; the first one is the default. One whose network is not there is not.
METHODS: Mapping[str, Method] = MappingProxyType(
    {"palette": recolored} | ({"adaattn": by_network} if NETWORK.is_file() else {})
)


def stylize(
    content: Tensor,
    style: Tensor | Sequence[Tensor],
    *,
    method: str = "palette",
    strength: float = 1.0,
    keep_colors: bool = False,
    mask: Tensor | None = None,
    on_step: OnStep | None = None,
) -> Tensor:
    """Give a picture the style of another one, or of several blended.

    Args:
        content: (3, H, W) sRGB in [0, 1].
        style: (3, h, w) sRGB in [0, 1] of any size, or a list of them, which count alike.
        method: one of METHODS. "palette": colours only. "adaattn", where its network is there: textures, too.
        strength: from 0, which returns the content bit for bit, to 1.
        keep_colors: only light and dark are taken from the style; hues and chroma stay the content's.
        mask: (H, W) in [0, 1], where and how much; default: everywhere.
        on_step: called with (done, total, None); what it raises passes through: a way to cancel.
    Returns:
        (3, H, W) in [0, 1], a picture of its own; inputs stay as they are.
    Raises:
        ValueError: an unknown method, a strength outside [0, 1], no style, pictures or masks of the wrong shape, or
            with values that are not finite or outside [0, 1].
    """
    styles = check_style(content, style, strength, mask)
    if method not in METHODS:
        raise ValueError(f"method: there is no {method!r}; there are {', '.join(METHODS)}")

    def tell(done: int, total: int) -> None:
        if on_step:
            on_step(done, total, None)

    tell(0, 1)
    if strength == 0:
        return content.clone()
    with torch.no_grad():
        picture = content.float()
        stylized = METHODS[method](picture, [one.to(picture) for one in styles], tell)
        if keep_colors:
            stylized = kept(stylized, picture)
        share = torch.full_like(picture[:1], strength) if mask is None else strength * mask.to(picture)[None]
        return picture.lerp(stylized, share).clamp_(0, 1)


def check_style(
    content: Tensor, style: Tensor | Sequence[Tensor], strength: float, mask: Tensor | None = None
) -> list[Tensor]:
    """The styles as a list; raises ValueError as `stylize` does."""
    checked("content", content, 3)
    styles = [style] if isinstance(style, Tensor) else list(style)
    if not styles:
        raise ValueError("style: give at least one picture")
    for one in styles:
        checked("style", one, 3)
    if not 0 <= strength <= 1:
        raise ValueError(f"strength must be from 0 to 1, got {strength}")
    if mask is not None:
        checked("mask", mask[None], 1, tuple(content.shape[1:]))
    return styles

"""Other colors for a finished painting. Every function leaves marks and order as they are.

All take `strength`, 0 (as it was) to 1, and an optional `mask` (H, W) in [0, 1] of any size, which is read at every
stroke's center and multiplies the strength. The ground changes with the strokes; under a mask only if it is a picture,
and only there.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor

from ..color import from_oklab, to_oklab
from ..strokes import Strokes
from . import pigment, transport
from .clusters import k_means, nearest
from .grounds import colors_of_ground, recolored_ground
from .loads import colors_of, with_colors
from .masks import at_centers
from .visible_area import visible_area

#: Most pixels of a picture that its colors are taken from: enough for any statistic.
MOST_PIXELS = 1 << 16
#: Lightness, green to red, blue to yellow: with few colors it matters more that there is a red than one more grey.
HUE_COUNTS = (1.0, 3.0, 3.0)
#: Lightness around which contrast spreads: OKLab's middle grey.
MIDDLE_GREY = 0.57


def limit_colors(strokes: Strokes, count: int, *, strength: float = 1.0, mask: Tensor | None = None) -> Strokes:
    """The painting in at most `count` colors (1 to 256) that suit it: k-means in OKLab by the area that is seen."""

    def change(color: Tensor, weight: Tensor) -> Tensor:
        lab = to_oklab(color) * color.new_tensor(HUE_COUNTS)
        palette = k_means(lab, weight.sqrt(), count)
        return from_oklab(palette / color.new_tensor(HUE_COUNTS))[nearest(lab, palette)]

    return _recolored(strokes, change, strength, mask, weighted=True, few=True)


def to_palette(strokes: Strokes, palette: Tensor, *, strength: float = 1.0, mask: Tensor | None = None) -> Strokes:
    """Every color becomes the nearest one of `palette` (K, 3) sRGB, K >= 1."""
    if palette.ndim != 2 or palette.shape[1] != 3 or len(palette) == 0:
        raise ValueError(f"palette: at least one color in the shape (K, 3) is needed, got {tuple(palette.shape)}")

    def change(color: Tensor, weight: Tensor) -> Tensor:
        choices = palette.to(color)
        return choices[nearest(to_oklab(color), to_oklab(choices))]

    return _recolored(strokes, change, strength, mask, few=True)


def palette_of(picture: Tensor, count: int) -> Tensor:
    """The `count` colors (1 to 256) that stand best for a picture (3, H, W): (k, 3) sRGB, most frequent first."""
    lab = to_oklab(_pixels(picture))
    return from_oklab(k_means(lab, torch.ones_like(lab[:, 0]), count))


def match_colors(
    strokes: Strokes,
    picture: Tensor,
    method: str = transport.METHODS[0],
    *,
    strength: float = 1.0,
    mask: Tensor | None = None,
) -> Strokes:
    """The painting with the colors of a picture (3, H, W): what is typical of one becomes typical of the other.

    `method`: "mean and spread" is calm and keeps what belongs together; "distribution" matches more closely. See
    `transport`. Strokes count by the area that is seen of them.
    """
    wanted = to_oklab(_pixels(picture))

    def change(color: Tensor, weight: Tensor) -> Tensor:
        target = wanted.to(color)
        return from_oklab(transport.transported(to_oklab(color), weight, target, torch.ones_like(target[:, 0]), method))

    return _recolored(strokes, change, strength, mask, weighted=True)


def adjust(
    strokes: Strokes,
    *,
    hue: float = 0.0,
    saturation: float = 1.0,
    brightness: float = 0.0,
    contrast: float = 1.0,
    strength: float = 1.0,
    mask: Tensor | None = None,
) -> Strokes:
    """Turn the hue (degrees), multiply the saturation, add to the lightness (-1 to 1), spread it (contrast).

    In OKLab, so that a turned hue stays as light as it was. Saturation and contrast: 0 or more, 1 is as it was.
    """
    _check_finite(hue=hue, saturation=saturation, brightness=brightness, contrast=contrast)
    if saturation < 0 or contrast < 0:
        raise ValueError(f"saturation and contrast must not be negative, got {saturation} and {contrast}")
    if (hue % 360, saturation, brightness, contrast) == (0, 1, 0, 1):
        return strokes.validated()
    cos, sin = math.cos(math.radians(hue)) * saturation, math.sin(math.radians(hue)) * saturation

    def change(color: Tensor, weight: Tensor) -> Tensor:
        light, a, b = to_oklab(color).unbind(1)
        light = (light - MIDDLE_GREY) * contrast + MIDDLE_GREY + brightness
        return from_oklab(torch.stack([light, cos * a - sin * b, sin * a + cos * b], dim=1))

    return _recolored(strokes, change, strength, mask)


def mix_toward(strokes: Strokes, color: Tensor, amount: float, *, mask: Tensor | None = None) -> Strokes:
    """Every color mixed with `color` (3,) sRGB as paint mixes (`pigment.mix`): `amount` in [0, 1] is its part."""
    _check_share("amount", amount)
    _check_share("color", *torch.as_tensor(color).flatten().tolist())

    def change(own: Tensor, weight: Tensor) -> Tensor:
        other = torch.as_tensor(color, dtype=own.dtype, device=own.device).expand_as(own)
        share = torch.full_like(own[:, 0], amount)
        return pigment.mix(torch.stack([own, other], dim=1), torch.stack([1 - share, share], dim=1))

    return _recolored(strokes, change, 1.0, mask)


def with_pigments(
    strokes: Strokes, palette: str | Tensor, *, strength: float = 1.0, mask: Tensor | None = None
) -> Strokes:
    """Every color becomes the closest one that can be mixed from white and at most three more paints of a palette.

    `palette`: a name of `pigment.PALETTES`, or (P, 3) sRGB of up to 8 paints.
    """
    tubes = pigment.palette_colors(palette) if isinstance(palette, str) else palette
    if tubes.ndim != 2 or tubes.shape[1] != 3 or not 1 <= len(tubes) <= pigment.MOST_TUBES:
        raise ValueError(
            f"palette: 1 to {pigment.MOST_TUBES} paints in the shape (P, 3) are needed, got {tuple(tubes.shape)}"
        )
    return _recolored(strokes, lambda color, weight: pigment.best_mixtures(color, tubes), strength, mask)


def _recolored(
    strokes: Strokes,
    change: Callable[[Tensor, Tensor], Tensor],
    strength: float,
    mask: Tensor | None,
    *,
    weighted: bool = False,
    few: bool = False,
) -> Strokes:
    """`change` maps (M, 3) sRGB to new colors; it sees all that there are, with weights (M,), the area seen of each.

    Looking for those takes time; where `weighted` is False all weights are 1. `few`: it gives a few colors, and there
    may be no others.
    """
    _check_share("strength", strength)
    strokes.validated()
    area, bare = visible_area(strokes) if weighted else (torch.ones_like(strokes.angle), strokes.ground.new_ones(()))
    loads = colors_of(strokes)
    grounds, parts, where = colors_of_ground(strokes)
    color = torch.cat([*loads, grounds])
    changed = change(color, torch.cat([*(area for _ in loads), bare * parts])).clamp(0, 1)
    share = torch.full_like(area, strength) if mask is None else at_centers(mask, strokes) * strength
    # a mask says where: a ground of one color is everywhere
    ground_share = torch.full_like(parts, strength if mask is None or strokes.on_picture else 0.0)
    share = torch.cat([*(share for _ in loads), ground_share])[:, None]
    between = from_oklab(to_oklab(color).lerp(to_oklab(changed), share))
    # the ends are exact, without a way through OKLab
    color = torch.where(share == 1, changed, torch.where(share == 0, color, between))
    *loads, after = color.split([*(len(strokes) for _ in loads), len(grounds)])
    return with_colors(strokes, loads, ground=recolored_ground(strokes, grounds, after, where, few, mask))


def _pixels(picture: Tensor) -> Tensor:
    """(M, 3) pixels of a (3, H, W) picture, evenly chosen if there are many."""
    if picture.ndim != 3 or picture.shape[0] != 3 or 0 in picture.shape:
        raise ValueError(f"picture: the shape must be (3, height, width), got {tuple(picture.shape)}")
    if not bool(torch.isfinite(picture).all()):
        raise ValueError("picture: it holds NaN or infinite values")
    pixels = picture.float().clamp(0, 1).flatten(1).T
    return pixels if len(pixels) <= MOST_PIXELS else pixels[_spread(len(pixels), pixels.device)]


def _spread(count: int, device: torch.device) -> Tensor:
    """MOST_PIXELS indices below `count`, evenly spread but not in step with the picture's rows."""
    golden = (math.sqrt(5) - 1) / 2
    places = torch.arange(MOST_PIXELS, dtype=torch.float64, device=device) * golden % 1
    return (places * count).long()


def _check_share(name: str, *values: float) -> None:
    if not all(0 <= value <= 1 for value in values):
        raise ValueError(f"{name}: it must lie in [0, 1], got {', '.join(f'{value:g}' for value in values)}")


def _check_finite(**values: float) -> None:
    for name, value in values.items():
        if not math.isfinite(value):
            raise ValueError(f"{name}: it must be a finite number, got {value}")

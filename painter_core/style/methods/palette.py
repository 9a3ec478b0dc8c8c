"""The method `palette`: a picture takes the colors of another one, and nothing else of it; no network.

The colors of both are compared in OKLab, one direction after the other (sliced optimal transport: Rabin, Peyre,
Delon, Bernot, "Wasserstein barycenter and its application to texture mixing", 2011; Bonneel, Rabin, Peyre, Pfister,
"Sliced and Radon Wasserstein barycenters of measures", 2015; `edit.transport` does it). What that asks of the colors
of a sample is made into a smooth map of the whole color cube, the change that it makes is smoothed along the picture's
edges (a raw map shows noise and blocks where it stretches few colors to many: Rabin, Delon, Gousseau, "Removing
artefacts from color and contrast modifications", 2011), and at the end each channel gets exactly the values that the
style has. All that is worked out on a small picture, so that a large one costs little more than a look at each pixel.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from ...color import from_oklab, to_oklab
from ...edit.transport import METHODS as TRANSPORTS
from ...edit.transport import transported
from ...images import blurred, shrunk
from ..guided import Change, lightness
from ..protocol import Method

#: Pixels of a picture whose colors are looked at: more of them change nothing that can be seen.
SAMPLE = 1 << 16
#: Knots of the map of the color cube along each side, and how far (in knots, sigma) a color speaks for others.
KNOTS, REACH = 33, 1.0
#: Quantiles at which the values of a channel are matched.
QUANTILES = 1024
#: Long side in pixels of the picture whose change is worked out; it is brought to the large one along its edges.
WORKED = 768
#: Pixels that are mapped at once.
STRIP = 1 << 20
#: A style whose channels are never further apart is grey: one step of 8 bits.
COLORLESS = 1 / 255
#: Of the work, what fitting the map is, in passes over the rows.
FITTING = 2
#: A knot that is further than that from all colors of the picture keeps its color (weight of those around it).
LEAST_WEIGHT = 1e-6


class PaletteTransform:
    """The method `palette` for one style, or several, which count alike.

    Of a film's frames the first one decides what becomes of every color: what does not change in front of the camera
    does not change on the screen, whatever else comes into the picture.
    """

    def __init__(self, styles: Sequence[Tensor], *, film: bool = False) -> None:
        """`styles`: (3, h, w) sRGB in [0, 1] each, of any size; `film`: calls are successive frames of one film."""
        self._colors = _pooled(styles)
        self._gray = bool((self._colors[0].amax(1) - self._colors[0].amin(1)).max() <= COLORLESS)
        self._film = film
        self._first: tuple[ColorMap, Curve] | None = None

    def __call__(self, content: Tensor, on_part: Callable[[int, int], None] | None = None) -> Tensor:
        """A (3, H, W) picture in the styles' colors; `on_part` is called with (parts done, parts in all)."""
        height, width = content.shape[1:]
        small = shrunk(content, WORKED)
        total = (FITTING + 2) * height
        colors, curve = self._first or (ColorMap.between(content, *self._colors), None)
        change = Change.fitted(small, colors(small) - small, (height, width))
        _tell(on_part, FITTING * height, total)
        out = torch.empty_like(content)
        rows = max(1, STRIP // width)
        strips = [slice(top, min(top + rows, height)) for top in range(0, height, rows)]
        for part in strips:
            out[:, part] = (content[:, part] + change.rows(content[:, part], part.start)).clamp_(0, 1)
            if self._gray:  # what follows edges leaves a little color beside them
                out[:, part] = lightness(out[:, part])
            _tell(on_part, FITTING * height + part.stop, total)
        curve = curve or Curve.between(sample_of(out, SAMPLE).T, *self._colors)
        if self._film:
            self._first = colors, curve
        for part in strips:
            out[:, part] = curve(out[:, part])
            _tell(on_part, (FITTING + 1) * height + part.stop, total)
        return out


@dataclass(frozen=True)
class Curve:
    """What happens to each channel: from `knots` (3, Q), in rising order, to `values` (3, Q)."""

    knots: Tensor
    values: Tensor

    @staticmethod
    def between(colors: Tensor, wanted: Tensor, weight: Tensor) -> Curve:
        """The curves that give colors (3, N) the values of others (M, 3) with weights (M,), channel by channel."""
        return Curve(_quantiles(colors, None), _quantiles(wanted.T, weight))

    def __call__(self, picture: Tensor) -> Tensor:
        """The colors (3, ...) of a picture, each channel through its curve."""
        flat = zip(picture.reshape(3, -1), self.knots, self.values, strict=True)
        return torch.stack([_through(*channel) for channel in flat]).view_as(picture)


@dataclass(frozen=True)
class ColorMap:
    """Where colors go.

    Attributes:
        cube: (3, K, K, K) what is added to red, green and blue, by blue, green, red (the last axis is red).
        curve: what then happens to each channel.
    """

    cube: Tensor
    curve: Curve

    @staticmethod
    def between(content: Tensor, there: Tensor, share: Tensor) -> ColorMap:
        """The map that carries the colors of a (3, H, W) picture over to others (M, 3) with weights (M,)."""
        here = sample_of(content, SAMPLE)
        lab = to_oklab(here)
        moved = from_oklab(transported(lab, lab.new_ones(len(lab)), to_oklab(there), share, TRANSPORTS[1]))
        cube = _cube(here, moved - here)
        return ColorMap(cube, Curve.between(_added(here.T, cube), there, share))

    def __call__(self, picture: Tensor) -> Tensor:
        """The colors (3, ...) of a picture, carried over."""
        return self.curve(_added(picture.reshape(3, -1), self.cube)).view_as(picture)


def _pooled(styles: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
    """Colors (M, 3) of all styles, and what each counts (M,): every style as much as another."""
    samples = [sample_of(style, SAMPLE) for style in styles]
    return torch.cat(samples), torch.cat([one.new_full((len(one),), 1 / len(one)) for one in samples])


def _tell(on_part: Callable[[int, int], None] | None, done: int, total: int) -> None:
    if on_part:
        on_part(done, total)


def sample_of(picture: Tensor, count: int) -> Tensor:
    """At most `count` colors (N, 3) of a (3, H, W) picture, from places spread evenly over it."""
    height, width = picture.shape[1:]
    if height * width <= count:
        return picture.reshape(3, -1).T
    # a sequence of low discrepancy, which no pattern of the picture can fall into step with (Roberts, 2018)
    number = torch.arange(1, count + 1, dtype=torch.float64)
    y = (number * 0.7548776662466927 % 1 * height).long().clamp(max=height - 1)
    x = (number * 0.5698402909980532 % 1 * width).long().clamp(max=width - 1)
    return picture[:, y.to(picture.device), x.to(picture.device)].T


def _cube(colors: Tensor, shift: Tensor) -> Tensor:
    """(3, K, K, K) the shifts (N, 3) of colors (N, 3) as a smooth field over the color cube."""
    place = colors * (KNOTS - 1)
    low = place.floor().clamp(0, KNOTS - 2).long()
    share = place - low
    sums = colors.new_zeros(KNOTS**3, 4)
    value = torch.cat([shift, torch.ones_like(shift[:, :1])], 1)
    for corner in range(8):
        up = torch.tensor([corner & 1, corner >> 1 & 1, corner >> 2], device=colors.device)
        weight = torch.where(up.bool(), share, 1 - share).prod(1, keepdim=True)
        index = ((low + up) * low.new_tensor([1, KNOTS, KNOTS**2])).sum(1)
        sums.index_add_(0, index, value * weight)
    field = sums.T.reshape(4, KNOTS, KNOTS, KNOTS)
    near = _blurred(field, REACH)
    # where no color of the picture is near, those further off decide
    for reach in (3 * REACH, 9 * REACH):
        far = _blurred(field, reach)
        near = torch.where(near[3:] > LEAST_WEIGHT * len(colors), near, far)
    return near[:3] / near[3:].clamp_min(1e-30) * (near[3:] > 0)


def _blurred(field: Tensor, sigma: float) -> Tensor:
    """(C, K, K, K) under a Gaussian of `sigma` knots; nothing lies outside."""
    return blurred(field, sigma, axes=(1, 2, 3), border="constant")


def _added(colors: Tensor, cube: Tensor) -> Tensor:
    """Colors (3, N) with what the map's cube adds to them, in [0, 1]."""
    grid = (2 * colors - 1).T[None, None, None]
    shift = F.grid_sample(cube[None], grid, mode="bilinear", padding_mode="border", align_corners=True)
    return (colors + shift[0, :, 0, 0]).clamp(0, 1)


def _quantiles(values: Tensor, weight: Tensor | None) -> Tensor:
    """(3, QUANTILES) of values (3, N) with weights (N,), None: all alike."""
    ordered, order = values.sort(dim=1)
    if weight is None:
        reached = torch.arange(1, values.shape[1] + 1, device=values.device, dtype=torch.float64).expand(3, -1)
    else:
        reached = weight.double()[order].cumsum(1)
    # from just above nothing to just below everything: the extremes are matched, too
    wanted = torch.linspace(0.5 / QUANTILES, 1 - 0.5 / QUANTILES, QUANTILES, device=values.device, dtype=torch.float64)
    index = torch.searchsorted(reached.contiguous(), wanted * reached[:, -1:])
    return ordered.gather(1, index.clamp(max=values.shape[1] - 1))


def _through(value: Tensor, knots: Tensor, wanted: Tensor) -> Tensor:
    """Values (N,) through the curve that leads from knots (Q,) to what is wanted there (Q,)."""
    # equal knots stand for one value, which can only go to one place: the middle of what they ask for
    found, where = knots.unique(return_inverse=True)
    total = torch.zeros_like(found).index_add_(0, where, wanted)
    wanted = total / torch.zeros_like(found).index_add_(0, where, torch.ones_like(wanted))
    if len(found) == 1:
        return wanted.expand_as(value).clone()
    place = torch.searchsorted(found, value.contiguous()).clamp(1, len(found) - 1)
    low, high = found[place - 1], found[place]
    share = ((value - low) / (high - low)).clamp(0, 1)
    return wanted[place - 1].lerp(wanted[place], share)


METHOD = Method("palette", PaletteTransform, "the style's colors, exactly, and nothing else of it; instant.")

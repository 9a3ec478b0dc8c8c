"""The painter's manner: how strokes are shaped and laid, apart from what they depict."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from .options import MANNER, check_fields, defaults
from .strokes import Strokes

#: What variety 1 does to a stroke: standard deviations of its lightness and of each opponent color (sRGB units), of
#: its direction (radians), and of the logarithm of its length.
LIGHTNESS, HUE, TURN, STRETCH = 0.045, 0.07, 0.12, 0.12
#: Directions in sRGB that keep the lightness about equal: red against green, blue against yellow.
OPPONENTS = ((0.71, -0.35, 0.0), (-0.25, -0.1, 0.95))
#: What an unset option leaves the fields at that it feeds.
DEFAULT = defaults(MANNER)


@dataclass(frozen=True)
class Manner:
    """How strokes should be, and what they may be at all.

    Attributes:
        length: how long strokes are for their width; 1: as the network proposes them, and when they are refined, pulled
            to what painters' are (`refinement.pull.LONG`); 2: twice as long.
        flow: how much strokes follow the picture's forms: 0 not at all, 1 clearly.
        variety: how much strokes differ from each other in color, direction and length; 0: no more than they have to.
            The ranges of these three stand in `options.OPTIONS`.
        opacity: of every stroke, above 0 to 1.
        aspect: least and most length / width, both at least 1.
        widths: least width in pixels of the canvas, and most as a share of the canvas's long side.
        ground: sRGB color of the bare canvas; None: the picture's mean color.
        blocked: share of the strokes that cover the canvas first (blocking in), so that no ground shows; 0: none.
    """

    length: float = DEFAULT["length"]
    flow: float = DEFAULT["flow"]
    variety: float = DEFAULT["variety"]
    opacity: float = 1.0
    aspect: tuple[float, float] = (1.4, 20.0)
    widths: tuple[float, float] = (1.0, 1.0)
    ground: tuple[float, float, float] | None = None
    blocked: float = 1 / 40

    def __post_init__(self) -> None:
        """Raises ValueError that names the field, what was given and what is allowed."""
        check_fields(MANNER, self)
        for name, (least, most) in {"opacity": (0.01, 1.0), "blocked": (0.0, 1.0)}.items():
            value = getattr(self, name)
            if not (math.isfinite(value) and least <= value <= most):
                raise ValueError(f"manner: {name} must be from {least:g} to {most:g}, got {value}")
        if not 1 <= self.aspect[0] <= self.aspect[1] < math.inf:
            raise ValueError(f"manner: aspect must be (least, most) of at least 1, got {self.aspect}")
        if not all(0 < width < math.inf for width in self.widths):
            raise ValueError(f"manner: widths must be more than 0, got {self.widths}")
        if self.ground is not None and not (len(self.ground) == 3 and all(0 <= part <= 1 for part in self.ground)):
            raise ValueError(f"manner: ground must be an sRGB color of three parts from 0 to 1, got {self.ground}")

    def shaped(self, size: Tensor, canvas: tuple[int, int]) -> Tensor:
        """Sizes (..., 2) as proposed, brought to the length and bounds of this manner; the area stays if it can."""
        if self.length != 1:
            size = size * size.new_tensor([self.length**0.5, self.length**-0.5])
        return self.bounded(size, canvas)

    def bounded(self, size: Tensor, canvas: tuple[int, int], before: Tensor | None = None) -> Tensor:
        """Sizes (..., 2) in canvas pixels within the bounds of this manner, none longer than twice the canvas.

        Args:
            before: (..., 2) what the strokes were; one that was broader may stay as broad.
        """
        length, width = size.unbind(-1)
        least = self.widths[0]
        most = torch.as_tensor(max(least, self.widths[1] * max(canvas)), device=size.device)
        if before is not None:
            most = before[..., 1].maximum(most)
        # in this order: on a canvas too small for such strokes the least width holds, and the proportions do not
        length = length.clamp_min(least * self.aspect[0]).clamp_max(2.0 * max(canvas))
        # what is too stout gets thinner, what is too thin gets shorter
        width = width.minimum(length / self.aspect[0]).clamp_min(least).minimum(most)
        length = length.minimum(width * self.aspect[1]).maximum(width)
        return torch.stack([length, width], -1)

    def varied(self, strokes: Strokes, generator: torch.Generator) -> Strokes:
        """The strokes, each a little different in color, direction and length, as `variety` says."""
        if not self.variety or not len(strokes):
            return strokes
        return self.vary(strokes, torch.randn(len(strokes), 5, generator=generator).to(strokes.color.device))

    def vary(self, strokes: Strokes, noise: Tensor) -> Strokes:
        """The same by given noise (N, 5), standard normal: three for the color, one each for length and direction."""
        if not self.variety or not len(strokes):
            return strokes
        noise = noise * self.variety
        tones = torch.tensor([(LIGHTNESS,) * 3, *([HUE * c for c in axis] for axis in OPPONENTS)])
        color = (strokes.color + noise[:, :3] @ tones.to(noise)).clamp(0, 1)
        stretch = (STRETCH * noise[:, 3:4]).exp()
        size = self.bounded(strokes.size * torch.cat([stretch, 1 / stretch], 1), strokes.canvas)
        return strokes.shaped(size=size, angle=strokes.angle + TURN * noise[:, 4]).replace(color=color)

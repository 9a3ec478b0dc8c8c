"""The manner's pull: which way strokes would run and how long they would be, if the picture did not mind.

Where a stroke's direction hardly changes the error (in calm areas, inside a shape) this decides it; where it matters,
the picture does. A pull is a spring on the stroke's parameters, so it enters a Gauss-Newton step like the error does.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor

from ..detail.orientation import CLEAR_STRENGTH, SCALES, SIDE, structure
from ..images import resized, scaled_size, size_of
from ..manner import Manner
from ..strokes import Strokes
from .linearization import Linearization
from .mark_slopes import ANGLE, BEND, LENGTH, TAPER, WIDTH
from .view import View

#: Places along a stroke, in lengths from its center, at which it feels the form that it should follow.
FEELERS = (-0.3, 0.0, 0.3)
#: Long side in pixels of the picture whose forms are found.
FORMS_SIDE = 1024
#: Stiffness of a turn for flow 1, for a stroke of one pixel's width and length; it grows with width and length squared,
#: as the area does that a turn sweeps. Squared error (colors in [0, 1]) a squared radian.
TURN = 2e-3
#: The same for bends, towards straight strokes; and of an even width, for each pixel of a stroke's area.
STRAIGHTEN, EVEN = 2e-6, 4e-5
#: Length / width that strokes of length 1 are pulled to: painters' are 4 to 10 times as long as wide.
LONG = 4.5
#: Stiffness of a stroke's proportions for each pixel of its area. Squared error a squared logarithm.
STRETCH = 5e-4


class Forms:
    """The directions of a picture's forms at several scales, to be asked for by strokes of any width."""

    def __init__(self, picture: Tensor, on_scale: Callable[[], None] | None = None) -> None:
        """(3, H, W) in [0, 1]; large pictures are reduced, forms are no finer than strokes.

        on_scale: called after every scale; what it raises passes through: a way to cancel.
        """
        factor = min(1.0, FORMS_SIDE / max(picture.shape[1:]))
        self.size = scaled_size(size_of(picture), factor)
        picture = resized(picture, self.size, "area")
        self.scales = torch.tensor(SCALES, device=picture.device) * (max(self.size) / SIDE)
        planes = []
        for scale in self.scales.tolist():
            here = structure(picture, scale)
            clear = here.coherence * (here.strength / CLEAR_STRENGTH).clamp_max(1)
            # as a vector of twice the angle, so that directions that are the same add up
            planes.append(torch.stack([clear * (2 * here.angle).cos(), clear * (2 * here.angle).sin()]))
            if on_scale:
                on_scale()
        self.vectors = torch.stack(planes)  # (scales, 2, H, W)

    def along(self, strokes: Strokes) -> tuple[Tensor, Tensor]:
        """Direction (N,) in radians of the forms below each stroke, at half its width, and how clear it is (N,)."""
        height, width = self.size
        stretch = torch.tensor([width / strokes.canvas[1], height / strokes.canvas[0]], device=strokes.center.device)
        half = (strokes.size[:, 1] * stretch.prod().sqrt() / 2).clamp_min(1e-3)
        scale = (half[:, None].log2() - self.scales.log2()).abs().argmin(1)
        reach = strokes.size[:, :1] * torch.stack([strokes.angle.cos(), strokes.angle.sin()], 1)
        total = torch.zeros(len(strokes), 2, device=reach.device)
        for share in FEELERS:
            x, y = ((strokes.center + share * reach) * stretch).long().unbind(1)
            total += self.vectors[scale, :, y.clamp(0, height - 1), x.clamp(0, width - 1)]
        return 0.5 * torch.atan2(total[:, 1], total[:, 0]), total.norm(dim=1) / len(FEELERS)


def pulled(seen: Linearization, strokes: Strokes, view: View, manner: Manner, forms: Forms | None) -> Linearization:
    """What was seen, with the manner's pulls on the strokes' directions and proportions added."""
    gradient, curvature = seen.gradient.clone(), seen.curvature.clone()
    size = strokes.size / view.pixel(strokes.canvas)
    if manner.flow > 0 and forms is not None:
        wanted, clear = forms.along(strokes)
        stiffness = manner.flow * TURN * clear * size[:, 0].square() * size[:, 1]
        turn = torch.remainder(strokes.angle - wanted + math.pi / 2, math.pi) - math.pi / 2
        gradient[:, ANGLE] += stiffness * turn
        curvature[:, ANGLE, ANGLE] += stiffness
    for parameter, value, stiffness in (
        (BEND, strokes.bend, STRAIGHTEN * size[:, 0].square() * size[:, 1]),
        (TAPER, strokes.taper, EVEN * size.prod(1)),
    ):
        gradient[:, parameter] += stiffness * value
        curvature[:, parameter, parameter] += stiffness
    stiffness = STRETCH * size.prod(1)
    excess = (size[:, 0] / size[:, 1].clamp_min(1e-3) / (LONG * manner.length)).clamp_min(1e-3).log()
    for parameter, sign in ((LENGTH, 1), (WIDTH, -1)):
        gradient[:, parameter] += sign * stiffness * excess
        curvature[:, parameter, parameter] += stiffness
    curvature[:, LENGTH, WIDTH] -= stiffness
    curvature[:, WIDTH, LENGTH] -= stiffness
    return Linearization(seen.error, gradient, curvature, seen.color_gradient, seen.color_curvature)

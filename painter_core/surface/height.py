"""How thick the paint lies: the tips' bristle ridges, stroke upon stroke.

A stroke of thickness t and coverage c turns the height H that it meets into H + c (t - k H): fresh paint lies on what
is there and presses a share k of it flat. Ridges of older strokes stay visible through newer ones, fainter with each,
overlaps build up, and however many strokes cross, the paint never gets thicker than t / k. The recurrence is the
rasteriser's own over-compositing with opacities times k, so hidden paint costs nothing here either.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import torch
from torch import Tensor

from ..brushes.brush import HAIR_PITCH, Brush
from ..brushes.contract import MOST_BODY
from ..rendering.marks import brushes_of
from ..rendering.raster import BAND_PIXELS, Band, Job
from ..strokes import Strokes
from .noise import Noise

#: Share of the height below that a stroke presses flat: k above.
LEVELLING = 0.7
#: Thickness of a broad stroke, in distances between two hairs.
BODY = 1.0
#: How much deeper than the stroke's mean thickness the furrows of its hairs go: thickness = BODY * (1 + FURROWS * tip).
FURROWS = 1.0
#: A stroke of this width, in hairs, carries half the paint of a broad one: a narrow brush holds little.
HALF_LOAD = 1.6
#: Strokes much broader than this, in hairs, are the lean underpainting: thinned and scrubbed on.
LEAN_WIDTH = 24.0
#: Painters put lights on thickly and keep shadows thin: thickness of black and of white paint, as factors.
DARK_LOAD, LIGHT_LOAD = 0.75, 1.25
#: A brush does not press evenly: thickness varies by these shares over distances of so many hairs.
UNEVEN = ((0.30, 13.0), (0.07, 3.1))
#: The unevenness is the same for all paintings, so that frames of a video do not flicker.
PRESSURE_SEED = 1
#: Rec. 709 luma weights.
LUMA = (0.2126, 0.7152, 0.0722)


def height_map(
    strokes: Strokes,
    *,
    scale: float = 1.0,
    size: tuple[int, int] | None = None,
    brush: str | Brush | None = None,
    region: tuple[int, int, int, int] | None = None,
) -> Tensor:
    """Thickness of the paint, 0 where the ground is bare.

    Args:
        strokes, scale, size, brush, region: as for `raster.render`.
    Returns:
        (H, W) float32 >= 0 in pixels of the reference canvas, whatever the scale; at most `thickest(strokes.canvas)`.
    Raises:
        ValueError: as `raster.render` does.
    """
    paint = Paint(strokes, scale, size, brush)
    top, left, height, width = region or (0, 0, *paint.size)
    region = (top, left, height, width)
    job = Job.plan(strokes, scale=scale, size=size, brush=brush, region=region)  # refuses a bad region
    rows = max(1, BAND_PIXELS // job.region[3])
    starts = range(top, top + height, rows)
    return torch.cat([paint.thickness(at, left, min(rows, top + height - at), width) for at in starts])


def thickest(canvas: tuple[int, int]) -> float:
    """The height that no paint on a canvas of (height, width) pixels exceeds, in its pixels."""
    return (
        HAIR_PITCH
        * max(canvas)
        * BODY
        * (1 + FURROWS)
        * LIGHT_LOAD
        * MOST_BODY
        / LEVELLING
        * (1 + sum(a for a, _ in UNEVEN))
    )


class Paint:
    """The strokes of one painting, prepared for asking how thick the paint is in any window."""

    def __init__(
        self, strokes: Strokes, scale: float, size: tuple[int, int] | None, brush: str | Brush | None = None
    ) -> None:
        strokes = strokes.detach()
        job = Job.plan(strokes, scale=scale, size=size, brush=brush)
        self.size = job.size
        brushes, which = brushes_of(strokes, brush)
        #: How thick the paint of each brush is, in the order of the job's atlases.
        self.bodies = [each.body for each in brushes]
        bodies = self.bodies[0] if which is None else torch.tensor(self.bodies, device=which.device)[which]
        self.loads = loads(strokes) * bodies
        self.canvas, self.hair = strokes.canvas, HAIR_PITCH * max(strokes.canvas)
        self.noise = Noise(torch.Generator().manual_seed(PRESSURE_SEED), strokes.color.device)
        # with a relief of 1 the tip's height channel is what `shade` exceeds 1 by
        atlas = job.atlas.with_reliefs([1.0] * len(brushes))
        self.job = dataclasses.replace(job, atlas=atlas, opacity=job.opacity * LEVELLING)
        self.tile = self.job.band().tile

    def thickness(
        self, top: int, left: int, height: int, width: int, on_layer: Callable[[], None] | None = None
    ) -> Tensor:
        """(height, width) in pixels of the reference canvas, of a window of the output.

        on_layer: called after every layer of marks; what it raises passes through: a way to cancel.
        """
        with torch.no_grad():
            band = Band(self.job, self.tile, top, left, height, width)
            tiles = torch.zeros_like(band.through)
            for layer in band.layers():
                load = self.loads[layer.strokes, None, None]
                tiles[layer.tiles] += layer.weight * load * (1 + FURROWS * (layer.shade - 1))
                if on_layer:
                    on_layer()
            return band.join(tiles[:, None])[0].clamp_min(0) / LEVELLING * self._pressure(top, left, height, width)

    def _pressure(self, top: int, left: int, height: int, width: int) -> Tensor:
        """How much of the paint's thickness there is at each pixel of a window, around 1."""
        device = self.loads.device
        x = (torch.arange(left, left + width, device=device) + 0.5) * (self.canvas[1] / self.size[1])
        y = (torch.arange(top, top + height, device=device) + 0.5) * (self.canvas[0] / self.size[0])
        share = torch.ones(height, width, device=device)
        for amount, distance in UNEVEN:
            share += amount * self.noise.grid(x / (distance * self.hair), y / (distance * self.hair)).clamp(-1, 1)
        return share


def loads(strokes: Strokes) -> Tensor:
    """Mean thickness of each stroke, (N,) in pixels of the reference canvas.

    It follows from the stroke alone, not from its place in the list, so that editing or replaying a painting never
    changes how thick a mark is.
    """
    hair = HAIR_PITCH * max(strokes.canvas)
    width = strokes.size[:, 1] / hair
    held = width / (width + HALF_LOAD)
    lean = 1 / (1 + width / LEAN_WIDTH)
    luma = strokes.color @ torch.tensor(LUMA, device=strokes.color.device)
    dark, light = luma.new_tensor(DARK_LOAD), luma.new_tensor(LIGHT_LOAD)
    return hair * BODY * held * (0.35 + 0.65 * lean) * torch.lerp(dark, light, luma)

"""A painting with its surface: strokes become a lit picture, a height map and a normal map, window by window."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor

from ..brushes.brush import Brush
from ..rendering.raster import Job, check_ground
from ..strokes import Strokes
from ..wording import shown
from .height import Paint
from .light import lamp, lit, normal_picture, normals_of
from .relief import Reach, relief
from .weave import WEAVES, Weave

#: Side of the windows that are worked on at once, in pixels: about 30 MB of scratch.
WINDOW = 512
#: Light is reckoned with at least so many pixels to the distance between two hairs, in small pictures on a grid up to
#: so many times as fine as the pixels: the mean light of a ridge is not the light of the mean ridge.
RIDGE_PIXELS, FINEST = 2.5, 3
#: How many times as deep as measured the relief is at an impasto of 1: paint seen under a raking light.
GAIN = 2.0
#: The tips' own light and dark stands for relief where there is no light. Of it this share stays when there is: hairs
#: do not only leave furrows, they also leave more and less pigment. It takes over up to this impasto.
PIGMENT, TAKEN_OVER = 0.45, 0.25
#: Thickness of paint that is white in height pictures, in distances between two hairs; there is hardly any thicker.
WHITE = 1.8
#: Paint of this thickness, in depths of the weave, hides all but 1/e of it.
BURIED = 1.0


@dataclass(frozen=True)
class Surface:
    """How a painting's surface is and how it is lit.

    Attributes:
        impasto: relief of the paint, 0 (flat) to 1 (thick).
        azimuth: where the lamp stands, degrees clockwise from the top edge: 0 above, 90 right, 180 below, 270 left.
        elevation: how high it stands over the canvas, 5 (raking) to 90 degrees (straight in front).
        weave: what is painted on, one of `WEAVES`.
        weave_size: distance between two threads, or grains of paper, in pixels of the reference canvas, 1 to 64.
        varnish: 0 (dry oil) to 1 (gloss).
        seed: picks the weave's irregularities.
    """

    impasto: float = 0.4
    azimuth: float = 315.0
    elevation: float = 40.0
    weave: str = "canvas"
    weave_size: float = 3.0
    varnish: float = 0.2
    seed: int = 0

    def __post_init__(self) -> None:
        limits = {
            "impasto": (0, 1),
            "azimuth": (0, 360),
            "elevation": (5, 90),
            "weave_size": (1, 64),
            "varnish": (0, 1),
        }
        for name, (low, high) in limits.items():
            value = getattr(self, name)
            if not (math.isfinite(value) and low <= value <= high):
                raise ValueError(f"surface: {name} must be from {low} to {high}, got {value}")
        if self.weave not in WEAVES:
            raise ValueError(f"surface: weave must be one of {', '.join(WEAVES)}, got {shown(self.weave)}")

    @property
    def plain(self) -> bool:
        """Whether there is nothing to light: the picture stays as it is."""
        return self.impasto == 0 and self.weave == "none" and self.varnish == 0


@dataclass(frozen=True)
class Lit:
    """A part of a painting: where it lies (top, left), and what is there.

    picture (3, H, W) sRGB in [0, 1]; height (H, W) in [0, 1], from the bare ground, 0, to `Scene.white` canvas pixels
    above it, 1; normals (3, H, W) in [0, 1], OpenGL convention: red right, green up, blue out.
    """

    top: int
    left: int
    picture: Tensor
    height: Tensor
    normals: Tensor


def light_surface(
    strokes: Strokes,
    surface: Surface | None = None,
    *,
    scale: float = 1.0,
    size: tuple[int, int] | None = None,
    brush: str | Brush | None = None,
    ground: Tensor | None = None,
    region: tuple[int, int, int, int] | None = None,
    on_window: Callable[[int, int], None] | None = None,
) -> Lit:
    """Paint strokes and light their surface.

    Args:
        surface: default: `Surface()`; the rest as for `raster.render`.
        on_window: called with (done, total) windows, and often in between; what it raises passes through: a way to
            cancel.
    Returns:
        The region (default: all) in one piece. With a surface that is `plain` the picture is `render`'s, bit for bit.
    Raises:
        ValueError: as `raster.render` does.
    """
    scene = Scene(strokes, surface or Surface(), scale, size, brush, ground)
    top, left, height, width = region or (0, 0, *scene.size)
    Job.plan(strokes, size=scene.size, brush=brush, region=(top, left, height, width))  # refuses a bad region
    device = strokes.color.device
    whole = Lit(
        top,
        left,
        torch.empty(3, height, width, device=device),
        torch.empty(height, width, device=device),
        torch.empty(3, height, width, device=device),
    )
    parts = list(scene.windows((top, left, height, width)))
    for done, part in enumerate(parts, 1):
        seen = scene.window(*part, on_window and partial(on_window, done - 1, len(parts)))
        rows = slice(seen.top - top, seen.top - top + seen.height.shape[0])
        columns = slice(seen.left - left, seen.left - left + seen.height.shape[1])
        whole.picture[:, rows, columns] = seen.picture
        whole.height[rows, columns] = seen.height
        whole.normals[:, rows, columns] = seen.normals
        if on_window:
            on_window(done, len(parts))
    return whole


class Scene:
    """A painting, ready to be looked at window by window; arguments as for `light_surface`."""

    def __init__(
        self,
        strokes: Strokes,
        surface: Surface,
        scale: float,
        size: tuple[int, int] | None,
        brush: str | Brush | None = None,
        ground: Tensor | None = None,
    ) -> None:
        self.strokes, self.surface = strokes.detach(), surface
        job = Job.plan(self.strokes, scale=scale, size=size, brush=brush)
        check_ground(ground, job.size)
        self.size = job.size
        self.fine = _fineness(strokes.canvas, job.size)
        size = (job.size[0] * self.fine, job.size[1] * self.fine)
        self.paint = Paint(self.strokes, 1.0, size, brush)
        lost = [(1 - PIGMENT) * min(1.0, surface.impasto * body / TAKEN_OVER) for body in self.paint.bodies]
        reliefs = [part.relief * (1 - share) for part, share in zip(job.atlas.parts, lost, strict=True)]
        self.job = dataclasses.replace(job, atlas=job.atlas.with_reliefs(reliefs)).on(ground)
        self.reach = Reach.of(strokes.canvas, size)
        self.weave = Weave(surface.weave, surface.weave_size, surface.seed, strokes.color.device)
        self.to_lamp = lamp(surface.azimuth, surface.elevation)
        #: What is white in the height picture, in canvas pixels: it has the full range at any impasto.
        self.white = max(GAIN * surface.impasto * WHITE * self.reach.hair + self.weave.highest, 1e-6)

    def windows(self, region: tuple[int, int, int, int]) -> Iterator[tuple[int, int, int, int]]:
        """A region (top, left, height, width) of the output, cut into windows that fit into memory."""
        top, left, height, width = region
        side = max(1, WINDOW // self.fine)
        for row in range(top, top + height, side):
            for column in range(left, left + width, side):
                yield row, column, min(side, top + height - row), min(side, left + width - column)

    def strips(self) -> Iterator[Lit]:
        """The whole painting from top to bottom in strips of its full width, in one row of windows each."""
        side = max(1, WINDOW // self.fine)
        for top in range(0, self.size[0], side):
            row = (top, 0, min(side, self.size[0] - top), self.size[1])
            parts = [self.window(*part) for part in self.windows(row)]
            joined = (torch.cat([getattr(p, name) for p in parts], -1) for name in ("picture", "height", "normals"))
            yield Lit(top, 0, *joined)

    def window(self, top: int, left: int, height: int, width: int, on_layer: Callable[[], None] | None = None) -> Lit:
        """What there is to see in a window of the output.

        on_layer: called after every layer of marks; what it raises passes through: a way to cancel.
        """
        with torch.no_grad():
            region = (top, left, height, width)
            picture = dataclasses.replace(self.job, region=region).run(on_layer)[0]
            fine = self.fine
            heights = self._heights(fine * top, fine * left, fine * height, fine * width, on_layer)
            found = relief(heights, self.reach, self.to_lamp)
            if not self.surface.plain:
                glosses = (self.surface.impasto, self.surface.varnish)
                paint = picture.repeat_interleave(self.fine, 1).repeat_interleave(self.fine, 2)
                normal = normals_of(found.slope)
                picture = self._coarse(lit(paint, normal, found.hollow, found.shadow, self.to_lamp, *glosses))
            height_picture = (self._coarse(found.height[None])[0] / self.white).clamp(0, 1)
            return Lit(top, left, picture, height_picture, normal_picture(normals_of(self._coarse(found.slope))))

    def _coarse(self, fine: Tensor) -> Tensor:
        """(C, fine * H, fine * W) -> (C, H, W)."""
        return F.avg_pool2d(fine[None], self.fine)[0] if self.fine > 1 else fine

    def _heights(self, top: int, left: int, height: int, width: int, on_layer: Callable[[], None] | None) -> Tensor:
        """Heights of a window of the fine grid, with the margin that its relief needs.

        Beyond the canvas its edge goes on.
        """
        margin = self.reach.margin
        full = self.paint.size
        first, start = max(0, top - margin), max(0, left - margin)
        last, end = min(full[0], top + height + margin), min(full[1], left + width + margin)
        part = (first, start, last - first, end - start)
        heights = torch.zeros(part[2:], device=self.strokes.color.device)
        if self.surface.impasto > 0:
            heights = self.paint.thickness(*part, on_layer) * (GAIN * self.surface.impasto)
        if self.surface.weave != "none":
            heights = heights + self._weave(*part) * torch.exp(-heights / (BURIED * self.weave.highest))
        beyond = (margin - (left - start), left + width + margin - end, margin - (top - first))
        beyond = (*beyond, top + height + margin - last)
        return F.pad(heights[None], beyond, mode="replicate")[0]

    def _weave(self, top: int, left: int, height: int, width: int) -> Tensor:
        device = self.strokes.color.device
        x = (torch.arange(left, left + width, device=device) + 0.5) * (self.strokes.canvas[1] / self.paint.size[1])
        y = (torch.arange(top, top + height, device=device) + 0.5) * (self.strokes.canvas[0] / self.paint.size[0])
        return self.weave.height(x, y, self.reach.pixels)


def _fineness(canvas: tuple[int, int], size: tuple[int, int]) -> int:
    """How many times as fine as the pixels the grid is on which light is reckoned."""
    reach = Reach.of(canvas, size)
    return min(FINEST, max(1, math.ceil(RIDGE_PIXELS / (reach.hair * reach.pixels))))

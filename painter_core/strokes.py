"""`Strokes`: the strokes of one picture in painting order, the value that everything in this package makes or takes."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from .brushes.brush import Brush, carried
from .images import stretched
from .shape import canonical, facing
from .stroke_checks import FIELDS, INTEGER_FIELDS, check_brushes, check_columns

#: The brush of strokes that come without one.
USUAL_BRUSH = "oil"


@dataclass(frozen=True)
class Strokes:
    """N brush strokes of one picture, first painted first.

    Attributes:
        center: (N, 2) x, y in pixels of the reference canvas; origin at the top left corner, y down.
        size: (N, 2) length, width: full extent of the visible mark in the same unit, length >= width.
        angle: (N,) direction of the length in radians, [0, pi), clockwise on screen from the x axis.
        color: (N, 3) sRGB in [0, 1].
        opacity: (N,) in [0, 1].
        brush: (N,) int64, index into `brushes`.
        layer: (N,) int64, the level of detail that painted the stroke, 0 = coarsest.
        seed: (N,) int64 >= 0, picks the tip's variation (which hairs are where). It belongs to the stroke, so that
            filtering, reordering or replaying a painting never changes how a mark looks.
        blend: (N, 3) in [-1, 1], what the stroke's second color has more of each channel than `color`; 0 for a plain
            stroke. An offset, so that a stroke stays plain, or keeps its contrast, when only its color is changed.
        bend: (N,) by how many radians the mark turns from its start to its end, clockwise on screen if positive, in
            [-MOST_BEND, MOST_BEND]: its spine is an arc with the radius length / bend, whose middle lies at `center`
            and has the direction `angle`. 0: straight.
        taper: (N,) in [-1, 1], by what share of its width the mark is broader at its end and narrower at its start.
        canvas: (height, width) of the reference canvas in pixels.
        ground: what there was before the first stroke: one sRGB color (3,), or a picture (3, h, w) in [0, 1] of any
            size, which lies stretched over the canvas.
        brushes: what the strokes are drawn with: names of built-in brushes, and `Brush`es that people made.
    """

    center: Tensor
    size: Tensor
    angle: Tensor
    color: Tensor
    opacity: Tensor
    brush: Tensor
    layer: Tensor
    seed: Tensor
    blend: Tensor
    bend: Tensor
    taper: Tensor
    canvas: tuple[int, int]
    ground: Tensor
    brushes: tuple[str | Brush, ...] = (USUAL_BRUSH,)

    @staticmethod
    def build(
        center: Tensor,
        size: Tensor,
        angle: Tensor,
        color: Tensor,
        *,
        canvas: tuple[int, int],
        ground: Tensor | Sequence[float] = (1.0, 1.0, 1.0),
        opacity: Tensor | float = 1.0,
        brush: Tensor | int = 0,
        layer: Tensor | int = 0,
        seed: Tensor | None = None,
        color2: Tensor | None = None,
        bend: Tensor | float = 0.0,
        taper: Tensor | float = 0.0,
        brushes: Sequence[str | Brush] = (USUAL_BRUSH,),
    ) -> Strokes:
        """Strokes from their geometry and color; the rest has defaults (opaque, straight, even, oil, layer 0, seeds 0,
        1, 2 ...).

        color2: (N, 3) sRGB, the second color of a loaded brush: hairs mix from `color` to it; default: the same. The
        size is put in order (length >= width, turning the angle by pi/2 where they are swapped), the angle is wrapped
        to [0, pi), bend and taper with them; see `shaped`. Shapes and units as in the class. Raises ValueError as
        `validated` does.
        """
        n = len(center)
        device = center.device

        def column(value: Tensor | float | int, dtype: torch.dtype) -> Tensor:
            value = torch.as_tensor(value, dtype=dtype, device=device)
            return value.expand(n).clone() if value.ndim == 0 else value

        size, angle = size.float(), angle.float()
        face = facing(size, angle)
        # + 0.0: zero has no sign
        bend, taper = (face * column(value, torch.float32) + 0.0 for value in (bend, taper))
        size, angle = canonical(size, angle)
        return Strokes(
            center=center.float(),
            size=size,
            angle=angle,
            color=color.float(),
            opacity=column(opacity, torch.float32),
            brush=column(brush, torch.int64),
            layer=column(layer, torch.int64),
            seed=torch.arange(n, device=device) if seed is None else seed,
            blend=torch.zeros_like(color, dtype=torch.float32) if color2 is None else blend_of(color, color2),
            bend=bend,
            taper=taper,
            canvas=(int(canvas[0]), int(canvas[1])),
            ground=torch.as_tensor(ground, dtype=torch.float32, device=device),
            brushes=_carried(brushes),
        ).validated()

    @staticmethod
    def empty(
        canvas: tuple[int, int],
        ground: Tensor | Sequence[float] = (1.0, 1.0, 1.0),
        brushes: Sequence[str | Brush] = (USUAL_BRUSH,),
    ) -> Strokes:
        """A canvas of (height, width) with nothing but its ground."""
        columns = {
            name: torch.zeros((0, *shape), dtype=torch.int64 if name in INTEGER_FIELDS else torch.float32)
            for name, shape in FIELDS.items()
        }
        ground = torch.as_tensor(ground, dtype=torch.float32)
        canvas = (int(canvas[0]), int(canvas[1]))
        return Strokes(**columns, canvas=canvas, ground=ground, brushes=_carried(brushes)).validated()

    @staticmethod
    def concat(parts: Sequence[Strokes]) -> Strokes:
        """One list that paints `parts` one after the other; canvas and ground are the first part's.

        It has the brushes of all parts, each once, in the order in which they come.

        Raises ValueError for no parts, or parts with canvases of different sizes.
        """
        if not parts:
            raise ValueError("concat needs at least one list of strokes, got none")
        if any(part.canvas != parts[0].canvas for part in parts):
            raise ValueError(
                f"strokes to join must share one canvas size, got {[part.canvas for part in parts]} (height, width); "
                "bring them to one size with Strokes.scaled first"
            )
        columns = {name: torch.cat([getattr(part, name) for part in parts]) for name in FIELDS}
        brushes = parts[0].brushes
        if any(part.brushes != brushes for part in parts):
            brushes, places = united([part.brushes for part in parts])
            pairs = zip(parts, places, strict=True)
            columns["brush"] = torch.cat([part.brush.new_tensor(place)[part.brush] for part, place in pairs])
        return dataclasses.replace(parts[0], **columns, brushes=brushes)

    def __len__(self) -> int:
        return len(self.center)

    def __getitem__(self, index: slice | Tensor | Sequence[int] | int) -> Strokes:
        """The strokes at `index`: a slice, an index tensor (any order), or a boolean mask of length N."""
        if isinstance(index, int):
            index = [index]
        if isinstance(index, Sequence):
            index = torch.as_tensor(index, dtype=torch.int64, device=self.center.device)
        return dataclasses.replace(self, **{name: getattr(self, name)[index] for name in FIELDS})

    def replace(self, **changes: Any) -> Strokes:
        """A copy with some fields changed, checked as in `validated`. `color2` may be given in place of `blend`."""
        if "color2" in changes:
            changes["blend"] = blend_of(changes.get("color", self.color), changes.pop("color2"))
        if "brushes" in changes:
            changes["brushes"] = _carried(changes["brushes"])
        return dataclasses.replace(self, **changes).validated()

    def shaped(
        self,
        *,
        size: Tensor | None = None,
        angle: Tensor | None = None,
        bend: Tensor | None = None,
        taper: Tensor | None = None,
    ) -> Strokes:
        """The same strokes in another form, not checked.

        Sizes (N, 2) in any order and angles (N,) of any number of turns are put in order as in `build`; a mark that is
        then seen from its other end has its bend and taper turned round, and one that became wider than long is
        straight. Default: as they are.
        """
        size, angle = self.size if size is None else size, self.angle if angle is None else angle
        face = facing(size, angle)
        bend, taper = self.bend if bend is None else bend, self.taper if taper is None else taper
        size, angle = canonical(size, angle)
        return dataclasses.replace(self, size=size, angle=angle, bend=face * bend + 0.0, taper=face * taper + 0.0)

    @property
    def reach(self) -> Tensor:
        """(N,) radius of a circle around each stroke's center that holds its mark, in pixels of the canvas."""
        length, width = self.size.unbind(1)
        return torch.hypot(length, width * (1 + self.taper.abs())) / 2

    @property
    def curved(self) -> bool:
        """Whether any stroke bends or tapers, or may come to by gradients."""
        return any(value.requires_grad or bool(value.any()) for value in (self.bend, self.taper))

    @property
    def color2(self) -> Tensor:
        """(N, 3) sRGB in [0, 1]: the second color of each stroke; that of a plain stroke is its color."""
        return (self.color + self.blend).clamp(0, 1)

    @property
    def loaded(self) -> bool:
        """Whether any stroke has two colors, or may get them by gradients."""
        return self.blend.requires_grad or bool(self.blend.any())

    def with_brush(self, brush: str | Brush) -> Strokes:
        """The same strokes, all of them drawn with one brush: the name of a built-in one, or one of your own."""
        return self.replace(brush=torch.zeros_like(self.brush), brushes=(brush,))

    @property
    def on_picture(self) -> bool:
        """Whether it was painted on a picture, and not on one color."""
        return self.ground.ndim == 3

    @property
    def ground_color(self) -> Tensor:
        """(3,) the color of the ground; the mean color of a picture."""
        return self.ground.mean((1, 2)) if self.on_picture else self.ground

    def ground_at(self, size: tuple[int, int]) -> Tensor:
        """(3, *size): what the strokes are painted on, at (height, width) pixels; a view where it is one color."""
        return stretched(self.ground, size) if self.on_picture else self.ground[:, None, None].expand(-1, *size)

    def scaled(self, factor: float) -> Strokes:
        """The same painting on a reference canvas that is `factor` times as large (> 0, rounded to whole pixels)."""
        if not (math.isfinite(factor) and factor > 0):
            raise ValueError(f"the scale factor must be a positive number, got {factor}")
        height, width = (max(1, round(side * factor)) for side in self.canvas)
        return dataclasses.replace(self, center=self.center * factor, size=self.size * factor, canvas=(height, width))

    def to(self, device: torch.device | str) -> Strokes:
        """The same strokes on another device."""
        columns = {name: getattr(self, name).to(device) for name in (*FIELDS, "ground")}
        return dataclasses.replace(self, **columns)

    def detach(self) -> Strokes:
        """The same strokes without gradient history."""
        return dataclasses.replace(self, **{name: getattr(self, name).detach() for name in (*FIELDS, "ground")})

    def get_ram_usage(self) -> int:
        """Bytes that the tensors take, those of people's own brushes too (ComfyUI's cache asks for it by this name)."""
        own = sum(brush.nbytes for brush in self.brushes if not isinstance(brush, str))
        return own + sum(getattr(self, name).nbytes for name in (*FIELDS, "ground"))

    def validated(self) -> Strokes:
        """Self, if every field is well formed.

        Raises ValueError that names the field, what was given and what is allowed: wrong shapes or types, NaN or
        infinite values, negative sizes or indices, colors or opacities outside [0, 1], an empty canvas, an index of a
        brush that is not in `brushes`.
        """
        columns = {name: getattr(self, name) for name in FIELDS}
        check_columns(columns, self.canvas, self.ground)
        check_brushes(self.brush, self.brushes)
        return self


def united(lists: Sequence[Sequence[str | Brush]]) -> tuple[tuple[str | Brush, ...], list[list[int]]]:
    """Several lists of brushes as one that has each brush once, in the order in which they come.

    Returns:
        the list, and for each of `lists` the places of its entries in it.
    """
    brushes: list[str | Brush] = []
    places: list[list[int]] = []
    for part in lists:
        places.append([])
        for brush in part:
            found = next((i for i, other in enumerate(brushes) if _alike(brush, other)), len(brushes))
            if found == len(brushes):
                brushes.append(brush)
            places[-1].append(found)
    return tuple(brushes), places


def _alike(one: str | Brush, other: str | Brush) -> bool:
    """Whether two brushes draw the same marks."""
    return one == other if isinstance(one, str) or isinstance(other, str) else one.alike(other)


def _carried(brushes: Sequence[str | Brush]) -> tuple[str | Brush, ...]:
    """Brushes as a painting keeps them: built-in ones by their name."""
    if isinstance(brushes, str):  # a sequence of letters, which nobody means
        brushes = (brushes,)
    return tuple(carried(brush) for brush in brushes)


def blend_of(color: Tensor, color2: Tensor) -> Tensor:
    """(N, 3) the offset from the first color of strokes to the second, as `Strokes.blend` keeps it.

    Raises ValueError for colors of another shape, or a second color that is not in [0, 1].
    """
    if color2.shape != color.shape:
        wanted, given = tuple(color.shape), tuple(color2.shape)
        raise ValueError(f"strokes: color2 must have the shape {wanted} of color, got {given}")
    if not bool(((color2 >= 0) & (color2 <= 1)).all()):  # NaN as well
        raise ValueError(f"strokes: color2 must lie in [0, 1], got {float(color2.min()):g} to {float(color2.max()):g}")
    return color2.to(color).float() - color.float()

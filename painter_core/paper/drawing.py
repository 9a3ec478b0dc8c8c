"""The paper's way to draw strokes, without the waste: only strokes that are drawn, only the pixels near their ink.

The authors' code warps the brush over a whole window (twice the patch) for every stroke slot, used or not. A stroke is
opaque with hard edges, so the picture is decided by which stroke covers a pixel last: strokes are cut into small tiles,
tiles are drawn many at once, and each pixel keeps the highest stroke number that reached it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

#: Pixels drawn at once: bounds the memory (about 60 bytes each) whatever the number and size of the strokes.
PIXELS_AT_ONCE = 1 << 18
#: Smallest and largest side of a tile in pixels.
TILE_SIDES = (8, 64)


@dataclass(frozen=True)
class WindowStrokes:
    """N strokes in painting order, each confined to its window, a square of one size for all.

    Attributes:
        rectangle: (N, 5) x, y, w, h of the brush picture as fractions of the window (sides below 0 mirror it), angle in
            radians.
        color: (N, 3) in [0, 1].
        corner: (N, 2) int64 x, y of the window's top left pixel on the canvas; may lie outside.
        side: of the window in pixels.
    """

    rectangle: Tensor
    color: Tensor
    corner: Tensor
    side: int


class Canvas:
    """A square canvas that starts black, and which stroke is on top in each of its pixels."""

    def __init__(self, side: int, brushes: Tensor, device: torch.device) -> None:
        """A canvas of side x side pixels and two brush pictures (2, h, w): upright and level bristles, 0 = no ink."""
        self.side = side
        self.pixels = torch.zeros(3, side, side, device=device)
        self._brushes = brushes.to(device)
        self._resized: dict[int, tuple[Tensor, Tensor]] = {}
        self._top = torch.full((side * side,), -1, dtype=torch.int32, device=device)
        self._drawn = 0

    def draw(self, strokes: WindowStrokes, on_tiles: Callable[[], None] = lambda: None) -> None:
        """Draw the strokes over what is there, the last on top.

        on_tiles: called after every PIXELS_AT_ONCE pixels; what it raises passes through: a way to cancel.
        """
        brush, ink_box = self._brush_at(strokes.side, on_tiles)
        first, last = _ink_bounds(strokes, ink_box, self.side)
        tile = _tile_side(last - first + 1)
        stroke, origin = _tiles(first, last, tile)
        step = max(1, PIXELS_AT_ONCE // (tile + 2) ** 2)
        for start in range(0, len(stroke), step):
            part = slice(start, start + step)
            self._draw_tiles(strokes, brush, stroke[part], origin[part], last, tile)
            on_tiles()
        self._drawn += len(strokes.color)

    def _brush_at(self, side: int, on_part: Callable[[], None]) -> tuple[Tensor, Tensor]:
        """The brushes at the size of a window (nearest pixel, as in the paper's code) and the box around their ink."""
        if side not in self._resized:
            height, width = self._brushes.shape[1:]
            row, column = (_nearest(length, side).to(self._brushes.device) for length in (height, width))
            brush = self._brushes.new_empty(1, len(self._brushes), side, side)
            inked = torch.zeros(side, side, dtype=torch.bool, device=brush.device)
            step = max(1, PIXELS_AT_ONCE // side)
            for top in range(0, side, step):  # the largest are as large as four pictures
                part = slice(top, top + step)
                brush[0, :, part] = self._brushes[:, row[part]][:, :, column]
                inked[part] = (brush[0, :, part] > 0).any(0)
                on_part()
            columns, rows = (inked.any(dim=axis).nonzero() for axis in (0, 1))
            on_part()
            box = torch.stack([columns.min(), rows.min(), columns.max(), rows.max()])
            self._resized = {side: (brush, box)}  # levels come one after the other: older sizes are done with
        return self._resized[side]

    def _draw_tiles(
        self, strokes: WindowStrokes, brush: Tensor, stroke: Tensor, origin: Tensor, last: Tensor, tile: int
    ) -> None:
        """Draw some tiles: stroke (T,) which stroke, origin (T, 2) the tile's top left pixel in the window."""
        # one more pixel all around, which dilation and erosion look at
        reach = torch.arange(-1, tile + 1, device=origin.device)
        x, y = origin[:, 0, None] + reach, origin[:, 1, None] + reach  # (T, tile + 2)
        grey = _warped(strokes, brush, stroke, x, y)
        inside = _within(x, strokes.side)[:, None, :] & _within(y, strokes.side)[:, :, None]
        far = torch.tensor(torch.inf, device=grey.device)
        # the brightest neighbor hides the dark rim that interpolation towards the black ground leaves (dilation);
        # a pixel is painted if all its neighbors have ink (erosion); outside the window nothing counts in either
        pair = torch.stack([torch.where(inside, grey, -far), torch.where(inside, -grey, -far)], dim=1)
        brightest, barest = F.max_pool2d(pair, 3, stride=1).unbind(1)
        x, y = x[:, 1:-1], y[:, 1:-1]
        painted = (barest < 0) & (x <= last[stroke, :1])[:, None, :] & (y <= last[stroke, 1:])[:, :, None]
        corner = strokes.corner[stroke]
        pixel = (y + corner[:, 1:])[:, :, None] * self.side + (x + corner[:, :1])[:, None, :]
        owner = stroke[:, None, None].expand_as(pixel)[painted]
        self._keep_last(pixel[painted], owner, brightest[painted], strokes.color)

    def _keep_last(self, pixel: Tensor, owner: Tensor, grey: Tensor, color: Tensor) -> None:
        """Color pixels (M,) by their strokes (M,) where no later stroke has been or comes."""
        number = (owner + self._drawn).to(torch.int32)
        self._top.scatter_reduce_(0, pixel, number, "amax")
        wins = self._top[pixel] == number
        pixel, owner, grey = pixel[wins], owner[wins], grey[wins]
        self.pixels.view(3, -1)[:, pixel] = (grey[:, None] * color[owner]).T


def _nearest(length: int, side: int) -> Tensor:
    """(side,) int64: the pixels, of `length` of them, that the nearest neighbor filter takes."""
    return F.interpolate(torch.arange(length, dtype=torch.float32)[None, None], side)[0, 0].long()


def _warped(strokes: WindowStrokes, brush: Tensor, stroke: Tensor, x: Tensor, y: Tensor) -> Tensor:
    """Grey of the brush of each tile's stroke at window pixels x, y (T, n): (T, n, n), bilinear, 0 outside the brush.

    u = (c dx + s dy) / w, v = (c dy - s dx) / h in window coordinates [-1, 1]: the authors' affine warp, written out.
    """
    cx, cy, w, h, angle = strokes.rectangle[stroke][:, :, None].unbind(1)  # (T, 1) each
    cos, sin = torch.cos(angle), torch.sin(angle)
    x, y = (2 * x + 1) / strokes.side - 1, (2 * y + 1) / strokes.side - 1
    # the offset is added last, as in the authors' code: another order rounds differently, and edges are all or nothing
    u = (cos / w * x)[:, None, :] + (sin / w * y)[:, :, None]
    u = u + ((1 - 2 * cx) * cos / w + (1 - 2 * cy) * sin / w)[..., None]
    v = (cos / h * y)[:, :, None] + (-sin / h * x)[:, None, :]
    v = v + ((1 - 2 * cy) * cos / h - (1 - 2 * cx) * sin / h)[..., None]
    grid = torch.stack([u, v], dim=-1).flatten(0, 1)[None]  # (1, T n, n, 2)
    upright, level = F.grid_sample(brush, grid, align_corners=False)[0].view(2, *u.shape)
    return torch.where((h > w)[..., None], upright, level)


def _ink_bounds(strokes: WindowStrokes, ink_box: Tensor, canvas: int) -> tuple[Tensor, Tensor]:
    """First and last pixel (N, 2) x, y of each stroke's ink in its window, cut to window and canvas."""
    side = strokes.side
    left, top, right, bottom = ink_box.tolist()
    cx, cy, w, h, angle = (part[:, None] for part in strokes.rectangle.unbind(-1))
    # bilinear sampling sees ink up to one brush pixel away from it
    u = cx.new_tensor([left - 1, right + 1, left - 1, right + 1])
    v = cx.new_tensor([top - 1, top - 1, bottom + 1, bottom + 1])
    u, v = ((2 * edge + 1) / side - 1 for edge in (u, v))
    cos, sin = torch.cos(angle), torch.sin(angle)
    x = 2 * cx - 1 + cos * w * u - sin * h * v
    y = 2 * cy - 1 + sin * w * u + cos * h * v
    corners = (torch.stack([x, y], dim=-1) + 1) * (side / 2) - 0.5  # (N, 4, 2) in window pixels
    corners = corners.clamp(-1, side)  # so that whatever comes fits into an integer
    low = (-strokes.corner).clamp_min(0)
    high = (canvas - 1 - strokes.corner).clamp_max(side - 1)
    first = torch.maximum(corners.amin(1).floor().long(), low)
    last = torch.minimum(corners.amax(1).ceil().long(), high)
    return first, last


def _tile_side(extent: Tensor) -> int:
    """A side that most strokes (extents (N, 2)) fit into, so that few pixels are drawn for nothing."""
    if not len(extent):
        return TILE_SIDES[0]
    return int(extent.amax(-1).float().quantile(0.8).clamp(*TILE_SIDES).ceil())


def _tiles(first: Tensor, last: Tensor, tile: int) -> tuple[Tensor, Tensor]:
    """Cut the boxes (N, 2) to (N, 2) into tiles: (T,) whose stroke, in order, and (T, 2) first pixel x, y."""
    counts = (last - first).div(tile, rounding_mode="floor").add(1)
    counts = torch.where((last < first).any(-1, keepdim=True), 0, counts)
    total = counts.prod(-1)
    stroke = torch.repeat_interleave(torch.arange(len(total), device=total.device), total)
    within = torch.arange(len(stroke), device=total.device) - (total.cumsum(0) - total)[stroke]
    across = counts[stroke, 0]
    place = torch.stack([within % across, within.div(across, rounding_mode="floor")], dim=-1)
    return stroke, first[stroke] + place * tile


def _within(position: Tensor, side: int) -> Tensor:
    return (position >= 0) & (position < side)

"""Paint Transformer's inference (Liu et al., ICCV 2021) as the authors' PyTorch code does it.

Coarse to fine over a pyramid of a black square canvas: at level k the picture is cut into 2^k x 2^k patches of 32
pixels, all are predicted from the canvas as it is at the start of the level, and each stroke is drawn at full size in a
window twice as large as its patch. Windows overlap, so a level is painted in four passes by the parity of row and
column. A last pass at the finest level is shifted by half a patch.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..predictor.checkpoint import load_predictor
from ..predictor.paint_transformer import marks_of, rectangles_of
from ..progress import OnStep
from ..strokes import Strokes
from .bristles import bristle_brushes
from .drawing import Canvas, WindowStrokes

#: Row and column parity of the four passes of a level, in the authors' order.
PASSES = ((0, 0), (1, 1), (1, 0), (0, 1))
#: Patches per call of the network: small enough on a CPU that a painting can be cancelled within half a second.
PATCHES_AT_ONCE = {"cpu": 32, "other": 512}
#: Sides of a brush below this fraction of the window leave no ink and can't be divided by.
THINNEST = 1e-6

#: The predictor when none is given.
PREDICTOR = "paper-compact"
#: The built-in brush that draws the paper's strokes again as nearly as any does.
BRUSH = "flat"


def paint_paper(
    picture: Tensor,
    predictor: Any | None = None,
    *,
    on_step: OnStep | None = None,
    final_pass_bug: bool = False,
    brushes: Tensor | None = None,
) -> tuple[Strokes, Tensor]:
    """Paint a picture the way the paper does.

    Args:
        picture: (3, H, W) sRGB in [0, 1], any size from 1 x 1.
        predictor: anything with `patch` and `predict` (see `painter_core.predictor`). Where it also has `rectangles`,
            as PaintTransformer has, these are drawn exactly; other predictors' marks become the brush rectangles whose
            ink they are. Default: the network of the paper's design that comes with the package (PREDICTOR).
        on_step: called as (done, total, canvas) after every batch of the network (canvas None) and every pass (canvas
            (3, H, W), a copy). What it raises passes through.
        final_pass_bug: draw every stroke of the last pass, as the authors' published code does, instead of those with a
            logit above 0.
        brushes: (2, h, w) grey in [0, 1], upright and level bristles on black; None = the package's own.
    Returns:
        The strokes in painting order, layer = level (the shifted pass is one more), sizes those of the visible ink, on
        a black ground, with the brush that draws them again as nearly as any does; and the canvas (3, H, W) as the
        paper renders it, on the picture's device.
    Raises:
        ValueError: for a picture or brushes of a wrong shape, type or range, or a predictor that gives NaN.
    """
    _check_picture(picture)
    if brushes is not None and (brushes.ndim != 3 or len(brushes) != 2 or not bool((brushes > 0).any())):
        raise ValueError(f"brushes must be (2, h, w) grey pictures with some ink, got {tuple(brushes.shape)}")
    if predictor is None:
        predictor = load_predictor(PREDICTOR, device=picture.device)
    device = _device(predictor, picture)
    with torch.no_grad(), _evaluating(predictor):
        painting = _Painting(picture.to(device), predictor, bristle_brushes() if brushes is None else brushes, on_step)
        for level in range(painting.levels):
            painting.paint_level(level)
        painting.paint_shifted(everything=final_pass_bug)
        return painting.strokes().to(picture.device), painting.visible().to(picture.device).contiguous()


class _Painting:
    """One picture on its way to being painted."""

    def __init__(self, picture: Tensor, predictor: Any, brushes: Tensor, on_step: OnStep | None) -> None:
        self.predictor = predictor
        self.patch = int(predictor.patch)
        self.on_step = on_step
        self.height, self.width = picture.shape[-2:]
        finest = max(math.ceil(math.log2(max(self.height, self.width) / self.patch)), 0)
        self.levels = finest + 1
        self.side = self.patch * 2**finest
        # the odd row or column of the margin goes to the bottom or right
        self.top, self.left = (self.side - self.height) // 2, (self.side - self.width) // 2
        self.target = F.pad(
            picture,
            (self.left, self.side - self.width - self.left, self.top, self.side - self.height - self.top),
        )
        patches = sum(4**level for level in range(self.levels)) + (2**finest + 1) ** 2
        self.done, self.total = 0, 2 * patches  # every patch is predicted, then painted
        self._look()
        self.canvas = Canvas(self.side, brushes, picture.device)
        self.painted: list[tuple[Tensor, Tensor, Tensor]] = []  # marks in canvas pixels, colors, layer

    def paint_level(self, level: int) -> None:
        """Paint the picture at 2^level patches a side."""
        count = 2**level
        size = (count * self.patch, count * self.patch)
        self._look()
        target, canvas = (self._reduced(image, size) for image in (self.target, self.canvas.pixels))
        # a window reaches half a patch beyond its patch on every side
        self._paint(target, canvas, layer=level, first=-self.side // (2 * count))

    def _reduced(self, image: Tensor, size: tuple[int, int]) -> Tensor:
        """(3, *size): the nearest pixels of an image, as in the paper's code."""
        image = F.interpolate(image[None], size)[0]
        self._look()
        return image

    def paint_shifted(self, everything: bool) -> None:
        """Paint the finest level once more, patches shifted by half a patch, black beyond the canvas."""
        margin = [self.patch // 2] * 4
        target, canvas = F.pad(self.target, margin), F.pad(self.canvas.pixels, margin)
        self._look()
        self._paint(target, canvas, layer=self.levels, first=-self.patch, everything=everything)

    def _paint(self, target: Tensor, canvas: Tensor, *, layer: int, first: int, everything: bool = False) -> None:
        """Predict the patches of target and canvas (3, S, S) and paint them; window 0 starts at `first`, both ways."""
        rectangles, colors, logits = self._predict(_patches(target, self.patch), _patches(canvas, self.patch))
        count = target.shape[-1] // self.patch
        stride = self.side // 2 ** min(layer, self.levels - 1)
        # from fractions of the patch to fractions of a window twice as large
        rectangles = torch.cat([rectangles[..., :2] / 2 + 0.25, rectangles[..., 2:4] / 2, rectangles[..., 4:]], dim=-1)
        drawn = (logits != 0 if everything else logits > 0) & (rectangles[..., 2:4].abs() > THINNEST).all(-1)
        place = torch.arange(count, device=target.device)
        for row, column in PASSES:
            rows, columns = place[row::2], place[column::2]
            if not len(rows) or not len(columns):
                continue
            patch = (rows[:, None] * count + columns).flatten()
            # stroke 0 of all patches, then stroke 1 ...: windows of one pass don't meet, so this is the painting order
            slot, index = drawn[patch].T.nonzero(as_tuple=True)
            patch = patch[index]
            corner = torch.stack([patch % count, patch.div(count, rounding_mode="floor")], dim=-1) * stride + first
            strokes = WindowStrokes(rectangles[patch, slot], colors[patch, slot], corner, 2 * stride)
            self.canvas.draw(strokes, self._look)
            self._record(strokes, layer)
            self._step(len(rows) * len(columns), self.visible().clone() if self.on_step else None)

    def _predict(self, target: Tensor, canvas: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Rectangles (B, 8, 5), colors (B, 8, 3) and logits (B, 8) for patches (B, 3, P, P)."""
        at_once = PATCHES_AT_ONCE["cpu" if target.device.type == "cpu" else "other"]
        parts = []
        for start in range(0, len(target), at_once):
            patch = target[start : start + at_once]
            parts.append(self._predict_batch(patch, canvas[start : start + at_once]))
            self._step(len(patch), None)
        rectangles, colors, logits = (torch.cat(part) for part in zip(*parts, strict=True))
        return rectangles, colors, logits

    def _predict_batch(self, target: Tensor, canvas: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        if hasattr(self.predictor, "rectangles"):
            rectangles, logits = self.predictor.rectangles(target, canvas)
        else:
            marks, logits = self.predictor.predict(target, canvas)
            rectangles = rectangles_of(marks[..., :5])  # the paper's strokes are straight
        if not bool(torch.isfinite(rectangles).all() and torch.isfinite(logits).all()):
            name = getattr(self.predictor, "name", type(self.predictor).__name__)
            raise ValueError(f"predictor {name!r} gave NaN or infinite strokes: its weights are damaged, load others")
        # the paper's color: the target at the center, black outside the patch
        grid = 2 * rectangles[:, :, None, :2] - 1
        colors = F.grid_sample(target, grid, align_corners=False)[..., 0].transpose(1, 2)
        return rectangles, colors.clamp(0, 1), logits

    def _record(self, strokes: WindowStrokes, layer: int) -> None:
        pixels = strokes.rectangle.clone()
        pixels[:, :4] *= strokes.side
        pixels[:, :2] += strokes.corner
        self.painted.append((marks_of(pixels), strokes.color, torch.full_like(strokes.corner[:, 0], layer)))

    def _look(self) -> None:
        """A moment in which the painting can be cancelled."""
        self._step(0, None)

    def _step(self, patches: int, canvas: Tensor | None) -> None:
        self.done += patches
        if self.on_step is not None:
            self.on_step(self.done, self.total, canvas)

    def visible(self) -> Tensor:
        """The canvas without its margins: (3, H, W), a view."""
        return self.canvas.pixels[:, self.top : self.top + self.height, self.left : self.left + self.width]

    def strokes(self) -> Strokes:
        """Everything painted so far, in pixels of the picture."""
        marks, colors, layer = (torch.cat(part) for part in zip(*self.painted, strict=True))
        center = marks[:, :2] - marks.new_tensor([self.left, self.top])
        return Strokes.build(
            center,
            marks[:, 2:4],
            marks[:, 4],
            colors,
            canvas=(self.height, self.width),
            ground=(0.0, 0.0, 0.0),
            layer=layer,
            brushes=(BRUSH,),
        )


def _patches(image: Tensor, patch: int) -> Tensor:
    """(3, S, S) cut into (n * n, 3, patch, patch), row by row."""
    count = image.shape[-1] // patch
    return image.view(3, count, patch, count, patch).permute(1, 3, 0, 2, 4).flatten(0, 1)


def _check_picture(picture: Tensor) -> None:
    if not isinstance(picture, Tensor) or picture.ndim != 3 or len(picture) != 3 or min(picture.shape) < 1:
        given = tuple(picture.shape) if isinstance(picture, Tensor) else type(picture).__name__
        raise ValueError(f"picture must be a tensor of shape (3, height, width), got {given}")
    if picture.dtype != torch.float32:
        raise ValueError(f"picture must be float32 in [0, 1], got {picture.dtype}; divide 8-bit values by 255")
    if not bool(((picture >= 0) & (picture <= 1)).all()):  # NaN fails both
        raise ValueError("picture must lie in [0, 1] without NaN; clamp it or divide 8-bit values by 255")


def _device(predictor: Any, picture: Tensor) -> torch.device:
    """Where the predictor lives, else where the picture does."""
    parameter = next(predictor.parameters(), None) if isinstance(predictor, nn.Module) else None
    return picture.device if parameter is None else parameter.device


@contextmanager
def _evaluating(predictor: Any) -> Iterator[None]:
    """Dropout off and batch statistics frozen while painting; a predictor in training goes back to it."""
    if not (isinstance(predictor, nn.Module) and predictor.training):
        yield
        return
    predictor.eval()
    try:
        yield
    finally:
        predictor.train()

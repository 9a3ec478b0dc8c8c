"""Strokes in the style of a reference, with no stylised picture in between.

The content is painted in the reference's palette with strokes of its width, length and direction. Then, again and
again, the painting is looked at with VGG16: the gradient of its distance from the reference's style and from the
content's forms says how every pixel should change, and a damped Gauss-Newton step on all strokes (`refinement`) goes
there as far as strokes can. Only places, shapes and colors of strokes ever change: what comes out is a painting.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

import torch
from torch import Tensor

from ...brushes.brush import Brush, get_brush
from ...detail import detail_map
from ...detail.attention import HIGHEST
from ...images import resized, size_of
from ...manner import Manner
from ...options import OPTIONS
from ...painting.paint_options import MOST_STROKES, PaintOptions
from ...painting.painter import paint
from ...predictor.base import StrokePredictor
from ...progress import OnStep
from ...refinement.linearization import linearize
from ...refinement.polish import improved
from ...refinement.view import View
from ...rendering.color_fit import refit_colors
from ...rendering.raster import render
from ...strokes import Strokes
from ..cancelling import watched
from ..keep_colors import keep_colors as kept
from ..methods.palette import PaletteTransform
from ..networks.distances import Style, measured, style_of
from ..networks.vgg16 import TAPS, features
from ..stylizer import check_content, check_styles
from .handwriting import Flow, Handwriting
from .repainting import Frame, held, shown_of

#: Pixels at which the painting is looked at, and how often.
LOOKED_AT, STEPS = 224 * 224, 30
#: Share of the strokes that cover the canvas evenly, so that there is something to shape in calm places, too.
COVERING = 0.5
#: How much strokes that cover differ in lightness, as a share of what the reference does.
LIVELY = 0.6
#: How much the content's forms count against the style.
CONTENT = 0.3
#: How far pixels are asked to go in the first step (root mean square, colors in [0, 1]), in the last one as a share of
#: it, and at most, in root mean squares: gradients of a network have no scale of their own, and few, huge peaks.
REACH, LAST, PEAK = 0.10, 0.2, 3.0
#: How much less eyes and mouths are asked to change than the rest, with an attention of 1 or more.
FACES = 0.8
#: How much of the way of the step before is gone again.
MOMENTUM = 0.7
#: How strongly strokes keep to the flow (a factor on the manner's own).
FLOW = 2.0
#: Of the work, what painting the start takes.
STARTING = 0.25
#: Progress is counted in so many parts.
PARTS = 1000
#: What the method is called where people choose one, and what there is to say of it.
STROKES = "strokes"
ABOUT = (
    "no picture in between, the strokes themselves are shaped until the painting looks like the style; takes up to a "
    "minute a picture."
)


def style_strokes(
    content: Tensor,
    style: Tensor | Sequence[Tensor],
    predictor: StrokePredictor,
    options: PaintOptions | None = None,
    *,
    strength: float = 1.0,
    keep_colors: bool = False,
    mask: Tensor | None = None,
    steps: int = STEPS,
    on_step: OnStep | None = None,
) -> Strokes:
    """Paint a picture in the style of another one by shaping the strokes themselves: a `StrokeStylizer` called once.

    Arguments, result and errors are those of `StrokeStylizer` and of its call.
    """
    stylizer = StrokeStylizer(style, strength=strength, keep_colors=keep_colors, steps=steps)
    return stylizer(content, predictor, options, mask=mask, on_step=on_step)


class StrokeStylizer:
    """Paints pictures in the style of another one, or of several blended, by shaping the strokes themselves.

    What there is to know of the style is worked out once. Of the frames of a film the first one decides what becomes of
    the colors, and strokes stay where nothing changes (see `repainting`).
    """

    def __init__(
        self,
        style: Tensor | Sequence[Tensor],
        *,
        strength: float = 1.0,
        keep_colors: bool = False,
        film: bool = False,
        steps: int = STEPS,
    ) -> None:
        """
        Args:
            style: (3, h, w) sRGB in [0, 1] of any size, or a list of them, which count alike.
            strength: from 0, which paints the content plainly, to 1.
            keep_colors: hues and chroma stay about the content's.
            film: successive calls are the frames of one film, painted with the same options.
            steps: looks at a painting, 1 or more; each takes about half a second on one processor core.
        Raises:
            ValueError: as `Stylizer` does, fewer than one step.
        """
        self._styles = check_styles(style, strength)
        if steps < 1:
            raise ValueError(f"style strokes: steps must be 1 or more, got {steps}")
        self.strength, self.keep_colors, self.film, self.steps = strength, keep_colors, film, steps
        self._reference: _Reference | None = None
        self._last: Frame | None = None

    def __call__(
        self,
        content: Tensor,
        predictor: StrokePredictor,
        options: PaintOptions | None = None,
        *,
        mask: Tensor | None = None,
        on_step: OnStep | None = None,
    ) -> Strokes:
        """Paint a picture.

        Args:
            content: (3, H, W) sRGB in [0, 1].
            predictor: from `load_predictor`.
            options: number of strokes, brush, seed, manner and attention; refine does not apply.
            mask: (H, W) in [0, 1], where painting is allowed (above one half); default: everywhere.
            on_step: called often with (done, total, canvas so far or None); what it raises passes through.
        Returns:
            Strokes in the content's own pixels, in painting order.
        Raises:
            ValueError: as the call of `Stylizer` and `paint` do.
        """
        options = options or PaintOptions()
        check_content(content, mask)
        options = dataclasses.replace(options, refine=0)
        if self.strength == 0:
            return paint(content, predictor, options, mask=mask, on_step=on_step)
        # what autograd meets must not be of inference mode, which ComfyUI runs nodes in
        with torch.inference_mode(False), torch.no_grad():
            # copies made outside of inference mode are plain tensors
            mine, area = content.float().clone(), None if mask is None else mask.to(content.device).float().clone()
            known = self._known(mine.device, on_step)
            shaping = _Shaping(
                mine, known, options, self.strength, self.keep_colors, area, self.steps, on_step, self._last
            )
            frame = shaping.run(predictor)
        self._last = frame if self.film else None
        return frame.strokes

    def _known(self, device: torch.device, on_step: OnStep | None) -> _Reference:
        if self._reference is None or self._reference.styles[0].device != device:
            mine = [style.to(device, torch.float32, copy=True) for style in self._styles]
            with watched(None if on_step is None else lambda: on_step(0, PARTS, None)):
                self._reference = _Reference.of(mine, self.film)
        return self._reference


@dataclass(frozen=True)
class _Reference:
    """What there is to know of the styles: how they look, what their colors are, how their strokes are."""

    styles: list[Tensor]
    palette: PaletteTransform
    hand: Handwriting
    wanted: Style

    @staticmethod
    def of(styles: list[Tensor], film: bool) -> _Reference:
        wanted = Style.mean([style_of(style, LOOKED_AT) for style in styles])
        return _Reference(styles, PaletteTransform(styles, film=film), Handwriting.of(styles), wanted)


@dataclass
class _Shaping:
    """One painting being made; fields as in `StrokeStylizer`; `last`: the frame before, if there was one."""

    content: Tensor
    reference: _Reference
    options: PaintOptions
    strength: float
    keep_colors: bool
    mask: Tensor | None
    steps: int
    on_step: OnStep | None
    last: Frame | None

    def run(self, predictor: StrokePredictor) -> Frame:
        self._part(0.0, 1.0)(0, 1, None)
        with self._watched(0.0):
            target = self._target()
        shown = shown_of(target, self.mask, LOOKED_AT)
        last = self.last
        area = last.changed(shown) if last else None
        if last is not None and area is not None and not area.any():
            self._part(0.0, 1.0)(1, 1, None)
            return last
        count = min(MOST_STROKES, self.options.strokes)
        manner = self.reference.hand.manner(self.options.manner, size_of(target), count, COVERING)
        manner = dataclasses.replace(manner, flow=min(OPTIONS["flow"].most, FLOW * manner.flow))
        with self._watched(0.0):
            flow = Flow(target, self.reference.styles, self.strength)
        brush = get_brush(self.options.brush)
        options = dataclasses.replace(self.options, manner=manner, brush=brush)
        strokes = paint(target, predictor, options, mask=self.mask, on_step=self._part(0.0, STARTING))
        strokes = self._livened(flow.turned(strokes), target, self.reference.hand.lively, brush)
        new = None
        if last is not None and area is not None:
            strokes, new = last.painted_over(strokes, area, count)
            shown = torch.where(area, shown, last.shown)
        return Frame(self._shaped(strokes, target, manner, flow, brush, area, new), shown)

    def _target(self) -> Tensor:
        """The content in the reference's palette."""
        target = self.reference.palette(self.content)
        if self.keep_colors:
            target = kept(target, self.content)
        return self.content.lerp(target, self.strength)

    def _livened(self, strokes: Strokes, target: Tensor, lively: float, brush: Brush) -> Strokes:
        """Strokes that cover differ in lightness as in the reference: what is all alike has nothing to be shaped."""
        size = size_of(measured(target, LOOKED_AT))
        strokes, _ = refit_colors(strokes, target, brush, size, on_layer=self._look(STARTING))
        noise = torch.randn(len(strokes), 1, generator=torch.Generator().manual_seed(self.options.seed % 2**63))
        noise = self.strength * LIVELY * lively * noise.to(target) * (strokes.layer == 0)[:, None]
        return dataclasses.replace(strokes, color=(strokes.color + noise).clamp(0, 1))

    def _shaped(
        self,
        strokes: Strokes,
        target: Tensor,
        manner: Manner,
        flow: Flow,
        brush: Brush,
        area: Tensor | None,
        new: Tensor | None,
    ) -> Strokes:
        """The strokes, or the new ones in that area (h, w), after all steps."""
        small = measured(target, LOOKED_AT)
        size = (small.shape[1], small.shape[2])
        ground = strokes.ground_at(size).to(small)
        weight = None if self.mask is None else measured(self.mask[None].expand(3, -1, -1), LOOKED_AT)[0]
        with self._watched(STARTING):
            eye = _Eye(small, self.reference.wanted, self.strength, self.keep_colors)
        free = self._free(size) if area is None else self._free(size) * area
        tell = self._part(STARTING, 1.0)
        way = torch.zeros_like(small)
        for step in range(self.steps):
            at = STARTING + (1 - STARTING) * step / self.steps
            seen = render(strokes, size=size, brush=brush, ground=ground, on_band=self._look(at))
            with self._watched(at):
                way = MOMENTUM * way + eye.gradient(seen)
            reach = REACH * (1 + (LAST - 1) * step / max(1, self.steps - 1))
            move = (way / way.square().mean().sqrt().clamp_min(1e-12)).clamp(-PEAK, PEAK) * reach * free
            view = View(seen - move, ground, weight)
            shaped = improved(strokes, linearize(strokes, view, brush, self._look(at)), view, manner, flow)
            strokes = shaped if new is None else held(strokes, shaped, new)
            tell(step + 1, self.steps, seen)
        return strokes

    def _free(self, size: tuple[int, int]) -> Tensor:
        """(1, h, w) how much each place may change: 1 but where faces are."""
        care = FACES * min(1.0, self.options.attention)
        # the map's values above that are for faces alone
        faces = ((detail_map(self.content, on_part=self._look(STARTING)) - HIGHEST) / (1 - HIGHEST)).clamp(0, 1)
        return 1 - care * resized(faces[None], size)

    def _look(self, share: float) -> Callable[[], None]:
        """A look at the cancel button when that share of the work is done."""
        tell = self._part(share, share)
        return lambda: tell(1, 1, None)

    def _watched(self, share: float) -> AbstractContextManager[object]:
        """Inside of it there is one after every operation."""
        return watched(self._look(share) if self.on_step else None)

    def _part(self, start: float, end: float) -> OnStep:
        """Progress from `start` to `end` (fractions of the whole)."""

        def tell(done: int, total: int, canvas: Tensor | None) -> None:
            if self.on_step:
                share = start + (end - start) * min(1.0, done / max(1, total))
                self.on_step(round(PARTS * share), PARTS, canvas)

        return tell


class _Eye:
    """Says how a painting should change to come closer to the style, with the content's forms held."""

    def __init__(self, target: Tensor, wanted: Style, strength: float, keep_colors: bool) -> None:
        self.wanted = wanted
        self.forms = features(target, TAPS[-1:])[TAPS[-1]]
        self.strength, self.keep_colors = strength, keep_colors

    def gradient(self, seen: Tensor) -> Tensor:
        """(3, h, w) the derivative of the distance by the pixels of a painting (3, h, w)."""
        with torch.enable_grad():
            picture = seen.detach().clone().requires_grad_(True)
            found = features(picture)
            style = torch.stack(self.wanted.parts(Style.of(found))).mean()
            content = (found[TAPS[-1]] - self.forms).square().sum() / self.forms.square().sum().clamp_min(1e-8)
            (slope,) = torch.autograd.grad(self.strength * style + CONTENT * content, picture)
        # the same for red, green and blue: lighter or darker, and no other color
        return slope.mean(0, keepdim=True).expand_as(slope) if self.keep_colors else slope

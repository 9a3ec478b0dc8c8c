"""What comes into the nodes: choices that are checked, and the optional inputs of Paint Image."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from comfy_api.latest import io
from torch import Tensor

from ..painter_core import Brush, Strokes
from ..painter_core.brushes.brush import BRUSHES
from ..painter_core.edit.color_text import color_from_text
from ..painter_core.wording import shown
from . import adapt
from .checks import TOUCHED

#: The choice that leaves a painting the brushes that it was painted with.
AS_PAINTED = "as painted"


def check_choice(name: str, value: str | None, choices: Sequence[str]) -> None:
    """ValueError unless `value` is one of the choices: not all versions of ComfyUI check what an API client sends."""
    if value not in choices:
        raise ValueError(f"There is no {name} {shown(value)}. There are: {', '.join(choices)}.")


def refused_color(text: str | None) -> str:
    """What is wrong with a widget's color, nothing if it is one, or blank."""
    try:
        if text is not None and text.strip():
            color_from_text(text)
    except ValueError as error:
        return str(error)
    return ""


def brush_input(tooltip: str) -> io.Input:
    """The widget that draws a painting with another brush than its own."""
    return io.Combo.Input("brush", options=[AS_PAINTED, *BRUSHES], default=AS_PAINTED, tooltip=tooltip)


def other_brush(brush: str, brush_tip: Brush | None) -> str | Brush | None:
    """What `brush_input` and a tip ask for; None: the painting's own brushes."""
    check_choice("brush", brush, (AS_PAINTED, *BRUSHES))
    return brush_tip if brush_tip is not None else None if brush == AS_PAINTED else brush


@dataclass(frozen=True)
class Extras:
    """IMAGE and MASK batches as they come from the graph, None where nothing is connected."""

    canvas: Tensor | None
    detail: Tensor | None
    mask: Tensor | None

    def connected(self) -> list[str]:
        return [name for name, batch in vars(self).items() if batch is not None]

    def of(self, index: int, picture: Tensor) -> Extras:
        """What goes with picture `index` (3, H, W): at its size, on its device; masks as (H, W)."""
        device, size = picture.device, (picture.shape[1], picture.shape[2])
        canvas = self.canvas
        if canvas is not None:
            canvas = adapt.resized(adapt.picture(canvas, adapt.partner(canvas, index), device), size)
        masks = [None if m is None else adapt.mask(m, index, size, device) for m in (self.detail, self.mask)]
        return Extras(canvas, *masks)

    def paintable(self) -> Tensor | None:
        """Where strokes may lie: wherever the mask lets any of them through, so that soft edges have paint below."""
        return None if self.mask is None else (self.mask > TOUCHED).float()

    def keep_outside(self, out: Tensor, picture: Tensor) -> None:
        """Put back into `out` (H, W, 3) what the mask protects: strokes reach over its edge, and soft edges are soft.

        That is the canvas, or the picture (3, H, W) itself if there is no canvas.
        """
        if self.mask is None:
            return
        kept = (picture if self.canvas is None else self.canvas).movedim(0, -1).to(out.device)
        out.copy_(kept.lerp(out, self.mask.to(out.device)[..., None]))

    def grounded(self, painting: Strokes, picture: Tensor) -> Strokes:
        """The painting on the ground that it is seen on: where the mask protects the picture, that is the picture."""
        if self.mask is None or self.canvas is not None:  # the canvas is the ground already
            return painting
        return painting.replace(ground=picture.lerp(painting.ground_at(painting.canvas), self.mask).clamp(0, 1))

"""What the user sees while a node works: a bar, a preview of the canvas, and a cancel button that works."""

from __future__ import annotations

import time

import comfy.model_management as mm
from comfy.utils import ProgressBar
from PIL import Image
from torch import Tensor

from ..painter_core.progress import OnStep
from .adapt import resized

#: The bar counts in this many steps for each picture, whatever the painter counts in.
STEPS = 1000
#: Previews are sent as JPEG over the network and drawn by the browser: four a second look alive and cost nothing.
PREVIEW_SECONDS = 0.25
PREVIEW_PIXELS = 512
#: The bar may move a little more often than the preview.
BAR_SECONDS = 0.05


class Progress:
    """The progress of a node over `count` pictures; without `previews` only the bar moves."""

    def __init__(self, count: int, *, previews: bool = True) -> None:
        self._previews = previews
        self._bar = ProgressBar(count * STEPS)
        self._bar_at = self._preview_at = -PREVIEW_SECONDS

    def of(self, index: int, start: float = 0.0, end: float = 1.0) -> OnStep:
        """The painter's callback for the part from `start` to `end` (fractions) of picture `index`.

        It raises ComfyUI's interrupt when the user cancels, which is to pass through everything.
        """

        def on_step(done: int, total: int, canvas: Tensor | None = None) -> None:
            mm.throw_exception_if_processing_interrupted()
            share = start + (end - start) * min(1.0, done / max(1, total))
            self._show(round((index + share) * STEPS), canvas)

        return on_step

    def finish(self) -> None:
        """The bar at its end."""
        self._bar.update_absolute(self._bar.total)

    def _show(self, value: int, canvas: Tensor | None) -> None:
        now = time.monotonic()
        preview = None
        if self._previews and canvas is not None and now - self._preview_at >= PREVIEW_SECONDS:
            self._preview_at = now
            preview = ("JPEG", _thumbnail(canvas), PREVIEW_PIXELS)
        if preview is None and now - self._bar_at < BAR_SECONDS:
            return
        self._bar_at = now
        self._bar.update_absolute(max(value, self._bar.current), preview=preview)


def _thumbnail(canvas: Tensor) -> Image.Image:
    """(3, H, W) in [0, 1] as a small picture, shrunk before it leaves the device."""
    height, width = canvas.shape[-2:]
    scale = min(1.0, PREVIEW_PIXELS / max(height, width))
    small = resized(canvas.detach().float(), (max(1, round(height * scale)), max(1, round(width * scale))))
    return Image.fromarray(small.mul(255).round().byte().movedim(0, -1).cpu().numpy())

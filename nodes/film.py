"""Films: the painting being made, as a video that is encoded when somebody asks for it and as a batch of pictures; and
the frames of a film, painted one after the other."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from typing import Any

from torch import Tensor

from ..painter_core import Brush, PaintOptions, Strokes
from ..painter_core.export import Process, frame_size, save_timelapse
from ..painter_core.export.process import canvases
from ..painter_core.sequence import FilmPainter
from . import adapt
from .progress import OnStep, Progress


@dataclass(frozen=True)
class Film:
    """One painting's film.

    `brush`, `ground`: None for the painting's own, else what draws all strokes, a picture (3, h, w) to paint on;
    `long_side` in pixels, 0 for its own.
    """

    strokes: Strokes
    brush: str | Brush | None
    ground: Tensor | None
    process: Process
    long_side: int

    @property
    def size(self) -> tuple[int, int]:
        """(height, width) of the pictures."""
        return frame_size(self.strokes.canvas, self.long_side or None)

    def frames(self, count: int, on_step: OnStep) -> Tensor:
        """`count` pictures (count, H, W, 3), the last one the finished painting."""
        batch = adapt.empty_image(count, self.size)
        options = {"size": self.size, "brush": self.brush, "ground": self.ground, "process": self.process}
        done = 0

        def look() -> None:
            on_step(done, count, None)

        for i, canvas in enumerate(canvases(self.strokes, count, on_band=look, **options)):
            done = i
            batch[i] = canvas.movedim(0, -1)
            on_step(i + 1, count, canvas)
        return batch

    def encode(self, target: BytesIO, *, seconds: float, fps: int, hold: float) -> None:
        """Encode the film, with the progress bar of whichever node asked for it.

        No previews: the front end would go on showing the last of them in place of Save Video's player.
        """
        progress = Progress(1, previews=False)
        save_timelapse(
            self.strokes,
            target,
            seconds=seconds,
            fps=fps,
            hold=hold,
            size=self.size,
            brush=self.brush,
            ground=self.ground,
            process=self.process,
            on_step=progress.of(0),
        )
        progress.finish()


class FilmPainting:
    """Paints as `paint` does, but its calls are successive frames of one film, all painted with the same options."""

    def __init__(self, model: Any, options: PaintOptions) -> None:
        self._painter = FilmPainter(model, options)

    def __call__(self, picture: Tensor, model: Any, options: PaintOptions, **given: Any) -> Strokes:
        """The strokes of the next frame (3, H, W); `given` as for `paint`."""
        return self._painter(picture, **given).strokes

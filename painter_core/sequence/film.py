"""Painting frames so that strokes stay with what they depict."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from ..brushes.brush import get_brush
from ..checks import check_pictures
from ..images import resized, size_of
from ..painting.paint_options import MOST_STROKES, PaintOptions
from ..painting.painter import begun, paint
from ..painting.reduction import brought_to, working_size
from ..predictor.base import StrokePredictor
from ..progress import OnStep
from ..strokes import Strokes
from ..threads import working_together
from .cuts import is_cut, small
from .flow import FlowFunction, chosen
from .measure import compared_size, measured
from .motion import motion_between
from .presence import as_shown, one_frame_later
from .state import State
from .step import FrameStep, errors_of

#: How coherent a film is if nobody says otherwise.
COHERENCE = 0.8
#: A place's mean over frames takes in at most so many.
MOST_SEEN = 16


@dataclass(frozen=True)
class FilmFrame:
    """One frame's painting.

    Attributes:
        strokes: N strokes on a canvas of the frame's size, in painting order; while a stroke comes in, its opacity is
            what is shown of it in this frame, a share of its own.
        ids: (N,) int64, who each is: strokes of two frames with the same number are one stroke.
        born: (N,) int64, number of the frame (from 0) in which each was laid.
        number: of this frame, from 0.
        fresh: was it painted from nothing, as the first frame of a shot?
        changed: is it another painting than the frame before?
    """

    strokes: Strokes
    ids: Tensor
    born: Tensor
    number: int
    fresh: bool
    changed: bool

    @property
    def age(self) -> Tensor:
        """(N,) int64, for how many frames each stroke has been there; 0 for new ones."""
        return self.number - self.born


class FilmPainter:
    """Paints the frames of a film, one after the other; each call is the next frame."""

    def __init__(
        self,
        predictor: StrokePredictor,
        options: PaintOptions | None = None,
        *,
        coherence: float = COHERENCE,
        flow: str | FlowFunction = "auto",
        state: State | None = None,
    ) -> None:
        """
        Args:
            predictor, options: as in `paint`; the same seed serves all frames.
            coherence: from 0, every frame painted by itself, to 1, strokes stay as long as they can.
            flow: how motion is found, see `flow_between`.
            state: where to go on, the `state` that another painter with the same arguments had.
        Raises:
            ValueError: a coherence outside [0, 1], a flow that there is not.
        """
        self.options = options or PaintOptions()
        if not 0 <= coherence <= 1:
            raise ValueError(f"film: coherence must be from 0 to 1, got {coherence}")
        self.flow = flow if callable(flow) else chosen(flow)
        if state is not None:
            brush = Strokes.empty((1, 1), brushes=(get_brush(self.options.brush),)).brushes
            state = dataclasses.replace(state, strokes=dataclasses.replace(state.strokes, brushes=brush))
        self.predictor, self.coherence, self.state = predictor, coherence, state

    def __call__(
        self,
        frame: Tensor,
        *,
        canvas: Tensor | None = None,
        detail: Tensor | None = None,
        mask: Tensor | None = None,
        on_step: OnStep | None = None,
    ) -> FilmFrame:
        """Paint the next frame; arguments, units and errors as in `paint`.

        A frame of another size than the last one, or one after a cut, begins afresh. If it raises, the painter still
        stands where it stood before.
        """
        check_pictures(frame, canvas, detail, mask)
        frame = frame.float()
        with torch.no_grad(), working_together(frame.device):
            last = self.state
            if last is None or self.coherence == 0 or self._cut(last, frame):
                state, fresh, changed = self._fresh(frame, canvas, detail, mask, on_step), True, True
            else:
                state, changed = self._next(last, frame, canvas, detail, mask, on_step)
                fresh = False
        self.state = state
        seen = as_shown(state.strokes, state.presence)
        strokes = brought_to(self.options.manner.vary(seen, state.lively), state.size)
        if canvas is not None:
            strokes = strokes.replace(ground=canvas.float().clamp(0, 1))
        return FilmFrame(strokes, state.ids, state.born, state.frame - 1, fresh, changed)

    def _cut(self, last: State, frame: Tensor) -> bool:
        return last.size != size_of(frame) or is_cut(last.before, small(frame))

    def _fresh(
        self, frame: Tensor, canvas: Tensor | None, detail: Tensor | None, mask: Tensor | None, on_step: OnStep | None
    ) -> State:
        """The first frame of a shot."""
        options = dataclasses.replace(self.options, manner=dataclasses.replace(self.options.manner, variety=0.0))
        strokes = paint(frame, self.predictor, options, canvas=canvas, detail=detail, mask=mask, on_step=on_step)
        size = (frame.shape[1], frame.shape[2])
        strokes = brought_to(strokes, working_size(*size, self.predictor.patch, self.options.strokes))
        n, first = len(strokes), 0 if self.state is None else self.state.next_id
        number = 0 if self.state is None else self.state.frame
        lively = torch.randn(n, 5, generator=torch.Generator().manual_seed(self.options.seed % 2**63))
        ids = torch.arange(first, first + n, device=frame.device)
        small_frame = measured(frame).clone()
        return State(
            frame=number + 1,
            size=size,
            strokes=strokes,
            ids=ids,
            born=torch.full_like(ids, number),
            fit=self._fit(strokes, frame, canvas),
            lively=lively.to(frame.device),
            presence=torch.ones(n, device=frame.device),
            shown=small_frame,
            seen=torch.ones_like(small_frame[0]),
            before=small(frame).clone(),
            next_id=first + n,
        )

    def _fit(self, strokes: Strokes, frame: Tensor, canvas: Tensor | None) -> Tensor:
        size = compared_size(strokes.canvas, len(strokes))
        canvas = None if canvas is None else resized(canvas, size, "area")
        return errors_of(strokes, resized(frame, size, "area"), canvas)[1]

    def _next(
        self, last: State, frame: Tensor, canvas: Tensor | None, detail: Tensor | None, mask: Tensor | None,
        on_step: OnStep | None,
    ) -> tuple[State, bool]:  # fmt: skip
        """A frame that goes on from the last one, and whether anything is painted otherwise."""
        now = measured(frame).clone()
        motion = motion_between(last.shown, last.seen, now, self.flow, tolerance=2 * self.coherence)
        if on_step:
            on_step(0, 1, None)
        stays = ~motion.changed
        seen = torch.where(stays, (last.seen + 1).clamp_max(MOST_SEEN), torch.ones_like(last.seen))
        state = dataclasses.replace(
            last,
            frame=last.frame + 1,
            presence=one_frame_later(last.presence),
            shown=torch.where(stays, last.shown + (now - last.shown) / seen, now),
            seen=seen,
            before=small(frame).clone(),
        )
        if motion.still or not len(last.strokes):
            return state, last.fading or canvas is not None
        options = dataclasses.replace(
            self.options,
            strokes=min(MOST_STROKES, len(last.strokes)),
            seed=(self.options.seed + last.frame) % 2**63,
        )
        painting = begun(state.strokes.canvas, 1, frame, self.predictor, options, canvas, detail, mask, on_step)
        if painting.canvas is not None:
            state = dataclasses.replace(state, strokes=state.strokes.replace(ground=painting.canvas.clamp(0, 1)))
        return FrameStep(painting, state, motion, self.coherence).run(), True


def paint_frames(
    frames: Iterable[Tensor],
    predictor: StrokePredictor,
    options: PaintOptions | None = None,
    *,
    coherence: float = COHERENCE,
    flow: str | FlowFunction = "auto",
    on_step: OnStep | None = None,
) -> Iterator[FilmFrame]:
    """Paint a film: each frame's strokes are those of the frame before, carried along.

        for painted in paint_frames(frames, load_predictor()):
            picture = render(painted.strokes)

    Frames are taken one by one, whenever the next painting is asked for; memory holds one.

    Args:
        frames: (3, H, W) sRGB in [0, 1] each.
        predictor, options: as in `paint`; coherence, flow: as in `FilmPainter`.
        on_step: called within each frame as by `paint`; what it raises passes through.
    Yields:
        a `FilmFrame` for each frame, with exactly as many strokes as the first one of its shot.
    Raises:
        ValueError: as `FilmPainter` and `paint` do.
    """
    painter = FilmPainter(predictor, options, coherence=coherence, flow=flow)
    for frame in frames:
        yield painter(frame, on_step=on_step)

"""A film painted into files: frame by frame, and gone on with where it stopped, whatever stopped it."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ..export.stroke_io import save_strokes
from ..files.alone import alone
from ..files.atomic import atomic_path
from ..files.pictures import write_picture
from ..images import shrunk, size_of
from ..progress import OnStep
from .drawn import Made, drawn_frames
from .film import FilmFrame, FilmPainter
from .source import Frame, Pictures, Video
from .state import State
from .video import TICKS, Segment, join_segments

#: Frames of a segment of a video: what is lost at most when the power goes.
SEGMENT = 32
#: The folder, beside a video or in a folder of frames, that holds what an unfinished job goes on from.
UNFINISHED = "unfinished"


@dataclass
class Job:
    """One film to paint.

    Attributes:
        source: where its frames come from; start, end, every: which of them (end: the first that is left out, or None).
        target: a video file, or the folder of its frames.
        video: is it a video? encoder, quality: of that, see `video`.
        painter: makes the film's painter, from a state to go on from or None.
        about: all that the result depends on, beside the source: another job is begun anew.
        strokes: folder for the strokes of every frame, or None.
        max_size: long side of the paintings in pixels at most, or None.
        extras: for `FilmPainter`'s call, by the frame (3, H, W).
        device: where frames are painted.
        finished: what is made of a frame and its painting, both (3, H, W), before it is written; None: the painting.
        suffix: of the pictures in a folder.
        engine: paints elsewhere all `frames` from a state on, exactly as `drawn_here` does; None: here.
    """

    source: Pictures | Video
    target: Path
    video: bool
    painter: Callable[[State | None], FilmPainter]
    about: dict[str, Any]
    start: int = 0
    end: int | None = None
    every: int = 1
    encoder: str = "libx264"
    quality: int = 17
    strokes: Path | None = None
    max_size: int | None = None
    suffix: str = ".png"
    extras: Callable[[Tensor], dict[str, Tensor | None]] = field(default=lambda picture: {})
    device: torch.device | str = "cpu"
    finished: Callable[[Tensor, Tensor], Tensor] | None = None
    engine: Callable[[Job, State | None], Iterator[Made]] | None = None

    @property
    def work(self) -> Path:
        """The folder of the unfinished job."""
        if self.video:
            return self.target.with_name(f".{self.target.name}.{UNFINISHED}")
        return self.target / f".{UNFINISHED}"

    @property
    def total(self) -> int:
        """About how many frames there are to paint; 0 where nobody knows."""
        count = min(self.source.count, self.end) if self.end is not None else self.source.count
        return max(0, -(-(count - self.start) // self.every))

    def run(self, on_frame: Callable[[int, FilmFrame, Tensor, Frame], None], on_step: OnStep | None = None) -> int:
        """Paint all that is not painted yet.

        Args:
            on_frame: called after each frame with how many are done, and the frame; on_step: as in `paint`.
        Returns:
            the number of frames.
        Raises:
            ValueError that names a frame that can't be read or has another size, or if another process paints the same
            film; OSError that names a file that can't be written. What was finished stays, and the same job goes on
            from there.
        """
        self.work.parent.mkdir(parents=True, exist_ok=True)
        with alone(self.work.with_name(f"{self.work.name}.lock")) as mine:
            if mine:
                return self._run(on_frame, on_step)
        raise ValueError(f"{self.target}: another process is painting this film; wait for it, or give another name")

    def _run(self, on_frame: Callable[[int, FilmFrame, Tensor, Frame], None], on_step: OnStep | None) -> int:
        state, times = self._begun()
        done = 0 if state is None else state.frame
        kept, segment = done, None
        made_frames = self.engine(self, state) if self.engine else self.drawn_here(state, on_step)
        try:
            for made in made_frames:
                frame, painted, drawn = made.frame, made.drawn.painted, made.drawn.picture
                last = drawn if self.finished is None else self.finished(made.shown.cpu(), drawn)
                times.append(round(frame.time * TICKS))
                if self.strokes is not None:
                    save_strokes(painted.strokes.to("cpu"), self.strokes / f"{self._name(done, frame)}.safetensors")
                if self.video:
                    segment = segment or Segment(self._segment(done // SEGMENT), self.encoder, self.quality, self.fps)
                    segment.add(times[-1] - times[0], last)
                else:
                    write_picture(self.target / f"{self._name(done, frame)}{self.suffix}", last)
                done += 1
                if segment is not None and segment.count == SEGMENT:
                    segment.close()
                    segment = None
                if segment is None:
                    kept = self._keep(made.drawn.state, times)
                on_frame(done, painted, last, frame)
            if segment is not None:
                segment.close()
                segment = None
                kept = self._keep(made.drawn.state, times)
        finally:
            if segment is not None:
                segment.drop()
        if not kept:
            raise ValueError(f"there are no frames to paint from frame {self.start} on")
        self._finish(kept, times)
        return kept

    def drawn_here(self, state: State | None, on_step: OnStep | None = None) -> Iterator[Made]:
        """Paint all frames from a state on, in this process."""
        for frame, shown, drawn in drawn_frames(self.painter(state), self.frames(state), self.extras, on_step):
            yield Made(frame, shown, drawn)

    def frames(self, state: State | None) -> Iterator[tuple[Frame, Tensor]]:
        """The frames that are not painted yet, each with the picture (3, H, W) to be painted after it.

        Raises ValueError that names a frame that can't be read, or has another size where that can't be.
        """
        done, size = (0, None) if state is None else (state.frame, state.size)
        for frame in self.source.frames(self.start + done * self.every, self.every):
            if self.end is not None and frame.number >= self.end:
                return
            picture = shrunk(frame.picture, self.max_size).to(self.device)
            now = size_of(picture)
            if size is not None:
                self._check_size(now, size, frame)
            size = now
            yield frame, picture

    @property
    def fps(self) -> Fraction:
        """Frames a second of the result."""
        return (self.source.fps / self.every).limit_denominator(100_000)

    def _name(self, index: int, frame: Frame) -> str:
        """The name of a frame's files, without suffix: that of its picture, or its number from 1."""
        return Path(frame.name).stem if isinstance(self.source, Pictures) else f"frame-{frame.number + 1:06}"

    def _segment(self, number: int) -> Path:
        return self.work / f"segment-{number:06}.mp4"

    def _check_size(self, size: tuple[int, int], before: tuple[int, int], frame: Frame) -> None:
        if self.video and before != size:
            height, width = before
            raise ValueError(
                f"{frame.name}: it has {size[1]}x{size[0]} pixels and those before {width}x{height}, and a video has "
                f"one size; paint into a folder, or stop before it with --end {frame.number}"
            )

    def _key(self) -> str:
        """What the result depends on, as a short text."""
        if isinstance(self.source, Pictures):
            files = [(os.path.realpath(file), *_stamp(file)) for file in self.source.files]
        else:
            files = [(os.path.realpath(self.source.path), *_stamp(self.source.path))]
        facts = [self.about, files, str(self.source.fps), self.start, self.every, self.max_size, self.encoder,
                 self.quality, self.suffix]  # fmt: skip
        return hashlib.sha256(json.dumps(facts, default=str, sort_keys=True).encode()).hexdigest()

    def _begun(self) -> tuple[State | None, list[int]]:
        """Where the same job stopped, and the times of its frames; else everything is made ready for a new one."""
        note, saved = self.work / "job.json", self.work / "state.safetensors"
        try:
            known = json.loads(note.read_text(encoding="utf-8"))
            if known["key"] == self._key() and saved.is_file():
                state = State.load(saved)
                times = known["times"][: state.frame]
                # a film that is to end earlier than it was already painted is cut only between segments
                beyond = self.end is not None and self.start + (state.frame - 1) * self.every >= self.end
                if len(times) == state.frame and not beyond and not (self.video and state.frame % SEGMENT):
                    return state, times
        except (OSError, ValueError, KeyError, TypeError):
            pass
        shutil.rmtree(self.work, ignore_errors=True)
        self.work.mkdir(parents=True)
        return None, []

    def _keep(self, state: State, times: list[int]) -> int:
        """Write down how far it has come: first the times, of which more may be known than frames, then the state."""
        with atomic_path(self.work / "job.json") as temporary:
            temporary.write_text(json.dumps({"key": self._key(), "times": times}), encoding="utf-8")
        state.save(self.work / "state.safetensors")
        return state.frame

    def _finish(self, count: int, times: list[int]) -> None:
        """Join the segments of a video; nothing of the work stays."""
        if self.video:
            segments = [self._segment(number) for number in range(-(-count // SEGMENT))]
            heard = self.source.path if isinstance(self.source, Video) and self.source.sound else None
            join_segments(self.target, segments, round(TICKS / self.fps), heard, Fraction(times[0], TICKS))
        shutil.rmtree(self.work, ignore_errors=True)


def _stamp(file: str | os.PathLike[str]) -> tuple[int, int]:
    """Size and time of a file; of one that is not there (any more) nothing."""
    try:
        about = os.stat(file)
    except OSError:
        return 0, 0
    return about.st_size, about.st_mtime_ns

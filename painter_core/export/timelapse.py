"""The video of a painting being made, drawn and encoded frame by frame: memory holds one canvas, never the video."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from fractions import Fraction
from itertools import chain
from typing import BinaryIO

import av
import torch
from av.container import OutputContainer
from av.error import FFmpegError
from av.video.reformatter import ColorRange, Colorspace
from torch import Tensor
from torch.nn.functional import pad

from ..brushes.brush import Brush
from ..files.atomic import atomic_path
from ..progress import OnStep
from ..strokes import Strokes
from .process import AS_PAINTED, Process, canvases

#: x264's constant rate factor: visually lossless for flat paint with sharp edges.
QUALITY = "17"


def save_timelapse(
    strokes: Strokes,
    target: str | os.PathLike[str] | BinaryIO,
    *,
    seconds: float = 8.0,
    fps: int = 30,
    hold: float = 1.5,
    size: tuple[int, int] | None = None,
    brush: str | Brush | None = None,
    ground: Tensor | None = None,
    process: Process = AS_PAINTED,
    poster: bool = True,
    on_step: OnStep | None = None,
) -> None:
    """Encode the painting being made as an H.264 MP4 that every player and browser shows (yuv420p, BT.709).

    The very first frame is the finished painting: players, browsers and file managers show it until somebody presses
    play, and a bare ground says nothing. It is one frame of the hold, so that a film that is repeated just holds on.

    Args:
        strokes, size, brush, ground, process: as in `painting_frames`. Odd sizes get one more row or column.
        target: a path (written whole or not at all) or a seekable binary file (emptied again if encoding fails).
        seconds: how long the painting takes, more than 0.
        fps: frames per second, 1 to 240.
        hold: seconds for which the finished painting stays, 0 or more.
        poster: whether the first frame is the finished painting, too.
        on_step: called as `on_step(frames done, frames in all, (3, H, W) canvas)`, where the canvas goes on changing
            afterwards; what it raises passes through.
    Raises:
        ValueError for numbers out of range; OSError that names the file and the reason when it cannot be written.
    """
    if not (isinstance(fps, int) and 1 <= fps <= 240):
        raise ValueError(f"fps must be a whole number from 1 to 240, got {fps}")
    if not (math.isfinite(seconds) and seconds > 0 and math.isfinite(hold) and hold >= 0):
        raise ValueError(f"a time-lapse lasts more than 0 seconds and holds 0 or more, got {seconds} and {hold}")
    count = frame_count(seconds, fps)
    what = {"size": size, "brush": brush, "ground": ground}
    frames = canvases(strokes, count, process=process, **what)
    cover = next(canvases(strokes, 1, **what)) if poster else None
    held = max(0, round(hold * fps) - poster)
    with _output(target) as file:
        try:
            _encode(frames, file, fps=fps, count=count, held=held, cover=cover, on_step=on_step)
        except FFmpegError as error:
            raise OSError(f"the video cannot be encoded: {error}") from error


def frame_count(seconds: float, fps: int) -> int:
    """How many pictures show the painting being made: at least the bare ground and the finished painting."""
    return max(2, round(seconds * fps))


@contextmanager
def _output(target: str | os.PathLike[str] | BinaryIO) -> Iterator[str | BinaryIO]:
    """What PyAV writes to: a temporary file for a path, else the file itself, emptied again after an exception."""
    if isinstance(target, (str, os.PathLike)):
        with atomic_path(target) as temporary:
            yield os.fspath(temporary)
        return
    start = target.tell()
    try:
        yield target
    except BaseException:
        target.seek(start)
        target.truncate()
        raise


def _encode(
    frames: Iterator[Tensor],
    file: str | BinaryIO,
    *,
    fps: int,
    count: int,
    held: int,
    cover: Tensor | None,
    on_step: OnStep | None,
) -> None:
    """Encode the cover if there is one, then `count` frames, the last one `held` times more."""
    # the index first, so that browsers start at once: FFmpeg reopens the file by its name for that
    options = {"movflags": "+faststart"} if isinstance(file, str) else {}
    container = av.open(file, "w", format="mp4", options=options)
    try:
        stream, index = None, 0
        for done, canvas in enumerate(frames if cover is None else chain([cover], frames), start=cover is None):
            pixels = _even_pixels(canvas)
            if stream is None:
                stream = _open_stream(container, fps, *pixels.shape[:2])
            for _ in range(1 + (held if done == count else 0)):
                container.mux(stream.encode(_video_frame(pixels, index, fps)))
                index += 1
            if on_step is not None and done:  # the cover is no step
                on_step(done, count, canvas)
        if stream is not None:
            container.mux(stream.encode(None))
    except BaseException:
        with suppress(Exception):  # the first failure is the one to report
            container.close()
        raise
    container.close()


def _open_stream(container: OutputContainer, fps: int, height: int, width: int) -> av.VideoStream:
    stream = container.add_stream("libx264", rate=Fraction(fps), options={"crf": QUALITY, "preset": "veryfast"})
    stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
    context = stream.codec_context
    context.color_range, context.colorspace = ColorRange.MPEG, Colorspace.ITU709
    context.color_primaries = context.color_trc = 1  # BT.709
    return stream


def _even_pixels(canvas: Tensor) -> Tensor:
    """(3, H, W) in [0, 1] as (H', W', 3) uint8 with even sides, as yuv420p needs; the edge is repeated."""
    height, width = canvas.shape[1:]
    pixels = canvas.detach().clamp(0, 1).mul(255).round()
    pixels = pad(pixels[None], (0, width % 2, 0, height % 2), mode="replicate")[0]
    return pixels.permute(1, 2, 0).to("cpu", torch.uint8).contiguous()


def _video_frame(pixels: Tensor, index: int, fps: int) -> av.VideoFrame:
    """(H, W, 3) uint8 sRGB as frame number `index` of the video."""
    frame = av.VideoFrame.from_ndarray(pixels.numpy(), format="rgb24")
    frame = frame.reformat(format="yuv420p", dst_colorspace=Colorspace.ITU709, dst_color_range=ColorRange.MPEG)
    frame.pts, frame.time_base = index, Fraction(1, fps)
    return frame

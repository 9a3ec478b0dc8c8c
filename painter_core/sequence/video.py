"""Videos out: written in segments, each whole or not at all, that are joined without being encoded again."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from fractions import Fraction
from typing import Any, cast

import av
import torch
from av.codec import Codec
from av.container import OutputContainer
from av.error import FFmpegError
from av.video.reformatter import ColorRange, Colorspace
from torch import Tensor
from torch.nn.functional import pad

from ..files.atomic import atomic_path

#: Units of a second in which the times of frames are kept: those of NTSC, PAL and film are whole in it.
TICKS = 90_000
#: Containers that are written, and the encoder of each if nobody says otherwise.
CONTAINERS = {".mp4": "libx264", ".m4v": "libx264", ".mov": "libx264", ".mkv": "libx264", ".webm": "libvpx-vp9"}
#: Names that people know encoders by.
CODECS = {"h264": "libx264", "h265": "libx265", "hevc": "libx265", "vp9": "libvpx-vp9", "av1": "libsvtav1"}
#: Constant rate factor: visually lossless for flat paint with sharp edges.
QUALITY = 17
#: What makes segments joinable (frames in their order) and the same on every machine (a fixed number of threads).
SETTINGS = {
    "libx264": {"bf": "0", "preset": "veryfast", "threads": "4"},
    "libx265": {"preset": "fast", "x265-params": "bframes=0:pools=none:frame-threads=1:log-level=none"},
    "libvpx-vp9": {"auto-alt-ref": "0", "lag-in-frames": "0", "b": "0", "deadline": "good", "cpu-used": "4"},
}
#: Sound that goes into each container as it is; other sound is encoded again, as the second of the pair says.
SOUND = {".webm": (("opus", "vorbis"), "libopus"), ".mkv": (None, "aac")}
USUAL_SOUND = (("aac", "mp3", "ac3", "eac3", "alac"), "aac")


def encoder_of(path: str | os.PathLike[str], codec: str | None = None) -> str:
    """The encoder for a file's name. Raises ValueError for a container or a codec that is not there."""
    suffix = os.path.splitext(os.fspath(path))[1].lower()
    if suffix not in CONTAINERS:
        raise ValueError(f"{path}: a video is written as {', '.join(CONTAINERS)}, got {suffix or 'no suffix'!r}")
    name = CODECS.get(codec, codec) if codec else CONTAINERS[suffix]
    try:
        found = Codec(name, "w")
    except (FFmpegError, ValueError) as error:
        raise ValueError(f"codec: there is no {codec or name!r} here; there may be {', '.join(CODECS)}") from error
    if found.type != "video":
        raise ValueError(f"codec: {codec!r} is for {found.type}, not for video")
    return name


class Segment:
    """A part of a video being encoded: it appears under its name when it is closed, or not at all."""

    def __init__(self, path: str | os.PathLike[str], encoder: str, quality: int, fps: Fraction) -> None:
        """`path`: an .mp4; `quality`: constant rate factor, 0 (best) to 51; `fps`: about how many frames a second."""
        self._stack = ExitStack()
        self._encoder, self._quality, self._fps = encoder, quality, fps
        self._stream: av.VideoStream | None = None
        self.count = 0
        with _told():
            temporary = self._stack.enter_context(atomic_path(path))
            self._container = self._stack.enter_context(_output(os.fspath(temporary)))

    def add(self, ticks: int, picture: Tensor) -> None:
        """Encode (3, H, W) to be shown at so many TICKS. Raises OSError with the reason."""
        pixels = even_pixels(picture)
        with _told():
            if self._stream is None:
                self._stream = self._opened(*pixels.shape[:2])
            frame = av.VideoFrame.from_ndarray(pixels.numpy(), format="rgb24")
            frame = frame.reformat(format="yuv420p", dst_colorspace=Colorspace.ITU709, dst_color_range=ColorRange.MPEG)
            frame.pts, frame.time_base = ticks, Fraction(1, TICKS)
            self._container.mux(self._stream.encode(frame))
        self.count += 1

    def close(self) -> None:
        """Write it to its end. Raises OSError with the reason."""
        try:
            if self._stream is None:
                raise OSError("the video cannot be written: it has no pictures")
            with _told():
                self._container.mux(self._stream.encode(None))
        except BaseException:
            self.drop()
            raise
        with _told():
            self._stack.close()

    def drop(self) -> None:
        """Leave nothing of it."""
        error = KeyboardInterrupt()  # whatever it is: it is not to be kept
        self._stack.__exit__(type(error), error, None)

    def _opened(self, height: int, width: int) -> av.VideoStream:
        options = {"crf": str(self._quality), **SETTINGS.get(self._encoder, {})}
        made = self._container.add_stream(self._encoder, rate=self._fps, options=options)
        stream = cast("av.VideoStream", made)  # as `encoder_of` has it
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.time_base = stream.codec_context.time_base = Fraction(1, TICKS)
        context = stream.codec_context
        context.color_range, context.colorspace = ColorRange.MPEG, Colorspace.ITU709
        context.color_primaries = context.color_trc = 1  # BT.709
        return stream


@contextmanager
def _told() -> Iterator[None]:
    """FFmpeg's errors as OSError."""
    try:
        yield
    except FFmpegError as error:
        raise OSError(getattr(error, "errno", 0), f"the video cannot be written: {error.strerror or error}") from error


def join_segments(
    target: str | os.PathLike[str],
    segments: Sequence[str | os.PathLike[str]],
    last: int,
    sound: str | None = None,
    start: Fraction = Fraction(0),
) -> None:
    """Make one video of segments, with the sound of a file; whole or not at all.

    Args:
        last: ticks for which the last frame stays.
        sound: a video whose sound goes along from second `start` on, as long as there are pictures; None: no sound.
    Raises:
        OSError that names the file and the reason.
    """
    suffix = os.path.splitext(os.fspath(target))[1].lower()
    flags = {"movflags": "+faststart"} if suffix in (".mp4", ".m4v", ".mov") else {}
    with atomic_path(target) as temporary, _told(), _output(os.fspath(temporary), flags) as container:
        video, end = None, 0
        heard: _Sound | None = None
        for segment in segments:
            with av.open(os.fspath(segment)) as part:
                stream = part.streams.video[0]
                if video is None:
                    video = container.add_stream_from_template(stream)
                    video.time_base = Fraction(1, TICKS)
                    heard = _Sound(container, sound, suffix, start) if sound else None
                for packet in part.demux(stream):
                    if packet.dts is None:
                        continue
                    at = packet.pts * packet.time_base
                    end = max(end, round(at * TICKS))
                    if heard:
                        heard.until(at)
                    packet.stream = video
                    container.mux(packet)
        if heard:
            heard.until(Fraction(end + last, TICKS))
            heard.close()


class _Sound:
    """The sound of a file on its way into a container, copied where that takes it, else encoded again."""

    def __init__(self, container: OutputContainer, path: str, suffix: str, start: Fraction) -> None:
        self._source = av.open(path)
        self._stream = self._source.streams.audio[0] if self._source.streams.audio else None
        self._container, self._start = container, start
        self._waiting: tuple[Fraction, Any] | None = None
        if self._stream is None:
            return
        pictures = self._source.streams.video[0] if self._source.streams.video else None
        first = (
            pictures.start_time * pictures.time_base if pictures and pictures.start_time and pictures.time_base else 0
        )
        self._zero = start + first
        copied, encoder = SOUND.get(suffix, USUAL_SOUND)
        self._copies = copied is None or self._stream.codec_context.name in copied
        if self._copies:
            self._out = container.add_stream_from_template(self._stream)
            self._parts: Iterator = (p for p in self._source.demux(self._stream) if p.pts is not None)
        else:
            self._out = container.add_stream(encoder, rate=self._stream.rate)
            self._parts = self._source.decode(self._stream)

    def until(self, seconds: Fraction) -> None:
        """Write what is heard before that second of the pictures."""
        while self._stream is not None:
            if self._waiting is None:
                part = next(self._parts, None)
                if part is None:
                    return
                self._waiting = (part.pts * part.time_base - self._zero, part)
            at, part = self._waiting
            if at >= seconds:
                return
            self._waiting = None
            if at < 0:
                continue
            if self._copies:
                shift = round(self._zero / part.time_base)
                part.pts -= shift
                part.dts = part.pts
                part.stream = self._out
                self._container.mux(part)
            else:
                part.pts -= round(self._zero / part.time_base)
                self._container.mux(self._out.encode(part))

    def close(self) -> None:
        """Write the rest of what is in the encoder."""
        if self._stream is not None and not self._copies:
            self._container.mux(self._out.encode(None))
        self._source.close()


@contextmanager
def _output(path: str, flags: dict[str, str] | None = None) -> Iterator[OutputContainer]:
    container = av.open(path, "w", options=flags or {})
    try:
        yield container
    except BaseException:
        with suppress(Exception):  # the first failure is the one to report
            container.close()
        raise
    container.close()


def even_pixels(picture: Tensor) -> Tensor:
    """(3, H, W) in [0, 1] as (H', W', 3) uint8 with even sides, as yuv420p needs; the edge is repeated."""
    height, width = picture.shape[1:]
    pixels = picture.detach().clamp(0, 1).mul(255).round()
    pixels = pad(pixels[None], (0, width % 2, 0, height % 2), mode="replicate")[0]
    return pixels.permute(1, 2, 0).to("cpu", torch.uint8).contiguous()

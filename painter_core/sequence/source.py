"""Where frames come from: the pictures of a folder, or a video."""

from __future__ import annotations

import glob
import os
import re
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import torch
from av.container import InputContainer
from av.error import FFmpegError
from av.video.reformatter import Colorspace
from torch import Tensor

from ..files.pictures import MAX_PIXELS, WRITE_OPTIONS, PictureWarning, read_picture

#: Frames a second of pictures, which do not say so themselves.
USUAL_FPS = Fraction(25)
#: Kinds of picture files that are taken for frames.
PICTURES = (*WRITE_OPTIONS, ".gif", ".avif", ".heic", ".tga")
#: By this share a video may have fewer frames than it says: players skip some at its ends.
FEWER = 0.1
#: Pictures with fewer rows than this are in BT.601's colors, if they do not say.
HIGH_DEFINITION = 720


@dataclass(frozen=True)
class Frame:
    """One frame of a film.

    Attributes:
        number: from 0, of all frames of the source.
        picture: (3, H, W) sRGB in [0, 1], upright.
        time: seconds from the film's beginning.
        name: what people know it by: a file's name, or a number and a time.
    """

    number: int
    picture: Tensor
    time: Fraction
    name: str


class Pictures:
    """The pictures of a folder, or of a list of files, in their numbers' order."""

    def __init__(self, files: Sequence[str | os.PathLike[str]], fps: Fraction = USUAL_FPS) -> None:
        self.files = sorted((Path(file) for file in files), key=lambda file: natural(file.name))
        self.fps = fps

    @property
    def count(self) -> int:
        """How many frames there are."""
        return len(self.files)

    @property
    def paths(self) -> list[str]:
        """The files that are read."""
        return [os.fspath(file) for file in self.files]

    def frames(self, start: int = 0, every: int = 1) -> Iterator[Frame]:
        """Every so many frames from number `start` on; ValueError that names the file for one that can't be read."""
        for number in range(start, len(self.files), every):
            file = self.files[number]
            yield Frame(number, read_picture(file), number / self.fps, str(file))


class Video:
    """The frames of a video file."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        """Raises ValueError that names the file: it is missing, no video, or has no pictures."""
        self.path = os.fspath(path)
        with self._opened() as container:
            stream = container.streams.video[0]
            rate = stream.average_rate or stream.guessed_rate
            self.fps = Fraction(rate) if rate else USUAL_FPS
            seconds = (
                float(stream.duration * stream.time_base) if stream.duration
                else container.duration / av.time_base if container.duration else 0.0
            )  # fmt: skip
            #: about how many frames there are, 0 where the file does not say
            self.count = stream.frames or round(seconds * self.fps)
            self._promised = stream.frames
            self.sound = bool(container.streams.audio)
            #: (height, width) of its frames as they are stored
            self.size = (stream.height, stream.width)

    @property
    def paths(self) -> list[str]:
        """The file that is read."""
        return [self.path]

    def frames(self, start: int = 0, every: int = 1) -> Iterator[Frame]:
        """Every so many frames from number `start` on; ValueError that names the frame for one that can't be read.

        All frames before are decoded, too: only that finds a frame by its number in every file.
        """
        number, first = 0, None
        try:
            with self._opened() as container:
                stream = container.streams.video[0]
                stream.thread_type = "AUTO"
                for frame in container.decode(stream):
                    at = Fraction(0) if frame.pts is None else frame.pts * Fraction(frame.time_base)
                    first = at if first is None else first
                    if number >= start and (number - start) % every == 0:
                        yield Frame(number, picture_of(frame), at - first, f"frame {number} of {self.path}")
                    number += 1
            if number < self._promised * (1 - FEWER):
                text = f"it ends after {number} of {self._promised} frames; the rest of the file is missing"
                warnings.warn(f"{self.path}: {text}", PictureWarning, stacklevel=2)
        except FFmpegError as error:
            raise ValueError(f"{self.path}: frame {number} cannot be read ({error.strerror or error})") from error

    def _opened(self) -> InputContainer:
        if not os.path.isfile(self.path):
            raise ValueError(f"{self.path}: there is no such file")
        try:
            container = av.open(self.path)
        except (FFmpegError, OSError) as error:
            raise ValueError(f"{self.path}: this cannot be read as a video ({error})") from error
        if not container.streams.video:
            container.close()
            raise ValueError(f"{self.path}: there are no pictures in this video")
        width, height = container.streams.video[0].width, container.streams.video[0].height
        if width * height > MAX_PIXELS:
            container.close()
            raise ValueError(
                f"{self.path}: its frames of {width:,} x {height:,} pixels are larger than the {MAX_PIXELS:,} pixels "
                "that are read; make it smaller first"
            )
        return container


def picture_of(frame: av.VideoFrame) -> Tensor:
    """(3, H, W) sRGB in [0, 1] of a decoded frame, upright."""
    given = int(frame.colorspace)
    known = given not in (0, 2)  # RGB, or not said
    space = given if known else Colorspace.ITU709 if frame.height >= HIGH_DEFINITION else Colorspace.ITU601
    rgb = "rgb" in frame.format.name or "gbr" in frame.format.name or "bgr" in frame.format.name
    pixels = (
        frame.to_ndarray(format="rgb24") if rgb else frame.reformat(format="rgb24", src_colorspace=space).to_ndarray()
    )
    quarter = round(getattr(frame, "rotation", 0) / 90) % 4
    pixels = np.ascontiguousarray(np.rot90(pixels, quarter)) if quarter else pixels
    return torch.from_numpy(pixels).permute(2, 0, 1).float().div(255).contiguous()


def source_of(name: str, fps: Fraction | None = None) -> Pictures | Video:
    """The frames that a name stands for: a folder, a pattern such as "shots/*.png", or a video.

    Raises ValueError that names it: nothing there, no pictures in it, no video.
    """
    if os.path.isdir(name):
        files = [entry.path for entry in os.scandir(name) if entry.is_file() and is_picture(entry.name)]
        if not files:
            raise ValueError(f"{name}: there are no pictures in this folder ({', '.join(WRITE_OPTIONS)} ...)")
        return Pictures(files, fps or USUAL_FPS)
    if not os.path.exists(name) and glob.has_magic(name):
        files = [file for file in glob.glob(name) if is_picture(file)]
        if not files:
            raise ValueError(f"{name}: no pictures match this pattern")
        return Pictures(files, fps or USUAL_FPS)
    if os.path.isfile(name) and is_picture(name) and not name.lower().endswith(".gif"):
        return Pictures([name], fps or USUAL_FPS)
    video = Video(name)
    if fps:
        video.fps = fps
    return video


def is_picture(name: str) -> bool:
    """Is it a picture by its name, and no hidden file?"""
    return not os.path.basename(name).startswith(".") and os.path.splitext(name)[1].lower() in PICTURES


def natural(name: str) -> list[tuple[int, str]]:
    """A key that sorts frame2 before frame10."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", name) if part]

"""Thumbnails of the example workflows: pictures, or moments of a film, as strips of one square."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO

import av
from PIL import Image, ImageOps

#: Side of a thumbnail, and width of the line between its strips, in pixels.
SIDE, LINE = 480, 4
#: The moments of a film that are shown, as shares of its length.
MOMENTS = (0.5, 0.75, 0.97)


def thumbnail(contents: Sequence[BytesIO]) -> Image.Image:
    """A square of SIDE pixels from the files of pictures or films, left to right; four pictures stand two by two."""
    pictures = [picture for content in contents for picture in opened(content)]
    if len(pictures) == 1:
        return cut(pictures[0], (SIDE, SIDE))
    whole = Image.new("RGB", (SIDE, SIDE), "white")
    rows = 2 if len(pictures) == 4 else 1
    columns = len(pictures) // rows
    width, height = (SIDE - LINE * (columns - 1)) // columns, (SIDE - LINE * (rows - 1)) // rows
    for i, picture in enumerate(pictures):
        at = (i % columns * (width + LINE), i // columns * (height + LINE))
        whole.paste(cut(picture, (width, height)), at)
    return whole


def opened(content: BytesIO) -> list[Image.Image]:
    """The picture, or the film's MOMENTS."""
    try:
        return [Image.open(content).convert("RGB")]
    except OSError:
        content.seek(0)
    with av.open(content) as film:
        frames = [frame.to_image() for frame in film.decode(video=0)]
    return [frames[min(len(frames) - 1, round(share * len(frames)))] for share in MOMENTS]


def cut(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    """The middle of a picture, filling a size."""
    return ImageOps.fit(picture, size, Image.Resampling.LANCZOS)

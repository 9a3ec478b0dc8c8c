"""Pictures, brushes, styles and films of strangers."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from PIL import Image

from .bombs import grey_png, png
from .cases import Case, made, written

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(1)</script></svg>'


def encoded(pixels: np.ndarray, kind: str = "PNG", **options: Any) -> bytes:
    """A sound picture file."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, kind, **options)
    return buffer.getvalue()


def noise(height: int, width: int, channels: int = 3) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (height, width, channels), dtype=np.uint8)


def film(frames: int, *, fast: bool = False, size: tuple[int, int] = (48, 64), sound_only: bool = False) -> bytes:
    """A film; `fast`: its table of contents comes first."""
    options = {"movflags": "faststart"} if fast else {}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "film.mp4")
        with av.open(str(file), "w", options=options) as container:
            if sound_only:
                _sound(container)
            else:
                _pictures(container, frames, size)
        return file.read_bytes()


def _pictures(container: Any, frames: int, size: tuple[int, int]) -> None:
    stream = container.add_stream("mpeg4", rate=12)
    stream.height, stream.width, stream.pix_fmt = *size, "yuv420p"
    container.start_encoding()
    for number in range(frames):
        pixels = np.roll(noise(*size), number, axis=1)
        container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
    container.mux(stream.encode())


def _sound(container: Any) -> None:
    stream = container.add_stream("aac", rate=8000, layout="mono")
    for number in range(8):
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = 8000, 1024 * number, Fraction(1, 8000)
        container.mux(stream.encode(frame))
    container.mux(stream.encode())


def huge_frame() -> bytes:
    """A film whose one frame has 9,600 x 9,600 pixels, in a few hundred bytes."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mov") as container:
        stream = container.add_stream("png", rate=12)
        stream.height, stream.width, stream.pix_fmt = 9_600, 9_600, "gray"
        packet = av.Packet(grey_png(9_600, 9_600))
        packet.stream, packet.pts, packet.dts, packet.time_base = stream, 0, 0, Fraction(1, 12)
        container.mux(packet)
    return buffer.getvalue()


def cut(content: Callable[[], bytes], share: float) -> Callable[[], bytes]:
    return lambda: (whole := content())[: int(share * len(whole))]


NO_PICTURE = "cannot be read|not a picture|cannot identify|not a valid|too small|is empty|UnidentifiedImage"
#: True: ComfyUI's Load Image reads it as far as it goes.
PICTURES: dict[str, tuple[Any, ...]] = {
    "60,000 x 60,000 in 100 bytes": ("a.png", written(png(60_000, 60_000)), "bomb|larger than the"),
    "2^31 pixels wide": ("a.png", written(png(2**31 - 1, 1)), "bomb|larger than the|cannot|invalid"),
    "no pixels": ("a.png", written(png(0, 0)), NO_PICTURE + "|invalid|no pixels"),
    "text": ("a.png", written(b"import os; os.system('touch canary')"), NO_PICTURE),
    "empty": ("a.png", written(b""), NO_PICTURE),
    "a wrong checksum": ("a.png", written(png(8, 8, wrong=True)), NO_PICTURE + "|broken"),
    "too few rows": ("a.png", written(png(64, 64, rows=bytes(100))), "truncated|cannot be read|broken", True),
    "half a JPEG": ("a.jpg", made(cut(lambda: encoded(noise(64, 64), "JPEG"), 0.5)), "truncated|cannot be read", True),
    "markup": ("a.png", written(SVG), NO_PICTURE),
    "one pixel": ("a.png", written(encoded(noise(1, 1))), None),
    "5,000 x 1": ("a.png", written(encoded(noise(1, 5000))), None),
}
BRUSHES: dict[str, tuple[Any, str | None]] = {
    "20,000 x 20,000": (made(lambda: grey_png(20_000, 20_000)), "larger than the"),
    "8,000 x 8,000": (made(lambda: grey_png(8_000, 8_000)), "million pixels"),
    "60,000 x 60,000 in 100 bytes": (written(png(60_000, 60_000)), "larger than the"),
    "one pixel": (written(encoded(noise(1, 1))), "no ink"),
    "one row of 20,000 pixels": (made(lambda: encoded(noise(1, 20_000))), None),
    "all transparent": (written(encoded(np.zeros((40, 40, 4), np.uint8))), "no ink"),
    "all white": (written(encoded(np.full((40, 40, 3), 255, np.uint8))), "no ink"),
    "text": (written(b"oil"), "cannot be read as a picture"),
    "empty": (written(b""), "empty"),
    "half of one": (made(cut(lambda: encoded(noise(64, 64)), 0.5)), "cannot be read"),
}
STYLES: dict[str, tuple[Any, str | None]] = {
    "empty": (written(b""), NO_PICTURE),
    "60,000 x 60,000 in 100 bytes": (written(png(60_000, 60_000)), "bomb|larger than the"),
    "one pixel": (written(encoded(noise(1, 1))), None),
    "wholly transparent": (written(encoded(np.zeros((40, 40, 4), np.uint8))), None),
    "one color": (written(encoded(np.full((40, 40, 3), 7, np.uint8))), None),
}
NO_FILM = "cannot be read as a video|no video|[Ii]nvalid data|no pictures in this|moov|end of file|cannot be read"
FILMS: dict[str, tuple[Any, str | None, bool]] = {
    "text": (written(b"not a film"), NO_FILM, False),
    "empty": (written(b""), NO_FILM, False),
    "no table of contents": (made(cut(lambda: film(12), 0.6)), NO_FILM, False),
    "its end is missing": (made(cut(lambda: film(12, fast=True), 0.6)), "frame|ends", True),
    "sound alone": (made(lambda: film(0, sound_only=True)), NO_FILM, False),
    "no frames": (made(lambda: film(0)), NO_FILM + "|no frames", False),
    "one frame": (made(lambda: film(1)), None, False),
    "a frame of 92 million pixels": (made(huge_frame), "larger than", False),
    "a picture called a film": (made(lambda: encoded(noise(48, 64))), None, True),
}


def cases() -> list[Case]:
    """All of them."""
    found = [
        Case(f"picture: {name}", "picture", says, f"hostile_{i}{file[1:]}", make, also=bool(also))
        for i, (name, (file, make, says, *also)) in enumerate(PICTURES.items())
    ]
    found += [
        Case(f"brush: {name}", "brush", says, f"hostile_{i}.png", make)
        for i, (name, (make, says)) in enumerate(BRUSHES.items())
    ]
    found += [
        Case(f"style: {name}", "style", says, f"hostile_style_{i}.png", make)
        for i, (name, (make, says)) in enumerate(STYLES.items())
    ]
    found += [
        Case(f"film: {name}", "film", says, f"hostile_{i}.mp4", make, also=also)
        for i, (name, (make, says, also)) in enumerate(FILMS.items())
    ]
    return found

"""What leaves the house: posters, stroke files, vector pictures, and the video of a painting being made."""

from __future__ import annotations

from ..rendering.strips import Strips
from .process import Process, frame_size, painting_frames
from .stroke_io import load_strokes, save_strokes
from .svg import save_svg, strokes_to_svg
from .timelapse import save_timelapse

__all__ = [
    "Process",
    "Strips",
    "frame_size",
    "load_strokes",
    "painting_frames",
    "save_strokes",
    "save_svg",
    "save_timelapse",
    "strokes_to_svg",
]

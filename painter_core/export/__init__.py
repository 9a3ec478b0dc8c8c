"""What leaves the house: stroke files, vector pictures, and the video of a painting being made."""

from __future__ import annotations

from .files import load_strokes, save_strokes
from .svg import save_svg, strokes_to_svg
from .timelapse import painting_frames, save_timelapse

__all__ = ["load_strokes", "painting_frames", "save_strokes", "save_svg", "save_timelapse", "strokes_to_svg"]

"""Frames: strokes that stay with what they depict."""

from .film import COHERENCE, FilmFrame, FilmPainter, paint_frames
from .flow import METHODS as FLOWS
from .flow import flow_between
from .state import State

__all__ = ["COHERENCE", "FLOWS", "FilmFrame", "FilmPainter", "State", "flow_between", "paint_frames"]

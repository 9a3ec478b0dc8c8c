"""Alla Prima's painter: pictures become brush strokes, strokes become pictures. Knows nothing of ComfyUI.

from painter_core import paint, render

strokes = paint(picture)                        # picture: (3, H, W) float in [0, 1]
canvas = render(strokes)                        # (3, H, W)
poster = render(strokes, scale=8)               # the same painting, 8 times the size
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .brushes.brush import Brush
    from .manner import Manner
    from .painting.paint_options import PaintOptions
    from .painting.painter import paint, refine
    from .painting.presets import preset
    from .predictor.checkpoint import load_predictor
    from .refinement.prune import prune
    from .rendering.raster import render
    from .sequence.film import paint_frames
    from .strokes import Strokes

#: Where the public names live; imported when first asked for, so that the command line starts without PyTorch.
_HOMES = {
    "Brush": ".brushes.brush",
    "Manner": ".manner",
    "PaintOptions": ".painting.paint_options",
    "Strokes": ".strokes",
    "load_predictor": ".predictor.checkpoint",
    "paint": ".painting.painter",
    "paint_frames": ".sequence.film",
    "preset": ".painting.presets",
    "prune": ".refinement.prune",
    "refine": ".painting.painter",
    "render": ".rendering.raster",
}

__all__ = [
    "Brush", "Manner", "PaintOptions", "Strokes", "load_predictor", "paint", "paint_frames", "preset", "prune",
    "refine", "render",
]  # fmt: skip


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name], __name__), name)

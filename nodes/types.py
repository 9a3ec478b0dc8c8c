"""The sockets that ComfyUI does not have by itself."""

from __future__ import annotations

from comfy_api.latest import io

#: Carries a ComfyUI `ModelPatcher` around a predictor of `painter_core`: ComfyUI moves it between devices.
StrokePredictor = io.Custom("STROKE_PREDICTOR")

#: Carries `list[painter_core.Strokes]`, one painting for each picture of a batch. Lists are never changed in place.
StrokeBatch = io.Custom("STROKES")

#: Carries one `painter_core.Brush`.
BrushTip = io.Custom("BRUSH")

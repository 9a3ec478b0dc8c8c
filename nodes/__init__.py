"""The ComfyUI nodes: adapters between ComfyUI's sockets and `painter_core`."""

from __future__ import annotations

from comfy_api.latest import ComfyExtension, io

from . import models
from .load import LoadStrokePredictor
from .paint import PaintImage
from .render import StrokeRender


class AllaPrimaExtension(ComfyExtension):
    async def get_node_list(self) -> list[type[io.ComfyNode]]:
        models.register()
        return [
            LoadStrokePredictor,
            PaintImage,
            StrokeRender,
        ]

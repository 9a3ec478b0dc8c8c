"""The ComfyUI nodes: adapters between ComfyUI's sockets and `painter_core`."""

from __future__ import annotations

from comfy_api.latest import ComfyExtension, io

from . import brush, models, style_weights
from .brush import BrushFromImage, LoadBrush
from .checks import checked
from .edit_files import LoadStrokes, SaveStrokes
from .edit_operations import edit_nodes
from .example import ExamplePicture
from .example_clip import ExampleClip
from .load import LoadStrokePredictor
from .paint import PaintImage
from .paint_video import PaintVideo
from .render import StrokeRender
from .style import StyleTransferThenPaint
from .surface import PaintSurface


class AllaPrimaExtension(ComfyExtension):
    async def get_node_list(self) -> list[type[io.ComfyNode]]:
        models.register()
        brush.register()
        style_weights.register()
        nodes = [
            LoadStrokePredictor,
            PaintImage,
            StrokeRender,
            PaintSurface,
            *edit_nodes(),
            SaveStrokes,
            LoadStrokes,
            LoadBrush,
            BrushFromImage,
            StyleTransferThenPaint,
            ExamplePicture,
            ExampleClip,
            PaintVideo,
        ]
        return [checked(node) for node in nodes]

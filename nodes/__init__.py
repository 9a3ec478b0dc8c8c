"""The ComfyUI nodes: adapters between ComfyUI's sockets and `painter_core`."""

from __future__ import annotations

from comfy_api.latest import ComfyExtension, io

from . import brush, models, style_weights
from .brush import BrushFromImage, LoadBrush
from .checks import checked
from .edit_best import KeepBestStrokes
from .edit_crop import CropStrokes
from .edit_files import LoadStrokes, SaveStrokes
from .edit_filter import FilterStrokes
from .edit_jitter import JitterStrokes
from .edit_merge import MergeStrokes
from .edit_mix import MixStrokeColors
from .edit_recolor import RecolorStrokes
from .edit_reorder import ReorderStrokes
from .edit_transform import TransformStrokes
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
            FilterStrokes,
            RecolorStrokes,
            MixStrokeColors,
            TransformStrokes,
            CropStrokes,
            JitterStrokes,
            ReorderStrokes,
            MergeStrokes,
            SaveStrokes,
            LoadStrokes,
            KeepBestStrokes,
            LoadBrush,
            BrushFromImage,
            StyleTransferThenPaint,
            ExamplePicture,
            ExampleClip,
            PaintVideo,
        ]
        return [checked(node) for node in nodes]

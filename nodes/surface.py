"""Light a painting as an object: relief of the paint, canvas or paper below it, varnish on it."""

from __future__ import annotations

from functools import partial

import comfy.model_management as mm
from comfy_api.latest import io
from torch import Tensor

from ..painter_core import Brush, Strokes
from ..painter_core.surface import WEAVES, Scene, Surface
from . import adapt, menu
from .draw import common_size
from .inputs import brush_input, other_brush
from .progress import OnStep, Progress
from .types import BrushTip, StrokeBatch

DEFAULT = Surface()


class PaintSurface(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return menu.schema(
            "PaintSurface",
            description="Draw strokes as paint that has thickness, on canvas or paper, under a lamp that can be moved.",
            inputs=[
                StrokeBatch.Input("strokes", tooltip="The strokes of one or more paintings, from Paint Image."),
                io.Float.Input(
                    "scale",
                    default=2.0,
                    min=1.0,
                    max=16.0,
                    step=0.5,
                    tooltip="How many times as large the result is. Relief wants pixels: 2 or more shows the bristles.",
                ),
                brush_input(
                    "Draws all strokes with another brush than their own. Oil and knife are thick; watercolor, pencil "
                    "and marker have no body and show the paper."
                ),
                _share("impasto", DEFAULT.impasto, "How thick the paint is. 0 is flat, 0.4 a normal oil painting."),
                io.Float.Input(
                    "azimuth",
                    default=DEFAULT.azimuth,
                    min=0.0,
                    max=360.0,
                    step=5.0,
                    tooltip="Where the lamp stands, in degrees clockwise: 0 above the picture, 90 to the right of it, "
                    "180 below, 270 to the left.",
                ),
                io.Float.Input(
                    "elevation",
                    default=DEFAULT.elevation,
                    min=5.0,
                    max=90.0,
                    step=5.0,
                    tooltip="How high the lamp stands over the canvas, in degrees: low light shows every ridge, 90 is "
                    "straight in front and shows none.",
                ),
                io.Combo.Input(
                    "weave",
                    options=list(WEAVES),
                    default=DEFAULT.weave,
                    tooltip="What is painted on: canvas is regular, linen has slubs, paper is cold-pressed. "
                    "Thick paint hides it.",
                ),
                io.Float.Input(
                    "weave_size",
                    default=DEFAULT.weave_size,
                    min=1.0,
                    max=64.0,
                    step=0.5,
                    tooltip="Distance between two threads, or grains of the paper, in pixels at scale 1.",
                ),
                _share("varnish", DEFAULT.varnish, "Gloss: highlights on ridges, deeper and fuller colors."),
                io.Image.Input(
                    "canvas",
                    optional=True,
                    tooltip="A picture to draw on, in place of the ground that it was painted on.",
                ),
                BrushTip.Input(
                    "brush_tip",
                    display_name="brush tip",
                    optional=True,
                    tooltip="A brush from Load Brush or Brush from Image that draws all strokes.",
                ),
            ],
            outputs=[
                io.Image.Output(display_name="image", tooltip="The lit paintings at the chosen scale."),
                io.Mask.Output(display_name="height", tooltip="The relief: black is bare ground, white thick paint."),
                io.Image.Output(
                    display_name="normals",
                    tooltip="Normal map, OpenGL convention: red points right, green up, blue out of the picture.",
                ),
            ],
        )

    @classmethod
    def execute(
        cls,
        strokes: list[Strokes],
        scale: float,
        brush: str,
        impasto: float,
        azimuth: float,
        elevation: float,
        weave: str,
        weave_size: float,
        varnish: float,
        canvas: Tensor | None = None,
        brush_tip: Brush | None = None,
    ) -> io.NodeOutput:
        tip = other_brush(brush, brush_tip)
        surface = Surface(impasto, azimuth, elevation, weave, weave_size, varnish)
        size, device, count = common_size(strokes, scale, channels=7), mm.get_torch_device(), len(strokes)
        image, height = adapt.empty_image(count, size), adapt.empty_mask(count, size)
        normals = adapt.empty_image(count, size)
        progress = Progress(count)
        for i, painting in enumerate(strokes):
            ground = None
            if canvas is not None:
                ground = adapt.resized(adapt.picture(canvas, adapt.partner(canvas, i), device), size)
            scene = Scene(painting.to(device), surface, 1.0, size, tip, ground)
            _fill(image[i], height[i], normals[i], scene, progress.of(i))
        progress.finish()
        return io.NodeOutput(image, height, normals)


def _share(name: str, default: float, tooltip: str) -> io.Input:
    return io.Float.Input(name, default=default, min=0.0, max=1.0, step=0.05, tooltip=tooltip)


def _fill(image: Tensor, height: Tensor, normals: Tensor, scene: Scene, on_step: OnStep) -> None:
    """Fill (H, W, 3), (H, W) and (H, W, 3), window by window: memory stays small, and cancel works."""
    parts = list(scene.windows((0, 0, *scene.size)))
    for done, (top, left, rows, columns) in enumerate(parts, 1):
        seen = scene.window(top, left, rows, columns, partial(on_step, done - 1, len(parts), None))
        place = (slice(top, top + rows), slice(left, left + columns))
        image[place] = seen.picture.movedim(0, -1)
        height[place] = seen.height
        normals[place] = seen.normals.movedim(0, -1)
        on_step(done, len(parts), None)

"""Brushes: built-in ones, tips from files, tips cut from pictures."""

from __future__ import annotations

import os

import folder_paths
from comfy_api.latest import io
from torch import Tensor

from ..painter_core.brushes.brush import BRUSHES, get_brush
from ..painter_core.brushes.reference import mark_brush, texture_brush
from ..painter_core.wording import shown
from . import adapt, menu, models
from .choices import found
from .inputs import check_choice
from .types import BrushTip

#: ComfyUI's name for the folder of tips, and where it lies below the folders of the predictors.
FOLDER, SUBFOLDER = "painter_brushes", "brushes"
SUFFIXES = {".png", ".jpg", ".jpeg", ".webp"}
KINDS = ("texture", "mark")


def register() -> None:
    """Tell ComfyUI where tips lie: models/painter/brushes, and `brushes` in other folders of the key `painter`."""
    for folder in folder_paths.get_folder_paths(models.FOLDER):
        if folder != str(models.OWN_WEIGHTS):
            folder_paths.add_model_folder_path(FOLDER, os.path.join(folder, SUBFOLDER))
    folder_paths.folder_names_and_paths[FOLDER][1].update(SUFFIXES)


def names() -> list[str]:
    """The brushes there are, built-in ones first."""
    return [*BRUSHES, *sorted(folder_paths.get_filename_list(FOLDER))]


def path_of(name: str) -> str:
    """The file of a brush that is not built in; ValueError that lists the choices when there is none of this name."""
    path = folder_paths.get_full_path(FOLDER, name) if isinstance(name, str) else None
    if path is None:
        raise ValueError(
            f"There is no brush {shown(name)}. There are: {', '.join(names())}. "
            f"Choose one of them, or put a picture of a mark into ComfyUI's models/painter/{SUBFOLDER} and refresh."
        )
    return path


class LoadBrush(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return menu.schema(
            "LoadBrush",
            description="A brush to paint or draw with: a built-in one, or a picture in models/painter/brushes.",
            inputs=[
                io.Combo.Input(
                    "brush_name",
                    options=names(),
                    default=BRUSHES[0],
                    tooltip="oil, filbert, fan, knife and dry are for paint, sable and rigger come to a point, "
                    "watercolor is for washes, pencil, charcoal and marker for drawing, dot for dabs. "
                    "Files of yours in models/painter/brushes come after them.",
                ),
            ],
            outputs=[BrushTip.Output(display_name="brush", tooltip="The brush, for any input called brush.")],
        )

    @classmethod
    def validate_inputs(cls, brush_name: str | None) -> bool | str:
        return brush_name in BRUSHES or found(path_of, brush_name)

    @classmethod
    def fingerprint_inputs(cls, brush_name: str) -> tuple[str, float, int] | str:
        """A file that was replaced is loaded again."""
        if brush_name in BRUSHES:
            return brush_name
        try:
            path = path_of(brush_name)
        except ValueError:
            return brush_name  # execute says what is wrong
        return path, os.path.getmtime(path), os.path.getsize(path)

    @classmethod
    def execute(cls, brush_name: str) -> io.NodeOutput:
        return io.NodeOutput(get_brush(brush_name if brush_name in BRUSHES else path_of(brush_name)))


class BrushFromImage(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return menu.schema(
            "BrushFromImage",
            description="Cut a brush from a picture: the texture of a piece of a painting, or one mark of your own.",
            inputs=[
                io.Image.Input(
                    "image",
                    tooltip="A piece of a painting whose surface the strokes shall have, or a picture of one mark that "
                    "runs from left to right. Only the first picture of a batch is used.",
                ),
                io.Combo.Input(
                    "kind",
                    options=list(KINDS),
                    default=KINDS[0],
                    tooltip="texture: strokes get the ridges and furrows of the picture. mark: the picture is one "
                    "mark, dark on light, light on dark, or on transparency.",
                ),
                io.Float.Input(
                    "relief",
                    default=0.3,
                    min=0.0,
                    max=1.0,
                    step=0.05,
                    tooltip="How much of the picture's light and dark shows in the strokes.",
                ),
                io.Mask.Input(
                    "mask",
                    optional=True,
                    tooltip="The outline of the mark, white where it is. Without one: the oil brush's for a texture, "
                    "and for a mark what differs from the picture's border. Load Image's mask of a transparent "
                    "picture is black where the mark is: put Invert Mask between.",
                ),
            ],
            outputs=[BrushTip.Output(display_name="brush", tooltip="The brush, for any input called brush.")],
        )

    @classmethod
    def execute(cls, image: Tensor, kind: str, relief: float, mask: Tensor | None = None) -> io.NodeOutput:
        check_choice("kind", kind, KINDS)
        picture = image[0].float().clamp(0, 1).movedim(-1, 0)
        picture = picture.expand(3, -1, -1) if len(picture) == 1 else picture
        outline = None if mask is None else adapt.mask(mask, 0, (picture.shape[1], picture.shape[2]), "cpu")
        make = texture_brush if kind == "texture" else mark_brush
        return io.NodeOutput(make(picture.cpu(), outline, relief=relief))

"""Where people find the nodes: their names, their place in the menu, and the words that are typed to look for them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from comfy_api.latest import io

from ..painter_core.edit.operations import OPERATIONS
from .compat import has, newer

#: Places in the menu.
MAIN, EDIT, FILES = "painter", "painter/edit strokes", "painter/load and save"


@dataclass(frozen=True)
class Entry:
    """How a node is found.

    Attributes:
        name: what stands on the node.
        place: its category.
        words: what people type who look for it, the most usual first.
        shown: so many of the words stand behind the name where ComfyUI's search knows no others (before 0.11).
    """

    name: str
    place: str
    words: tuple[str, ...]
    shown: int = 0

    def display_name(self) -> str:
        """The name, with words behind it where only names are searched."""
        if not self.shown or has(io.Schema, "search_aliases"):
            return self.name
        return f"{self.name}: {', '.join(self.words[: self.shown])}"


#: Every node by its id; those that edit strokes as the operations have them.
ENTRIES: dict[str, Entry] = {
    "PaintImage": Entry(
        "Paint Image (Brush Strokes)", MAIN,
        ("oil", "watercolor", "pencil", "sketch", "painterly", "impressionist", "drawing", "pointillist", "marker",
         "aquarelle", "crayon", "charcoal", "artistic", "painting", "painter", "stroke", "paint transformer",
         "image to painting", "neural painting", "monet", "seurat"), 7,
    ),
    "StyleTransferThenPaint": Entry(
        "Style Transfer, Then Paint", MAIN,
        ("van gogh", "painterly", "style transfer", "monet", "hokusai", "artistic style", "adain", "adaattn",
         "lapstyle", "neural style", "palette transfer", "oil", "strokes"), 4,
    ),
    "StrokeRender": Entry(
        "Stroke Render", MAIN,
        ("timelapse", "svg", "vector", "speed paint", "print", "time-lapse", "process video", "painting process",
         "plotter", "upscale painting", "strokes to image", "strokes to video", "brush strokes"), 5,
    ),
    "PaintSurface": Entry(
        "Paint Surface (Relief, Light)", MAIN,
        ("impasto", "canvas texture", "varnish", "relief", "bump", "normal map", "height map", "linen", "thick paint",
         "lighting", "oil"), 6,
    ),
    "LoadStrokePredictor": Entry(
        "Load Stroke Predictor", FILES, ("paint transformer", "load painter model", "painting network", "stroke model")
    ),
    "LoadBrush": Entry("Load Brush", FILES, ("brush tip", "brushes", "oil", "watercolor", "pencil", "charcoal")),
    "BrushFromImage": Entry("Brush from Image", FILES, ("custom brush", "make brush", "brush tip", "texture brush")),
    "SaveStrokes": Entry("Save Strokes", FILES, ("export strokes", "save painting")),
    "LoadStrokes": Entry("Load Strokes", FILES, ("import strokes", "open painting")),
    "PaintVideo": Entry(
        "Paint Video (Brush Strokes)", MAIN,
        ("video", "film", "animation", "rotoscope", "painterly video", "vid2vid", "video to painting", "clip", "oil",
         "watercolor", "temporal", "flicker"), 4,
    ),
    "ExamplePicture": Entry(
        "Example Picture (to Paint)", FILES, ("sample image", "test image", "example photo", "painting", "style image")
    ),
    "ExampleClip": Entry("Example Clip (to Paint)", FILES, ("sample video", "test video", "example film", "clip")),
}  # fmt: skip
_EDITING = [operation.node for operation in OPERATIONS.values() if operation.node is not None]
ENTRIES |= {node.id: Entry(node.title, EDIT, node.words) for node in _EDITING}


def schema(node_id: str, **words: Any) -> io.Schema:
    """The schema of a node of ENTRIES; `words` are its description, inputs, outputs and what else `io.Schema` knows.

    Inputs whose ids are no plain words, such as `weave_size`, show themselves as "weave size" if they say nothing else.
    """
    entry = ENTRIES[node_id]
    for each in words.get("inputs", ()):
        if each.display_name is None and "_" in each.id:
            each.display_name = each.id.replace("_", " ")
    return newer(
        io.Schema, node_id=node_id, display_name=entry.display_name(), category=entry.place,
        search_aliases=list(entry.words), **words,
    )  # fmt: skip

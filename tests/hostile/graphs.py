"""Graphs (ComfyUI's API format) that put a file in front of the node that reads it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from .cases import Graph

#: Strokes that prompts ask for.
FEW = {"strokes": 12, "refine": 0}


def node(kind: str, **inputs: Any) -> dict[str, Any]:
    """One node; an input that comes from another node is the list [its key, the number of its output]."""
    return {"class_type": kind, "inputs": inputs}


def loaded(file: Any) -> Graph:
    """Strokes from a file, as the node "strokes"."""
    return {"strokes": node("LoadStrokes", file=file)}


def drawn(file: Any, **options: Any) -> Graph:
    """Strokes from a file, drawn as a picture and as vectors."""
    return {
        **loaded(file),
        "draw": node("StrokeRender", strokes=["strokes", 0], **{"scale": 1.0, "brush": "as painted", "seconds": 1.0,
                                                                "fps": 10, **options}),
        "show": node("SaveImage", images=["draw", 0], filename_prefix="hostile"),
        "vectors": node("SaveSVGNode", svg=["draw", 3], filename_prefix="hostile"),
    }  # fmt: skip


def painted(picture: str, **options: Any) -> Graph:
    """A picture from a file, painted."""
    return {
        "look": node("LoadImage", image=picture),
        "paint": node("PaintImage", image=["look", 0], **{**FEW, **options}),
        "show": node("SaveImage", images=["paint", 0], filename_prefix="hostile"),
    }


def predicted(file: str) -> Graph:
    """A picture painted with a network from a file."""
    network = node("LoadStrokePredictor", model_name=file)
    return {**painted("good.png", predictor=["network", 0]), "network": network}


def brushed(file: str) -> Graph:
    """Strokes drawn with a brush from a file."""
    return {**drawn("good.json", brush_tip=["brush", 0]), "brush": node("LoadBrush", brush_name=file)}


def styled(style: str, **options: Any) -> Graph:
    """A picture painted in the style of a picture from a file."""
    return {
        "look": node("LoadImage", image="good.png"),
        "style": node("LoadImage", image=style),
        "paint": node("StyleTransferThenPaint", content=["look", 0], style=["style", 0], **{**FEW, **options}),
        "show": node("SaveImage", images=["paint", 0], filename_prefix="hostile"),
    }


def filmed(file: str) -> Graph:
    """A film from a file, painted."""
    return {
        "clip": node("LoadVideo", file=file),
        "paint": node("PaintVideo", video=["clip", 0], **FEW),
        "show": node("SaveVideo", video=["paint", 0], filename_prefix="hostile", format="auto", codec="auto"),
    }


def weighted(folder: str) -> Graph:
    """A picture in the style of another one, by a network of a folder."""
    return styled("good.png", method="adaattn", style_weights=folder)


#: For every kind of file: where it lies in ComfyUI's folder, and the graph that reads it.
GRAPHS: dict[str, tuple[Path, Callable[[str], Graph]]] = {
    "strokes": (Path("input"), drawn),
    "predictor": (Path("models/painter"), predicted),
    "brush": (Path("models/painter/brushes"), brushed),
    "checkpoint": (Path("models/style_transfer"), weighted),
    "picture": (Path("input"), painted),
    "style": (Path("input"), styled),
    "film": (Path("input"), filmed),
}

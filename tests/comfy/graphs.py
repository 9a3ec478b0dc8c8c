"""Graphs in ComfyUI's API format, and the pictures that go into them."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from .harness import ComfyServer, Graph, RefusedError, Run

MODEL = "compact.safetensors"


def node(kind: str, **inputs: Any) -> dict[str, Any]:
    """One node; an input that comes from another node is the list [its key, the number of its output]."""
    return {"class_type": kind, "inputs": inputs}


def painting(picture: str, **changes: Any) -> Graph:
    """Load Image -> Paint Image -> Save Image, the nodes' keys being load, model, paint, save; save=False: without."""
    save = changes.pop("save", True)
    options = {"strokes": 60, "refine": 0, "seed": 0, **changes}
    graph = {
        "load": node("LoadImage", image=picture),
        "model": node("LoadStrokePredictor", model_name=MODEL),
        "paint": node("PaintImage", **{"predictor": ["model", 0], "image": ["load", 0], **options}),
    }
    if save:
        graph["save"] = node("SaveImage", images=["paint", 0], filename_prefix="painting")
    return graph


def picture(height: int, width: int, seed: int = 0) -> np.ndarray:
    """A (height, width, 3) uint8 picture with a gradient, some discs and edges, never the same twice."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width]
    pixels = np.stack([x / max(1, width - 1), y / max(1, height - 1), (x + y) / (width + height)], axis=-1)
    for _ in range(6):
        center, radius = random.random(2) * (height, width), (0.1 + 0.2 * random.random()) * min(height, width)
        inside = (y - center[0]) ** 2 + (x - center[1]) ** 2 < radius**2
        pixels[inside] = random.random(3)
    return np.round(255 * pixels).astype(np.uint8)


def put(server: ComfyServer, name: str, pixels: np.ndarray) -> str:
    """A picture in the server's input folder; its name for Load Image."""
    Image.fromarray(pixels).save(Path(server.home, "input", name))
    return name


def error_of(server: ComfyServer, graph: Graph) -> str:
    """What is said of a graph that is wrong, before it runs or then."""
    try:
        run = server.run(graph)
    except RefusedError as refusal:
        return refusal.said
    assert run.status == "error"
    return run.error["exception_message"]


def saved(server: ComfyServer, run: Run, key: str = "save") -> list[np.ndarray]:
    """What Save Image saved: (H, W, 3) uint8 each."""
    assert run.status == "success", f"the run ended with {run.status}: {run.all('execution_error')}"
    files = (server.view(file) for file in run.files(key))
    return [np.asarray(Image.open(BytesIO(content)).convert("RGB")) for content in files]

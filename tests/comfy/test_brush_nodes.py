"""Load Brush and Brush from Image in a real ComfyUI server."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from comfy.graphs import error_of, node, painting, picture, put, saved
from comfy.harness import ComfyServer, Graph
from PIL import Image

from painter_core.brushes.brush import BRUSHES


def drawn(comfyui: ComfyServer, brush: dict[str, Any]) -> Graph:
    """A small painting, drawn again with the node `brush`."""
    graph = painting(put(comfyui, "brushes.png", picture(48, 64)), strokes=40, save=False)
    options = {"scale": 1.0, "brush": "oil", "seconds": 1.0, "fps": 10}
    graph["brush"] = brush
    graph["render"] = node("StrokeRender", strokes=["paint", 1], brush_tip=["brush", 0], **options)
    graph["save"] = node("SaveImage", images=["render", 0], filename_prefix="brush")
    return graph


def cut(image: str, kind: str) -> dict[str, Any]:
    """The node that makes a brush of the image that another node gives."""
    return {"class_type": "BrushFromImage", "inputs": {"image": [image, 0], "kind": kind, "relief": 0.4}}


def mark() -> np.ndarray:
    """A dark bar on white: (40, 80, 3)."""
    pixels = np.full((40, 80, 3), 255, np.uint8)
    pixels[10:30, 10:70] = 60
    return pixels


def test_files_are_offered_after_the_built_in_brushes(comfyui: ComfyServer) -> None:
    folder = comfyui.home / "models" / "painter" / "brushes"
    folder.mkdir(parents=True, exist_ok=True)
    Image.fromarray(mark()).save(folder / "bar.png")
    (folder / "notes.txt").write_text("no brush")
    options = comfyui.get("/object_info/LoadBrush")["LoadBrush"]["input"]["required"]["brush_name"]
    offered = options[0] if isinstance(options[0], list) else options[1]["options"]
    assert offered[: len(BRUSHES)] == list(BRUSHES)
    assert offered[len(BRUSHES) :] == sorted(file.name for file in folder.glob("*.png"))
    (image,) = saved(comfyui, comfyui.run(drawn(comfyui, node("LoadBrush", brush_name="bar.png"))))
    assert image.shape == (48, 64, 3)
    # a file that was replaced is loaded again
    Image.fromarray(mark().transpose(1, 0, 2)[:, ::-1]).rotate(30, expand=True, fillcolor=(255, 255, 255)).save(
        folder / "bar.png"
    )
    (other,) = saved(comfyui, comfyui.run(drawn(comfyui, node("LoadBrush", brush_name="bar.png"))))
    assert not np.array_equal(image, other)


@pytest.mark.parametrize("name", ["pencil", "knife"])
def test_built_in_brushes(comfyui: ComfyServer, name: str) -> None:
    graph = drawn(comfyui, node("LoadBrush", brush_name=name))
    (image,) = saved(comfyui, comfyui.run(graph))
    graph["render"]["inputs"] |= {"brush": name}
    del graph["render"]["inputs"]["brush_tip"]
    assert np.array_equal(image, saved(comfyui, comfyui.run(graph))[0])


def test_a_brush_that_is_not_there(comfyui: ComfyServer) -> None:
    graph = drawn(comfyui, node("LoadBrush", brush_name="nylon.png"))
    try:
        message = error_of(comfyui, graph)
    except Exception as refused:  # newer servers check choices before they run anything
        message = str(refused)
    assert "nylon.png" in message


@pytest.mark.parametrize("kind", ["texture", "mark"])
def test_a_brush_from_an_image(comfyui: ComfyServer, kind: str) -> None:
    make = cut("reference", kind)
    graph = drawn(comfyui, make)
    graph["reference"] = node("LoadImage", image=put(comfyui, "reference.png", mark()))
    (image,) = saved(comfyui, comfyui.run(graph))
    assert image.std() > 5
    graph["mask"] = node("SolidMask", value=1.0, width=80, height=40)
    make["inputs"]["mask"] = ["mask", 0]
    (other,) = saved(comfyui, comfyui.run(graph))
    assert not np.array_equal(image, other)


def test_images_that_make_no_brush(comfyui: ComfyServer) -> None:
    graph = drawn(comfyui, cut("plain", "texture"))
    graph["plain"] = node("EmptyImage", width=64, height=64, batch_size=1, color=0xFFFFFF)
    assert "plain color" in error_of(comfyui, graph)
    graph["brush"]["inputs"]["kind"] = "mark"
    assert "no ink" in error_of(comfyui, graph)
    graph["brush"]["inputs"] |= {"mask": ["mask", 0]}
    graph["mask"] = node("SolidMask", value=0.0, width=64, height=64)
    assert "no ink" in error_of(comfyui, graph)

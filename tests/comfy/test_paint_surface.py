"""Paint Surface in a real ComfyUI server."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from comfy.graphs import error_of, node, painting, picture, put, saved
from comfy.harness import ComfyServer, Graph

PLAIN = {"impasto": 0.0, "weave": "none", "varnish": 0.0}


def lighting(comfyui: ComfyServer, **changes: Any) -> Graph:
    """A small painting, lit; its nodes are paint, surface, save."""
    graph = painting(put(comfyui, "surface.png", picture(49, 65)), strokes=60, save=False)
    options = {"scale": 2.0, "brush": "oil", "impasto": 0.5, "azimuth": 315.0, "elevation": 40.0, "weave": "canvas"}
    options |= {"weave_size": 3.0, "varnish": 0.2, **changes}
    graph["surface"] = node("PaintSurface", strokes=["paint", 1], **options)
    graph["save"] = node("SaveImage", images=["surface", 0], filename_prefix="lit")
    return graph


def test_without_a_surface_it_is_the_painting(comfyui: ComfyServer) -> None:
    graph = lighting(comfyui, scale=1.0, **PLAIN)
    graph["painting"] = node("SaveImage", images=["paint", 0], filename_prefix="painting")
    run = comfyui.run(graph)
    assert np.array_equal(saved(comfyui, run)[0], saved(comfyui, run, "painting")[0])


def test_image_height_and_normals(comfyui: ComfyServer) -> None:
    graph = lighting(comfyui)
    graph["as_image"] = node("MaskToImage", mask=["surface", 1])
    graph["height"] = node("SaveImage", images=["as_image", 0], filename_prefix="height")
    graph["normals"] = node("SaveImage", images=["surface", 2], filename_prefix="normals")
    run = comfyui.run(graph)
    (image,), (height,), (normals,) = (saved(comfyui, run, key) for key in ("save", "height", "normals"))
    assert image.shape == height.shape == normals.shape == (98, 130, 3)
    assert height.std() > 5
    assert normals[..., 2].min() > 127  # all of them face the viewer
    assert np.abs(normals[..., :2].mean((0, 1)) - 127.5).max() < 8


def test_the_lamp_moves_the_light_and_keeps_the_colors(comfyui: ComfyServer) -> None:
    left, right, plain = (
        saved(comfyui, comfyui.run(lighting(comfyui, weave="none", varnish=0.0, **changes)))[0].astype(float)
        for changes in ({"azimuth": 270.0}, {"azimuth": 90.0}, {"impasto": 0.0})
    )
    assert np.abs(left - right).mean() > 2
    for one in (left, right):
        assert np.abs(one.mean((0, 1)) - plain.mean((0, 1))).max() < 5


def test_a_batch_and_a_canvas(comfyui: ComfyServer) -> None:
    graph = lighting(comfyui, canvas=["load", 0], brush="flat")
    graph["paint"]["inputs"]["image"] = ["batch", 0]
    graph["other"] = node("LoadImage", image=put(comfyui, "other.png", picture(49, 65, seed=1)))
    graph["batch"] = node("ImageBatch", image1=["load", 0], image2=["other", 0])
    first, second = saved(comfyui, comfyui.run(graph))
    assert first.shape == second.shape == (98, 130, 3)
    assert not np.array_equal(first, second)


def test_progress_and_cancel(comfyui: ComfyServer) -> None:
    run = comfyui.run(lighting(comfyui, scale=12.0))
    values = [data["value"] for data in run.all("progress") if data["node"] == "surface"]
    assert len(values) > 2
    assert values == sorted(values)
    run = comfyui.run(lighting(comfyui, scale=16.0), interrupt_at=0.1)  # the painting is in ComfyUI's cache
    assert run.all("interrupt_sent"), "the progress bar never got that far"
    assert run.all("execution_interrupted")
    last = [data for data in run.all("progress") if data["node"] == "surface"][-1]
    assert last["value"] < last["max"]


@pytest.mark.parametrize(("name", "value"), [("brush", "broom"), ("weave", "burlap")])
def test_unknown_choices(comfyui: ComfyServer, name: str, value: str) -> None:
    said = error_of(comfyui, lighting(comfyui, **{name: value}))
    assert repr(value) in said


def test_the_help_page_and_its_pictures_are_served(comfyui: ComfyServer) -> None:
    page = comfyui.fetch("/extensions/alla-prima/docs/PaintSurface.md")
    assert page.startswith(b"# Paint Surface")
    for name in ("", "_impasto", "_light", "_weave", "_varnish", "_maps"):
        assert f"(PaintSurface{name}.jpg)".encode() in page
        assert comfyui.fetch(f"/extensions/alla-prima/docs/PaintSurface{name}.jpg").startswith(b"\xff\xd8")

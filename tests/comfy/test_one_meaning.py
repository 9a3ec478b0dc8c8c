"""One name, one painting: Python, the command line and the node paint the same from the same options, bit for bit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from comfy.graphs import node, picture, put, saved
from comfy.harness import ComfyServer, Graph

from painter_core import Strokes, paint, preset, render
from painter_core.cli import main
from painter_core.export import load_strokes
from painter_core.files.pictures import read_picture
from painter_core.painting.presets import PRESETS

#: What a person might set, besides the look.
SETTINGS = {
    "nothing but few strokes": {"strokes": 30},
    "every slider": {
        "strokes": 40, "refine": 5, "seed": 3, "brush": "fan", "stroke_length": 1.5, "flow": 0.5, "variety": 0.4,
        "attention": 2.0,
    },
}  # fmt: skip


def one_node(file: str, **options: Any) -> Graph:
    """Load Image -> Paint Image -> Save Image, and nothing else but the stroke file."""
    return {
        "load": node("LoadImage", image=file),
        "paint": node("PaintImage", image=["load", 0], **options),
        "save": node("SaveImage", images=["paint", 0], filename_prefix="same"),
        "strokes": node("SaveStrokes", strokes=["paint", 1], filename_prefix="strokes/same", format="safetensors"),
    }


def by_node(comfyui: ComfyServer, file: str, **options: Any) -> tuple[Strokes, np.ndarray]:
    run = comfyui.run(one_node(file, **options))
    (pixels,) = saved(comfyui, run)
    (entry,) = run.files("strokes", "strokes")
    return load_strokes(comfyui.home / "output" / entry["subfolder"] / entry["filename"]), pixels


def by_command(file: Path, out: Path, **options: Any) -> Strokes:
    given = [f"--{name.replace('_', '-')}={value}" for name, value in options.items()]
    argv = ["paint", str(file), "-o", str(out / "p.png"), "--save-strokes", str(out / "s.safetensors"), *given]
    assert main(argv) == 0
    return load_strokes(out / "s.safetensors")


def assert_same(one: Strokes, other: Strokes) -> None:
    assert len(one) == len(other) > 0
    assert one.canvas == other.canvas
    for name in ("center", "size", "angle", "color", "opacity", "layer", "seed", "ground"):
        assert torch.equal(getattr(one, name), getattr(other, name)), name


@pytest.mark.parametrize("setting", SETTINGS)
@pytest.mark.parametrize("look", PRESETS)
def test_the_same_options_give_the_same_painting(comfyui: ComfyServer, tmp_path: Path, look: str, setting: str) -> None:
    file = put(comfyui, "same.png", picture(24, 32, seed=21))
    path, options = comfyui.home / "input" / file, SETTINGS[setting]
    strokes, pixels = by_node(comfyui, file, look=look, **options)
    assert_same(strokes, by_command(path, tmp_path, look=look, **options))
    chosen = preset(look, **options)
    python = paint(read_picture(path), options=chosen)
    assert_same(strokes, python)
    drawn = render(python, brush=chosen.brush).mul(255).clamp(0, 255).byte()  # as Save Image does it
    assert np.array_equal(pixels, drawn.movedim(0, -1).numpy())


def test_an_image_is_all_that_is_needed(comfyui: ComfyServer, tmp_path: Path) -> None:
    file = put(comfyui, "alone.png", picture(5, 6, seed=22))
    strokes, _ = by_node(comfyui, file)
    assert_same(strokes, by_command(comfyui.home / "input" / file, tmp_path))
    assert_same(strokes, paint(read_picture(comfyui.home / "input" / file)))
    # what the widgets of a new node say is the same as nothing
    schema = comfyui.get("/object_info/PaintImage")["PaintImage"]["input"]["optional"]
    widgets = {name: words[0]["default"] for name, (_, *words) in schema.items() if words and "default" in words[0]}
    assert {"look", "strokes", "refine", "brush", "attention", "mode"} <= set(widgets)
    assert_same(strokes, by_node(comfyui, file, **widgets)[0])


def test_the_network_that_comes_along_is_what_the_loader_loads(comfyui: ComfyServer) -> None:
    file = put(comfyui, "networks.png", picture(48, 64, seed=23))
    for mode, name in (("fast", "compact"), ("paper", "paper-compact")):
        graph = one_node(file, strokes=60, refine=2, mode=mode)
        alone = saved(comfyui, comfyui.run(graph))[0]
        graph["model"] = node("LoadStrokePredictor", model_name=f"{name}.safetensors")
        graph["paint"]["inputs"] |= {"predictor": ["model", 0], "seed": 0}
        assert np.array_equal(saved(comfyui, comfyui.run(graph))[0], alone)


def test_it_paints_again_after_the_memory_was_freed(comfyui: ComfyServer) -> None:
    graph = one_node(put(comfyui, "freed.png", picture(48, 64, seed=24)), strokes=60, refine=0)
    before = saved(comfyui, comfyui.run(graph))[0]
    comfyui.post("/free", {"unload_models": True, "free_memory": True})
    run = comfyui.run(graph)
    assert np.array_equal(saved(comfyui, run)[0], before)


def test_a_style_is_painted_without_a_loader(comfyui: ComfyServer) -> None:
    file = put(comfyui, "styled_alone.png", picture(48, 64, seed=25))
    graph = one_node(file)
    graph["paint"] = node("StyleTransferThenPaint", content=["load", 0], style=["load", 0], strokes=60, refine=2)
    assert saved(comfyui, comfyui.run(graph))[0].shape == (48, 64, 3)


@pytest.mark.parametrize("kind", ["PaintImage", "StyleTransferThenPaint"])
def test_a_prompt_of_version_0_1_is_refused_and_told_what_to_write(comfyui: ComfyServer, kind: str) -> None:
    old = {"strokes": 60, "brush": "oil", "seed": 0, "preset": "pencil", "refine": 20, "stroke_length": 1.0,
           "flow": 1.0, "variety": 0.0, "attention": 0.5}  # fmt: skip
    graph = one_node(put(comfyui, "old.png", picture(32, 40)), **old)
    if kind == "StyleTransferThenPaint":
        graph["paint"] = node(kind, content=["load", 0], style=["load", 0], method="palette", **old)
    run = comfyui.run(graph)
    assert run.status == "error"
    assert run.error["node_type"] == kind
    for word in ("0.1", "'preset'", "'look'"):
        assert word in run.error["exception_message"]

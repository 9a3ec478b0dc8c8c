"""What the nodes say of themselves, asked of the real ComfyUI: complete, consistent, never changed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
COMFYUI = ROOT / ".cache" / "comfyui"
WORKFLOWS = sorted((ROOT / "example_workflows").glob("*.json"))
#: The types of inputs that are widgets.
WIDGETS = ("INT", "FLOAT", "COMBO", "STRING", "BOOLEAN")
#: The places in the menu.
CATEGORIES = ("painter", "painter/edit strokes", "painter/load and save")
#: A workflow file stores widgets by position and links by slot: names and order are kept for ever, new ones go last.
FROZEN = {
    "LoadStrokePredictor": (["model_name"], ["predictor"]),
    "PaintImage": (
        ["predictor", "image", "strokes", "brush", "mode", "seed", "canvas", "detail", "mask",
         "preset", "refine", "stroke_length", "flow", "variety", "attention", "brush_tip"],
        ["image", "strokes", "brush"],
    ),
    "StrokeRender": (
        ["strokes", "scale", "brush", "seconds", "fps", "canvas",
         "order", "easing", "hold", "frames", "video_size", "svg_style", "mask", "height_map", "brush_tip"],
        ["image", "mask", "video", "svg", "frames", "height"],
    ),
    "PaintSurface": (
        ["strokes", "scale", "brush", "impasto", "azimuth", "elevation", "weave", "weave_size", "varnish", "canvas",
         "brush_tip"],
        ["image", "height", "normals"],
    ),
    "FilterStrokes": (
        ["strokes", "min_length", "max_length", "min_width", "max_width", "unit", "first_layer", "last_layer", "start",
         "end", "color", "color_distance", "where", "threshold", "invert", "mask"],
        ["kept", "rest"],
    ),
    "RecolorStrokes": (
        ["strokes", "method", "colors", "hue", "saturation", "brightness", "contrast", "strength", "picture", "mask"],
        ["strokes"],
    ),
    "MixStrokeColors": (["strokes", "palette", "strength", "color", "amount", "mask"], ["strokes"]),
    "TransformStrokes": (
        ["strokes", "stroke_length", "stroke_width", "flip", "zoom", "rotate", "move_x", "move_y"],
        ["strokes"],
    ),
    "CropStrokes": (["strokes", "left", "top", "width", "height", "resize_width", "resize_height"], ["strokes"]),
    "JitterStrokes": (["strokes", "position", "angle", "size", "color", "seed"], ["strokes"]),
    "ReorderStrokes": (["strokes", "order", "same_picture", "seed", "mask"], ["strokes"]),
    "MergeStrokes": (["strokes", "other", "seed", "mask"], ["strokes"]),
    "SaveStrokes": (["strokes", "filename_prefix", "format"], []),
    "LoadStrokes": (["file"], ["strokes"]),
    "KeepBestStrokes": (["strokes", "count", "brush", "picture", "brush_tip"], ["strokes"]),
    "LoadBrush": (["brush_name"], ["brush"]),
    "BrushFromImage": (["image", "kind", "relief", "mask"], ["brush"]),
    "StyleTransferThenPaint": (
        ["predictor", "content", "style", "method", "strength", "keep_colors", "style_batch", "strokes", "brush",
         "seed", "preset", "refine", "stroke_length", "flow", "variety", "attention", "mask", "brush_tip", "film",
         "style_weights"],
        ["image", "strokes", "stylized", "brush"],
    ),
    "ExamplePicture": (["picture"], ["image"]),
}


@pytest.fixture(scope="module")
def schemas() -> dict[str, dict]:
    if not (COMFYUI / "main.py").is_file():
        pytest.skip("there is no ComfyUI to test with: `make test` brings one")
    command = [sys.executable, str(ROOT / "tests" / "comfy" / "dump_schemas.py"), str(ROOT)]
    run = subprocess.run(command, cwd=COMFYUI, capture_output=True, text=True, timeout=240, env=clean_environment())
    assert run.returncode == 0, run.stderr[-3000:]
    line = next(line for line in run.stdout.splitlines() if line.startswith("SCHEMAS "))
    return {schema["node_id"]: schema for schema in json.loads(line.removeprefix("SCHEMAS "))}


def clean_environment() -> dict[str, str]:
    """Without PYTHONPATH, which could let the pack find its painter by luck."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}


def test_names_and_order_are_kept(schemas: dict[str, dict]) -> None:
    found = {
        node_id: ([i["id"] for i in schema["inputs"]], [o["display_name"] for o in schema["outputs"]])
        for node_id, schema in schemas.items()
    }
    assert found == FROZEN


@pytest.mark.parametrize("node_id", FROZEN)
def test_ids_are_unique_among_inputs_and_outputs(schemas: dict[str, dict], node_id: str) -> None:
    ids = [entry["id"] for entry in schemas[node_id]["inputs"] + schemas[node_id]["outputs"]]
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize("node_id", FROZEN)
def test_everything_is_explained(schemas: dict[str, dict], node_id: str) -> None:
    schema = schemas[node_id]
    assert schema["display_name"]
    assert schema["description"]
    assert schema["category"] in CATEGORIES
    for entry in schema["inputs"] + schema["outputs"]:
        assert len(entry.get("tooltip") or "") > 20, f"{node_id}.{entry['id']} has no tooltip that says anything"


@pytest.mark.parametrize("node_id", FROZEN)
def test_defaults_are_allowed_values(schemas: dict[str, dict], node_id: str) -> None:
    for entry in schemas[node_id]["inputs"]:
        if entry["type"] in ("INT", "FLOAT"):
            assert entry["min"] <= entry["default"] <= entry["max"], entry
        # the files that there are to choose from are the user's
        if entry["type"] == "COMBO" and entry["id"] not in ("model_name", "file"):
            assert entry["default"] in entry["options"], entry


def test_the_predictor_that_comes_along_is_the_default(schemas: dict[str, dict]) -> None:
    entry = schemas["LoadStrokePredictor"]["inputs"][0]
    assert entry["options"][0] == entry["default"] == "compact.safetensors"


@pytest.mark.parametrize("node_id", FROZEN)
def test_execute_takes_exactly_the_inputs(schemas: dict[str, dict], node_id: str) -> None:
    assert schemas[node_id]["parameters"] == [entry["id"] for entry in schemas[node_id]["inputs"]]


@pytest.mark.parametrize("node_id", FROZEN)
def test_help_page_names_every_input_and_output(node_id: str) -> None:
    page = (ROOT / "nodes" / "web" / "docs" / f"{node_id}.md").read_text(encoding="utf-8")
    inputs, outputs = FROZEN[node_id]
    assert [name for name in (*inputs, *outputs) if f"`{name}`" not in page] == []


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_example_workflow_has_known_widgets_and_a_thumbnail(schemas: dict[str, dict], path: Path) -> None:
    ours = [node for node in json.loads(path.read_text(encoding="utf-8"))["nodes"] if node["type"] in schemas]
    assert "PaintImage" in {node["type"] for node in ours}
    for node in ours:
        widgets = [i for i in schemas[node["type"]]["inputs"] if i["type"] in WIDGETS]
        extra = sum(bool(widget.get("control_after_generate")) for widget in widgets)  # a widget of its own
        assert len(node["widgets_values"]) == len(widgets) + extra
    assert path.with_suffix(".jpg").is_file(), "make thumbnails"


def test_there_are_example_workflows() -> None:
    assert {"paint_image", "painting_process_video", "edit_strokes", "presets"} <= {path.stem for path in WORKFLOWS}

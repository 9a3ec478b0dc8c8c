"""What the nodes say of themselves, asked of the real ComfyUI: complete, consistent, never changed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from example_workflows import graphs, locales
from painter_core.options import OPTIONS

ROOT = Path(__file__).parents[1]
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
        [
            "image",
            "look",
            "strokes",
            "refine",
            "seed",
            "film",
            "brush",
            "stroke_length",
            "flow",
            "variety",
            "attention",
            "mode",
            "predictor",
            "canvas",
            "detail",
            "mask",
            "brush_tip",
        ],
        ["image", "strokes"],
    ),
    "StrokeRender": (
        [
            "strokes",
            "scale",
            "brush",
            "seconds",
            "fps",
            "canvas",
            "order",
            "easing",
            "hold",
            "frames",
            "video_size",
            "svg_style",
            "mask",
            "height_map",
            "brush_tip",
        ],
        ["image", "mask", "video", "svg", "frames", "height"],
    ),
    "PaintSurface": (
        [
            "strokes",
            "scale",
            "brush",
            "impasto",
            "azimuth",
            "elevation",
            "weave",
            "weave_size",
            "varnish",
            "canvas",
            "brush_tip",
        ],
        ["image", "height", "normals"],
    ),
    "FilterStrokes": (
        [
            "strokes",
            "min_length",
            "max_length",
            "min_width",
            "max_width",
            "unit",
            "first_layer",
            "last_layer",
            "start",
            "end",
            "color",
            "color_distance",
            "where",
            "threshold",
            "invert",
            "mask",
        ],
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
        [
            "content",
            "style",
            "method",
            "strength",
            "look",
            "strokes",
            "refine",
            "seed",
            "keep_colors",
            "style_batch",
            "film",
            "style_weights",
            "brush",
            "stroke_length",
            "flow",
            "variety",
            "attention",
            "predictor",
            "mask",
            "brush_tip",
        ],
        ["image", "strokes", "stylized"],
    ),
    "ExamplePicture": (["picture"], ["image"]),
    "ExampleClip": (["picture", "seconds"], ["video"]),
    "PaintVideo": (
        [
            "video",
            "look",
            "strokes",
            "refine",
            "seed",
            "coherence",
            "brush",
            "stroke_length",
            "flow",
            "variety",
            "attention",
            "predictor",
            "canvas",
            "detail",
            "mask",
            "brush_tip",
        ],
        ["video", "strokes"],
    ),
}


#: What only few people need: out of sight where ComfyUI knows how.
ADVANCED = {
    "PaintImage": ["film", "brush", "flow", "attention", "mode"],
    "PaintVideo": ["brush", "flow", "attention"],
    "StyleTransferThenPaint": ["style_batch", "film", "style_weights", "brush", "flow", "attention"],
}


@pytest.fixture(scope="module")
def schemas(dumped: str) -> dict[str, dict]:
    return schemas_in(dumped, "SCHEMAS ")


@pytest.fixture(scope="module")
def newer_schemas(dumped: str) -> dict[str, dict]:
    """As a ComfyUI sees them that knows the newer words."""
    return schemas_in(dumped, "NEWER ")


@pytest.fixture(scope="module")
def dumped() -> str:
    if not (COMFYUI / "main.py").is_file():
        pytest.skip("there is no ComfyUI to test with: `make test` brings one")
    command = [sys.executable, str(ROOT / "tests" / "comfy" / "dump_schemas.py"), "newer", str(ROOT)]
    run = subprocess.run(command, cwd=COMFYUI, capture_output=True, text=True, timeout=240, env=clean_environment())
    assert run.returncode == 0, run.stderr[-3000:]
    return run.stdout


def schemas_in(dumped: str, head: str) -> dict[str, dict]:
    """The schemas of the line that begins so, by the nodes' ids."""
    line = next(line for line in dumped.splitlines() if line.startswith(head))
    return {schema["node_id"]: schema for schema in json.loads(line.removeprefix(head))}


def clean_environment() -> dict[str, str]:
    """Without PYTHONPATH, which could let the pack find its painter by luck."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}


def test_names_and_order_are_kept(schemas: dict[str, dict]) -> None:
    found = {
        node_id: ([i["id"] for i in schema["inputs"]], [o["display_name"] for o in schema["outputs"]])
        for node_id, schema in schemas.items()
    }
    assert found == FROZEN


def test_a_newer_comfyui_gets_its_words_and_the_same_inputs(
    schemas: dict[str, dict], newer_schemas: dict[str, dict]
) -> None:
    for node_id, newer in newer_schemas.items():
        older, hidden = schemas[node_id], [entry["id"] for entry in newer["inputs"] if entry.get("advanced")]
        assert [entry for entry in hidden if entry in FROZEN[node_id][0]] == hidden
        if node_id in ADVANCED:
            assert hidden == ADVANCED[node_id]
        plain = [{word: said for word, said in entry.items() if word != "advanced"} for entry in newer["inputs"]]
        assert plain == older["inputs"]
        assert newer["search_aliases"]
        assert older["search_aliases"] is None


@pytest.mark.parametrize("node_id", ["PaintImage", "PaintVideo", "StyleTransferThenPaint"])
def test_painting_options_are_what_the_table_says(schemas: dict[str, dict], node_id: str) -> None:
    widgets = {entry["id"]: entry for entry in schemas[node_id]["inputs"] if entry["type"] in WIDGETS}
    ours = [name for name in OPTIONS if name in widgets]
    assert set(OPTIONS) - set(ours) <= {"mode"}
    # one that is added to the table is the last widget of the node, and moves no other
    assert ours[4:] == [name for name in widgets if name in OPTIONS][4:] == list(widgets)[-len(ours[4:]) :]
    for name in ours:
        option, entry = OPTIONS[name], widgets[name]
        assert option.about in entry["tooltip"]
        assert entry["optional"]
        assert entry["default"] == (option.default if option.unset is None else option.unset)
        if option.kind is not str:
            assert entry["max"] == option.most
            assert entry["min"] == (option.least if option.unset is None else min(option.least, option.unset))


def test_pictures_are_all_that_a_painting_needs(schemas: dict[str, dict]) -> None:
    for node_id, needed in (("PaintImage", ["image"]), ("StyleTransferThenPaint", ["content", "style"])):
        assert [entry["id"] for entry in schemas[node_id]["inputs"] if not entry["optional"]] == needed


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
        assert "_" not in (entry.get("display_name") or entry["id"]), f"{node_id}.{entry['id']} has no plain name"


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
    ids = [entry["id"] for entry in schemas[node_id]["inputs"]]
    parameters = schemas[node_id]["parameters"]
    if parameters[-1] == "**widgets":  # the painting options, as the table has them
        ids, parameters = [name for name in ids if name not in OPTIONS or name in parameters], parameters[:-1]
    assert sorted(parameters) == sorted(ids)


@pytest.mark.parametrize("node_id", FROZEN)
def test_help_page_names_every_input_and_output(node_id: str) -> None:
    page = (ROOT / "nodes" / "web" / "docs" / f"{node_id}.md").read_text(encoding="utf-8")
    inputs, outputs = FROZEN[node_id]
    assert [name for name in (*inputs, *outputs) if f"`{name}`" not in page] == []


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_example_workflow_has_known_widgets_and_a_thumbnail(schemas: dict[str, dict], path: Path) -> None:
    ours = [node for node in json.loads(path.read_text(encoding="utf-8"))["nodes"] if node["type"] in schemas]
    assert {"PaintImage", "PaintVideo", "StyleTransferThenPaint"} & {node["type"] for node in ours}
    examples = {"ExamplePicture", "ExampleClip"} & {node["type"] for node in ours}
    assert examples, "packs cannot ship inputs: it would not run"
    for node in ours:
        widgets = [i for i in schemas[node["type"]]["inputs"] if i["type"] in WIDGETS]
        extra = sum(bool(widget.get("control_after_generate")) for widget in widgets)  # a widget of its own
        assert len(node["widgets_values"]) == len(widgets) + extra
    assert path.with_suffix(".jpg").is_file(), "make thumbnails"


def test_example_workflows_are_those_that_are_described() -> None:
    assert sorted(path.stem for path in WORKFLOWS) == sorted(graphs.WORKFLOWS)


def test_english_words_are_those_of_the_nodes(schemas: dict[str, dict]) -> None:
    assert locales.read(locales.ENGLISH) == locales.english(schemas), "make locales writes them again"


@pytest.mark.parametrize("language", sorted(path.name for path in locales.LOCALES.iterdir()))
def test_every_language_has_every_word(language: str) -> None:
    words = locales.read(locales.ENGLISH)
    if language != locales.ENGLISH:
        assert locales.differences(language, words) == (set(), set())
        assert list(locales.read(language)) == list(words)


def test_chinese_words_are_chinese() -> None:
    def check(words: dict) -> None:
        for value in words.values():
            if isinstance(value, dict):
                check(value)
            else:
                assert any("\u4e00" <= letter <= "\u9fff" for letter in value) or value == "SVG", value

    check(locales.read("zh"))

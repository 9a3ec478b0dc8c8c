"""The nodes that edit strokes, in a real ComfyUI server."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from comfy.graphs import error_of, node, painting, picture, put, saved
from comfy.harness import ComfyServer, Graph

PACK = "alla-prima"
FILTER = {
    "min_length": 0.0, "max_length": 0.0, "min_width": 0.0, "max_width": 0.0, "unit": "pixels", "first_layer": 0,
    "last_layer": -1, "start": 0.0, "end": 1.0, "color": "", "color_distance": 0.12, "where": "center",
    "threshold": 0.5, "invert": False,
}  # fmt: skip
RECOLOR = {
    "method": "few colors", "colors": 4, "hue": 0.0, "saturation": 1.0, "brightness": 0.0, "contrast": 1.0,
    "strength": 1.0,
}  # fmt: skip
MIX = {"palette": "zorn", "strength": 1.0, "color": "#f5c842", "amount": 0.2}
TRANSFORM = {
    "stroke_length": 1.5, "stroke_width": 0.8, "flip": "horizontal", "zoom": 1.2, "rotate": 10.0, "move_x": 5.0,
    "move_y": 0.0,
}  # fmt: skip
CROP = {"left": 8, "top": 0, "width": 60, "height": 0, "resize_width": 120, "resize_height": 0}
JITTER = {"position": 0.2, "angle": 5.0, "size": 0.1, "color": 0.02, "seed": 3}
RENDER = {"scale": 1.0, "brush": "flat", "seconds": 0.5, "fps": 12}
NODES = [
    "FilterStrokes", "RecolorStrokes", "MixStrokeColors", "TransformStrokes", "CropStrokes", "JitterStrokes",
    "ReorderStrokes", "MergeStrokes", "SaveStrokes", "LoadStrokes",
    "KeepBestStrokes",
]  # fmt: skip


def base(comfyui: ComfyServer, strokes: int = 80) -> Graph:
    """A painting of 64 x 96 pixels: its strokes are ["paint", 1]."""
    return painting(put(comfyui, "edit.png", picture(64, 96)), strokes=strokes, save=False)


def show(graph: Graph, strokes: list[Any], key: str = "save") -> Graph:
    """Draw strokes and save them under `key`."""
    graph[f"draw_{key}"] = node("StrokeRender", strokes=strokes, **RENDER)
    graph[key] = node("SaveImage", images=[f"draw_{key}", 0], filename_prefix=key)
    return graph


@pytest.mark.parametrize("node_id", NODES)
def test_nodes_and_their_help_are_there(comfyui: ComfyServer, node_id: str) -> None:
    assert comfyui.get(f"/object_info/{node_id}")[node_id]["category"].split("/")[0] == "painter"
    text = comfyui.fetch(f"/extensions/{PACK}/docs/{node_id}.md").decode()
    assert text.startswith("# ")
    shown = text.partition("](")[2].partition(")")[0]
    if node_id not in ("SaveStrokes", "LoadStrokes"):
        assert comfyui.fetch(f"/extensions/{PACK}/docs/{shown}").startswith(b"\xff\xd8"), "no picture"


def test_one_after_the_other(comfyui: ComfyServer) -> None:
    graph = base(comfyui)
    graph["recolor"] = node("RecolorStrokes", strokes=["paint", 1], **{**RECOLOR, "method": "mood of picture"})
    graph["recolor"]["inputs"]["picture"] = ["load", 0]
    graph["mix"] = node("MixStrokeColors", strokes=["recolor", 0], **MIX)
    graph["transform"] = node("TransformStrokes", strokes=["mix", 0], **TRANSFORM)
    graph["jitter"] = node("JitterStrokes", strokes=["transform", 0], **JITTER)
    graph["order"] = node("ReorderStrokes", strokes=["jitter", 0], order="region", same_picture=True, seed=0)
    graph["crop"] = node("CropStrokes", strokes=["order", 0], **CROP)
    graph["merge"] = node("MergeStrokes", strokes=["crop", 0], other=["paint", 1], seed=0, mask=["load", 1])
    show(graph, ["merge", 0])
    show(graph, ["paint", 1], "untouched")
    run = comfyui.run(graph)
    assert saved(comfyui, run)[0].shape == (128, 120, 3)
    alone = comfyui.run(show(base(comfyui), ["paint", 1], "untouched"))
    assert np.array_equal(saved(comfyui, run, "untouched")[0], saved(comfyui, alone, "untouched")[0])


def test_few_colors_are_few(comfyui: ComfyServer) -> None:
    graph = base(comfyui)
    graph["recolor"] = node("RecolorStrokes", strokes=["paint", 1], **RECOLOR)
    (image,) = saved(comfyui, comfyui.run(show(graph, ["recolor", 0])))
    _, counts = np.unique(image.reshape(-1, 3), axis=0, return_counts=True)
    assert np.sort(counts)[-4:].sum() > 0.8 * image.shape[0] * image.shape[1], "the rest are antialiased edges"


def test_kept_and_rest_together_are_the_painting(comfyui: ComfyServer) -> None:
    graph = base(comfyui)
    graph["filter"] = node("FilterStrokes", strokes=["paint", 1], **{**FILTER, "end": 0.3})
    graph["merge"] = node("MergeStrokes", strokes=["filter", 0], other=["filter", 1], seed=0)
    graph["order"] = node("ReorderStrokes", strokes=["merge", 0], order="random", same_picture=True, seed=5)
    show(graph, ["filter", 0], "third")
    show(graph, ["order", 0], "again")
    run = comfyui.run(show(graph, ["paint", 1]))
    assert np.array_equal(saved(comfyui, run)[0], saved(comfyui, run, "again")[0])
    assert not np.array_equal(saved(comfyui, run)[0], saved(comfyui, run, "third")[0])


def test_filter_with_load_image_s_small_mask_and_a_color(comfyui: ComfyServer) -> None:
    graph = base(comfyui)
    options = {**FILTER, "mask": ["load", 1], "where": "outside", "color": "teal", "color_distance": 1.0}
    graph["filter"] = node("FilterStrokes", strokes=["paint", 1], **options)
    run = comfyui.run(show(show(graph, ["filter", 0]), ["paint", 1], "all"))
    assert np.array_equal(saved(comfyui, run)[0], saved(comfyui, run, "all")[0]), "an empty mask has everything outside"


def test_the_best_strokes_are_nearly_the_painting(comfyui: ComfyServer) -> None:
    graph = base(comfyui)
    graph["fewer"] = node("KeepBestStrokes", strokes=["paint", 1], count=50, brush="flat", picture=["load", 0])
    graph["later"] = node("FilterStrokes", strokes=["paint", 1], **{**FILTER, "start": 0.375})
    run = comfyui.run(show(show(show(graph, ["paint", 1]), ["fewer", 0], "best"), ["later", 0], "late"))
    whole, best, late = (saved(comfyui, run, key)[0].astype(float) for key in ("save", "best", "late"))
    assert 0 < np.abs(best - whole).mean() < 0.5 * np.abs(late - whole).mean()


def test_no_strokes_left(comfyui: ComfyServer) -> None:
    graph = base(comfyui)
    graph["filter"] = node("FilterStrokes", strokes=["paint", 1], **{**FILTER, "min_length": 9999.0})
    graph["recolor"] = node("RecolorStrokes", strokes=["filter", 0], **RECOLOR)
    graph["order"] = node("ReorderStrokes", strokes=["recolor", 0], order="color", same_picture=True, seed=0)
    graph["merge"] = node("MergeStrokes", strokes=["order", 0], other=["filter", 0], seed=0, mask=["load", 1])
    (image,) = saved(comfyui, comfyui.run(show(graph, ["merge", 0])))
    assert len(np.unique(image.reshape(-1, 3), axis=0)) == 1


def test_half_finished_painting_goes_on_inside_a_mask(comfyui: ComfyServer) -> None:
    half = np.zeros((64, 96, 3), np.uint8)
    half[:, :40] = 255
    graph = base(comfyui)
    graph["filter"] = node("FilterStrokes", strokes=["paint", 1], **{**FILTER, "end": 0.4})
    graph["half"] = node("LoadImage", image=put(comfyui, "edit_half.png", half))
    graph["mask"] = node("ImageToMask", image=["half", 0], channel="red")
    show(graph, ["filter", 0])
    graph["on"] = node("PaintImage", **{**graph["paint"]["inputs"], "canvas": ["draw_save", 0], "mask": ["mask", 0]})
    graph["went_on"] = node("SaveImage", images=["on", 0], filename_prefix="went_on")
    run = comfyui.run(graph)
    before, after = saved(comfyui, run)[0], saved(comfyui, run, "went_on")[0]
    assert np.array_equal(after[:, 40:], before[:, 40:])
    assert not np.array_equal(after[:, :40], before[:, :40])


# -- files ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("format", ["safetensors", "json"])
def test_saved_and_loaded_again(comfyui: ComfyServer, format: str) -> None:
    graph = base(comfyui)
    graph["pair"] = node("ImageBatch", image1=["load", 0], image2=["load", 0])
    graph["paint"]["inputs"]["image"] = ["pair", 0]
    prefix = f"strokes/{format}"
    graph["files"] = node("SaveStrokes", strokes=["paint", 1], filename_prefix=prefix, format=format)
    run = comfyui.run(show(graph, ["paint", 1]))
    names = [file["filename"] for file in run.files("files", "strokes")]
    assert names == [f"{format}_{number:05}_.{format}" for number in (1, 2)]
    listed = comfyui.get("/object_info/LoadStrokes")["LoadStrokes"]["input"]["required"]["file"]
    option = f"strokes/{names[1]} [output]"
    assert option in json.dumps(listed)
    again = comfyui.run(show({"file": node("LoadStrokes", file=option)}, ["file", 0]))
    assert np.array_equal(saved(comfyui, again)[0], saved(comfyui, run)[1])
    graph["paint"]["inputs"]["seed"] = 9
    run = comfyui.run(graph)
    assert run.files("files", "strokes")[0]["filename"] == f"{format}_00003_.{format}"


def test_a_file_that_was_replaced_is_loaded_again(comfyui: ComfyServer) -> None:
    place = Path(comfyui.home, "input", "mine.json")
    head = '{"format": "alla-prima-strokes", "version": 1, "canvas": [8, 9], "ground": %s, "strokes": []}'
    for ground, value in (("[1, 0, 0]", 255), ("[0.0, 0, 0]", 0)):
        place.write_text(head % ground)
        (image,) = saved(comfyui, comfyui.run(show({"file": node("LoadStrokes", file="mine.json")}, ["file", 0])))
        assert image.shape == (8, 9, 3)
        assert image[0, 0, 0] == value


@pytest.mark.parametrize("name", ["none.safetensors", "../../main.py", "/etc/hostname", "example.png [output]"])
def test_files_that_are_not_there(comfyui: ComfyServer, name: str) -> None:
    answer = comfyui.post("/prompt", {"prompt": show({"file": node("LoadStrokes", file=name)}, ["file", 0])})
    assert "There is no stroke file" in json.dumps(answer["node_errors"]["file"])


def test_damaged_file(comfyui: ComfyServer) -> None:
    Path(comfyui.home, "input", "damaged.safetensors").write_bytes(b"nothing of the kind")
    graph = show({"file": node("LoadStrokes", file="damaged.safetensors")}, ["file", 0])
    assert "damaged.safetensors" in error_of(comfyui, graph)


# -- mistakes ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "options", "reason"),
    [
        ("RecolorStrokes", {**RECOLOR, "method": "palette of picture"}, "needs a picture"),
        ("RecolorStrokes", {**RECOLOR, "method": "magic"}, "There is no method 'magic'"),
        ("FilterStrokes", {**FILTER, "min_length": 5.0, "max_length": 4.0}, "length"),
        ("FilterStrokes", {**FILTER, "start": 0.6, "end": 0.5}, "progress"),
        ("CropStrokes", {**CROP, "left": 500, "width": 0}, "width"),
    ],
)
def test_mistakes_are_explained(comfyui: ComfyServer, kind: str, options: dict[str, Any], reason: str) -> None:
    graph = base(comfyui)
    graph["edit"] = node(kind, strokes=["paint", 1], **options)
    assert reason in error_of(comfyui, show(graph, ["edit", 0]))


@pytest.mark.parametrize(("kind", "options"), [("MixStrokeColors", MIX), ("FilterStrokes", FILTER)])
def test_colors_are_refused_before_painting(comfyui: ComfyServer, kind: str, options: dict[str, Any]) -> None:
    graph = base(comfyui)
    graph["edit"] = node(kind, strokes=["paint", 1], **{**options, "color": "bluish"})
    answer = comfyui.post("/prompt", {"prompt": show(graph, ["edit", 0])})
    assert "there is no color 'bluish'" in json.dumps(answer["node_errors"]["edit"])


@pytest.mark.parametrize(("kind", "name"), [("StrokeRender", "scale"), ("PaintSurface", "scale")])
def test_a_poster_without_room_is_refused_with_the_scale_that_fits(comfyui: ComfyServer, kind: str, name: str) -> None:
    graph = base(comfyui)
    graph["large"] = node("CropStrokes", strokes=["paint", 1], left=0, top=0, width=0, height=0, resize_width=16_384,
                          resize_height=16_384)  # fmt: skip
    surface = {"impasto": 0.4, "azimuth": 315.0, "elevation": 40.0, "weave": "none", "weave_size": 4.0, "varnish": 0.0}
    options = {"brush": "flat", **(surface if kind == "PaintSurface" else RENDER), "scale": 16.0}
    graph["poster"] = node(kind, strokes=["large", 0], **options)
    graph["save"] = node("SaveImage", images=["poster", 0], filename_prefix="poster")
    message = error_of(comfyui, graph)
    assert message.startswith(f"{name}: a picture of 262,144 x 262,144 pixels would take")
    assert "fits" in message or "smaller paintings" in message

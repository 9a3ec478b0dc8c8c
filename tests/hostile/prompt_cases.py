"""Prompts of strangers: values that no widget has, names that lead elsewhere, what other packs should not hand on."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from .cases import Case, Graph, Stage
from .graphs import drawn, loaded, node, painted
from .stroke_file_cases import text

LONG = "x" * 1_000_000
#: What nobody can choose.
VALUES: dict[str, Any] = {
    "nothing": None,
    "no text": "",
    "a path": "../../../../etc/passwd",
    "a megabyte": LONG,
    "a number": 7,
    "an object": {"a": {"__class__": "os"}},
    "a list": [["a"], 1, 2],
    "right to left": "oil\u202e\x00\n",
}
#: Where there are choices: a node's widget.
CHOICES = (
    ("PaintImage", "look"), ("PaintImage", "brush"), ("PaintImage", "mode"), ("StrokeRender", "order"),
    ("StrokeRender", "svg_style"), ("PaintSurface", "weave"), ("RecolorStrokes", "method"), ("SaveStrokes", "format"),
    ("StyleTransferThenPaint", "method"), ("StyleTransferThenPaint", "style_weights"), ("LoadBrush", "brush_name"),
    ("LoadStrokePredictor", "model_name"), ("ExamplePicture", "picture"),
)  # fmt: skip
#: Inputs for other nodes' values, and what must not come in there.
SOCKETS = (
    ("PaintImage", "image", ("nothing", "text", "a dictionary", "an empty batch", "no height", "no width",
                             "five channels", "NaN", "infinite", "whole numbers", "complex numbers", "sparse")),
    ("PaintImage", "mask", ("an empty mask", "a mask of NaN")),
    ("PaintImage", "predictor", ("text",)),
    ("StyleTransferThenPaint", "style", ("an empty batch", "NaN")),
    ("StrokeRender", "strokes", ("an empty list", "a list of nothing", "text")),
    ("StrokeRender", "brush_tip", ("a dictionary",)),
    ("PaintVideo", "video", ("text", "an empty batch")),
)  # fmt: skip


def chosen(kind: str, name: str, value: Any) -> Callable[[Stage], Graph]:
    """A graph in which one widget of one node has a value."""

    def graph(stage: Stage) -> Graph:
        whole = graph_with(kind)
        whole["it"]["inputs"][name] = {"__value__": value} if isinstance(value, list) else value
        return whole

    return graph


def handed(kind: str, name: str, what: str) -> Callable[[Stage], Graph]:
    """A graph in which another pack hands on a value to one input."""

    def graph(stage: Stage) -> Graph:
        whole = graph_with(kind)
        whole["it"]["inputs"][name] = ["other", 0]
        return {**whole, "other": node("TestHandOn", what=what)}

    return graph


def graph_with(kind: str) -> Graph:
    """A sound graph with a node of this kind, whose key is "it"."""
    strokes = loaded("good.json")
    painting = {"look": node("LoadImage", image="good.png"), "show": node("PreviewImage", images=["it", 0])}
    few = {"strokes": 12, "refine": 0}
    if kind == "PaintImage":
        return {**painting, "it": node(kind, image=["look", 0], **few)}
    if kind == "StyleTransferThenPaint":
        return {**painting, "it": node(kind, content=["look", 0], style=["look", 0], **few)}
    if kind == "LoadStrokePredictor":
        whole = painted("good.png", predictor=["it", 0])
        return {**whole, "it": node(kind, model_name="compact.safetensors")}
    if kind == "LoadBrush":
        return {**drawn("good.json", brush_tip=["it", 0]), "it": node(kind, brush_name="oil")}
    if kind == "ExamplePicture":
        return {"it": node(kind, picture="photo: cat"), "show": node("PreviewImage", images=["it", 0])}
    if kind == "SaveStrokes":
        return {**strokes, "it": node(kind, strokes=["strokes", 0], filename_prefix="hostile", format="json")}
    if kind == "PaintVideo":
        film = {
            "it": node(kind, video=["clip", 0], **few),
            "clip": node("ExampleClip", picture="photo: cat", seconds=0.25),
        }
        return {
            **film,
            "show": node("SaveVideo", video=["it", 0], filename_prefix="hostile", format="auto", codec="auto"),
        }
    usual = {
        "RecolorStrokes": {"method": "palette", "colors": 6, "hue": 0.0, "saturation": 1.0, "brightness": 0.0,
                           "contrast": 1.0, "strength": 1.0},
        "FilterStrokes": {"min_length": 0.0, "max_length": 0.0, "min_width": 0.0, "max_width": 0.0, "unit": "pixels",
                          "first_layer": 0, "last_layer": 0, "start": 0.0, "end": 1.0, "color": "",
                          "color_distance": 0.2, "where": "center", "threshold": 0.5, "invert": False},
        "StrokeRender": {"scale": 1.0, "brush": "as painted", "seconds": 1.0, "fps": 10},
        "PaintSurface": {"scale": 1.0, "brush": "as painted", "impasto": 0.4, "azimuth": 300.0, "elevation": 30.0,
                         "weave": "linen", "weave_size": 1.0, "varnish": 0.2},
    }  # fmt: skip
    whole = {**strokes, "it": node(kind, strokes=["strokes", 0], **usual.get(kind, {}))}
    if kind in ("StrokeRender", "PaintSurface"):
        return {**whole, "show": node("PreviewImage", images=["it", 0])}
    return {**whole, "show": node("SaveStrokes", strokes=["it", 0], filename_prefix="hostile", format="json")}


def linked_file(stage: Stage) -> Graph:
    """A stroke file that is a link to one outside."""
    secret(stage)
    link(stage.home / "input" / "hostile_link.json", stage.outside / "secret.json")
    return drawn("hostile_link.json")


def linked_folder(stage: Stage) -> Graph:
    """A folder of the input folder that is a link to one outside."""
    secret(stage)
    link(stage.home / "input" / "hostile_folder", stage.outside)
    return drawn("hostile_folder/secret.json")


def climbing(stage: Stage) -> Graph:
    """A name with .. in it."""
    secret(stage)
    return drawn(os.path.relpath(stage.outside / "secret.json", stage.home / "input"))


def absolute(stage: Stage) -> Graph:
    """The whole path of a file outside."""
    secret(stage)
    return drawn(str(stage.outside / "secret.json"))


def climbing_from_output(stage: Stage) -> Graph:
    """A name with .. that ComfyUI looks for in its output folder."""
    secret(stage)
    return drawn(os.path.relpath(stage.outside / "secret.json", stage.home / "output") + " [output]")


def climbing_model(kind: str, name: str, folder: str) -> Callable[[Stage], Graph]:
    """A model's name with .. in it."""

    def graph(stage: Stage) -> Graph:
        secret(stage)
        place = os.path.relpath(stage.outside / "secret.json", stage.home / "models" / folder)
        whole = graph_with(kind)
        whole["it"]["inputs"][name] = place
        return whole

    return graph


def saved_to(prefix: Callable[[Stage], str]) -> Callable[[Stage], Graph]:
    """Strokes that are saved under a name."""

    def graph(stage: Stage) -> Graph:
        whole = graph_with("SaveStrokes")
        whole["it"]["inputs"]["filename_prefix"] = prefix(stage)
        return whole

    return graph


def through_link(stage: Stage) -> str:
    link(stage.home / "output" / "hostile_out", stage.outside)
    return "hostile_out/x"


def secret(stage: Stage) -> None:
    """A file outside that would open."""
    (stage.outside / "secret.json").write_bytes(text())


def link(path: Any, target: Any) -> None:
    path.unlink(missing_ok=True)
    path.symlink_to(target)


NO_FILE = "no stroke file"
NAMES: dict[str, tuple[Callable[[Stage], Graph], str | None]] = {
    "strokes by ..": (climbing, NO_FILE),
    "strokes by an absolute path": (absolute, NO_FILE),
    "strokes by .. from the output folder": (climbing_from_output, NO_FILE),
    "strokes by a link to a file outside": (linked_file, NO_FILE),
    "strokes by a link to a folder outside": (linked_folder, NO_FILE),
    "strokes called by a zero byte": (lambda stage: drawn("good.json\0.png"), NO_FILE),
    "strokes called by 5,000 letters": (lambda stage: drawn("x" * 5000 + ".json"), NO_FILE),
    "strokes called a device": (lambda stage: drawn("/dev/zero"), NO_FILE),
    "strokes called by a number": (lambda stage: drawn(7), NO_FILE),
    "a predictor by ..": (climbing_model("LoadStrokePredictor", "model_name", "painter"), "no stroke predictor|model"),
    "a brush by ..": (climbing_model("LoadBrush", "brush_name", "painter/brushes"), "no brush|brush"),
    "style weights by ..": (climbing_model("StyleTransferThenPaint", "style_weights", "style_transfer"), "style"),
    "saved by ..": (saved_to(lambda stage: os.path.relpath(stage.outside, stage.home / "output") + "/x"),
                    "output folder"),
    "saved by an absolute path": (saved_to(lambda stage: str(stage.outside / "x")), "output folder"),
    "saved through a link that leads out": (saved_to(through_link), "output folder"),
    "saved under a zero byte": (saved_to(lambda stage: "a\0b"), "filename_prefix|null|zero"),
    "saved under 5,000 letters": (saved_to(lambda stage: "x" * 5000), "too long"),
    "saved under markup": (saved_to(lambda stage: "<img src=x onerror=alert(1)>"), None),
}  # fmt: skip


def numbers(**changes: Any) -> Callable[[Stage], Graph]:
    return lambda stage: painted("good.png", **changes)


def broken(change: Callable[[Graph], None]) -> Callable[[Stage], Graph]:
    """A graph that is none."""

    def graph(stage: Stage) -> Graph:
        whole = painted("good.png")
        change(whole)
        return whole

    return graph


PROMPTS: dict[str, tuple[Callable[[Stage], Graph], str | None]] = {
    "10^30 strokes": (numbers(strokes=10**30), "strokes"),
    "-1 strokes": (numbers(strokes=-1), "strokes"),
    "NaN strokes": (numbers(strokes=float("nan")), "strokes"),
    "a flow of NaN": (numbers(flow=float("nan")), "flow"),
    "a flow of 1e999": (numbers(flow=float("inf")), "flow"),
    "strokes that are text": (numbers(strokes="__import__('os')"), "strokes"),
    "strokes that are an object": (numbers(strokes={"a": 1}), "strokes"),
    "a circle": (broken(lambda graph: graph["look"].update(inputs={"image": ["paint", 0]})), "."),
    "a link to nothing": (broken(lambda graph: graph["paint"]["inputs"].update(image=["gone", 0])), "."),
    "a link to output 99": (broken(lambda graph: graph["paint"]["inputs"].update(mask=["look", 99])), "."),
    "a link of the wrong type": (broken(lambda graph: graph["paint"]["inputs"].update(mask=["look", 0])), "mask"),
    "no picture": (broken(lambda graph: graph["paint"]["inputs"].pop("image")), "image"),
    "a color that is markup": (chosen("FilterStrokes", "color", "<script>alert(1)</script>"), "there is no color"),
    "a color of a megabyte": (chosen("FilterStrokes", "color", "#" + LONG), "there is no color"),
}  # fmt: skip


def cases() -> list[Case]:
    """All of them."""
    found = [
        Case(
            f"{kind}, {name}: {what}",
            "prompt",
            name.replace("_", "[ _]") + "|no brush|no stroke predictor|no style weights|no stroke file",
            graph=chosen(kind, name, value),
            also=value is None,  # as if it were not there
        )
        for number, (kind, name) in enumerate(CHOICES)
        for i, (what, value) in enumerate(VALUES.items())
        if i % 4 == number % 4 or what == "a path"  # each value at some, each place with some
    ]
    found += [
        Case(f"{kind}, {name}: {what}", "prompt", name.replace("_", "[ _]"), graph=handed(kind, name, what))
        for kind, name, faults in SOCKETS
        for what in faults
    ]
    for group in (NAMES, PROMPTS):
        found += [Case(f"prompt: {name}", "prompt", says, graph=graph) for name, (graph, says) in group.items()]
    return found

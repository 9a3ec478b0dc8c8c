"""Real front ends: graphs of version 0.1 become graphs of this version that paint the same; new nodes speak plainly."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from comfy.browsing import Window, load_graph, settle, until

OLD_GRAPHS = sorted(Path(__file__).parent.joinpath("version_0_1").glob("*.json"))
#: The widgets of a painting node in a prompt of 0.1, in the order in which the graph has them.
PAINT = ["strokes", "brush", "mode", "seed", "control", "preset", "refine", "stroke_length", "flow", "variety",
         "attention"]  # fmt: skip
STYLE = ["method", "strength", "keep_colors", "style_batch", "strokes", "brush", "seed", "control", "preset", "refine",
         "stroke_length", "flow", "variety", "attention", "film", "style_weights"]  # fmt: skip
WIDGETS = {"PaintImage": PAINT, "StyleTransferThenPaint": STYLE}


@pytest.fixture(scope="module")
def page(window: Window) -> Window:
    return window.cleared()


def painting_nodes(graph: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The values that 0.1 saved, by the node's id and the widget's name."""
    nodes = [node for node in graph["nodes"] if node["type"] in WIDGETS]
    return {str(node["id"]): dict(zip(WIDGETS[node["type"]], node["widgets_values"], strict=True)) for node in nodes}


def links_of(graph: dict[str, Any]) -> dict[str, dict[str, list[Any]]]:
    """What every painting node's inputs are wired to, by name, as a prompt has it."""
    sources = {link[0]: [str(link[1]), link[2]] for link in graph["links"]}
    return {
        str(node["id"]): {i["name"]: sources[i["link"]] for i in node["inputs"] if i.get("link") is not None}
        for node in graph["nodes"] if node["type"] in WIDGETS
    }  # fmt: skip


def prompt_of(page: Window) -> dict[str, Any]:
    """What the Run button would send."""
    return page.evaluate("app.graphToPrompt().then(prompt => prompt.output)")


@pytest.mark.parametrize("path", OLD_GRAPHS, ids=lambda path: path.stem)
def test_every_value_and_every_wire_is_where_it_was(page: Window, path: Path) -> None:
    graph = json.loads(path.read_text(encoding="utf-8"))
    load_graph(page, graph)
    assert page.problems == []
    prompt, links = prompt_of(page), links_of(graph)
    assert painting_nodes(graph)
    for key, old in painting_nodes(graph).items():
        new = prompt[key]["inputs"]
        assert {name: value for name, value in new.items() if isinstance(value, list)} == links[key]
        assert new["look"] == ("oil" if old["preset"] == "none" else old["preset"])
        assert new["brush"] == "as the look"
        same = [name for name in WIDGETS[prompt[key]["class_type"]] if name not in ("preset", "brush", "control")]
        assert {name: new[name] for name in same} == {name: old[name] for name in same}
        assert "preset" not in new
    # as it is now, it is opened again without another change
    saved = page.evaluate("JSON.parse(JSON.stringify(app.graph.serialize()))")
    load_graph(page, saved)
    assert prompt_of(page) == prompt


def old_prompt(graph: dict[str, Any]) -> dict[str, Any]:
    """The graph as 0.1 exported it in the API format; of nodes that are not ours, the wires only."""
    sources = {link[0]: [str(link[1]), link[2]] for link in graph["links"]}
    values = painting_nodes(graph)
    prompt = {}
    for node in graph["nodes"]:
        key = str(node["id"])
        wires = {i["name"]: sources[i["link"]] for i in node.get("inputs", []) if i.get("link") is not None}
        own = {name: value for name, value in values.get(key, {}).items() if name != "control"}
        prompt[key] = {"class_type": node["type"], "inputs": {**own, **wires}}
    return prompt


@pytest.mark.parametrize("path", OLD_GRAPHS, ids=lambda path: path.stem)
def test_a_prompt_dropped_onto_the_page_keeps_its_values(page: Window, path: Path) -> None:
    graph = json.loads(path.read_text(encoding="utf-8"))
    prompt = old_prompt(graph)
    first = next(key for key in prompt if prompt[key]["class_type"] in WIDGETS)
    prompt["900"] = {"class_type": "StrokeRender", "inputs": {"strokes": [first, 1], "brush_tip": [first, 3]}}
    text = json.dumps(prompt)
    page.evaluate("text => app.handleFile(new File([text], 'old.json', {type: 'application/json'}))", text)
    until(page, "ids => ids.every(id => app.graph.getNodeById(id))", [int(key) for key in prompt])
    settle(page)
    assert page.problems == []
    new = prompt_of(page)
    assert "brush_tip" not in new["900"]["inputs"]
    for key, old in painting_nodes(graph).items():
        inputs = new[key]["inputs"]
        assert {name: value for name, value in inputs.items() if isinstance(value, list)} == links_of(graph)[key]
        assert inputs["look"] == ("oil" if old["preset"] == "none" else old["preset"])
        assert inputs["brush"] == "as the look"
        same = [name for name in old if name not in ("preset", "brush", "control")]
        assert {name: inputs[name] for name in same} == {name: old[name] for name in same}


def test_a_brush_of_ones_own_choice_is_kept(page: Window) -> None:
    graph = json.loads(OLD_GRAPHS[0].read_text(encoding="utf-8"))
    node = next(node for node in graph["nodes"] if node["type"] == "PaintImage")
    for preset, brush, look, kept in (
        ("none", "pencil", "oil", "pencil"),
        ("pencil", "fan", "pencil", "as the look"),
        ("none", "oil", "oil", "as the look"),
    ):  # fmt: skip
        node["widgets_values"][PAINT.index("preset")], node["widgets_values"][PAINT.index("brush")] = preset, brush
        load_graph(page, graph)
        new = prompt_of(page)[str(node["id"])]["inputs"]
        assert (new["look"], new["brush"]) == (look, kept)


def test_a_new_node_says_what_its_widgets_mean_and_is_no_wider_than_that(page: Window) -> None:
    made = page.evaluate(
        """() => {
            app.graph.clear();
            const node = LiteGraph.createNode('PaintImage');
            app.graph.add(node);
            const labels = Object.fromEntries(node.widgets.map(widget => [widget.name, widget.label]));
            return {title: node.title, width: node.size[0], labels, sockets: node.inputs.map(input => input.label)};
        }"""
    )
    assert made["title"] == "Paint Image (Brush Strokes)"
    assert made["width"] < 420
    assert made["labels"]["strokes"] == "strokes (0: as the look)"
    assert made["labels"]["refine"] == "refine (-1: as the look)"
    assert made["labels"]["stroke_length"] == "stroke length"
    assert "brush tip" in made["sockets"]


def test_what_was_wired_to_the_brush_that_painted_is_taken_off(page: Window) -> None:
    """A painting knows its brush, and the output that gave it is gone."""
    graph = json.loads(next(path for path in OLD_GRAPHS if path.stem == "paint_image").read_text(encoding="utf-8"))
    paint = next(node for node in graph["nodes"] if node["type"] == "PaintImage")
    tip = next(entry for entry in paint["inputs"] if entry["name"] == "brush_tip")
    other = json.loads(json.dumps(paint)) | {"id": 900}
    for entry in other["inputs"]:
        entry["link"] = None
    for entry in other["outputs"]:
        entry["links"] = None
    next(entry for entry in other["outputs"] if entry["name"] == "brush")["links"] = [901]
    tip["link"] = 901
    graph["nodes"].append(other)
    graph["links"].append([901, 900, 2, paint["id"], paint["inputs"].index(tip), "BRUSH"])
    graph["last_node_id"], graph["last_link_id"] = 900, 901
    load_graph(page, graph)
    assert page.problems == []
    assert "brush_tip" not in prompt_of(page)[str(paint["id"])]["inputs"]
    saved = page.evaluate("JSON.parse(JSON.stringify(app.graph.serialize()))")
    assert all(link[5] != "BRUSH" for link in saved["links"])
    painters = [node for node in saved["nodes"] if node["type"] == "PaintImage"]
    assert [[entry["name"] for entry in node["outputs"]] for node in painters] == [["image", "strokes"]] * 2


def test_an_old_graph_runs(page: Window) -> None:
    graph = json.loads(next(path for path in OLD_GRAPHS if path.stem == "paint_image").read_text(encoding="utf-8"))
    node = next(node for node in graph["nodes"] if node["type"] == "PaintImage")
    node["widgets_values"][PAINT.index("strokes")], node["widgets_values"][PAINT.index("refine")] = 40, 0
    load_graph(page, graph)
    title = page.evaluate("app.graph.nodes.find(node => node.type === 'PaintImage').title")
    assert title == "Paint Image (Brush Strokes)"
    painted = page.server.run(prompt_of(page))
    assert painted.status == "success"
    assert page.problems == []

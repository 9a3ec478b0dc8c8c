"""The nodes as people meet them: the real front end in a real browser."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from comfy.browsing import open_page, run, settle, until
from comfy.harness import ComfyServer
from PIL import Image

PACK = "alla-prima"

Shoot = Callable[[str], np.ndarray]


@pytest.fixture(scope="module")
def page(comfyui: ComfyServer, chromium: str) -> Iterator[object]:
    pytest.importorskip("playwright.sync_api", reason="`make test` installs Playwright")
    with open_page(comfyui, chromium) as page:
        yield page


@pytest.fixture
def shoot(page: object, screenshots: Path) -> Shoot:
    """Take and keep a screenshot; returns its pixels (H, W, 3)."""

    def take(name: str) -> np.ndarray:
        content = page.screenshot(path=screenshots / f"{name}.png")
        return np.asarray(Image.open(BytesIO(content)).convert("RGB"))

    return take


def open_template(page: object, name: str, **widgets: object) -> None:
    """Open an example workflow as the Templates dialog does, with some widgets at other values ("node.widget")."""
    page.evaluate(
        """async ([url, widgets]) => {
            await app.loadGraphData(await (await fetch(url)).json());
            for (const [key, value] of Object.entries(widgets)) {
                const [type, name] = key.split('.');
                const node = app.graph.nodes.find(node => node.type === type);
                node.widgets.find(widget => widget.name === name).value = value;
            }
        }""",
        [f"/api/workflow_templates/{PACK}/{name}.json", widgets],
    )
    settle(page)


def part_of(page: object, pixels: np.ndarray, node_type: str) -> np.ndarray:
    """The part of a screenshot that shows a node."""
    left, top, width, height = page.evaluate(
        """type => {
            const node = app.graph.nodes.find(node => node.type === type), {scale, offset} = app.canvas.ds;
            const corner = app.canvas.canvas.getBoundingClientRect();
            return [corner.x + (node.pos[0] + offset[0]) * scale, corner.y + (node.pos[1] + offset[1]) * scale,
                    node.size[0] * scale, node.size[1] * scale].map(Math.round);
        }""",
        node_type,
    )
    return pixels[max(0, top) : top + height, max(0, left) : left + width]


def colours(pixels: np.ndarray) -> int:
    """How many clearly different colours there are."""
    return len(np.unique(pixels.reshape(-1, 3) // 16, axis=0))


def test_example_workflow_paints(page: object, shoot: Shoot) -> None:
    open_template(page, "paint_image")
    before = part_of(page, shoot("paint_image_before"), "SaveImage")
    assert run(page)["status"]["status_str"] == "success"
    until(page, "app.graph.nodes.find(node => node.type === 'SaveImage').imgs?.[0]?.naturalWidth > 0")
    settle(page)
    after = part_of(page, shoot("paint_image"), "SaveImage")
    assert page.problems == []
    assert page.evaluate("app.graph.nodes.find(node => node.type === 'SaveImage').imgs[0].naturalWidth") == 768
    assert colours(before) < 40 < 80 < colours(after), "no painting is to be seen on the node"


def test_process_video_workflow_plays(page: object, shoot: Shoot) -> None:
    shorter = {"PaintImage.strokes": 300, "StrokeRender.seconds": 1.0, "StrokeRender.scale": 1.0}
    open_template(page, "painting_process_video", **shorter)
    run(page)
    until(page, "document.querySelector('video')?.videoWidth > 0")
    settle(page)
    shoot("painting_process_video")
    assert page.problems == []
    assert page.evaluate("document.querySelector('video').videoWidth") == 768


def test_presets_workflow_shows_three_looks(page: object, comfyui: ComfyServer, shoot: Shoot) -> None:
    open_template(page, "presets")
    page.evaluate(
        """() => {
            const few = {strokes: 300, refine: 2};
            for (const node of app.graph.nodes.filter(node => node.type === 'PaintImage'))
                for (const widget of node.widgets) widget.value = few[widget.name] ?? widget.value;
        }"""
    )
    entry = run(page)
    previews = "app.graph.nodes.filter(node => node.type === 'PreviewImage')"
    until(page, f"{previews}.every(node => node.imgs?.[0]?.naturalWidth > 0)")
    settle(page)
    shoot("presets")
    assert page.problems == []
    pictures = [
        comfyui.view(file) for outputs in entry["outputs"].values() for file in outputs.get("images", ())
    ]
    assert len(set(pictures)) == 3


def test_widgets_of_paint_image_have_plain_names(page: object, shoot: Shoot) -> None:
    open_template(page, "paint_image")
    names = page.evaluate(
        """() => {
            const node = app.graph.nodes.find(node => node.type === 'PaintImage');
            const label = name => node.inputs.find(input => input.widget?.name === name)?.label ?? name;
            return node.widgets.map(widget => [widget.name, label(widget.name), widget.value]);
        }"""
    )
    values = {name: value for name, _, value in names}
    assert (values["look"], values["refine"], values["attention"]) == ("oil", 20, 1.0)
    assert {label for name, label, _ in names if name == "stroke_length"} == {"stroke length"}


def test_help_page_opens_beside_the_graph(page: object, shoot: Shoot) -> None:
    open_template(page, "paint_image")
    page.evaluate(
        """() => {
            const node = app.graph.nodes.find(node => node.type === 'PaintImage');
            app.canvas.selectNode(node);
        }"""
    )
    page.get_by_test_id("info-button").click()
    page.get_by_text("Paints pictures the way a painter does").wait_for()
    shoot("help")
    assert page.problems == []


def test_run_with_a_mistake_says_what_is_wrong(page: object, shoot: Shoot) -> None:
    open_template(page, "paint_image", **{"LoadStrokePredictor.model_name": "not_there.safetensors"})
    assert run(page)["status"]["status_str"] == "error"
    page.get_by_text("There is no stroke predictor").first.wait_for()
    shoot("mistake")
    page.keyboard.press("Escape")


def test_workflow_files_are_what_the_front_end_writes(page: object) -> None:
    """Opening and saving an example loses none of its nodes or links."""
    folder = Path(__file__).parent.parent.parent / "example_workflows"
    for path in folder.glob("*.json"):
        shipped = json.loads(path.read_text(encoding="utf-8"))
        open_template(page, path.stem)
        kept = json.loads(page.evaluate("JSON.stringify(app.graph.serialize())"))
        assert len(kept["links"]) == len(shipped["links"])
        assert sorted(node["type"] for node in kept["nodes"]) == sorted(node["type"] for node in shipped["nodes"])

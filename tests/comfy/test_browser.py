"""The nodes as people meet them: the real front end in a real browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
import pytest
from comfy.browsing import Window, Windows, press_run, settle
from comfy.harness import ComfyServer
from PIL import Image

PACK = "alla-prima"
#: The simplest of the example workflows.
TEMPLATE = "Paint a Photograph"

Shoot = Callable[[str], np.ndarray]


@pytest.fixture(scope="module")
def page(comfyui: ComfyServer, windows: Windows) -> Iterator[Window]:
    with windows.open(comfyui) as page:
        yield page


@pytest.fixture
def shoot(page: Window, screenshots: Path) -> Shoot:
    """Take and keep a screenshot; returns its pixels (H, W, 3)."""

    def take(name: str) -> np.ndarray:
        content = page.screenshot(path=screenshots / f"{name}.png")
        return np.asarray(Image.open(BytesIO(content)).convert("RGB"))

    return take


def open_template(page: Window, name: str, **widgets: Any) -> None:
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
        [f"/api/workflow_templates/{PACK}/{quote(name)}.json", widgets],
    )
    settle(page)


def test_widgets_of_paint_image_have_plain_names(page: Window, shoot: Shoot) -> None:
    open_template(page, TEMPLATE)
    names = page.evaluate(
        """() => {
            const node = app.graph.nodes.find(node => node.type === 'PaintImage');
            const label = name => node.inputs.find(input => input.widget?.name === name)?.label ?? name;
            return node.widgets.map(widget => [widget.name, label(widget.name), widget.value]);
        }"""
    )
    values = {name: value for name, _, value in names}
    assert [values[name] for name in ("look", "strokes", "refine")] == ["oil", 0, -1]
    assert {label for name, label, _ in names if name == "stroke_length"} == {"stroke length"}


def test_help_page_opens_beside_the_graph(page: Window, shoot: Shoot) -> None:
    open_template(page, TEMPLATE)
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


def test_run_with_a_mistake_says_what_is_wrong(page: Window, shoot: Shoot) -> None:
    open_template(page, TEMPLATE, **{"ExamplePicture.picture": "photo: nobody"})
    press_run(page)
    page.get_by_text("There is no picture 'photo: nobody'").first.wait_for()
    shoot("mistake")
    page.keyboard.press("Escape")

"""The words that people type into the search of the page find the nodes, also where ComfyUI knows no aliases."""

from __future__ import annotations

import pytest
from comfy import test_upgrade
from comfy.browsing import Window, settle, until

#: What the search shows, by what is typed.
FOUND = {
    "oil": "PaintImage", "watercolor": "PaintImage", "pencil": "PaintImage", "sketch": "PaintImage",
    "painterly": "PaintImage", "van gogh": "StyleTransferThenPaint", "style transfer": "StyleTransferThenPaint",
    "timelapse": "StrokeRender", "svg": "StrokeRender", "vector": "StrokeRender", "impasto": "PaintSurface",
    "normal map": "PaintSurface", "video": "PaintVideo", "brush": "LoadBrush", "strokes": "LoadStrokes",
}  # fmt: skip
#: The store of nodes in the page, whose search its dialogs use.
NODES = "document.querySelector('#vue-app').__vue_app__.config.globalProperties.$pinia._s.get('nodeDef')"
page = test_upgrade.page


def test_what_people_type_finds_the_node(page: Window) -> None:
    search = f"words => words.map(word => {NODES}.nodeSearchService.searchNode(word, []).map(node => node.name))"
    for (word, node), found in zip(FOUND.items(), page.evaluate(search, list(FOUND)), strict=True):
        assert node in found, word
        assert len(found) == len(set(found))


def test_what_was_found_before_comes_first_and_nothing_is_found_by_no_word(page: Window) -> None:
    search = f"word => {NODES}.nodeSearchService.searchNode(word, []).map(node => node.name)"
    assert page.evaluate(search, "load checkpoint")[0].startswith("CheckpointLoader")
    assert "PaintImage" not in page.evaluate(search, "qwertz")


def test_the_dialog_shows_it(page: Window) -> None:
    page.evaluate("app.graph.clear()")
    settle(page)
    page.mouse.dblclick(800, 500)
    until(page, "document.activeElement?.tagName === 'INPUT'")
    page.keyboard.type("watercolor")
    until(page, "document.body.innerText.includes('Paint Image (Brush Strokes)')")
    page.keyboard.press("Escape")
    assert page.problems == []


@pytest.mark.parametrize("kind", ["STROKES"])
def test_the_types_of_a_link_are_respected(page: Window, kind: str) -> None:
    """A link that is dropped on the canvas looks for nodes that take it."""
    search = f"""([word, kind]) => {{
        const service = {NODES}.nodeSearchService;
        const filters = [{{filterDef: service.inputTypeFilter, value: kind}}];
        return service.searchNode(word, filters).map(node => node.name);
    }}"""
    found = page.evaluate(search, ["oil", kind])
    assert "PaintImage" not in found
    assert "PaintSurface" in page.evaluate(search, ["impasto", kind])

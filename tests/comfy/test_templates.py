"""The example workflows as people meet them: opened in the browser, run by pressing the button, their results seen."""

from __future__ import annotations

import json
from io import BytesIO

import av
import numpy as np
import pytest
from comfy import test_browser
from comfy.browsing import Window, run, settle, until
from comfy.harness import ROOT, ComfyServer
from comfy.test_browser import Shoot
from PIL import Image

FOLDER = ROOT / "example_workflows"
NAMES = sorted(path.stem for path in FOLDER.glob("*.json"))
PICTURES = ROOT / "nodes" / "pictures"
#: Fixtures of the browser's tests.
page, shoot = test_browser.page, test_browser.shoot
#: What makes a workflow quick enough for a test; everything else stays as shipped.
QUICK = {"strokes": 120, "refine": 0, "scale": 1, "seconds": 0.5, "frames": 12}
#: Sides of the pictures that are compared, and what a painting may differ by in the mean, of 255 levels: a picture of
#: something else differs by 60 and more.
SMALL, NEAR = 24, 40
#: Workflows whose results have other colors than their picture, as they should.
RECOLORED = ("Style, Then Paint", "Edit Strokes and Render Again")


def quicken(page: Window) -> None:
    page.evaluate(
        """quick => app.graph.nodes.forEach(node => (node.widgets ?? []).forEach(
            widget => { widget.value = quick[widget.name] ?? widget.value; }))""",
        QUICK,
    )


def small(content: bytes) -> np.ndarray:
    """(SMALL, SMALL, 3) of a picture or of the last frame of a film."""
    try:
        image = Image.open(BytesIO(content)).convert("RGB")
    except OSError:
        with av.open(BytesIO(content)) as film:
            image = [frame.to_image() for frame in film.decode(video=0)][-1]
    return np.asarray(image.resize((SMALL, SMALL), Image.Resampling.BOX), np.float64)


def source_of(name: str) -> np.ndarray:
    """The first picture of a workflow, made small; of a clip, the part that its last frame shows."""
    from example_workflows.graphs import WORKFLOWS

    nodes = WORKFLOWS[name].nodes.values()
    chosen = next(node for node in nodes if node.kind in ("ExamplePicture", "ExampleClip"))
    content = (PICTURES / f"{str(chosen.widgets['picture']).split(': ')[1]}.jpg").read_bytes()
    if chosen.kind == "ExamplePicture":
        return small(content)
    image = Image.open(BytesIO(content))
    width, height = image.size
    part = image.crop((round(0.15 * width), round(0.1 * height), round(0.93 * width), round(0.88 * height)))
    return np.asarray(part.resize((SMALL, SMALL), Image.Resampling.BOX), np.float64)


@pytest.mark.parametrize("name", NAMES)
def test_a_template_runs_and_shows_what_it_promises(
    page: Window, shoot: Shoot, comfyui: ComfyServer, name: str
) -> None:
    page.problems.clear()
    test_browser.open_template(page, name)
    shipped = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    kept = json.loads(page.evaluate("JSON.stringify(app.graph.serialize())"))
    assert len(kept["links"]) == len(shipped["links"])
    assert sorted(node["type"] for node in kept["nodes"]) == sorted(node["type"] for node in shipped["nodes"])
    quicken(page)
    # all of it in view: the front end fetches pictures only for nodes that it draws
    page.evaluate("Object.assign(app.canvas.ds, {scale: 0.4, offset: [150, 200]})")
    page.evaluate("app.graph.setDirtyCanvas(true, true)")
    entry = run(page)
    assert entry["status"]["status_str"] == "success", entry["status"]["messages"][-1]
    shown = "app.graph.nodes.filter(node => ['SaveImage', 'PreviewImage'].includes(node.type))"
    until(page, f"{shown}.every(node => node.imgs?.[0]?.naturalWidth > 0)")
    settle(page)
    shoot(name.replace(",", "").replace(" ", "_").lower())
    assert page.problems == []
    files = [
        file for outputs in entry["outputs"].values() for kind in ("images", "video") for file in outputs.get(kind, ())
    ]
    results = [small(comfyui.view(file)) for file in files if not file["filename"].endswith(".svg")]
    assert results
    for result in results:
        assert result.std() > 20, "a picture with nothing in it"
        if name not in RECOLORED:
            assert np.abs(result - source_of(name)).mean() < NEAR


def test_a_film_is_to_be_seen_on_the_node(page: Window) -> None:
    """The last test's page shows whatever ran last; this one looks at the film's player."""
    test_browser.open_template(page, "Process Video")
    quicken(page)
    run(page)
    until(page, "document.querySelector('video')?.videoWidth > 0")


def test_templates_are_offered_under_their_titles(page: Window, shoot: Shoot) -> None:
    """The Templates dialog lists them by name, with their thumbnails."""
    page.evaluate("app.extensionManager.command.execute('Comfy.BrowseTemplates')")
    page.get_by_text(test_browser.PACK, exact=False).first.click()
    for name in NAMES:
        page.get_by_text(name, exact=True).first.wait_for()
    settle(page)
    shoot("templates")
    page.keyboard.press("Escape")

"""Write the example workflows as ComfyUI itself would, run them, and make their thumbnails of what came out.

    make workflows                                          all of them
    python example_workflows/build.py "Process Video" ...   some of them
    python example_workflows/build.py --files ...           the files alone, without running them

What is in a workflow stands in `graphs.py`. A real front end puts the nodes on its canvas, sets the widgets, draws the
links, writes the file and presses Run: so names, sizes and the order of widgets are those of the nodes as they are now,
and a thumbnail shows what people get.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
import time
from io import BytesIO
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
ROOT = HERE.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from comfy.browsing import Window, Windows, open_browser, run  # noqa: E402
from comfy.harness import ComfyServer  # noqa: E402

from example_workflows.graphs import WORKFLOWS, Workflow  # noqa: E402
from example_workflows.sheets import thumbnail  # noqa: E402

#: Makes a workflow from {node: {kind, title, at, size, widgets}} and links; returns the file's content and the ids.
MAKE = """
async ([nodes, links]) => {
    app.graph.clear();
    const made = {};
    for (const [key, node] of Object.entries(nodes)) {
        const it = LiteGraph.createNode(node.kind);
        if (!it) throw new Error(`there is no node ${node.kind}`);
        it.pos = node.at;
        app.graph.add(it);
        if (node.title) it.title = node.title;
        for (const [name, value] of Object.entries(node.widgets)) {
            const widget = it.widgets.find(widget => widget.name === name);
            if (!widget) throw new Error(`${node.kind} has no widget ${name}: ${it.widgets.map(each => each.name)}`);
            widget.value = value;
        }
        const least = it.computeSize();
        it.setSize([Math.max(node.size[0], least[0]), Math.max(node.size[1], least[1])]);
        made[key] = it;
    }
    for (const [from, output, to, input] of links) {
        const slot = made[from].outputs.findIndex(each => each.name === output);
        const end = made[to].inputs.findIndex(each => each.name === input);
        if (slot < 0 || end < 0) throw new Error(`no link ${from}.${output} -> ${to}.${input}`);
        made[from].connect(slot, made[to], end);
    }
    const saved = app.graph.serialize();
    saved.extra = {ds: {scale: 0.8, offset: [60, 200]}};
    saved.id = "00000000-0000-0000-0000-000000000000";
    const ids = Object.fromEntries(Object.entries(made).map(([key, node]) => [key, String(node.id)]));
    return [JSON.stringify(saved), ids];
}
"""
#: Properties of nodes that are worth keeping.
PROPERTIES = ("Node name for S&R", "cnr_id", "ver")


def main() -> None:
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if chromium is None:
        sys.exit("a Chromium or Chrome is needed")
    files_only = "--files" in sys.argv
    names = [name for name in sys.argv[1:] if name != "--files"] or list(WORKFLOWS)
    with tempfile.TemporaryDirectory() as home:
        server = ComfyServer(Path(home))
        try:
            with open_browser(chromium) as browser, Windows(browser).open(server) as page:
                for name in names:
                    ids = write_file(page, name)
                    if not files_only:
                        write_thumbnail(server, page, name, ids)
        finally:
            server.stop()


def write_file(page: Window, name: str) -> dict[str, str]:
    """Make a workflow on the page's canvas and write its file; the ids of its nodes."""
    saved, ids = page.evaluate(MAKE, as_arguments(WORKFLOWS[name]))
    content = json.loads(saved)
    for node in content["nodes"]:
        node["properties"] = {key: value for key, value in node["properties"].items() if key in PROPERTIES}
    text = json.dumps(content, indent=1, ensure_ascii=False)
    (HERE / f"{name}.json").write_text(text + "\n", encoding="utf-8")
    return ids


def write_thumbnail(server: ComfyServer, page: Window, name: str, ids: dict[str, str]) -> None:
    """Run the workflow that is on the canvas and make a picture of what comes out."""
    start = time.monotonic()
    outputs = run(page)["outputs"]
    sys.stderr.write(f"{name}: {time.monotonic() - start:.0f} s\n")
    shown = [files(outputs[ids[key]]) for key in WORKFLOWS[name].shown]
    picture = thumbnail([BytesIO(server.view(file)) for file in shown])
    picture.save(HERE / f"{name}.jpg", quality=85, optimize=True)


def files(output: dict[str, Any]) -> dict[str, str]:
    """The first file of a node's output, whatever its kind."""
    lists = [value for value in output.values() if value and isinstance(value[0], dict)]
    return next(value[0] for value in lists if "filename" in value[0])


def as_arguments(workflow: Workflow) -> list[Any]:
    """The nodes and links of a workflow as MAKE takes them."""
    nodes = {
        key: {"kind": node.kind, "title": node.title, "at": node.at, "size": node.size, "widgets": node.widgets}
        for key, node in workflow.nodes.items()
    }
    return [nodes, [[*source.split(".", 1), *target.split(".", 1)] for source, target in workflow.links]]


if __name__ == "__main__":
    main()

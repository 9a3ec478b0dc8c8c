"""Write the example workflows as ComfyUI itself would: `make workflows`, or `python example_workflows/build.py`.

What is in a workflow stands in `graphs.py`. A real front end puts the nodes on its canvas, sets the widgets, draws the
links and writes the file, so that names, sizes and the order of widgets are always those of the nodes as they are now.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
ROOT = HERE.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from comfy.browsing import open_page  # noqa: E402
from comfy.harness import ComfyServer  # noqa: E402
from example_workflows.graphs import WORKFLOWS, Workflow  # noqa: E402

#: Makes the nodes of one workflow: [node id -> {kind, title, at, size, widgets}], links, and returns the file's content.
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
            if (!widget) throw new Error(`${node.kind} has no widget ${name}: ${it.widgets.map(w => w.name)}`);
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
    saved.extra = {ds: {scale: 0.8, offset: [60, 90]}};
    saved.id = "00000000-0000-0000-0000-000000000000";
    return JSON.stringify(saved);
}
"""


def main() -> None:
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if chromium is None:
        sys.exit("a Chromium or Chrome is needed")
    names = sys.argv[1:] or list(WORKFLOWS)
    with tempfile.TemporaryDirectory() as home:
        server = ComfyServer(Path(home))
        try:
            with open_page(server, chromium) as page:
                for name in names:
                    content = json.loads(page.evaluate(MAKE, as_arguments(WORKFLOWS[name])))
                    text = json.dumps(tidied(content), indent=1, ensure_ascii=False)
                    (HERE / f"{name}.json").write_text(text + "\n", encoding="utf-8")
        finally:
            server.stop()


def as_arguments(workflow: Workflow) -> list[Any]:
    """The nodes and links of a workflow as MAKE takes them."""
    nodes = {
        key: {"kind": node.kind, "title": node.title, "at": node.at, "size": node.size, "widgets": node.widgets}
        for key, node in workflow.nodes.items()
    }
    return [nodes, [[*source.split(".", 1), *target.split(".", 1)] for source, target in workflow.links]]


def tidied(content: dict[str, Any]) -> dict[str, Any]:
    """The file without what belongs to this one front end."""
    for node in content["nodes"]:
        node["properties"] = {
            name: value for name, value in node["properties"].items() if name in ("Node name for S&R", "cnr_id", "ver")
        }
    return content


if __name__ == "__main__":
    main()

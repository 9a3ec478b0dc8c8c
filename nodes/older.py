"""Graphs that were made for version 0.1, whose inputs had other names and another order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

#: An input that both painting nodes had then, and have no more: `look` takes its place.
GONE = "preset"


def refuse_old_graph(prompt: Mapping[str, Any] | None, node_id: str) -> None:
    """ValueError if a prompt (ComfyUI's hidden input) has a node of this kind as version 0.1 wrote it.

    ComfyUI drops what it does not know without a word, and another painting would come out. Graphs that are opened in
    the browser are brought up to date there (`web/js/upgrade.js`).
    """
    for node in (prompt or {}).values():
        if node.get("class_type") == node_id and GONE in node.get("inputs", {}):
            raise ValueError(
                f"This graph was made for Alla Prima 0.1: {node_id} has no input {GONE!r} any more, it is 'look' now. "
                "Open the workflow in the browser and export it again. Or rename it: 'none' is 'oil'; give 'refine' "
                "and, if it is not the look's, 'brush'; leave out whatever the look shall decide."
            )

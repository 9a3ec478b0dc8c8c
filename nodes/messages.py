"""What a node has to say although it works: a line on the node itself, and in ComfyUI's log."""

from __future__ import annotations

import logging

from comfy_execution.utils import get_executing_context

logger = logging.getLogger(__name__)


class Messages:
    """The messages of one run of a node; they are shown together, as ComfyUI's front end keeps only the last text."""

    def __init__(self) -> None:
        self._lines: list[str] = []

    def say(self, text: str) -> None:
        """Show a sentence to whoever looks at the node, and log it; the same one only once."""
        if text in self._lines:
            return
        self._lines.append(text)
        context = get_executing_context()
        node_id = None if context is None else context.node_id
        logger.warning("%s", text if node_id is None else f"Node {node_id}: {text}")
        if node_id is not None:
            _show("\n".join(self._lines), node_id)


def _show(text: str, node_id: str) -> None:
    """Text on a node of the graph that is open in the browser."""
    from server import PromptServer  # not there where nodes run without a server

    server = getattr(PromptServer, "instance", None)
    if server is not None:
        server.send_progress_text(text, node_id)

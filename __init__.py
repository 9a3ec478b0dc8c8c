"""Alla Prima: what ComfyUI loads when this folder lies in its `custom_nodes`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .nodes import AllaPrimaExtension

WEB_DIRECTORY = "./nodes/web"


async def comfy_entrypoint() -> AllaPrimaExtension:
    """The nodes. They are imported here, so that nothing of ComfyUI is needed to import this package."""
    from .nodes import AllaPrimaExtension

    return AllaPrimaExtension()

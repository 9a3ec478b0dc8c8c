"""Print the pack's schemas as JSON, as the ComfyUI in the current folder sees them: `python dump_schemas.py PACK`.

With `newer` before PACK: then also as a ComfyUI would see them that knows the newer words. Run in a process of its own:
ComfyUI's modules and this project's have names in common.
"""

from __future__ import annotations

import asyncio
import importlib.util
import inspect
import json
import os
import sys
from pathlib import Path
from typing import Any

import newer_io
import stand_ins

stand_ins.install()
sys.path[0] = os.getcwd()
PACK, NEWER = Path(sys.argv[-1]), "newer" in sys.argv[1:-1]
sys.argv = [sys.argv[0], "--cpu"]

import comfy.options  # noqa: E402

comfy.options.enable_args_parsing()
import utils.install_util  # noqa: E402, F401 (before something else of this name is found, as ComfyUI's main.py does)


def load_pack() -> Any:
    """The pack under another name, as ComfyUI loads it: neither it nor its painter can be imported by name."""
    places = [str(PACK)]
    spec = importlib.util.spec_from_file_location("a_pack", PACK / "__init__.py", submodule_search_locations=places)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["a_pack"] = module
    spec.loader.exec_module(module)
    return module


def newer_words() -> None:
    from comfy_api.latest import io

    newer_io.install(io)


async def schemas() -> list[dict[str, Any]]:
    extension = await load_pack().comfy_entrypoint()
    found = []
    for node in await extension.get_node_list():
        schema = node.GET_SCHEMA()
        found.append(
            {
                "node_id": schema.node_id,
                "display_name": schema.display_name,
                "category": schema.category,
                "description": schema.description,
                "search_aliases": getattr(schema, "search_aliases", None),
                "inputs": [{"id": i.id, "type": i.get_io_type(), **i.as_dict()} for i in schema.inputs],
                "outputs": [{"id": o.id, "type": o.get_io_type(), **o.as_dict()} for o in schema.outputs],
                "parameters": [str(p).split(":")[0] for p in inspect.signature(node.execute).parameters.values()],
            }
        )
    return found


print("SCHEMAS " + json.dumps(asyncio.run(schemas())))
if NEWER:
    for name in [name for name in sys.modules if name.split(".")[0] == "a_pack"]:
        del sys.modules[name]
    newer_words()
    print("NEWER " + json.dumps(asyncio.run(schemas())))

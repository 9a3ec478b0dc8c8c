"""Bring a newer front end than the tests' ComfyUI has: `python tests/comfy/fetch_front_end.py TARGET_DIR`.

It is the static files of the package comfyui-frontend-package: fetched to test with, never a part of this pack.
"""

from __future__ import annotations

import sys
from pathlib import Path

from wheels import Part

FRONT_END = Part(
    "comfyui-frontend-package==1.58.1",
    "comfyui_frontend_package-1.58.1-py3-none-any.whl",
    "37912597537a731a8f421179618a736c24184c5bdbfa327f38b2fb7c291852d9",
    "comfyui_frontend_package/static/",
    ".map",  # for debuggers only, and most of the size
)

if __name__ == "__main__":
    FRONT_END.fetch(Path(sys.argv[1]))

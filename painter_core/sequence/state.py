"""What a film's painter keeps from frame to frame, as a value that can be saved and gone on from."""

from __future__ import annotations

import dataclasses
import json
import os
from dataclasses import dataclass

import safetensors
import torch
from safetensors.torch import save_file
from torch import Tensor

from ..files.atomic import atomic_path
from ..strokes import FIELDS, Strokes

#: What a file of this kind says of itself.
KIND = "alla-prima film state 3"


@dataclass(frozen=True)
class State:
    """Where a film's painting stands.

    Attributes:
        frame: how many frames are done.
        size: (height, width) of the frames.
        strokes: N strokes as they are carried, on a canvas of the size at which frames are painted and without the
            manner's variety, which is added at the end.
        ids: (N,) int64, who each stroke is: the same number in two frames is the same stroke.
        born: (N,) int64, number of the frame (from 0) in which it was laid.
        fit: (N,) mean squared error over what is seen of it, when it was last shaped.
        lively: (N, 5) what its variety is made from.
        presence: (N,) in (0, 1], share of its opacity with which it is shown: those that are laid over others come in
            slowly.
        shown: (3, h, w) what the painting shows, at the size at which motion is looked for.
        seen: (h, w) of how many frames that is the mean.
        before: (3, h', w') the last frame, small: what the next one is compared with for a cut.
        next_id: the number of the next stroke.
    """

    frame: int
    size: tuple[int, int]
    strokes: Strokes
    ids: Tensor
    born: Tensor
    fit: Tensor
    lively: Tensor
    presence: Tensor
    shown: Tensor
    seen: Tensor
    before: Tensor
    next_id: int

    @property
    def fading(self) -> bool:
        """Are there strokes that are still coming in?"""
        return bool((self.presence < 1).any())

    def to(self, device: torch.device | str) -> State:
        """The same on another device."""
        moved = {name: getattr(self, name).to(device) for name in ("strokes", *_TENSORS)}
        return dataclasses.replace(self, **moved)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write it, whole or not at all; not the brush, which whoever goes on brings. Raises OSError as `atomic_path`
        does."""
        tensors = {name: getattr(self, name) for name in _TENSORS}
        tensors |= {f"strokes.{name}": getattr(self.strokes, name) for name in (*FIELDS, "ground")}
        # a file has no tensors that share their memory
        tensors = {name: value.cpu().clone(memory_format=torch.contiguous_format) for name, value in tensors.items()}
        facts = {"frame": self.frame, "size": self.size, "next_id": self.next_id, "canvas": self.strokes.canvas}
        with atomic_path(path) as temporary:
            save_file(tensors, temporary, metadata={"kind": KIND, "facts": json.dumps(facts)})

    @staticmethod
    def load(path: str | os.PathLike[str]) -> State:
        """Read it again, bit by bit as it was. Raises ValueError that names the file if it is none."""
        try:
            with safetensors.safe_open(path, "pt") as file:
                about = file.metadata() or {}
                if about.get("kind") != KIND:
                    raise ValueError(f"{path}: this is no saved film state ({KIND})")
                facts = json.loads(about["facts"])
                tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            fields = {name: tensors[f"strokes.{name}"] for name in (*FIELDS, "ground")}
            strokes = Strokes(**fields, canvas=tuple(facts["canvas"])).validated()
            rest = {name: tensors[name] for name in _TENSORS}
            numbers = {"frame": facts["frame"], "size": tuple(facts["size"]), "next_id": facts["next_id"]}
            return State(strokes=strokes, **numbers, **rest)
        except (safetensors.SafetensorError, KeyError, OSError, json.JSONDecodeError) as error:
            raise ValueError(f"{path}: the film state cannot be read ({error})") from error


_TENSORS = ("ids", "born", "fit", "lively", "presence", "shown", "seen", "before")

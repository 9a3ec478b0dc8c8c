"""Weights of strangers: predictors, and folders of style networks."""

from __future__ import annotations

import io
import json
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import save
from torch import Tensor

from painter_core.predictor.compact import CompactConfig, CompactPredictor

from .bombs import Malicious, deep, entry, safetensors
from .cases import Case, Stage, made, sparse, written

CONFIG: dict[str, Any] = {"width": 32, "layers": 1, "heads": 2}
FILES = ("vgg_normalised", "latest_net_transformer", "latest_net_decoder", "latest_net_adaattn_3")


def network() -> dict[str, Tensor]:
    """The weights of a small predictor that knows nothing."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return {name: value.clone() for name, value in CompactPredictor(CompactConfig(**CONFIG)).state_dict().items()}


def file(change: Callable[[dict[str, Tensor]], None] | None = None, **about: str) -> bytes:
    """A predictor's file, its weights changed."""
    weights = network()
    if change:
        change(weights)
    usual = {"format": "alla-prima-predictor-1", "architecture": "compact", "config": json.dumps(CONFIG)}
    return save({name: value.contiguous() for name, value in weights.items()}, {**usual, **about})


def spoiled(value: float) -> Callable[[], bytes]:
    def change(weights: dict[str, Tensor]) -> None:
        next(iter(weights.values())).view(-1)[0] = value

    return lambda: file(change)


def overflowing() -> bytes:
    """Finite weights with which nothing stays finite."""

    def change(weights: dict[str, Tensor]) -> None:
        for value in weights.values():
            if value.is_floating_point():
                value.mul_(1e30).add_(1e30)

    return file(change)


def reshaped() -> bytes:
    def change(weights: dict[str, Tensor]) -> None:
        name = next(iter(weights))
        weights[name] = torch.zeros(3, 3)

    return file(change)


def torch_file(zipped: bool) -> Callable[[Path, Stage], None]:
    def make(path: Path, stage: Stage) -> None:
        content = {"query_pos": torch.zeros(8, 256), "extra": Malicious(str(stage.canary))}
        torch.save(content, path, _use_new_zipfile_serialization=zipped)

    return make


def pickled(path: Path, stage: Stage) -> None:
    path.write_bytes(pickle.dumps(Malicious(str(stage.canary))))


def array_file(path: Path, stage: Stage) -> None:
    with path.open("wb") as target:
        np.savez(target, query_pos=np.array([Malicious(str(stage.canary))], dtype=object))


def zip_bomb() -> bytes:
    """An archive that says how much it unpacks to."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/data.pkl", b"")
        archive.infolist()[0].file_size = 2**31 - 1
    return packed.getvalue()


def pickled_checkpoint(path: Path, stage: Stage) -> None:
    path.mkdir()
    for name in FILES:
        pickled(path / f"{name}.pth", stage)


def checkpoint(content: bytes) -> Callable[[Path, Stage], None]:
    """A folder with the files of an official style network, all of them the same bytes."""

    def make(path: Path, stage: Stage) -> None:
        path.mkdir()
        for name in FILES:
            (path / f"{name}.safetensors").write_bytes(content)

    return make


def empty_folder(path: Path, stage: Stage) -> None:
    path.mkdir()


BIG = 10 * 2**30
OVERLAP = safetensors({"a": entry([2, 2], 0, 16), "b": entry([2, 2], 8, 24)}, bytes(24))
PREDICTORS: dict[str, tuple[str, Any, str]] = {
    "pickle in a .pth": ("a.pth", torch_file(True), "could run code and were not loaded"),
    "pickle in an old .pth": ("a.pth", torch_file(False), "could run code and were not loaded"),
    "plain pickle": ("a.pth", pickled, "not PyTorch weights|could run code"),
    "pickle called .safetensors": ("a.safetensors", pickled, "not a whole safetensors file"),
    "zip bomb": ("a.pth", made(zip_bomb), "unpacks to"),
    "header of 10 GB": ("a.safetensors", written(safetensors({}, length=BIG)), "header is too short or too long"),
    "header of 10 GB that is there": ("a.safetensors", sparse(safetensors({}, length=BIG), BIG), "too many"),
    "tensors that overlap": ("a.safetensors", written(OVERLAP), "not a whole safetensors file"),
    "a tensor of 2^80 numbers": (
        "a.safetensors", written(safetensors({"a": entry([2**40, 2**40], 0, 8)}, bytes(8))),
        "not a whole safetensors file"),
    "wrong shapes": ("a.safetensors", made(reshaped), "wrong shapes"),
    "NaN weights": ("a.safetensors", made(spoiled(float("nan"))), "NaN or infinite weights"),
    "infinite weights": ("a.safetensors", made(spoiled(float("-inf"))), "NaN or infinite weights"),
    "weights of 1e30": ("a.safetensors", made(overflowing), "that are NaN"),
    "an unknown architecture": ("a.safetensors", made(lambda: file(architecture="../../gan")), "unknown architecture"),
    "a network of 10^9 layers": (
        "a.safetensors", made(lambda: file(config='{"layers": 1000000000}')), "must lie in 1 to"),
    "a config of lists in lists": ("a.safetensors", made(lambda: file(config=deep(50_000).decode())), "config"),
    "a config that is code": (
        "a.safetensors", made(lambda: file(config="__import__('os').mkdir('canary')")), "config can't be used"),
    "numbers in the config are NaN": (
        "a.safetensors", made(lambda: file(config=json.dumps({**CONFIG, "center_range": [float("nan"), 1e999]}))),
        "that are NaN"),
    "marks a billion patches away": (
        "a.safetensors", made(lambda: file(config=json.dumps({**CONFIG, "center_range": [1e9, 2e9]}))), "far outside"),
    "half of one": ("a.safetensors", made(lambda: file()[:9000]), "not a whole safetensors file"),
    "empty": ("a.safetensors", written(b""), "it is empty"),
    "text": ("a.pth", written(b"import os; os.mkdir('canary')"), "not PyTorch weights"),
}  # fmt: skip
CHECKPOINTS: dict[str, tuple[Any, str]] = {
    "an empty folder": (empty_folder, "is missing"),
    "pickles": (pickled_checkpoint, "style weights"),
    "overlapping tensors": (checkpoint(OVERLAP), "not a whole safetensors file"),
    "weights of something else": (checkpoint(save({"a": torch.zeros(3)})), "style weights"),
}


def cases() -> list[Case]:
    """All of them."""
    found = [
        Case(f"predictor: {name}", "predictor", says, f"hostile_{number}{Path(file_).suffix}", make)
        for number, (name, (file_, make, says)) in enumerate(PREDICTORS.items())
    ]
    found += [
        Case(f"style weights: {name}", "checkpoint", says, f"hostile_{number}", make)
        for number, (name, (make, says)) in enumerate(CHECKPOINTS.items())
    ]
    return found

"""Tensors from files of strangers: nothing in a file is ever executed, and no file makes the reader take much memory.

Whatever is wrong comes out as a ValueError that names the file, the fault and the remedy.
"""

from __future__ import annotations

import contextlib
import pickle
import re
import struct
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from safetensors import safe_open
from torch import Tensor

from ..exhaustion import is_out_of_memory
from .layouts import unwrapped

#: Bytes. No predictor comes near these; a file that claims more is damaged or hostile.
LARGEST_FILE = 1 << 30
LARGEST_HEADER = 1 << 20

PADDLE_ADVICE = (
    "convert a Paddle file where Paddle is installed: numpy.savez('paint_best.npz', "
    "**{k: numpy.asarray(v) for k, v in paddle.load('paint_best.pdparams').items()}), and load the .npz"
)


class RefusedError(ValueError):
    """A ValueError that already names the file."""


def refused(path: Path, problem: str, advice: str) -> ValueError:
    return RefusedError(f"predictor {path}: {problem}; {advice}")


@contextlib.contextmanager
def naming(path: Path, problem: str) -> Iterator[None]:
    """Turn whatever goes wrong while reading a file into a ValueError that names the file."""
    try:
        yield
    except RefusedError:
        raise
    except Exception as error:
        if is_out_of_memory(error):  # then it is no broken file
            raise
        raise refused(path, f"{problem}: {first_line(error)}", "copy or download it anew") from error


def read_tensors(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Tensors and metadata of a file, whichever of the accepted kinds it is."""
    readers = {".safetensors": read_safetensors, ".npz": _read_npz, ".pth": _read_torch, ".pt": _read_torch}
    suffix = path.suffix.lower()
    if suffix == ".pdparams":
        raise refused(path, "Paddle's files are pickles, which can run code", PADDLE_ADVICE)
    if suffix not in readers:
        raise refused(path, "not a kind of file that is read", f"give one that ends in {', '.join(readers)}")
    with naming(path, "can't be read"):
        size = path.stat().st_size
    if not 0 < size <= LARGEST_FILE:
        problem = f"{size} bytes are too many for a predictor" if size else "it is empty"
        raise refused(path, problem, "copy or download it anew")
    return readers[suffix](path)


def read_safetensors(path: Path, only_metadata: bool = False) -> tuple[dict[str, Tensor], dict[str, str]]:
    with naming(path, "not a whole safetensors file"):
        with path.open("rb") as file:
            start = file.read(8)
        if len(start) < 8 or struct.unpack("<Q", start)[0] > LARGEST_HEADER:
            raise ValueError("its header is too short or too long")
        with safe_open(str(path), framework="pt") as file:
            metadata = dict(file.metadata() or {})
            if only_metadata:
                return {}, metadata
            names = file.keys()
            return unwrapped({name: file.get_tensor(name) for name in names}), metadata


def _read_torch(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    try:
        if zipfile.is_zipfile(path):
            _check_zip(path)
        return unwrapped(torch.load(path, map_location="cpu", weights_only=True)), {}
    except Exception as error:  # a damaged file can fail anywhere inside the reader
        if is_out_of_memory(error):
            raise
        code = _blocked(error)
        if code is None:
            raise refused(path, f"not PyTorch weights: {first_line(error)}", "copy or download it anew") from error
        problem = f"besides weights it holds Python objects ({code}); they could run code and were not loaded"
        raise refused(path, problem, "save the weights alone: torch.save(model.state_dict(), 'model.pth')") from error


def _read_npz(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    with naming(path, "not an .npz of plain arrays"):
        _check_zip(path)
        with np.load(path, allow_pickle=False) as arrays:
            return unwrapped({name: torch.from_numpy(arrays[name].copy()) for name in arrays.files}), {}


def _check_zip(path: Path) -> None:
    """Refuse an archive that unpacks to more than a predictor can be."""
    with zipfile.ZipFile(path) as archive:
        unpacked = sum(entry.file_size for entry in archive.infolist())
    if unpacked > LARGEST_FILE:
        raise ValueError(f"it unpacks to {unpacked} bytes")


def first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]


def _blocked(error: BaseException) -> str | None:
    """What PyTorch's weights-only reader refused to build, if that is why it gave up."""
    if not isinstance(error, pickle.UnpicklingError):
        return None
    named = re.search(r"GLOBAL (\S+)|function (\S+)|class (\S+)", str(error))
    return next(filter(None, named.groups())) if named else None

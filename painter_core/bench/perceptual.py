"""LPIPS for the bench, where its weights are there."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from torch import Tensor

from .modes import benchmark_module
from .suite import Distances

#: Networks of LPIPS, and the field of the record that has each one's distance.
NETWORKS = {"alex": "lpips", "vgg": "lpips_vgg"}
#: LPIPS has nothing left of smaller pictures after its pools.
LEAST_SIDE = 32


def make_distances(names: Sequence[str], device: str = "cpu") -> tuple[Distances, str]:
    """LPIPS with the networks of `names` as far as their weights are there, and what the report says about it."""
    if not names:
        return {}, "not measured"
    module = benchmark_module("lpips")
    there = [name for name in names if module.available(name)]
    if not there:
        return {}, "no weights here; 'python benchmarks/lpips.py' fetches them"
    note = f"v0.1, {' and '.join(there)}"
    if len(there) < len(names):
        note += "; weights of the others are not here, 'python benchmarks/lpips.py' fetches them"
    return {NETWORKS[name]: _preparer(module.Reference, name, device) for name in there}, note


def _preparer(reference: type, name: str, device: str) -> Callable[[Tensor], Callable[[Tensor], float]]:
    def prepare(picture: Tensor) -> Callable[[Tensor], float]:
        if min(picture.shape[1:]) < LEAST_SIDE:
            return lambda canvas: math.nan
        return reference(picture.to(device), name).distance

    return prepare

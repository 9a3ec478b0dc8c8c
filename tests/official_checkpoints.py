"""Files like the official checkpoints of AdaAttN: their names and shapes, with other weights."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor

Shapes = dict[str, tuple[int, ...]]
VGG, TRANSFORMER, DECODER, SKIP = (
    "vgg_normalised.pth", "latest_net_transformer.pth", "latest_net_decoder.pth", "latest_net_adaattn_3.pth",
)  # fmt: skip
#: Of VGG19: number of each convolution in the file, channels that it makes.
CHANNELS = {2: 64, 5: 64, 9: 128, 12: 128, 16: 256, 19: 256, 22: 256, 25: 256, 29: 512, 32: 512, 35: 512, 38: 512,
            42: 512, 45: 512, 48: 512, 51: 512}  # fmt: skip
TAIL = {1: 256, 4: 256, 7: 256, 10: 128, 14: 128, 17: 64, 21: 64, 24: 3}


def convolution(name: str, inputs: int, outputs: int, side: int = 3) -> Shapes:
    return {f"{name}.weight": (outputs, inputs, side, side), f"{name}.bias": (outputs,)}


def chain(prefix: str, inputs: int, outputs: dict[int, int]) -> Shapes:
    shapes: Shapes = {}
    for number, channels in outputs.items():
        shapes |= convolution(f"{prefix}{number}", inputs, channels)
        inputs = channels
    return shapes


def attention(prefix: str, keys: int, values: int) -> Shapes:
    return {
        name: shape
        for letter, size in (("f", keys), ("g", keys), ("h", values))
        for name, shape in convolution(prefix + letter, size, size, 1).items()
    }


def published(skip: bool = True, shallow: bool = True) -> dict[str, Shapes]:
    """Names and shapes of the authors' files, by their options."""
    deep = attention("attn_adain_4_1.", 960 if shallow else 512, 512)
    deep |= attention("attn_adain_5_1.", 1472 if shallow else 512, 512) | convolution("merge_conv", 512, 512)
    return {
        VGG: convolution("0", 3, 3, 1) | chain("", 3, CHANNELS),
        TRANSFORMER: deep,
        DECODER: convolution("decoder_layer_1.1", 512, 256) | chain("decoder_layer_2.", 512 if skip else 256, TAIL),
    } | ({SKIP: attention("", 448 if shallow else 256, 256)} if skip else {})


def for_films() -> dict[str, Shapes]:
    return {VGG: published()[VGG], TRANSFORMER: attention("", 448, 256), DECODER: chain("decoder.", 256, TAIL)}


def nothing(shapes: Shapes) -> dict[str, Tensor]:
    """Zeros that take no room in a file."""
    return {name: torch.zeros(()).expand(shape) for name, shape in shapes.items()}


def something(shapes: Shapes) -> dict[str, Tensor]:
    """Random weights that keep activations at about the same size; pictures come out around gray."""
    generator = torch.Generator().manual_seed(len(shapes))
    made = {}
    for name, shape in shapes.items():
        scale = (2 / (shape[1] * shape[2] * shape[3])) ** 0.5 if len(shape) == 4 else 0.1
        made[name] = scale * torch.randn(shape, generator=generator)
        if name.split(".")[-2] in ("f", "g"):
            made[name] *= 0.3
    return made | {name: torch.full((3,), 0.5) for name in made if name.endswith("24.bias")}


def write(folder: Path, files: dict[str, Shapes], fill: Callable[[Shapes], dict[str, Tensor]] = nothing) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, shapes in files.items():
        torch.save(fill(shapes), folder / name)
    return folder

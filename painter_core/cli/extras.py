"""What a painting is made with besides its picture: the network, canvas, masks, and the device that computes."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

DEVICES = ("auto", "cpu", "cuda")


def add_extra_arguments(parser: argparse.ArgumentParser) -> None:
    """The options `--predictor`, `--detail`, `--canvas` and `--mask`."""
    parser.add_argument("--predictor", metavar="NAME|FILE", help="the network: a name in weights/ or a file (compact)")
    parser.add_argument("--detail", metavar="MASK.png", help="where to spend the strokes (white) and where not (black)")
    parser.add_argument("--canvas", metavar="IMAGE", help="paint on this picture and not on a plain ground")
    parser.add_argument("--mask", metavar="MASK.png", help="paint only where this is white")


def add_device_argument(parser: argparse.ArgumentParser) -> None:
    """The option `--device`."""
    parser.add_argument("--device", choices=DEVICES, default="auto", help="where to compute (auto: cuda if present)")


def device_of(asked: str) -> str:
    """The device that DEVICES' word stands for; ValueError if it is not there."""
    import torch

    if asked == "cuda" and not torch.cuda.is_available():
        raise ValueError("--device cuda: there is no CUDA device that PyTorch can use; use --device cpu")
    if asked == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    return asked


def read_extras(args: argparse.Namespace, size: tuple[int, int]) -> dict[str, Tensor | None]:
    """The canvas and the masks that were asked for, at the picture's (height, width) size."""
    from ..files.pictures import read_mask, read_picture
    from .fitting import fitted

    readers = {"canvas": read_picture, "detail": read_mask, "mask": read_mask}
    paths = {name: getattr(args, name) for name in readers}
    return {name: None if path is None else fitted(readers[name](path), size, path) for name, path in paths.items()}

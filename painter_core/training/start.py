"""Training that starts from another predictor's weights instead of random ones."""

from __future__ import annotations

import torch

from ..predictor.base import PredictorNetwork


@torch.no_grad()
def start_from(model: PredictorNetwork, other: PredictorNetwork) -> None:
    """Give a network the weights of another one of its architecture and sizes, in place.

    Where the network has more outputs than the other one, what they add starts at zero: a network that may bend marks
    begins with the straight marks of one that may not.

    Raises:
        ValueError: where the other one is of another architecture or size; names what differs.
    """
    given = other.state_dict()
    own = model.state_dict()
    if other.architecture != model.architecture or given.keys() != own.keys():
        raise ValueError(f"a {model.architecture} can't start from the weights of {other.name}: another architecture")
    for name, tensor in own.items():
        source, rows = given[name], len(given[name])
        if source.shape[1:] != tensor.shape[1:] or rows > len(tensor):
            sizes = f"{tuple(source.shape)} instead of {tuple(tensor.shape)}"
            raise ValueError(f"{name} of {other.name} has other sizes: {sizes}")
        if rows < len(tensor):
            tensor.zero_()
        tensor[:rows] = source

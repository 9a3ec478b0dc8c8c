"""Files of style networks: weights, and what is needed to build the network again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from safetensors import SafetensorError, safe_open
from safetensors.torch import save

from ...exhaustion import is_out_of_memory
from ...files.atomic import atomic_path
from .adaattn import AdaAttN


def save_adaattn(network: AdaAttN, path: Path, facts: Mapping[str, str]) -> None:
    """Write a network with its sizes, and facts about its training, in half precision; whole or not at all."""
    weights = {name: value.detach().half().cpu().contiguous() for name, value in network.state_dict().items()}
    content = save(weights, {"config": json.dumps(network.config), **facts})
    with atomic_path(path) as temporary:
        temporary.write_bytes(content)


def load_adaattn(path: Path, device: str = "cpu") -> AdaAttN:
    """A network from a file of `save_adaattn`. Raises ValueError that names the file if it is none."""
    try:
        with safe_open(path, "pt", device=device) as file:
            network = AdaAttN(**json.loads((file.metadata() or {})["config"])).to(device)
            network.load_state_dict({name: file.get_tensor(name).float() for name in file.keys()})  # noqa: SIM118
    except (SafetensorError, OSError, KeyError, TypeError, ValueError, RuntimeError) as error:
        if is_out_of_memory(error):
            raise
        raise ValueError(f"{path} is no AdaAttN network of this project ({error})") from error
    return network.eval()

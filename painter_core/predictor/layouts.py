"""Names of Paint Transformer's weights in the files that people have, brought to the names of our network.

The authors published two checkpoints: `model.pth` (PyTorch) and `paint_best.pdparams` (Paddle). Paddle stores linear
weights as (in, out), splits attention's projection into q, k and v, and names batch statistics and cross-attention
otherwise; converters that people passed around renamed a few tensors more.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import torch
from torch import Tensor

#: Where training scripts put the weights inside a checkpoint.
WRAPPERS = ("state_dict", "model", "net")
#: Prefix that data-parallel training leaves on every name.
PARALLEL_PREFIX = "module."
#: Spelling elsewhere -> ours.
RENAMED = (
    (re.compile(r"\._mean$"), ".running_mean"),
    (re.compile(r"\._variance$"), ".running_var"),
    (re.compile(r"\.cross_attn\."), ".multihead_attn."),
    (re.compile(r"^enc_target\."), "enc_img."),
    (re.compile(r"^linear_score\."), "linear_decider."),
    (re.compile(r"^(query_pos|row_embed|col_embed)(ding|_embedding)$"), r"\1"),
)
PROJECTION = re.compile(r"^(.*_attn)\.([qkv])_proj\.(weight|bias)$")
#: Linear layers, whose weights Paddle stores transposed.
LINEAR_WEIGHT = re.compile(r"(^linear_|\.linear[12]\.|\.out_proj\.).*weight$")


def unwrapped(content: object) -> dict[str, Tensor]:
    """The flat dictionary of tensors inside whatever a checkpoint holds.

    Raises:
        ValueError: where there is none.
    """
    for _ in WRAPPERS:
        inner = next((content[key] for key in WRAPPERS if isinstance(content, Mapping) and key in content), None)
        if not isinstance(inner, Mapping):
            break
        content = inner
    if not isinstance(content, Mapping):
        raise ValueError(f"it holds {type(content).__name__}, not a dictionary of named weights")
    if not content:
        raise ValueError("it holds no weights")
    odd = [str(key) for key, value in content.items() if not (isinstance(key, str) and isinstance(value, Tensor))]
    if odd:
        raise ValueError(f"entries that are not named tensors: {shortened(odd)}")
    return {key.removeprefix(PARALLEL_PREFIX): value for key, value in content.items()}


def to_paint_transformer(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The tensors under the names and in the shapes of PaintTransformer's state; what is unknown stays as it is."""
    from_paddle = any(PROJECTION.match(name) for name in tensors)
    renamed: dict[str, Tensor] = {}
    pieces: dict[tuple[str, str], dict[str, Tensor]] = {}
    for name, tensor in tensors.items():
        for pattern, ours in RENAMED:
            name = pattern.sub(ours, name)
        piece = PROJECTION.match(name)
        if from_paddle and tensor.ndim == 2 and (piece or LINEAR_WEIGHT.search(name)):
            tensor = tensor.T
        if piece:
            pieces.setdefault((piece[1], piece[3]), {})[piece[2]] = tensor
        else:
            renamed[name] = tensor
    for (attention, kind), parts in pieces.items():
        if set(parts) == set("qkv"):
            renamed[f"{attention}.in_proj_{kind}"] = torch.cat([parts[letter] for letter in "qkv"])
    for name in list(renamed):
        if name.endswith(".running_mean"):  # PyTorch counts batches, Paddle doesn't; inference needs no count
            renamed.setdefault(name.replace("running_mean", "num_batches_tracked"), torch.tensor(0))
    return renamed


def shortened(names: list[str], most: int = 3) -> str:
    """The first few of a list of names, and how many more there are."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more

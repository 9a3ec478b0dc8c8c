"""What a picture's texture looks like to a network: VGG16's features up to relu4_1, read from top to bottom.

Simonyan, Zisserman, "Very deep convolutional networks for large-scale image recognition" (ICLR 2015). The weights,
trained on ImageNet, lie beside this file; `vgg16.md` says where they come from.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

#: Not in `weights/`: all that lies there is offered as a predictor.
WEIGHTS = Path(__file__).resolve().parent / "vgg16_relu4_1.safetensors"
#: The convolutions in their order, by block and number; a pool comes before the first one of every further block.
CONVOLUTIONS = ("1_1", "1_2", "2_1", "2_2", "3_1", "3_2", "3_3", "4_1")
#: The layers that style is read from.
TAPS = ("1_1", "2_1", "3_1", "4_1")
#: Mean and standard deviation of the colors (sRGB in [0, 1]) that the network was trained with.
MEAN, SPREAD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
#: Least side in pixels of what goes in: two places are left of it at relu4_1.
LEAST_SIDE = 16


def features(picture: Tensor, taps: Sequence[str] = TAPS) -> dict[str, Tensor]:
    """The features after the named layers ("1_1" is relu1_1). Gradients flow to the picture.

    Args:
        picture: (3, H, W) sRGB in [0, 1], at least LEAST_SIDE pixels each side; computes on its device.
        taps: of CONVOLUTIONS; no layer after the last of them is worked out.
    Returns:
        For each tap (C, h, w): 64, 128, 256, 512 channels at 1, 1/2, 1/4, 1/8 of the picture's size in blocks 1 to 4.
    Raises:
        ValueError: another shape, a picture that is too small, a layer that is none.
        FileNotFoundError: the weights are not there.
    """
    return {tap: value[0] for tap, value in batch_features(picture[None], taps).items()}


def batch_features(pictures: Tensor, taps: Sequence[str] = TAPS) -> dict[str, Tensor]:
    """As `features`, of (N, 3, H, W) pictures: for each tap (N, C, h, w)."""
    if pictures.ndim != 4 or pictures.shape[1] != 3 or min(pictures.shape[2:]) < LEAST_SIDE:
        raise ValueError(f"features: the picture must be (3, H, W) with sides of {LEAST_SIDE} pixels or more, "
                         f"got {tuple(pictures.shape[1:])}")  # fmt: skip
    unknown = [tap for tap in taps if tap not in CONVOLUTIONS]
    if unknown or not taps:
        raise ValueError(f"features: layers are {', '.join(CONVOLUTIONS)}; got {', '.join(unknown) or 'none'}")
    weights = _load(str(pictures.device))
    mean, spread = (pictures.new_tensor(values)[:, None, None] for values in (MEAN, SPREAD))
    x = ((pictures - mean) / spread).contiguous(memory_format=torch.channels_last)
    found = {}
    for name in CONVOLUTIONS:
        if name.endswith("_1") and name != "1_1":
            x = F.max_pool2d(x, 2)
        x = F.relu(F.conv2d(x, weights[f"conv{name}.weight"], weights[f"conv{name}.bias"], padding=1))
        if name in taps:
            found[name] = x
            if len(found) == len(set(taps)):
                break
    return found


@lru_cache(maxsize=4)
def _load(device: str) -> dict[str, Tensor]:
    if not WEIGHTS.is_file():
        raise FileNotFoundError(f"{WEIGHTS} is missing; python benchmarks/make_vgg_weights.py makes it")
    try:
        # kept for later calls, which may want gradients whatever mode this one runs in
        with torch.inference_mode(False):
            weights = {name: value.float() for name, value in load_file(WEIGHTS, device=device).items()}
    except SafetensorError as error:
        raise ValueError(f"{WEIGHTS}: {error}; python benchmarks/make_vgg_weights.py makes it again") from None
    # a processor's convolutions are a tenth faster with the channels last
    return {name: value.contiguous(memory_format=torch.channels_last) if value.ndim == 4 else value
            for name, value in weights.items()}  # fmt: skip

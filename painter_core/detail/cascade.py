"""The three small networks of the face detector, read from top to bottom.

Architecture: Zhang, Zhang, Li, Qiao, "Joint face detection and alignment using multi-task cascaded convolutional
networks" (IEEE Signal Processing Letters 2016). Each looks at more pixels than the one before it (12, 24, 48), says
whether they show a face and where its box really is; the last one also says where eyes, nose and mouth are.
"""

from __future__ import annotations

from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import Conv2d, Linear

from ..exhaustion import is_out_of_memory

#: Not in `weights/`: all that lies there is offered as a predictor. Their card is `weights/faces.md`.
WEIGHTS = Path(__file__).resolve().parent / "faces.safetensors"
#: Pixels that each network sees, along each side.
PROPOSAL_SIDE, REFINE_SIDE, OUTPUT_SIDE = 12, 24, 48
#: Pixels from one place that the first network looks at to the next.
PROPOSAL_STRIDE = 2


def _pool(features: Tensor, side: int) -> Tensor:
    """Max pool with stride 2 that keeps what is left over at the right and bottom borders."""
    return F.max_pool2d(features, side, 2, ceil_mode=True)


class Proposal(nn.Module):
    """Looks at every place of a picture: (B, 3, H, W) -> probability (B, h, w), shift of the box (B, 4, h, w)."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1, self.slope1 = Conv2d(3, 10, 3), nn.PReLU(10)
        self.conv2, self.slope2 = Conv2d(10, 16, 3), nn.PReLU(16)
        self.conv3, self.slope3 = Conv2d(16, 32, 3), nn.PReLU(32)
        self.face, self.box = Conv2d(32, 2, 1), Conv2d(32, 4, 1)

    def forward(self, picture: Tensor) -> tuple[Tensor, Tensor]:
        features = _pool(self.slope1(self.conv1(picture)), 2)
        features = self.slope3(self.conv3(self.slope2(self.conv2(features))))
        return self.face(features).softmax(1)[:, 1], self.box(features)


class Refine(nn.Module):
    """Looks again at crops (B, 3, 24, 24): -> probability (B,), shift of the box (B, 4)."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1, self.slope1 = Conv2d(3, 28, 3), nn.PReLU(28)
        self.conv2, self.slope2 = Conv2d(28, 48, 3), nn.PReLU(48)
        self.conv3, self.slope3 = Conv2d(48, 64, 2), nn.PReLU(64)
        self.dense, self.slope4 = Linear(64 * 3 * 3, 128), nn.PReLU(128)
        self.face, self.box = Linear(128, 2), Linear(128, 4)

    def forward(self, crops: Tensor) -> tuple[Tensor, Tensor]:
        features = _pool(self.slope1(self.conv1(crops)), 3)
        features = _pool(self.slope2(self.conv2(features)), 3)
        features = self.slope3(self.conv3(features)).flatten(1)
        features = self.slope4(self.dense(features))
        return self.face(features).softmax(1)[:, 1], self.box(features)


class Output(nn.Module):
    """Decides on crops (B, 3, 48, 48): -> probability (B,), shift of the box (B, 4), points (B, 2, 5).

    The points are left eye, right eye, nose and both corners of the mouth, x and y as fractions of the box.
    """

    def __init__(self) -> None:
        super().__init__()
        self.conv1, self.slope1 = Conv2d(3, 32, 3), nn.PReLU(32)
        self.conv2, self.slope2 = Conv2d(32, 64, 3), nn.PReLU(64)
        self.conv3, self.slope3 = Conv2d(64, 64, 3), nn.PReLU(64)
        self.conv4, self.slope4 = Conv2d(64, 128, 2), nn.PReLU(128)
        self.dense, self.slope5 = Linear(128 * 3 * 3, 256), nn.PReLU(256)
        self.face, self.box, self.points = Linear(256, 2), Linear(256, 4), Linear(256, 10)

    def forward(self, crops: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        features = _pool(self.slope1(self.conv1(crops)), 3)
        features = _pool(self.slope2(self.conv2(features)), 3)
        features = _pool(self.slope3(self.conv3(features)), 2)
        features = self.slope4(self.conv4(features)).flatten(1)
        features = self.slope5(self.dense(features))
        return self.face(features).softmax(1)[:, 1], self.box(features), self.points(features).unflatten(1, (2, 5))


class Cascade(nn.Module):
    """The three networks; they take pixels in [-1, 1]."""

    def __init__(self) -> None:
        super().__init__()
        self.proposal, self.refine, self.output = Proposal(), Refine(), Output()


def load_cascade(device: torch.device, path: Path = WEIGHTS) -> Cascade | None:
    """The face detector with its weights, or None if their file is not there.

    Raises:
        ValueError: if the file is there and is not what `benchmarks/make_face_weights.py` makes.
    """
    if not path.is_file():
        return None
    with torch.device("meta"):  # no random numbers, no memory for weights that are replaced at once
        cascade = Cascade()
    advice = "delete it to do without faces, or make it again with benchmarks/make_face_weights.py"
    try:
        weights = {name: tensor.float() for name, tensor in load_file(path, device=str(device)).items()}
        cascade.load_state_dict(weights, assign=True)
    except (SafetensorError, OSError, RuntimeError) as error:
        if is_out_of_memory(error):
            raise
        reason = str(error).splitlines()[0]
        raise ValueError(f"{path}: not the weights of the face detector ({reason}); {advice}") from None
    return cascade.eval().requires_grad_(False)

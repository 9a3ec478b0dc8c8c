"""A short clip that comes with the pack: a camera that goes over one of its pictures."""

from __future__ import annotations

from fractions import Fraction

import torch
import torch.nn.functional as F
from comfy_api.latest import InputImpl, Types, io
from torch import Tensor

from ..painter_core.files.pictures import read_picture
from . import menu
from .example import FOLDER, PICTURES
from .inputs import check_choice

#: Frames a second.
RATE = 12
#: Longest side of a frame in pixels; video wants even numbers of them.
LONG_SIDE = 480
#: Share of the picture that is seen at first and at last, and where its middle lies then, as shares of the room.
SEEN, MIDDLE = (0.86, 0.78), ((0.3, 0.55), (0.7, 0.45))
#: What clips may last, in seconds.
LEAST, MOST = 0.25, 10.0


class ExampleClip(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return menu.schema(
            "ExampleClip",
            description="A short clip to paint: a camera that goes over a free picture and comes nearer. Replace it by "
            "Load Video for films of your own.",
            inputs=[
                io.Combo.Input(
                    "picture",
                    options=list(PICTURES),
                    default="photo: cat",
                    tooltip="What the camera looks at. All pictures are free to use.",
                ),
                io.Float.Input(
                    "seconds", default=1.5, min=LEAST, max=MOST, step=0.25,
                    tooltip=f"How long the clip is, at {RATE} frames a second.",
                ),
            ],
            outputs=[io.Video.Output(display_name="video", tooltip=f"The clip, its long side {LONG_SIDE} pixels.")],
        )  # fmt: skip

    @classmethod
    def execute(cls, picture: str, seconds: float = 1.5) -> io.NodeOutput:
        check_choice("example picture", picture, list(PICTURES))
        frames = camera_move(read_picture(FOLDER / PICTURES[picture]), max(2, round(seconds * RATE)))
        parts = Types.VideoComponents(images=frames.movedim(1, -1).contiguous(), frame_rate=Fraction(RATE))
        return io.NodeOutput(InputImpl.VideoFromComponents(parts))


def camera_move(picture: Tensor, count: int) -> Tensor:
    """(count, 3, h, w) what a camera sees that goes over a picture (3, H, W) and comes nearer, without leaving it."""
    height, width = picture.shape[1:]
    shrink = LONG_SIDE / max(height, width)
    size = [2 * max(1, round(side * shrink / 2)) for side in (height, width)]
    time = torch.linspace(0, 1, count)
    time = time * time * (3 - 2 * time)  # it starts and stops gently
    seen = torch.lerp(*torch.tensor(SEEN), time)
    x, y = torch.lerp(*torch.tensor(MIDDLE)[:, None], time[:, None]).unbind(1)
    # in grid_sample's coordinates, from -1 to 1
    theta = torch.zeros(count, 2, 3)
    theta[:, 0, 0] = theta[:, 1, 1] = seen
    theta[:, 0, 2], theta[:, 1, 2] = (2 * x - 1) * (1 - seen), (2 * y - 1) * (1 - seen)
    frames = [
        F.grid_sample(picture[None], F.affine_grid(each[None], [1, 3, *size], align_corners=False), mode="bicubic",
                      padding_mode="border", align_corners=False)[0].clamp(0, 1)
        for each in theta
    ]  # fmt: skip
    return torch.stack(frames)

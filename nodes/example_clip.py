"""A short clip that comes with the pack: a camera that goes over one of its pictures."""

from __future__ import annotations

from fractions import Fraction

from comfy_api.latest import InputImpl, Types, io

from ..painter_core.files.pictures import read_picture
from ..painter_core.sequence.camera import camera_move
from . import menu
from .example import FOLDER, PICTURES
from .inputs import check_choice

#: Frames a second.
RATE = 12
#: Longest side of a frame in pixels.
LONG_SIDE = 480
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
        frames = camera_move(read_picture(FOLDER / PICTURES[picture]), max(2, round(seconds * RATE)), LONG_SIDE)
        parts = Types.VideoComponents(images=frames.movedim(1, -1).contiguous(), frame_rate=Fraction(RATE))
        return io.NodeOutput(InputImpl.VideoFromComponents(parts))

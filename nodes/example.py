"""Pictures that come with the pack, so that its example workflows run as they are."""

from __future__ import annotations

from pathlib import Path

from comfy_api.latest import io

from ..painter_core.files.pictures import read_picture
from . import adapt, menu
from .inputs import check_choice

FOLDER = Path(__file__).parent / "pictures"
#: What stands in the widget, and the file; photographs first, then paintings. `pictures/README.md` has the licenses.
PICTURES = {
    "photo: portrait": "portrait.jpg",
    "photo: cat": "cat.jpg",
    "photo: dandelions": "dandelions.jpg",
    "painting: The Starry Night (Van Gogh)": "starry_night.jpg",
    "painting: field of poppies": "poppies.jpg",
}


class ExamplePicture(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return menu.schema(
            "ExamplePicture",
            description="A free photograph to paint, or a free painting to take a style from. Replace it by Load Image "
            "for pictures of your own.",
            inputs=[
                io.Combo.Input(
                    "picture",
                    options=list(PICTURES),
                    default=next(iter(PICTURES)),
                    tooltip="Photographs to paint, and paintings whose style can be taken. All are free to use.",
                ),
            ],
            outputs=[io.Image.Output(display_name="image", tooltip="The picture, 400 to 640 pixels wide.")],
        )

    @classmethod
    def execute(cls, picture: str) -> io.NodeOutput:
        check_choice("example picture", picture, list(PICTURES))
        pixels = read_picture(FOLDER / PICTURES[picture])
        out = adapt.empty_image(1, (pixels.shape[1], pixels.shape[2]))
        out[0] = pixels.movedim(0, -1)
        return io.NodeOutput(out)

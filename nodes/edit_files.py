"""Strokes to files and back."""

from __future__ import annotations

import os
from pathlib import Path

import folder_paths
from comfy_api.latest import io

from ..painter_core import Strokes
from ..painter_core.export.stroke_io import load_strokes, save_strokes
from . import menu
from .edit_batch import each, strokes_input, strokes_output
from .inputs import check_choice

FORMATS = ("safetensors", "json")
SUFFIXES = tuple(f".{name}" for name in FORMATS)
#: Folder of the output folder that Save Strokes writes to unless told otherwise, and that Load Strokes lists.
FOLDER = "strokes"
#: What ComfyUI writes behind the name of a file of the output folder.
IN_OUTPUT = " [output]"


class SaveStrokes(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return menu.schema(
            "SaveStrokes",
            description="Save paintings as strokes in the output folder, one file each, to load and edit again.",
            is_output_node=True,
            inputs=[
                strokes_input("The paintings to save, a file for each."),
                io.String.Input(
                    "filename_prefix",
                    default=f"{FOLDER}/painting",
                    tooltip="What the files are called; a number is added. May begin with a folder, and hold %year% "
                    "and the like, as in Save Image.",
                ),
                io.Combo.Input(
                    "format",
                    options=list(FORMATS),
                    default=FORMATS[0],
                    tooltip="safetensors is small and exact; json can be read by people and any program.",
                ),
            ],
            outputs=[],
        )

    @classmethod
    def execute(cls, strokes: list[Strokes], filename_prefix: str, format: str) -> io.NodeOutput:
        check_choice("format", format, FORMATS)
        height, width = strokes[0].canvas if strokes else (0, 0)
        place = folder_paths.get_save_image_path(filename_prefix, folder_paths.get_output_directory(), width, height)
        folder, name, counter, subfolder, _ = place

        def save(index: int, painting: Strokes) -> dict[str, str]:
            file = f"{name.replace('%batch_num%', str(index))}_{counter + index:05}_.{format}"
            save_strokes(painting, Path(folder, file))
            return {"filename": file, "subfolder": subfolder, "type": "output"}

        return io.NodeOutput(ui={"strokes": each(strokes, save)})


class LoadStrokes(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        files = stroke_files()
        return menu.schema(
            "LoadStrokes",
            description="Load a painting that was saved as strokes.",
            inputs=[
                io.Combo.Input(
                    "file",
                    options=files,
                    default=files[0] if files else None,  # type: ignore[arg-type]
                    tooltip="A .safetensors or .json file of the input folder, or of strokes/ in the output folder.",
                ),
            ],
            outputs=[strokes_output("The painting, as a batch of one.")],
        )

    @classmethod
    def validate_inputs(cls, file: str | None) -> bool | str:
        try:
            if file is not None:  # else it comes from another node, and is known later
                path_of(file)
        except ValueError as error:
            return str(error)
        return True

    @classmethod
    def fingerprint_inputs(cls, file: str | None) -> tuple[str, int, int] | str | None:
        """A file that was replaced is loaded again."""
        try:
            path = None if file is None else path_of(file)
        except ValueError:
            return file  # execute says what is wrong
        return None if path is None else (path, os.stat(path).st_mtime_ns, os.stat(path).st_size)

    @classmethod
    def execute(cls, file: str) -> io.NodeOutput:
        return io.NodeOutput([load_strokes(path_of(file))])


def stroke_files() -> list[str]:
    """The files that there are to load, as ComfyUI names them."""
    found = [(folder_paths.get_input_directory(), "", "")]
    found.append((os.path.join(folder_paths.get_output_directory(), FOLDER), f"{FOLDER}/", IN_OUTPUT))
    return [
        f"{before}{name}{behind}"
        for folder, before, behind in found
        if os.path.isdir(folder)
        for name in sorted(os.listdir(folder))
        if name.lower().endswith(SUFFIXES)
    ]


def path_of(file: str) -> str:
    """Where a file is; ValueError when it is not there, or not in a folder of ComfyUI's."""
    _, folder = folder_paths.annotated_filepath(file)
    path = os.path.realpath(folder_paths.get_annotated_filepath(file))
    folder = os.path.realpath(folder or folder_paths.get_input_directory())
    if os.path.commonpath([path, folder]) != folder or not os.path.isfile(path):
        raise ValueError(
            f"There is no stroke file {file!r}. Put it into ComfyUI's input folder, or save one with Save Strokes, and "
            "refresh."
        )
    return path

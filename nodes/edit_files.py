"""Strokes to files and back."""

from __future__ import annotations

import os
from pathlib import Path

import folder_paths
from comfy_api.latest import io

from ..painter_core import Strokes
from ..painter_core.export.stroke_io import load_strokes, save_strokes
from ..painter_core.wording import shown
from . import menu
from .choices import found
from .edit_batch import each, strokes_input, strokes_output
from .inputs import check_choice

FORMATS = ("safetensors", "json")
SUFFIXES = tuple(f".{name}" for name in FORMATS)
#: Folder of the output folder that Save Strokes writes to unless told otherwise, and that Load Strokes lists.
FOLDER = "strokes"
#: Bytes of the longest name of a file, less what Save Strokes adds.
MOST_BYTES = 200
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
    def validate_inputs(cls, filename_prefix: str | None) -> bool | str:
        return found(check_prefix, filename_prefix)

    @classmethod
    def execute(cls, strokes: list[Strokes], filename_prefix: str, format: str) -> io.NodeOutput:
        check_choice("format", format, FORMATS)
        check_prefix(filename_prefix)
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
        return found(path_of, file)

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


def check_prefix(prefix: str) -> None:
    """ValueError for the beginning of a file's name that leads out of the output folder, or that no file can have."""
    output = folder_paths.get_output_directory()
    parts = os.path.normpath(prefix).replace("\\", "/").split("/")
    if "\0" in prefix or any(len(os.fsencode(part)) > MOST_BYTES for part in parts):
        raise ValueError(f"filename_prefix: {shown(prefix)} is too long, or has a sign that no name can have.")
    folder = os.path.join(output, os.path.dirname(os.path.normpath(prefix)))
    if not is_inside(folder, output):
        raise ValueError(
            f"filename_prefix: {shown(prefix)} leads out of ComfyUI's output folder. Strokes are saved in there; give "
            "a name, or a folder in it."
        )


def is_inside(path: str, folder: str) -> bool:
    """Whether a path is a folder, or in it, wherever links lead."""
    path, folder = os.path.realpath(path), os.path.realpath(folder)
    try:
        return os.path.commonpath([path, folder]) == folder
    except ValueError:  # another drive
        return False


def path_of(file: str) -> str:
    """Where a file is; ValueError when it is not there, or not in a folder of ComfyUI's."""
    path = ""
    if isinstance(file, str) and "\0" not in file:
        _, folder = folder_paths.annotated_filepath(file)
        path = os.path.realpath(folder_paths.get_annotated_filepath(file))
        path = path if is_inside(path, folder or folder_paths.get_input_directory()) else ""
    if not os.path.isfile(path):
        raise ValueError(
            f"There is no stroke file {shown(file)}. Put it into ComfyUI's input folder, or save one with Save "
            "Strokes, and refresh."
        )
    return path

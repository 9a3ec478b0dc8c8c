"""Where outputs go: what people say, told apart by the kind of file; folders, and names that take no other's place."""

from __future__ import annotations

import argparse
import glob
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from ..files.identity import check_empty_folder, check_files

#: What `-o` writes by the suffix of its file; every other suffix is a picture's.
KINDS = {".svg": "svg", ".mp4": "timelapse", ".json": "save_strokes", ".safetensors": "save_strokes"}
#: Outputs beside `-o`, and the suffix of a file whose name we choose.
SIDES = {"svg": ".svg", "timelapse": ".mp4", "save_strokes": ".safetensors", "coverage": ".png"}
STROKE_FILES = (".json", ".safetensors")


@dataclass
class Places:
    """The files that one painting is written to.

    Attributes:
        files: of every kind ("picture", "svg", "timelapse", "save_strokes", "coverage") the files that are asked for.
        frames: the folder for the pictures of the film, or None.
        folders: those that people named as folders.
        main: the file that was asked for first.
    """

    files: dict[str, list[str]] = field(default_factory=dict)
    frames: str | None = None
    folders: list[str] = field(default_factory=list)
    main: str = ""

    def of(self, kind: str) -> list[str]:
        """The files of one kind."""
        return self.files.get(kind, [])

    def all(self) -> list[str]:
        """Every file."""
        return [file for files in self.files.values() for file in files]


def told_apart(
    inputs: Sequence[str], outputs: Sequence[str] | None, kinds: Sequence[str]
) -> tuple[list[str], list[str]]:
    """Inputs and outputs, where the last input is the output: `paint IN OUT` as in `cp`.

    That is: no output was given with -o, and the last name is a folder, or the second of two, with the suffix of an
    output (one of `kinds`), where nothing is yet. Names with * and ? that are no files are the files that they match.
    """
    inputs, outputs = list(inputs), list(outputs or ())
    if not outputs and len(inputs) > 1:
        last = inputs[-1]
        new = len(inputs) == 2 and not os.path.lexists(last) and os.path.exists(inputs[0])
        if os.path.isdir(last) or last.endswith(("/", os.sep)) or (new and _suffix(last) in kinds):
            outputs.append(inputs.pop())
    return [name for text in inputs for name in _matched(text)], outputs


def one_painting(args: argparse.Namespace, kinds: Sequence[str], word: str, suffix: str = ".png") -> Places:
    """The stroke file of a command that takes one, set as `args.strokes`, and where what it makes goes.

    The order of the two does not matter where one of them is a stroke file and the other is not there yet.
    """
    names = list(args.strokes)
    if len(names) == 2 and not args.output and _suffix(names[0]) in kinds and os.path.exists(names[1]):
        names.sort(key=os.path.lexists, reverse=True)
    names, outputs = told_apart(names, args.output, kinds)
    if len(names) != 1:
        given = ", ".join(names) or "none"
        raise ValueError(f"give one STROKES file, a .safetensors or .json; here: {given}")
    args.strokes = names[0]
    return places(names, outputs, args, word, suffix)[0]


def _matched(text: str) -> list[str]:
    """The files that a pattern stands for, where no shell has said so; other names as they are."""
    if os.path.lexists(text) or not glob.has_magic(text):
        return [text]
    found = sorted(glob.glob(text, recursive=True))
    if not found:
        raise ValueError(f"{text}: no file matches this")
    return found


def places(
    inputs: Sequence[str], outputs: Sequence[str], args: argparse.Namespace, word: str = "painting",
    suffix: str = ".png", kinds: Mapping[str, str] = KINDS,
) -> list[Places]:  # fmt: skip
    """For every input the files that are written for it.

    Where a folder is given, or nothing (then it is the input's own), the name is that of the input with a word behind
    it: photo-painting.png, photo-painting-2.png if that is there already.

    Raises ValueError for several inputs with one file to write to.
    """
    asked = [("", value) for value in outputs or [""]]
    sides = ((side, getattr(args, side, None)) for side in SIDES)
    asked += [(side, value) for side, value in sides if value is not None]
    several = len(inputs) > 1
    taken: set[str] = set()
    frames = getattr(args, "frames", None)
    return [_places(name, asked, frames, (word, suffix), kinds, several, taken) for name in inputs]


def _places(
    source: str, asked: Sequence[tuple[str, str]], frames: str | None, naming: tuple[str, str],
    kinds: Mapping[str, str], several: bool, taken: set[str],
) -> Places:  # fmt: skip
    """The files for one input; their names are added to `taken`."""
    word, usual = naming
    number = 1
    while True:
        name = f"{Path(source).stem}-{word}" + (f"-{number}" if number > 1 else "")
        found, chosen = Places(), []
        for side, value in asked:
            suffix = SIDES.get(side, usual)
            if value == "":
                value = os.path.join(os.path.dirname(source), name + suffix)
                chosen.append(value)
            elif _is_folder(value, several):
                found.folders.append(value)
                value = os.path.join(value, name + suffix)
                chosen.append(value)
            elif several:
                option = f"--{side}".replace("_", "-") if side else "-o"
                raise ValueError(f"{option} {value}: one file for several inputs; give a folder, such as {option} out/")
            found.files.setdefault(side or kinds.get(_suffix(value), "picture"), []).append(value)
            found.main = found.main or value
        if frames is not None:
            found.frames = os.path.join(frames, name) if several else frames
        if not any(os.path.lexists(path) or os.path.normcase(os.path.abspath(path)) in taken for path in chosen):
            taken.update(os.path.normcase(os.path.abspath(path)) for path in chosen)
            return found
        number += 1


def _is_folder(value: str, several: bool) -> bool:
    return os.path.isdir(value) or value.endswith(("/", os.sep)) or (several and not _suffix(value))


@contextmanager
def folders_made(planned: Sequence[Places], frames: str | None = None) -> Iterator[None]:
    """Make the folders that people named and that are not there yet; what is raised in the block removes them again.

    Only the last part of a path is made: everything above has to be there, or else it may be a typing error. `frames`
    is a folder for several folders of frames.
    """
    wanted = {os.path.abspath(folder): None for place in planned for folder in place.folders}
    if frames is not None and len(planned) > 1:
        wanted[os.path.abspath(frames)] = None
    made: list[str] = []
    try:
        for folder in wanted:
            if not os.path.exists(folder) and os.path.isdir(os.path.dirname(folder)):
                os.mkdir(folder)
                made.append(folder)
        yield
    except BaseException:
        for folder in made:
            with suppress(OSError):  # something is in it
                os.rmdir(folder)
        raise


def check_places(planned: Sequence[Places], inputs: Sequence[str | os.PathLike[str] | None], kinds: str = "") -> None:
    """Raise ValueError or OSError, before any work, for outputs that can't be written.

    Args:
        planned: the outputs of all inputs.
        inputs: every file and folder that is read.
        kinds: words for what `-o` may write besides pictures, for the message.
    """
    from ..files.pictures import check_picture_suffix
    from .options import check_suffix

    for place in planned:
        for kind, files in place.files.items():
            for file in files:
                if kind in ("svg", "timelapse"):
                    check_suffix(file, SIDES[kind], f"--{kind}")
                elif kind == "save_strokes":
                    from ..export.stroke_io import check_strokes_suffix

                    check_strokes_suffix(file)
                else:
                    try:
                        check_picture_suffix(file)
                    except ValueError as error:
                        raise ValueError(f"{error}{kinds}") from None
        check_empty_folder(place.frames, "--frames")
    frames = [place.frames for place in planned]
    check_files(inputs, [file for place in planned for file in place.all()], frames)


def _suffix(path: str) -> str:
    return os.path.splitext(path)[1].lower()

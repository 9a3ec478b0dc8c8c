"""A case on the command line, in this process, and what came of it."""

from __future__ import annotations

import contextlib
import io
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path

from comfy.graphs import picture
from PIL import Image

from painter_core.cli import main

from .cases import Case, Stage
from .outcome import MOST_LETTERS, Outcome
from .stroke_file_cases import text

FEW = ("--strokes", "12", "--refine", "0")
#: For every kind of file: the command that reads it, from the file, a sound picture, sound strokes and a folder.
COMMANDS: dict[str, Callable[[Path, Path, Path, Path], list[object]]] = {
    "strokes": lambda file, photo, strokes, out: ["render", file, "-o", out / "p.png", "--svg", out / "p.svg"],
    "predictor": lambda file, photo, strokes, out: ["paint", photo, "-o", out / "p.png", "--predictor", file, *FEW],
    "brush": lambda file, photo, strokes, out: ["render", strokes, "-o", out / "p.png", "--brush", file],
    "checkpoint": lambda file, photo, strokes, out: [
        "stylize", photo, photo, "-o", out / "p.png", "--method", "adaattn", "--weights", file],
    "picture": lambda file, photo, strokes, out: ["paint", file, "-o", out / "p.png", *FEW],
    "style": lambda file, photo, strokes, out: ["stylize", photo, file, "-o", out / "p.png"],
    "film": lambda file, photo, strokes, out: ["frames", file, "-o", out / "p.mp4", *FEW],
}  # fmt: skip


def played(case: Case, folder: Path) -> Outcome:
    """Call the command for a case in an empty folder: it says in one line what is wrong, or does what it is to do."""
    stage = Stage(folder, folder / "outside")
    out = folder / "out"
    for each in (stage.outside, out):
        each.mkdir(parents=True)
    photo, strokes, file = folder / "good.png", folder / "good.json", folder / case.file
    Image.fromarray(picture(48, 64)).save(photo)
    strokes.write_bytes(text())
    assert case.make is not None
    case.make(file, stage)
    code, stdout, stderr = _called(COMMANDS[case.kind](file, photo, strokes, out))
    said = stderr.strip().replace(f"{folder}{os.sep}", "")
    problems = list(_problems(case, code, said, stdout, out))
    if any(stage.outside.iterdir()):
        problems.append("code of the file was run")
    shutil.rmtree(folder)
    return Outcome("success" if code == 0 else "refused", said, tuple(problems))


def _problems(case: Case, code: int, said: str, stdout: str, out: Path) -> list[str]:
    made = sorted(path.name for path in out.iterdir())
    if code == 0 and (case.says is None or case.also):
        return [] if "p.png" in made or "p.mp4" in made else ["nothing was made"]
    found = []
    says = case.says if case.cli_says is None else case.cli_says
    if code != 2:
        found.append(f"exit code {code}")
    if stdout or len(said.splitlines()) != 1 or len(said) > MOST_LETTERS or "Traceback" in said:
        found.append(f"not one line: {said[:300]}")
    if says is None or not re.search(says, said):
        found.append(f"not what is to be said: {said[:300]}")
    if made:
        found.append(f"files were left: {made}")
    return found


def _called(argv: list[object]) -> tuple[int, str, str]:
    with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.redirect_stderr(io.StringIO()) as err:
        code = main([str(argument) for argument in argv])
    return code, out.getvalue(), err.getvalue()

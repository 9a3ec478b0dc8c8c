"""No command writes over anything that it reads, whatever the file is called, and none writes one file twice."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest
from cli_calls import assert_refused, call
from sure import sure

from painter_core.cli import _build_parser
from painter_core.files import atomic, identity
from painter_core.predictor.checkpoint import WEIGHTS

#: Of every command: what it reads and what it writes, as options ("" for what has none), with the suffixes of outputs.
READS = {
    "paint": ["", "--detail", "--canvas", "--mask", "--predictor", "--brush", "--style", "--style-weights"],
    "render": ["", "--canvas", "--mask", "--brush"],
    "surface": ["", "--canvas", "--brush"],
    "stylize": ["", "STYLE", "--mask", "--weights", "--predictor", "--brush"],
    "edit": ["", "--canvas", "--merge", "--like", "--brush", "--mask", "--match", "--match-closely", "--palette",
             "--subject"],
}  # fmt: skip
WRITES = {
    "paint": {"-o": ".png", "--svg": ".svg", "--timelapse": ".mp4", "--save-strokes": ".safetensors"},
    "render": {"-o": ".png", "--svg": ".svg", "--timelapse": ".mp4", "--coverage": ".png"},
    "surface": {"-o": ".png", "--height": ".png", "--normals": ".png"},
    "stylize": {"-o": ".png", "--save-strokes": ".json"},
    "edit": {"-o": ".json"},
}
#: What an option needs beside it, so that nothing else is wrong.
BESIDE = {
    ("paint", "--style-weights"): ["--style", "s.png", "--method", "adaattn"],
    ("stylize", "--weights"): ["--method", "adaattn"],
    ("stylize", "--predictor"): ["--method", "strokes"],
    ("stylize", "--brush"): ["--method", "strokes"],
    ("stylize", "--save-strokes"): ["--method", "strokes"],
    ("edit", "--subject"): ["--order", "region"],
    ("edit", "--like"): ["--strokes", "5"],
}
#: Metavars of options that name files or folders.
OF_FILES = re.compile(r"\.[a-z]\w+$|FILE|IMAGE|PICTURE|STYLE|STROKES|CONTENT|DIR|OTHER|OUT|^IN$|^F$")
#: What is neither read nor a file: folders that are filled, which have to be empty.
FOLDERS = ("--frames",)


def argv_of(command: str, read: str, write: str, source: Path, target: Path, folder: Path) -> list[object]:
    """A command line that reads `source` by the one option and writes `target` by the other."""
    own = {"paint": ["in.png"], "render": ["s.json"], "surface": ["s.json"], "edit": ["s.json"]}
    argv: list[object] = [command]
    if read == "":
        argv += [source, "style.png"] if command == "stylize" else [source]
    elif read == "STYLE":
        argv += ["in.png", source]
    else:
        argv += ["in.png", "style.png"] if command == "stylize" else own[command]
    if read.startswith("--"):
        argv += [read, source]
    argv += [write, target] if write == "-o" else ["-o", folder / f"other{WRITES[command]['-o']}", write, target]
    beside = [BESIDE.get((command, read), []), BESIDE.get((command, write), [])]
    if read in ("--weights",) and write == "--save-strokes":
        beside = beside[:1]  # one method can't have both; the refusal is another
    return [*argv, *beside[0], *(beside[1] if beside[1] != beside[0] else [])]


def pairs() -> list[tuple[str, str, str]]:
    return [(command, read, write) for command in READS for read in READS[command] for write in WRITES[command]
            if (command, read, write) != ("stylize", "--weights", "--save-strokes")]  # fmt: skip


@pytest.mark.parametrize(("command", "read", "write"), pairs())
def test_an_output_is_never_an_input(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, loaded: list[Any], command: str, read: str, write: str
) -> None:
    folder = tmp_path / "work"
    folder.mkdir()
    victim = folder / f"Victim{WRITES[command][write]}"
    victim.write_bytes(b"the work of days")
    link, same, hard = (folder / f"{name}{victim.suffix}" for name in ("link", "same", "hard"))
    link.symlink_to(victim)
    os.link(victim, hard)
    roundabout = folder / ".." / "work" / victim.name
    for source, target in ((victim, victim), (victim, link), (link, victim), (victim, hard), (roundabout, victim)):
        outcome = call(capsys, *argv_of(command, read, write, source, target, folder))
        assert_refused(outcome, target.name, "also an input")
    assert victim.read_bytes() == b"the work of days"
    assert not same.exists()
    assert sorted(path.name for path in folder.iterdir()) == sorted([victim.name, link.name, hard.name])
    assert loaded == []


@pytest.mark.parametrize("command", READS)
def test_the_table_has_every_option_that_names_a_file(command: str) -> None:
    parser, _ = _build_parser([command])
    (commands,) = sure(parser._subparsers)._group_actions
    assert isinstance(commands.choices, dict)
    subparser = commands.choices[command]
    found = {
        action.option_strings[0] if action.option_strings else ("STYLE" if action.metavar == "STYLE" else "")
        for action in subparser._actions
        if action.metavar and OF_FILES.search(str(action.metavar))
    }
    assert found - set(FOLDERS) == {*READS[command], *WRITES[command]}


@pytest.mark.parametrize(
    ("command", "first", "second"),
    [(command, first, second) for command in WRITES for first in WRITES[command] for second in WRITES[command]
     if first < second and WRITES[command][first] == WRITES[command][second]],
)  # fmt: skip
def test_two_outputs_never_share_a_file(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str, first: str,
    second: str,
) -> None:  # fmt: skip
    target = tmp_path / f"out{WRITES[command][first]}"
    needed = [] if "-o" in (first, second) else ["-o", tmp_path / "needed.png"]
    argv = [command, "s.json", *needed, first, target, second]
    assert_refused(call(capsys, *argv, target), "out.png", "another output")
    loud = target.with_name("OUT.png")
    monkeypatch.setattr(identity, "ignores_case", lambda folder: True)
    assert_refused(call(capsys, *argv, loud), "OUT.png", "same in both cases")
    assert list(tmp_path.iterdir()) == []


def test_names_that_differ_in_case_are_two_files_where_the_file_system_says_so(tmp_path: Path) -> None:
    identity.check_files([], [tmp_path / "a.png", tmp_path / "A.png"])
    assert not atomic.ignores_case(tmp_path)
    assert not atomic.ignores_case(tmp_path / "none")
    assert list(tmp_path.iterdir()) == []


def test_files_of_a_folder_that_is_read(capsys: pytest.CaptureFixture[str], tmp_path: Path, photo: Path) -> None:
    weights = tmp_path / "weights"
    weights.mkdir()
    (weights / "mine.safetensors").write_bytes(b"the work of days")
    argv = ["paint", photo, "-o", tmp_path / "p.png", "--style", photo, "--method", "adaattn"]
    target = weights / "mine.safetensors"
    outcome = call(capsys, *argv, "--style-weights", weights, "--save-strokes", target)
    assert_refused(outcome, "mine.safetensors", "also an input")
    assert target.read_bytes() == b"the work of days"


def test_the_files_of_the_program_are_no_outputs(
    capsys: pytest.CaptureFixture[str], photo: Path, loaded: list[Any]
) -> None:
    before = (WEIGHTS / "compact.safetensors").read_bytes()
    for file in (WEIGHTS / "compact.safetensors", identity.PACKAGE / "detail" / "faces.safetensors"):
        argv = ["paint", photo, "-o", photo.parent / "p.png", "--save-strokes", file]
        assert_refused(call(capsys, *argv), file.name, "belongs to the program")
    assert (WEIGHTS / "compact.safetensors").read_bytes() == before


def test_outputs_among_the_frames(capsys: pytest.CaptureFixture[str], photo: Path, loaded: list[Any]) -> None:
    folder = photo.parent / "out"
    argv = ["paint", photo, "-o", folder / "frame-00001.png", "--frames", folder]
    assert_refused(call(capsys, *argv), "frame-00001.png", "filled")


def test_what_the_system_leaves_in_a_folder_does_not_count(capsys: pytest.CaptureFixture[str], painted: Path) -> None:
    folder = painted.parent / "out"
    for name in (".DS_Store", "Thumbs.db", "desktop.ini", "._x.png"):
        (folder / name).touch()
    argv = ["render", painted, "-o", painted.parent / "p.png", "--frames", folder, "--seconds", 0.1, "--fps", 20]
    assert call(capsys, *argv)[0] == 0
    assert (folder / "frame-00002.png").is_file()
    assert_refused(call(capsys, *argv), "not empty")

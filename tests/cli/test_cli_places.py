"""The command line as people type it: what goes where, what is told apart, what wants another command."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cli_calls import assert_refused, call
from PIL import Image

from painter_core.cli import _with_command
from painter_core.cli.numbers import whole_number
from painter_core.export import load_strokes

#: Painted in a moment.
QUICK = ("--strokes", 8, "--refine", 0, "--attention", 0)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def here(photo: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the photograph, with nothing else in it, as the current one."""
    (photo.parent / "out").rmdir()
    monkeypatch.chdir(photo.parent)
    return photo.parent


@pytest.fixture
def film(here: Path) -> Path:
    """A GIF that moves; its first picture is empty."""
    clear, red = Image.new("RGBA", (20, 10)), Image.new("RGBA", (20, 10), "red")
    clear.save(here / "film.gif", save_all=True, append_images=[red], disposal=2)
    return here / "film.gif"


def test_a_picture_alone_is_painted_beside_itself(
    capsys: pytest.CaptureFixture[str], here: Path, loaded: list[Any]
) -> None:
    before = (here / "photo.png").read_bytes()
    for _ in range(2):
        code, stdout, err = call(capsys, "photo.png", *QUICK)
        assert (code, stdout) == (0, ""), err
    assert "photo-painting-2.png: 8 strokes" in err
    assert names(here) == ["photo-painting-2.png", "photo-painting.png", "photo.png"]
    assert (here / "photo.png").read_bytes() == before


@pytest.mark.parametrize(
    ("argv", "written"),
    [
        (["paint", "photo.png", "-o", "out/"], ["out/photo-painting.png"]),
        (["photo.png", "new.jpg"], ["new.jpg"]),
        (["photo.png", "out/"], ["out/photo-painting.png"]),
        (["-o", "p.webp", "photo.png"], ["p.webp"]),
        (["photo.png", "-o", "p.svg"], ["p.svg"]),
        (["photo.png", "-o", "p.json", "-o", "p.bmp"], ["p.bmp", "p.json"]),
        (["photo.png", "-o", "film.mp4", "--seconds", "0.1", "--fps", "20"], ["film.mp4"]),
        (["photo.png", "--svg", "out/", "--save-strokes", "out/"],
         ["out/photo-painting.safetensors", "out/photo-painting.svg", "photo-painting.png"]),
        (["photo.png", "p.png", "--order", "Big_to-SMALL", "--preset", "Oil", "--mode", "FAST"], ["p.png"]),
    ],
)  # fmt: skip
def test_where_it_goes(
    capsys: pytest.CaptureFixture[str], here: Path, loaded: list[Any], argv: list[str], written: list[str]
) -> None:
    code, _, err = call(capsys, *argv, *QUICK)
    assert code == 0, err
    assert sorted(str(path.relative_to(here)) for path in here.rglob("*") if path.is_file()) == [
        *sorted([*written, "photo.png"])
    ]
    assert written[0] in err or written[-1] in err


def test_several_pictures_and_a_glob(capsys: pytest.CaptureFixture[str], here: Path, loaded: list[Any]) -> None:
    os.mkdir(here / "a")
    for name in ("a/photo.png", "b.png"):
        Image.open(here / "photo.png").save(here / name)
    code, stdout, err = call(capsys, "paint", "*.png", "a/photo.png", "photo.png", "-o", "made", "--json", *QUICK)
    assert code == 0, err
    assert names(here / "made") == ["b-painting.png", "photo-painting-2.png", "photo-painting.png"]
    report = json.loads(stdout)["paintings"]
    assert [each["input"] for each in report] == ["b.png", "photo.png", "a/photo.png"]
    assert [Path(each["output"]).name for each in report] == [
        "b-painting.png", "photo-painting.png", "photo-painting-2.png"
    ]  # fmt: skip
    assert len(loaded) == 1
    assert "3 of 3, photo.png" in err


def test_one_bad_picture_among_several(capsys: pytest.CaptureFixture[str], here: Path, loaded: list[Any]) -> None:
    (here / "bad.png").write_bytes(b"nonsense")
    code, stdout, err = call(capsys, "bad.png", "photo.png", "--json", *QUICK)
    assert (code, stdout) == (2, "")
    assert "bad.png: this is not a picture" in err
    assert err.splitlines()[-1].endswith("1 of 2 pictures came out incomplete or not at all: bad.png")
    assert "photo-painting.png" in names(here)


@pytest.mark.parametrize(
    ("argv", "reasons"),
    [
        (["*.jpg"], ["*.jpg", "no file matches"]),
        (["phto.png"], ["phto.png", "no such file"]),
        (["photo.png", "phto2.png", "p3.png"], ["phto2.png", "no such file"]),
        (["photo.png", "in.png", "-o", "p.png"], ["p.png", "several inputs", "folder"]),
        (["photo.png", "in.png", "--svg", "p.svg"], ["--svg p.svg", "folder"]),
        (["."], ["this is a folder", "*.jpg"]),
        (["photo.png", "-o", "p.gif"], [".gif", ".png", ".svg", ".mp4", ".json"]),
        (["photo.png", "-o", "p.jpg", "--keep-alpha"], ["p.jpg", "transparency", ".webp"]),
        (["paint", "s.json", "-o", "p.png"], ["s.json", "render", "strokes"]),
        (["paint", "clip.mov", "-o", "p.png"], ["clip.mov", "film"]),
        (["render", "s.json", "-o", "t.json"], ["t.json", "edit"]),
        (["render", "-o", "p.png"], ["STROKES"]),
        (["render", "s.json", "s.json", "x.json"], ["STROKES", "x.json"]),
        (["paint", "photo.png", "--strokes", "3.000"], ["--strokes", "3.000"]),
    ],
)
def test_what_is_refused(
    capsys: pytest.CaptureFixture[str], here: Path, loaded: list[Any], argv: list[str], reasons: list[str]
) -> None:
    for name in ("in.png", "s.json", "clip.mov"):
        (here / name).write_bytes((here / "photo.png").read_bytes())
    before = names(here)
    assert_refused(call(capsys, *argv), *reasons)
    assert names(here) == before
    assert loaded == []


def test_an_animation_says_which_command_it_wants(
    capsys: pytest.CaptureFixture[str], film: Path, loaded: list[Any]
) -> None:
    assert_refused(call(capsys, film.name), "film.gif", "animation")
    assert loaded == []
    assert names(film.parent) == ["film.gif", "photo.png"]


def test_style_before_the_picture(capsys: pytest.CaptureFixture[str], here: Path, loaded: list[Any]) -> None:
    Image.new("RGB", (30, 20), "teal").save(here / "style.png")
    code, stdout, err = call(capsys, "paint", "--style", "style.png", "photo.png", "-o", "p.png", "--json", *QUICK)
    assert code == 0, err
    assert json.loads(stdout)["input"] == "photo.png"
    assert json.loads(stdout)["style"] == "palette"


def test_the_other_commands_choose_names_too(capsys: pytest.CaptureFixture[str], painted: Path) -> None:
    folder = painted.parent
    for argv in (
        ["render", painted], ["surface", painted, "--light", "-45,40"], ["edit", painted, "--order", "Big-To-Small"],
        ["stylize", folder / "photo.png", folder / "p.png"], ["render", folder / "r.png", painted],
        ["render", painted, folder / "r.svg"], ["edit", painted, folder / "e.json"],
        ["stylize", folder / "photo.png", folder / "p.png", folder / "t.png"],
        ["edit", painted, "-o", folder / "c.json", "--crop", "-5,0,40,30"],
    ):  # fmt: skip
        code, _, err = call(capsys, *argv)
        assert code == 0, err
    assert names(folder) == sorted(
        ["photo.png", "p.png", "out", "s.safetensors", "s-painting.png", "s-surface.png", "s-edited.safetensors",
         "photo-stylized.png", "r.png", "r.svg", "e.json", "t.png", "c.json"]
    )  # fmt: skip
    assert len(load_strokes(folder / "e.json")) == len(load_strokes(painted))


def half_clear(path: Path, level: int = 0) -> None:
    """A red picture whose right half has this alpha."""
    pixels = np.full((32, 64, 4), (200, 30, 30, 255), np.uint8)
    pixels[:, 32:] = (0, 0, 0, level)
    Image.fromarray(pixels).save(path, dpi=(240, 240))


def test_transparency_lies_on_the_ground_or_is_kept(
    capsys: pytest.CaptureFixture[str], here: Path, loaded: list[Any]
) -> None:
    half_clear(here / "half.png")
    for options, ground in (([], (200, 30, 30)), (["--preset", "watercolor"], (247, 247, 245))):
        assert call(capsys, "paint", "half.png", "-o", "p.png", *QUICK, *options)[0] == 0
        painted = Image.open(here / "p.png")
        assert painted.mode == "RGB"
        assert np.abs(np.asarray(painted)[2:30, 56:].astype(int) - ground).max() <= 3
    Image.new("RGB", (64, 32), "navy").save(here / "navy.png")
    assert call(capsys, "paint", "half.png", "-o", "p.png", "--canvas", "navy.png", *QUICK)[0] == 0
    assert np.abs(np.asarray(Image.open(here / "p.png"))[2:30, 60:].astype(int) - (0, 0, 128)).max() <= 3
    for name in ("p.png", "p.webp", "p.tif"):
        assert call(capsys, "paint", "half.png", "-o", name, "--keep-alpha", *QUICK)[0] == 0
        alpha = np.asarray(Image.open(here / name).convert("RGBA"))[..., 3]
        assert (alpha[:, :32] == 255).all()
        assert (alpha[:, 32:] == 0).all()
    assert round(Image.open(here / "p.png").info["dpi"][0]) == 240
    assert call(capsys, "stylize", "half.png", "navy.png", "-o", "s.png", "--keep-alpha")[0] == 0
    assert Image.open(here / "s.png").mode == "RGBA"


def test_what_paints_nothing_says_so(capsys: pytest.CaptureFixture[str], here: Path, loaded: list[Any]) -> None:
    Image.new("RGBA", (64, 32)).save(here / "clear.png")
    Image.new("L", (70, 51)).save(here / "black.png")
    for argv, reason in (
        (["clear.png"], "clear.png: it is fully transparent"),
        (["photo.png", "--mask", "black.png"], "black.png: this mask selects nothing"),
    ):
        code, _, err = call(capsys, "paint", *argv, "-o", "p.png", *QUICK)
        assert code == 0
        warnings = [line for line in err.splitlines() if "warning" in line]
        assert len(warnings) == 1, err
        assert reason in warnings[0]


def test_edit_says_that_nothing_was_chosen(capsys: pytest.CaptureFixture[str], painted: Path) -> None:
    Image.new("L", (70, 51)).save(painted.parent / "black.png")
    out = painted.parent / "e.json"
    code, _, err = call(capsys, "edit", painted, "-o", out, "--mask", painted.parent / "black.png")
    assert code == 0
    assert "black.png: this mask selects nothing" in err
    assert len(load_strokes(out)) == 0


@pytest.mark.parametrize(
    ("text", "number"),
    [("3000", 3000), ("3k", 3000), ("2.5K", 2500), ("3,000", 3000), ("3_000", 3000), ("0.001k", 1), (" 7 ", 7)],
)
def test_numbers_as_people_write_them(text: str, number: int) -> None:
    assert whole_number(0)(text) == number


@pytest.mark.parametrize(
    ("argv", "command"),
    [
        (["x.jpg"], "paint"), (["dir/x"], "paint"), (["*.png"], "paint"), (["-o", "p.json", "photo.png"], "paint"),
        (["s.json"], "render"), (["s.safetensors", "-o", "p.png"], "render"), (["--strokes", "3k", "a.png"], "paint"),
    ],
)  # fmt: skip
def test_a_file_alone_names_its_command(here: Path, argv: list[str], command: str) -> None:
    assert _with_command(argv) == [command, *argv]
    assert _with_command(["edit", *argv]) == ["edit", *argv]
    assert _with_command(["pain"]) == ["pain"]

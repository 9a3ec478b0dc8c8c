"""`paint`'s looks: presets, refinement and sliders reach the painting and are reported."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from cli_calls import assert_refused, call

from painter_core.bench.metrics import psnr
from painter_core.brushes.brush import BRUSHES
from painter_core.export import load_strokes
from painter_core.files.pictures import read_picture
from painter_core.painting.presets import PRESETS
from painter_core.rendering.raster import render
from painter_core.strokes import Strokes


def painted(capsys: pytest.CaptureFixture[str], photo: Path, *options: object) -> tuple[dict[str, Any], Strokes]:
    """What `--json` says, and the strokes."""
    file = photo.parent / "s.safetensors"
    argv = ["paint", photo, "-o", photo.parent / "p.png", "--save-strokes", file, "--json", *options]
    code, stdout, stderr = call(capsys, *argv)
    assert code == 0, stderr
    return json.loads(stdout), load_strokes(file)


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_brings_its_brush_and_refinement(
    capsys: pytest.CaptureFixture[str], photo: Path, loaded: list[Any], name: str
) -> None:
    report, strokes = painted(capsys, photo, "--preset", name, "--strokes", 40)
    expected = PRESETS[name]
    assert (report["look"], report["brush"], report["refine"]) == (name, expected.brush, expected.refine)
    assert 0 < len(strokes) <= 40
    drawn = render(strokes, brush=expected.brush)  # the picture is drawn with the preset's brush, on its ground
    assert (read_picture(photo.parent / "p.png") - drawn).abs().max() < 0.6 / 255
    if expected.manner.ground is not None:
        assert torch.allclose(strokes.ground, torch.tensor(expected.manner.ground), atol=1e-6)


def test_what_is_asked_for_overrides_the_preset(
    capsys: pytest.CaptureFixture[str], photo: Path, loaded: list[Any]
) -> None:
    options = ["--preset", "pencil", "--strokes", 30, "--brush", "flat", "--refine", 0, "--attention", 0]
    report, strokes = painted(capsys, photo, *options)
    assert (report["brush"], report["refine"]) == ("flat", 0)
    assert len(strokes) <= 30
    assert (read_picture(photo.parent / "p.png") - render(strokes, brush="flat")).abs().max() < 0.6 / 255


def test_without_a_look_it_is_oil(capsys: pytest.CaptureFixture[str], photo: Path, loaded: list[Any]) -> None:
    report, usual = painted(capsys, photo, "--strokes", 40)
    assert (report["look"], report["brush"], report["refine"]) == ("oil", "oil", PRESETS["oil"].refine)
    _, oil = painted(capsys, photo, "--strokes", 40, "--look", "oil")
    assert torch.equal(usual.center, oil.center)
    _, plain = painted(capsys, photo, "--strokes", 40, "--refine", 0, "--attention", 0)
    report, refined = painted(capsys, photo, "--strokes", 40, "--refine", 8, "--attention", 0)
    assert report["refine"] == 8
    picture = read_picture(photo)
    assert psnr(render(refined), picture) > psnr(render(plain), picture) + 0.5


def test_sliders_change_the_strokes(capsys: pytest.CaptureFixture[str], photo: Path, loaded: list[Any]) -> None:
    def slimness(strokes: Strokes) -> float:
        return float((strokes.size[:, 0] / strokes.size[:, 1]).median())

    base = ["--strokes", 60, "--attention", 0, "--refine", 0]
    usual = painted(capsys, photo, *base)[1]
    assert slimness(painted(capsys, photo, *base, "--stroke-length", 2.5)[1]) > 1.3 * slimness(usual)
    lively = painted(capsys, photo, *base, "--variety", 2)[1]
    assert (lively.color - usual.color).abs().mean() > 0.03  # the same strokes, in colors that vary
    followed, free = (painted(capsys, photo, *base, "--refine", 4, "--flow", flow)[1] for flow in (5, 0))
    assert not torch.equal(followed.angle, free.angle)


def test_sliders_adjust_a_preset(capsys: pytest.CaptureFixture[str], photo: Path, loaded: list[Any]) -> None:
    options = ["--preset", "marker", "--strokes", 40, "--refine", 0]
    usual, short = painted(capsys, photo, *options)[1], painted(capsys, photo, *options, "--stroke-length", 0.2)[1]
    ratios = [float((strokes.size[:, 0] / strokes.size[:, 1]).mean()) for strokes in (usual, short)]
    assert ratios[1] < ratios[0]


def test_options_are_understood_however_they_are_typed(
    capsys: pytest.CaptureFixture[str], photo: Path, loaded: list[Any]
) -> None:
    typed = ["--look", "Marker", "--strokes", "0.05k", "--brush", "Flat", "--refine", 0]
    report, strokes = painted(capsys, photo, *typed)
    assert (report["look"], report["brush"]) == ("marker", "flat")
    _, same = painted(capsys, photo, "--preset", "marker", "--strokes", 50, "--brush", "flat", "--refine", 0)
    assert torch.equal(strokes.center, same.center)


@pytest.mark.parametrize(
    "option",
    ["--refine=-1", "--refine=2.5", "--strokes=0k", "--strokes=60k", "--strokes=k",
     "--refine=1001", "--stroke-length=0.1", "--stroke-length=6", "--flow=-1", "--flow=nan",
     "--variety=3.1", "--variety=x", "--attention=4", "--look=baroque"],
)  # fmt: skip
def test_what_is_out_of_range_is_refused(
    capsys: pytest.CaptureFixture[str], photo: Path, loaded: list[Any], option: str
) -> None:
    assert_refused(call(capsys, "paint", photo, "-o", photo.parent / "p.png", option), *option.split("="))
    assert loaded == []


@pytest.mark.parametrize(
    "option", ["--look=oil", "--refine=0", "--stroke-length=1", "--flow=1", "--variety=0", "--attention=0"]
)
def test_paper_mode_has_no_manner(
    capsys: pytest.CaptureFixture[str], photo: Path, loaded: list[Any], option: str
) -> None:
    argv = ["paint", photo, "-o", photo.parent / "p.png", "--mode", "paper", option]
    assert_refused(call(capsys, *argv), option.split("=")[0], "paper")


def test_paper_mode_reports_its_brush(capsys: pytest.CaptureFixture[str], photo: Path, loaded: list[Any]) -> None:
    report, _ = painted(capsys, photo, "--mode", "paper")
    assert (report["look"], report["brush"], report["refine"]) == (None, "flat", 0)


def test_help_lists_the_brushes_and_presets(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        call(capsys, "paint", "--help")
    assert ended.value.code == 0
    shown = capsys.readouterr().out
    assert [name for name in (*BRUSHES, *PRESETS) if name not in shown] == []

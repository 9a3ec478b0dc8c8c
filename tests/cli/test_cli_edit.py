"""`edit` changes stroke files."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from cli_calls import assert_refused, call
from PIL import Image

from painter_core import render
from painter_core.export.stroke_io import load_strokes, save_strokes
from painter_core.strokes import FIELDS, Strokes


@pytest.fixture
def painting(tmp_path: Path) -> Path:
    """Forty strokes on 70 x 51 pixels."""
    g = torch.Generator().manual_seed(0)
    strokes = Strokes.build(
        torch.rand(40, 2, generator=g) * torch.tensor([70.0, 51.0]),
        2 + 15 * torch.rand(40, 2, generator=g),
        3 * torch.rand(40, generator=g),
        torch.rand(40, 3, generator=g),
        canvas=(51, 70),
        layer=torch.arange(40) // 10,
    )
    save_strokes(strokes, tmp_path / "s.safetensors")
    return tmp_path / "s.safetensors"


@pytest.fixture
def left(tmp_path: Path) -> Path:
    """A mask of the left half."""
    pixels = np.zeros((51, 70), np.uint8)
    pixels[:, :35] = 255
    Image.fromarray(pixels).save(tmp_path / "left.png")
    return tmp_path / "left.png"


def edited(capsys: pytest.CaptureFixture[str], painting: Path, *options: object) -> Strokes:
    out = painting.with_name("out.safetensors")
    code, stdout, err = call(capsys, "edit", painting, "-o", out, *options)
    assert (code, stdout) == (0, ""), err
    return load_strokes(out)


def same(a: Strokes, b: Strokes) -> bool:
    return all(torch.equal(getattr(a, name), getattr(b, name)) for name in FIELDS) and a.canvas == b.canvas


def test_without_options_it_is_a_copy(capsys: pytest.CaptureFixture[str], painting: Path) -> None:
    assert same(edited(capsys, painting), load_strokes(painting))


def test_json_says_what_came_out(capsys: pytest.CaptureFixture[str], painting: Path) -> None:
    out = painting.with_name("o.json")
    code, stdout, _ = call(capsys, "edit", painting, "-o", out, "--keep-layers", "1-2", "--scale", 2, "--json")
    assert code == 0
    assert json.loads(stdout) == {"strokes": 20, "strokes_before": 40, "width": 140, "height": 102}
    assert set(load_strokes(out).layer.tolist()) == {1, 2}


def test_another_brush_and_another_ground(capsys: pytest.CaptureFixture[str], painting: Path, left: Path) -> None:
    before = load_strokes(painting)
    after = edited(capsys, painting, "--brush", "pencil", "--canvas", left)
    assert after.brushes == ("pencil",)
    assert torch.equal(after.ground[:, :, :35], torch.ones(3, 51, 35))
    assert torch.equal(render(after), render(before, brush="pencil", ground=after.ground))
    again = painting.with_name("again.safetensors")
    save_strokes(after, again)
    both = edited(capsys, painting, "--merge", again)
    assert both.brushes == ("oil", "pencil")
    assert both.brush.tolist() == [0] * 40 + [1] * 40


def test_choosing(capsys: pytest.CaptureFixture[str], painting: Path, left: Path) -> None:
    strokes = load_strokes(painting)
    kept = edited(capsys, painting, "--mask", left)
    assert (kept.center[:, 0] < 36).all()
    rest = edited(capsys, painting, "--mask", left, "--invert")
    assert len(kept) + len(rest) == 40
    assert edited(capsys, painting, "--min-size", "10%").size[:, 0].min() >= 7
    assert edited(capsys, painting, "--max-size", 9).size[:, 0].max() <= 9
    assert same(edited(capsys, painting, "--keep-process", "0-0.25"), strokes[:10])
    assert same(edited(capsys, painting, "--keep-layers", "3-"), strokes[30:])
    assert 0 < len(edited(capsys, painting, "--near", "teal", "--distance", 0.3)) < 40


def test_colors(capsys: pytest.CaptureFixture[str], painting: Path) -> None:
    assert len(edited(capsys, painting, "--colors", 4).color.unique(dim=0)) <= 4
    picture = painting.with_name("flag.png")
    Image.fromarray(np.array([[[200, 0, 0], [0, 0, 200]]], np.uint8)).save(picture)
    palette = edited(capsys, painting, "--palette", picture).color.unique(dim=0)
    assert len(palette) == 2
    assert edited(capsys, painting, "--saturation", 0).color.std(dim=1).max() < 0.01
    for options in (["--match", picture], ["--match-closely", picture], ["--pigments", "zorn"], ["--mix", "#ffcc00"]):
        assert not torch.equal(edited(capsys, painting, *options).color, load_strokes(painting).color)


def test_geometry(capsys: pytest.CaptureFixture[str], painting: Path) -> None:
    assert edited(capsys, painting, "--crop=-5,0,40,30", "--resize", "80x60").canvas == (60, 80)
    assert edited(capsys, painting, "--flip", "vertical", "--rotate", 20).canvas == (51, 70)
    longer = edited(capsys, painting, "--stroke-length", 2, "--stroke-width", 1.5)
    assert torch.allclose(longer.size.prod(1).sort()[0], 3 * load_strokes(painting).size.prod(1).sort()[0], rtol=1e-4)


def test_merge_inside_a_mask(capsys: pytest.CaptureFixture[str], painting: Path, left: Path) -> None:
    other = painting.with_name("other.json")
    grey = load_strokes(painting)
    save_strokes(grey.replace(color=torch.full((40, 3), 0.5)), other)
    result = edited(capsys, painting, "--merge", other, "--mask", left)
    assert len(result) == 40
    assert (result.color[result.center[:, 0] < 34] == 0.5).all()
    assert len(edited(capsys, painting, "--merge", other)) == 80


def test_the_best_strokes_are_kept(capsys: pytest.CaptureFixture[str], painting: Path) -> None:
    strokes = load_strokes(painting)
    whole = render(strokes)
    best = edited(capsys, painting, "--strokes", 30)
    assert len(best) == 30
    assert (render(best) - whole).abs().mean() < 0.6 * (render(strokes[10:]) - whole).abs().mean()
    black = painting.with_name("black.png")
    Image.fromarray(np.zeros((51, 70, 3), np.uint8)).save(black)
    assert render(edited(capsys, painting, "--strokes", 20, "--like", black)).mean() < render(best).mean()
    assert same(edited(capsys, painting, "--strokes", 40), strokes)
    assert len(edited(capsys, painting, "--strokes", 0)) == 0


def test_chance_and_order_follow_the_seed(capsys: pytest.CaptureFixture[str], painting: Path, left: Path) -> None:
    for options in (["--jitter", 1], ["--order", "random", "--sort-freely"]):
        first, again, other = (edited(capsys, painting, *options, "--seed", seed) for seed in (1, 1, 2))
        assert same(first, again)
        assert not same(first, other)
    by_region = edited(capsys, painting, "--order", "region", "--subject", left, "--sort-freely")
    assert by_region.center[-1, 0] < 36
    assert by_region.center[0, 0] > 34
    areas = edited(capsys, painting, "--order", "big-to-small", "--sort-freely").size.prod(1)
    assert (areas.diff() <= 0).all()


def test_edit_refuses(capsys: pytest.CaptureFixture[str], painting: Path, left: Path) -> None:
    out = painting.with_name("refused.json")

    def refused(*options: object) -> tuple[int, str, str]:
        return call(capsys, "edit", painting, "-o", out, *options)

    assert_refused(refused("--keep-layers", "3-1"), "--keep-layers", "before it begins")
    assert_refused(refused("--keep-layers", "few"), "--keep-layers", "A-B")
    assert_refused(refused("--keep-process", "2-3"), "progress")
    assert_refused(refused("--near", "bluish"), "bluish", "#rrggbb")
    assert_refused(refused("--colors", 0), "--colors", "256")
    assert_refused(refused("--crop", "1,2,3"), "--crop", "LEFT,TOP,WIDTH,HEIGHT")
    assert_refused(refused("--crop", "0,0,0,9"), "width", "pixels")
    assert_refused(refused("--subject", left), "--order region")
    assert_refused(refused("--like", left), "--strokes")
    assert_refused(refused("--strokes", -1), "--strokes")
    assert_refused(refused("--strokes", 5, "--brush", "mop"), "mop")
    assert_refused(refused("--match", painting.with_name("no.png")), "no.png", "no such file")
    assert_refused(refused("--merge", left), "left.png", "suffix")
    assert_refused(refused("--jitter", "nan"), "--jitter")
    assert_refused(call(capsys, "edit", painting, "-o", painting), "also an input")
    assert_refused(call(capsys, "edit", painting, "-o", painting.with_name("p.png")), ".safetensors")
    wide = painting.with_name("wide.png")
    Image.fromarray(np.full((10, 90), 255, np.uint8)).save(wide)
    assert_refused(refused("--mask", wide), "90 x 10", "70 x 51")
    assert not out.exists()

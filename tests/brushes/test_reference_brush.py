"""Brushes from pictures: files of tips, marks and textures of one's own, and what is refused."""

import numpy as np
import pytest
import torch
from mark_samples import bar
from PIL import Image

from painter_core.brushes import from_picture
from painter_core.brushes.brush import Brush, get_brush
from painter_core.brushes.reference import mark_brush, texture_brush
from painter_core.rendering.raster import coverage, render


def streaks(height=60, width=90, along=True):
    """A picture (3, H, W) of random streaks, level or upright."""
    tone = torch.rand(height if along else width, 1, generator=torch.Generator().manual_seed(0))
    tone = tone.expand(-1, width if along else height)
    return (tone if along else tone.T)[None].expand(3, -1, -1).contiguous()


def mark(height=50, width=100):
    """Dark ink (3, H, W) on white paper."""
    picture = torch.ones(3, height, width)
    picture[:, 10:40, 20:80] = 0.2
    return picture


def test_a_mark_covers_its_frame_and_nothing_else_does():
    cover = coverage(bar(length=40, width=20), brush=mark_brush(mark()))
    assert float(cover[26:38, 16:48].min()) > 0.95
    assert float(cover[:20].max()) == 0


def test_the_outline_may_come_from_a_mask_or_from_opacity():
    outline = torch.zeros(50, 100)
    outline[10:40, 20:80] = 1
    plain = torch.rand(3, 50, 100, generator=torch.Generator().manual_seed(1))
    by_mask = mark_brush(plain, outline)
    by_opacity = mark_brush(torch.cat([plain, outline[None]]))
    assert torch.equal(by_mask.tips, by_opacity.tips)
    assert float(by_mask.tips[:, 0].mean()) > 0.9


def test_texture_runs_along_the_stroke_however_the_reference_lies():
    for along in (True, False):
        brush = texture_brush(streaks(along=along))
        height = brush.tips[:, 1, 40:88, 80:176]
        assert float(height.diff(dim=2).abs().mean()) < 0.05 * float(height.diff(dim=1).abs().mean())
        assert len(brush.tips) >= 4
        cover = brush.tips[:, 0]
        assert float(((cover * brush.tips[:, 1]).sum((1, 2)) / cover.sum((1, 2))).abs().max()) < 0.05


def test_relief_is_how_strong_the_texture_is():
    stroke = bar(length=60, width=30, color=(0.5, 0.5, 0.5), canvas=(40, 64))
    spread = [render(stroke, brush=texture_brush(streaks(), relief=r))[0, 14:26, 20:40].std() for r in (0.0, 0.2, 0.6)]
    assert float(spread[0]) < 1e-6
    assert float(spread[0]) < float(spread[1]) < float(spread[2])


def test_a_texture_may_have_an_outline_of_its_own():
    outline = torch.zeros(60, 90)
    outline[10:50, 10:40] = 1
    outline[10:30, 10:80] = 1
    brush = texture_brush(streaks(), outline)
    corner = brush.tips[:, 0, 80:120, 150:240].mean((1, 2))
    assert float(corner.max()) < 0.1


@pytest.mark.parametrize("make", [mark_brush, texture_brush])
@pytest.mark.parametrize(
    ("picture", "mask", "message"),
    [
        (torch.full((3, 40, 40), float("nan")), None, "holds NaN"),
        (torch.full((3, 40, 40), 2.0), None, r"must lie in \[0, 1\]"),
        (torch.ones(40, 40), None, "must have the shape"),
        (torch.ones(2, 40, 40), None, "must have the shape"),
        (torch.ones(3, 0, 40), None, "must have the shape"),
        (torch.ones(3, 1, 1), None, "no ink|at least 8"),
        (torch.ones(3, 40, 40), None, "no ink|plain color"),
        (torch.zeros(3, 40, 40), None, "no ink|plain color"),
        (streaks(40, 40), torch.zeros(40, 40), "no ink"),
        (streaks(40, 40), torch.full((40, 40), float("inf")), "mask holds NaN"),
        (streaks(40, 40), torch.ones(40, 41), "mask must have"),
        (torch.ones(1, 1, 1).expand(3, 9000, 9000), None, "million pixels"),
    ],
)
def test_what_makes_no_brush_is_refused(make, picture, mask, message):
    with pytest.raises(ValueError, match=message):
        make(picture, mask, name="mine")


def test_relief_has_limits():
    with pytest.raises(ValueError, match="relief must be"):
        texture_brush(streaks(), relief=1.5)


@pytest.mark.parametrize("depth", [8, 16])
def test_a_grey_file_is_a_tip_at_any_depth(tmp_path, depth):
    tone = np.full((40, 80), 2**depth - 1)
    tone[10:30, 10:70] = (2**depth - 1) * 0.2
    Image.fromarray(tone.astype(np.uint8 if depth == 8 else np.uint16)).save(tmp_path / "tip.png")
    brush = get_brush(tmp_path / "tip.png")
    assert isinstance(brush, Brush)
    assert float(coverage(bar(length=40, width=20), brush=brush)[26:38, 16:48].min()) > 0.95


def test_hostile_files_are_refused(tmp_path, monkeypatch):
    def refused(name, message):
        with pytest.raises(ValueError, match=message):
            get_brush(tmp_path / name)

    (tmp_path / "empty.png").write_bytes(b"")
    refused("empty.png", "cannot be read")
    Image.new("L", (1, 1)).save(tmp_path / "one.png")
    refused("one.png", "no ink")
    Image.new("LA", (30, 30), (0, 0)).save(tmp_path / "clear.png")
    refused("clear.png", "no ink")
    Image.effect_noise((64, 64), 50).save(tmp_path / "noise.png")
    (tmp_path / "cut.png").write_bytes((tmp_path / "noise.png").read_bytes()[:900])
    refused("cut.png", "cannot be read")
    monkeypatch.setattr(from_picture, "MOST_PIXELS", 1000)
    refused("noise.png", "64 x 64 pixels")

"""Outlines and center lines look like the brush's marks, stay small, and show what the painting shows in a browser."""

from __future__ import annotations

import io
import math
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from mark_samples import bar, bent, scatter
from PIL import Image, ImageDraw
from stroke_samples import random_strokes
from sure import attribute, number, sure
from torch import Tensor

from painter_core import PaintOptions, Strokes, load_predictor, paint
from painter_core.bench.metrics import psnr
from painter_core.brushes.brush import BRUSHES, Brush, get_brush
from painter_core.cli.fitting import shrunk
from painter_core.export import save_svg, strokes_to_svg
from painter_core.export.bending import Bent
from painter_core.export.outlines import POINTS, outline_of, signed_area
from painter_core.export.svg import STYLES
from painter_core.files.pictures import read_picture
from painter_core.rendering.raster import coverage, render
from painter_core.shape import spine

if TYPE_CHECKING:
    from playwright.sync_api import Browser

SVG = "{http://www.w3.org/2000/svg}"
ROOT = Path(__file__).resolve().parents[2]


def one_stroke(length: float = 180.0, width: float = 60.0, angle: float = 0.5, seed: int = 0) -> Strokes:
    return Strokes.build(
        torch.tensor([[110.0, 90.0]]), torch.tensor([[length, width]]), torch.tensor([angle]), torch.zeros(1, 3),
        canvas=(180, 220), seed=torch.tensor([seed]),
    )  # fmt: skip


def polygons(data: str) -> list[list[tuple[float, float]]]:
    """The polygons of our path data: M x y l dx dy ... z."""
    found = []
    for loop in re.findall(r"M([^z]*)z", data):
        start, steps = (list(map(float, re.findall(r"-?[\d.]+", part))) for part in loop.split("l"))
        points = np.cumsum([start, *zip(steps[::2], steps[1::2], strict=True)], axis=0)
        found.append([tuple(point) for point in points.tolist()])
    return found


def filled(data: str) -> Tensor:
    """(180, 220): what the polygons cover; those that run the other way than the first one are holes."""
    loops = polygons(data)
    image = Image.new("L", (880, 720))
    for points in loops:
        paint = signed_area(np.array(points)) * signed_area(np.array(loops[0])) > 0
        ImageDraw.Draw(image).polygon([(4 * x, 4 * y) for x, y in points], fill=255 * paint)
    return torch.from_numpy(np.array(image.resize((220, 180), Image.Resampling.BOX))) / 255


@pytest.mark.parametrize("brush", [name for name in BRUSHES if name != "flat"])
def test_outline_is_where_the_mark_covers_and_as_much_paint(brush: str) -> None:
    strokes = one_stroke(seed=1)
    (path,) = ElementTree.fromstring(strokes_to_svg(strokes, brush=brush)).iter(f"{SVG}path")
    inside = filled(attribute(path, "d"))
    cover = coverage(strokes, brush=brush)
    overlap = torch.minimum(inside, (cover > 0.5 * cover.max()).float()).sum() / inside.sum()
    assert overlap > 0.8  # grain and gaps too small for an outline are the rest
    assert float(inside.sum()) * float(path.get("fill-opacity", 1)) == pytest.approx(float(cover.sum()), rel=0.17)


def test_outlines_are_closed_loops_with_the_points_asked_for() -> None:
    for outline in (outline_of(get_brush("oil"), tip) for tip in range(0, 20, 3)):
        assert [len(loops[0]) for loops in outline.loops] == list(POINTS)
        for loops in outline.loops:
            assert np.abs(np.concatenate(loops)).max() <= 0.5
        rough, fine = (abs(signed_area(outline.loops[level][0])) for level in (0, -1))
        assert rough == pytest.approx(fine, rel=0.15)


def test_holes_run_the_other_way() -> None:
    tip = torch.zeros(1, 2, 128, 256)
    tip[:, 0, 16:112, 32:224] = 1
    tip[:, 0, 40:80, 100:150] = 0
    loops = outline_of(Brush("ring", tip), 0).loops[-1]
    areas = [signed_area(loop) for loop in loops]
    assert len(loops) == 2
    assert areas[0] * areas[1] < 0
    assert abs(areas[0]) == pytest.approx(96 * 192 / (128 * 256), rel=0.03)
    assert abs(areas[1]) == pytest.approx(40 * 50 / (128 * 256), rel=0.1)


def test_a_tip_without_paint_and_a_mark_of_no_size_are_no_trouble() -> None:
    empty = Brush("empty", torch.zeros(1, 2, 128, 256))
    for style in STYLES:
        for strokes, brush in [(one_stroke(), empty), (one_stroke(0.0, 0.0), "oil"), (random_strokes(0), "oil")]:
            root = ElementTree.fromstring(strokes_to_svg(strokes, style=style, brush=brush))
            assert len(root.findall(f"{SVG}g/*")) == 1 + len(strokes)


def test_centre_lines_run_along_the_strokes() -> None:
    strokes = random_strokes(30)
    strokes = strokes.replace(center=strokes.center + 32, canvas=(112, 128))  # none of them leaves the page
    root = ElementTree.fromstring(strokes_to_svg(strokes, style="strokes", brush="flat"))
    for i, line in enumerate(root.iter(f"{SVG}line")):
        start, end = (torch.tensor([number(line, f"{axis}{n}") for axis in "xy"]) for n in (1, 2))
        assert torch.allclose((start + end) / 2, strokes.center[i], atol=0.011)
        assert float((end - start).norm()) == pytest.approx(float(strokes.size[i, 0]), rel=0.06, abs=0.02)
        assert number(line, "stroke-width") == pytest.approx(float(strokes.size[i, 1]), rel=0.06, abs=0.02)
        if strokes.size[i, 0] > 4:
            turn = math.atan2(*(end - start).flip(0).tolist()) % math.pi
            away = abs(turn - float(strokes.angle[i]))
            assert min(away, math.pi - away) < 0.01
        assert number(line, "stroke-opacity") == pytest.approx(float(strokes.opacity[i]), abs=6e-4)
    caps = {brush: strokes_to_svg(strokes, style="strokes", brush=brush) for brush in ("flat", "round")}
    assert 'stroke-linecap="butt"' in caps["flat"]
    assert 'stroke-linecap="round"' in caps["round"]


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("scale", [1, 16])
def test_five_thousand_strokes_take_less_than_2_mb(style: str, scale: int) -> None:
    strokes = random_strokes(5000, 768, 1024)
    strokes = strokes.scaled(scale).replace(size=strokes.size.clamp(min=20) * scale)
    text = strokes_to_svg(strokes, style=style, brush="oil")
    assert len(text.encode()) < 2_000_000
    ids = re.findall(r' id="([^"]*)"', text)
    assert len(set(ids)) == len(ids)


def test_a_line_of_two_colors_has_the_middle_of_both() -> None:
    strokes = one_stroke().replace(color=torch.tensor([[1.0, 0.0, 0.2]]), color2=torch.tensor([[0.0, 1.0, 0.2]]))
    root = ElementTree.fromstring(strokes_to_svg(strokes, style="strokes", brush="oil"))
    assert sure(root.find(f"{SVG}g/{SVG}line")).get("stroke") == "#808033"


@pytest.mark.parametrize("brush", ["flat", "oil", "watercolor"])
def test_shapes_of_two_colors_show_them_on_the_sides_where_the_brush_has_them(
    tmp_path: Path, screenshot: Callable[[Path, int, int], Tensor], brush: str
) -> None:
    for seed, angle in [(0, 0.4), (1, 2.0), (3, 2.9)]:
        plain = one_stroke(angle=angle, seed=seed).replace(color=torch.tensor([[1.0, 0.2, 0.0]]))
        loaded = plain.replace(color2=torch.tensor([[0.0, 0.2, 1.0]]))
        save_svg(loaded, tmp_path / "two.svg", brush=brush)
        shown = screenshot(tmp_path / "two.svg", 180, 220)
        raster = render(loaded, brush=brush)
        flat = (loaded.color + loaded.blend / 2)[0]
        middle = render(plain.replace(color=flat[None]), brush=brush)
        # streaks along the hairs, and grain, are the rest
        assert (shown - raster).square().mean() < 0.85 * (middle - raster).square().mean()


def test_gradients_are_few_and_named_once() -> None:
    strokes = random_strokes(5000, 1024, 1024)
    strokes = strokes.replace(size=strokes.size.clamp(min=20))
    assert "Gradient" not in strokes_to_svg(strokes, brush="oil")
    half = torch.arange(5000)[:, None] % 2 == 0
    text = strokes_to_svg(strokes.replace(color2=torch.where(half, strokes.color, 1 - strokes.color)), brush="oil")
    ids = re.findall(r' id="two-([^"]*)"', text)
    assert [int(i) for i in ids] == list(range(1, 5000, 2))
    assert all(f'fill="url(#two-{i})"' in text for i in ids[:20])
    loaded = strokes.replace(color2=1 - strokes.color)
    for brush in ("oil", "flat"):
        assert len(strokes_to_svg(loaded, brush=brush).encode()) < 2_000_000


def test_styles_that_there_are_not() -> None:
    with pytest.raises(ValueError, match="shapes, strokes"):
        strokes_to_svg(random_strokes(3), style="dots")


@pytest.fixture(scope="module")
def screenshot(browser: Browser) -> Callable[[Path, int, int], Tensor]:
    def shoot(path: Path, height: int, width: int) -> Tensor:
        page = browser.new_page(viewport={"width": width, "height": height})
        page.goto(path.as_uri())
        pixels = np.asarray(Image.open(io.BytesIO(page.screenshot())).convert("RGB"))
        page.close()
        return torch.from_numpy(pixels.copy()).permute(2, 0, 1) / 255

    return shoot


def test_a_browser_shows_the_painting(tmp_path: Path, screenshot: Callable[[Path, int, int], Tensor]) -> None:
    picture = shrunk(read_picture(ROOT / "assets" / "photo.jpg"), 256)
    size = tuple(picture.shape[1:])
    strokes = paint(picture, load_predictor(), PaintOptions(strokes=800, refine=0))
    raster = render(strokes, brush="flat")
    # a center line has one width, however its stroke tapers
    for brush, style, likeness in [("flat", "shapes", 35), ("oil", "shapes", 28), ("oil", "strokes", 25)]:
        save_svg(strokes, tmp_path / "s.svg", style=style, brush=brush)
        shown = screenshot(tmp_path / "s.svg", *size)
        assert shown.shape == picture.shape
        assert psnr(shown, raster) > likeness, (brush, style)
        assert abs(psnr(shown, picture) - psnr(raster, picture)) < 2


@pytest.mark.parametrize(("brush", "likeness"), [("flat", 30), ("oil", 23)])
def test_a_browser_shows_bent_strokes(
    tmp_path: Path, screenshot: Callable[[Path, int, int], Tensor], brush: str, likeness: float
) -> None:
    strokes = bent(scatter(40, canvas=(180, 240), longest=90))
    save_svg(strokes, tmp_path / "s.svg", brush=brush)
    shown = screenshot(tmp_path / "s.svg", *strokes.canvas)
    found = psnr(shown, render(strokes, brush=brush))
    assert found > likeness
    straight = strokes.replace(bend=torch.zeros(40), taper=torch.zeros(40))
    assert psnr(shown, render(straight, brush=brush)) < found - 3


@pytest.mark.parametrize("bend", [-5.0, -1.2, 0.3, 2.0, 4.0])
def test_a_bent_center_line_is_an_arc_of_the_same_ends_and_radius(bend: float) -> None:
    mark = bar(0.4, 60.0, 6.0, canvas=(200, 200), bend=bend)
    text = strokes_to_svg(mark, brush="flat", style="strokes")
    (data,) = re.findall(r'<path d="([^"]+)"', text)
    x1, y1, rx, ry, turned, large, sweep, x2, y2 = map(float, re.findall(r"-?[\d.]+", data))
    length = 60.0 * math.sqrt(outline_of(get_brush("flat"), 0).area())
    assert rx == ry == pytest.approx(length / abs(bend), rel=1e-3)
    assert (turned, large, sweep) == (0, int(abs(bend) > math.pi), int(bend > 0))
    places, _ = spine(mark.center, torch.tensor([length]), mark.angle, mark.bend, torch.tensor([-0.5, 0.5]))
    assert places[0].flatten().tolist() == pytest.approx([x1, y1, x2, y2], abs=0.02)


def test_a_bent_center_line_stays_on_the_page_and_may_come_back_to_it() -> None:
    mark = bar(0.0, 150.0, 4.0, canvas=(60, 90), bend=-3.0).replace(center=torch.tensor([[45.0, 70.0]]))
    text = strokes_to_svg(mark, brush="flat", style="strokes")
    (data,) = re.findall(r'<path d="([^"]+)"', text)
    assert data.count("M") == data.count("A") == 2
    for part in data.split("M")[1:]:
        numbers = [float(number) for number in re.findall(r"-?[\d.]+", part)]
        for x, y in (numbers[:2], numbers[-2:]):
            assert -0.02 <= x <= 90.02
            assert -0.02 <= y <= 60.02


def test_outlines_of_bent_marks_follow_them() -> None:
    mark = bar(0.7, 80.0, 12.0, canvas=(100, 100), bend=2.2, taper=0.5)
    form = Bent(mark.center[0].double().numpy(), mark.size[0].double().numpy(), float(mark.angle), 2.2, 0.5)
    loop = np.array([[-0.5, -0.5], [0.5, -0.5], [0.5, 0.5], [-0.5, 0.5]])
    fine = form.laid(form.refined(loop, 0.01))
    coarse = form.laid(form.refined(loop, 0.5))
    assert len(coarse) < len(fine)
    assert abs(signed_area(fine)) == pytest.approx(80 * 12, rel=2e-3)  # a ring's sector keeps the bar's area
    assert abs(signed_area(coarse)) == pytest.approx(80 * 12, rel=0.03)

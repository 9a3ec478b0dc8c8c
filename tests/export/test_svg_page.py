"""What lies on the page of a vector picture, and what must not: lines that leave it, strokes beyond all numbers."""

from __future__ import annotations

import base64
import io
import math
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from PIL import Image
from stroke_samples import random_strokes
from sure import attribute, number, sure
from torch import Tensor

from painter_core import Strokes
from painter_core.export import save_svg, strokes_to_svg
from painter_core.export.page import clipped, lines_on_page, on_page
from painter_core.export.svg import STYLES
from painter_core.rendering.raster import render

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

SVG = "{http://www.w3.org/2000/svg}"
LINK = "{http://www.w3.org/1999/xlink}href"
CANVAS = (48, 64)


def strokes_at(*places: tuple[float, float, float, float, float], layer: int = 0) -> Strokes:
    """Strokes by x, y, length, width, angle on a page of 64 x 48 pixels."""
    table = torch.tensor(places)
    color = torch.zeros(len(table), 3)
    return Strokes.build(table[:, :2], table[:, 2:4], table[:, 4], color, canvas=CANVAS, layer=layer, brushes=("flat",))


def drawn(text: str) -> list[ElementTree.Element]:
    """The elements of the strokes."""
    return [element for group in ElementTree.fromstring(text).findall(f"{SVG}g")[1:] for element in group]


def points(line: ElementTree.Element) -> np.ndarray:
    return np.array([[number(line, f"{axis}{n}") for axis in "xy"] for n in (1, 2)])


@pytest.mark.parametrize("brush", ["flat", "oil", "round", "pencil"])
def test_no_line_leaves_the_page(brush: str) -> None:
    strokes = random_strokes(200)
    lines = drawn(strokes_to_svg(strokes, style="strokes", brush=brush))
    assert len(lines) > 190
    ends = np.concatenate([points(line) for line in lines])
    assert ends.min() >= 0
    assert (ends <= [64, 48]).all()


def test_a_line_that_leaves_the_page_ends_at_its_border() -> None:
    (line,) = drawn(strokes_to_svg(strokes_at((60, 24, 40, 4, 0)), style="strokes"))
    start, end = points(line)
    assert end == pytest.approx([64, 24])
    # with square ends, which reach over the border's corners, and as far as before at the other end
    assert line.get("stroke-linecap") == "square"
    assert start[0] - number(line, "stroke-width") / 2 == pytest.approx(60 - 40 * 0.977 / 2, abs=0.4)


def test_of_a_mark_whose_line_lies_beside_the_page_what_is_seen_stays() -> None:
    (line,) = drawn(strokes_to_svg(strokes_at((30, -4, 40, 20, 0)), style="strokes"))
    half = number(line, "stroke-width") / 2
    assert points(line)[:, 1] == pytest.approx([half, half], abs=0.02)
    assert 2 * half == pytest.approx(0.977 * 10 - 4, abs=0.2)


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("brush", ["flat", "oil"])
def test_strokes_that_no_program_can_place_are_left_out(style: str, brush: str) -> None:
    near = (30.0, 20.0, 10.0, 4.0, 0.3)
    far = [(1e25, 20.0, 10.0, 4.0, 0.0), (30.0, -1e25, 10.0, 4.0, 1.0), (-3e38, 3e38, 1e25, 1e25, 0.0)]
    beside = (-40.0, 20.0, 10.0, 4.0, 0.3)
    with np.errstate(all="raise"):
        text = strokes_to_svg(strokes_at(near, *far, beside), style=style, brush=brush)
    assert len(drawn(text)) == 1
    assert text == strokes_to_svg(strokes_at(near), style=style, brush=brush)


@pytest.mark.parametrize("style", STYLES)
def test_a_mark_without_end_covers_the_page_in_numbers_that_can_be_read(style: str) -> None:
    text = strokes_to_svg(strokes_at((32.0, 24.0, 1e25, 1e25, 0.5)), style=style, brush="oil")
    assert len(drawn(text)) == 1
    assert max(abs(float(number)) for number in re.findall(r"-?\d+\.?\d*(?=[^\w#])", text)) <= 1e9


def test_on_page_keeps_what_reaches_the_page() -> None:
    strokes = strokes_at((-3, 20, 10, 4, 0), (-6, 20, 10, 4, 0), (64, 48, 0, 0, 0), (64.5, 20, 0, 0, 0))
    assert on_page(strokes).center.tolist() == [[-3, 20], [64, 48]]


def test_clipping_agrees_with_walking_along_the_line() -> None:
    random = np.random.default_rng(0)
    starts, ends = random.uniform(-60, 130, (2, 300, 2))
    ends[:40, 0] = starts[:40, 0]  # upright
    ends[40:50] = starts[40:50]  # no line at all
    enter, leave = clipped(starts, ends, CANVAS)
    steps = np.linspace(0, 1, 2001)[:, None, None]
    walk = starts + steps * (ends - starts)
    inside = ((walk >= 0) & (walk <= [64, 48])).all(2)
    for i in range(300):
        there = steps[inside[:, i], 0, 0]
        if not len(there):
            assert leave[i] - enter[i] < 1e-3
            continue
        assert enter[i] == pytest.approx(there[0], abs=1e-3)
        assert leave[i] == pytest.approx(there[-1], abs=1e-3)


def test_lines_of_marks_within_the_page_are_what_they_were() -> None:
    center, size, angle = np.array([[30.0, 20.0]]), np.array([[12.0, 5.0]]), np.array([math.pi / 2])
    (line,) = lines_on_page(center, size, angle, CANVAS, round_ends=True)
    assert line is not None
    assert line.start == pytest.approx([30, 16.5])
    assert line.end == pytest.approx([30, 23.5])
    assert not line.square


def picture(height: int = 24, width: int = 32) -> Tensor:
    y, x = torch.meshgrid(torch.linspace(0, 1, height), torch.linspace(0, 1, width), indexing="ij")
    return torch.stack([x, y, 1 - x])


def test_the_canvas_that_was_painted_on_is_embedded() -> None:
    for ground in (picture(), torch.rand(3, 90, 120, generator=torch.Generator().manual_seed(0))):
        root = ElementTree.fromstring(strokes_to_svg(random_strokes(5), ground=ground))
        (image,) = root.iter(f"{SVG}image")
        assert (image.get("width"), image.get("height"), image.get("preserveAspectRatio")) == ("64", "48", "none")
        content = base64.b64decode(attribute(image, LINK).partition(",")[2])
        pixels = torch.from_numpy(np.asarray(Image.open(io.BytesIO(content)).convert("RGB")).copy())
        assert pixels.shape == (*ground.shape[1:], 3)
        assert (pixels.permute(2, 0, 1) / 255 - ground).abs().mean() < 0.02
        assert not list(root.iter(f"{SVG}rect")) or root.find(f".//{SVG}rect[@id='ground']") is None


def test_a_plain_ground_of_another_color() -> None:
    root = ElementTree.fromstring(strokes_to_svg(random_strokes(5), ground=torch.tensor([1.0, 0.5, 0.0])))
    assert sure(root.find(f".//{SVG}rect[@id='ground']")).get("fill") == "#ff8000"


@pytest.mark.parametrize(
    "ground", [torch.zeros(4), torch.zeros(3, 0, 5), torch.zeros(1, 5, 5), torch.full((3,), math.nan)]
)
def test_grounds_that_are_none(ground: Tensor) -> None:
    with pytest.raises(ValueError, match=r"ground: a color \(3,\) or a picture"):
        strokes_to_svg(random_strokes(5), ground=ground)


def test_a_resolution_gives_the_page_its_size_in_millimetres() -> None:
    root = ElementTree.fromstring(strokes_to_svg(random_strokes(5), dpi=300))
    assert float(attribute(root, "width").removesuffix("mm")) == pytest.approx(64 / 300 * 25.4, abs=1e-3)
    assert float(attribute(root, "height").removesuffix("mm")) == pytest.approx(48 / 300 * 25.4, abs=1e-3)
    assert root.get("viewBox") == "0 0 64 48"
    for dpi in (0, -72, math.nan, math.inf):
        with pytest.raises(ValueError, match="dpi must be a positive number"):
            strokes_to_svg(random_strokes(5), dpi=dpi)


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 256, "height": 192})
    yield page
    page.close()


@pytest.mark.parametrize("style", STYLES)
def test_a_browser_shows_strokes_on_their_canvas(page: Page, tmp_path: Path, style: str) -> None:
    """Strokes hang over the page's borders; what leaves it is cut without leaving its corners bare."""
    strokes = random_strokes(60, 192, 256).replace(opacity=torch.ones(60))
    strokes = strokes.replace(size=strokes.size * 0.6)
    save_svg(strokes, tmp_path / "s.svg", style=style, ground=picture(96, 128), dpi=96)
    page.goto((tmp_path / "s.svg").as_uri())
    shot = np.asarray(Image.open(io.BytesIO(page.screenshot())).convert("RGB")) / 255
    wanted = render(strokes, brush="flat", ground=torch.nn.functional.interpolate(
        picture(96, 128)[None], (192, 256), mode="bilinear")[0]).permute(1, 2, 0).numpy()  # fmt: skip
    assert shot.shape == wanted.shape
    away = np.abs(shot - wanted).mean(2)
    assert away.mean() < 0.02
    assert np.quantile(away, 0.9) < 0.03

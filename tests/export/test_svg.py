"""The SVG is well formed, small, and shows what the flat brush shows."""

from __future__ import annotations

import math
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
import torch
from stroke_samples import random_strokes
from sure import attribute, number
from torch import Tensor

from painter_core.export import (
    save_svg,
    strokes_to_svg,
)
from painter_core.export.svg import STYLES
from painter_core.rendering.raster import render

SVG = "{http://www.w3.org/2000/svg}"


def draw_svg(text: str, oversampling: int = 4) -> Tensor:
    """(3, H, W): the rounded rectangles of our SVG, drawn by their definition on a grid of sample points."""
    root = ElementTree.fromstring(text)
    _, _, width, height = (int(value) for value in attribute(root, "viewBox").split())
    steps = (torch.arange(max(height, width) * oversampling) + 0.5) / oversampling
    y, x = steps[: height * oversampling, None], steps[None, : width * oversampling]
    picture = torch.zeros(3, height * oversampling, width * oversampling)
    for rect in root.iter(f"{SVG}rect"):
        left, top, wide, high, rx, ry = (float(rect.get(k, 0)) for k in ("x", "y", "width", "height", "rx", "ry"))
        transform = rect.get("transform", "rotate(0 0 0)")
        degrees, pivot_x, pivot_y = (float(v) for v in transform.removeprefix("rotate(").removesuffix(")").split())
        sine, cosine = math.sin(math.radians(degrees)), math.cos(math.radians(degrees))
        along = (x - pivot_x) * cosine + (y - pivot_y) * sine + pivot_x - left - wide / 2
        across = -(x - pivot_x) * sine + (y - pivot_y) * cosine + pivot_y - top - high / 2
        corner_x = (along.abs() - wide / 2 + rx).clamp(min=0) / max(rx, 1e-6)
        corner_y = (across.abs() - high / 2 + ry).clamp(min=0) / max(ry, 1e-6)
        inside = (along.abs() < wide / 2) & (across.abs() < high / 2) & (corner_x**2 + corner_y**2 <= 1)
        color = [int(attribute(rect, "fill")[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        alpha = inside * float(rect.get("fill-opacity", 1))
        picture = picture * (1 - alpha) + torch.tensor(color)[:, None, None] * alpha
    return torch.nn.functional.avg_pool2d(picture[None], oversampling)[0]


@pytest.mark.parametrize("style", STYLES)
def test_writing_can_be_cancelled_at_every_stroke(style: str) -> None:
    strokes, left = random_strokes(60, 72, 96).with_brush("oil"), 30

    def count_down() -> None:
        nonlocal left
        left -= 1
        if left == 0:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        strokes_to_svg(strokes, style=style, on_stroke=count_down)
    assert left == 0


def test_svg_shows_what_the_flat_brush_shows() -> None:
    strokes = random_strokes(60, 72, 96)
    difference = (draw_svg(strokes_to_svg(strokes)) - render(strokes, brush="flat")).abs()
    assert difference.mean() < 0.01
    assert difference.amax(0).quantile(0.99) < 0.12


def test_svg_structure() -> None:
    strokes = random_strokes(40)
    strokes = strokes.replace(layer=torch.tensor([0] * 10 + [1] * 10 + [0] * 5 + [2] * 15))
    root = ElementTree.fromstring(strokes_to_svg(strokes))
    assert root.tag == f"{SVG}svg"
    assert (root.get("width"), root.get("height"), root.get("viewBox")) == ("64", "48", "0 0 64 48")
    ground, *groups = root.findall(f"{SVG}g")
    assert [(g.get("id"), len(g)) for g in groups] == [
        ("layer-1", 10),
        ("layer-2", 10),
        ("layer-1-2", 5),
        ("layer-3", 15),
    ]
    fills = [rect.get("fill") for group in groups for rect in group]
    expected = ["#" + "".join(f"{round(255 * c):02x}" for c in color) for color in strokes.color.tolist()]
    assert fills == expected  # painting order
    assert root[0] is ground
    assert [element.get("id") for element in ground] == ["ground"]
    assert ground.get("id") == "layer-4", "a pen of its own in programs for plotters, not that of the first layer"


def test_svg_numbers_keep_a_hundredth_of_a_pixel_and_opacity() -> None:
    strokes = random_strokes(200)
    root = ElementTree.fromstring(strokes_to_svg(strokes))
    rects = [rect for group in root.findall(f"{SVG}g")[1:] for rect in group]
    for i, rect in enumerate(rects):
        left, top, wide, high = (number(rect, key) for key in ("x", "y", "width", "height"))
        center = torch.tensor([left + wide / 2, top + high / 2])
        assert torch.allclose(center, strokes.center[i], atol=0.011)
        assert number(rect, "fill-opacity") == pytest.approx(float(strokes.opacity[i]), abs=6e-4)
    opaque = strokes_to_svg(strokes.replace(opacity=torch.ones(200)))
    assert "opacity" not in opaque


def test_svg_size_and_edge_cases(tmp_path: Path) -> None:
    strokes = random_strokes(5000, 4096, 4096)
    assert len(strokes_to_svg(strokes).encode()) < 2_000_000
    save_svg(random_strokes(0, 1, 1), tmp_path / "empty.svg")
    root = ElementTree.parse(tmp_path / "empty.svg").getroot()
    assert [element.get("id") for group in root for element in group] == ["ground"]
    with pytest.raises(OSError, match="no folder"):
        save_svg(strokes[:2], tmp_path / "typo" / "s.svg")

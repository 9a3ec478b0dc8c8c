"""Stroke Render in a real ComfyUI server: frames, film and vectors in any order, and posters."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import av
import numpy as np
import pytest
from comfy.graphs import error_of, node, painting, picture, put, saved
from comfy.harness import ComfyServer, Graph

SVG = "{http://www.w3.org/2000/svg}"
#: Size (height, width) of the painting.
SIZE = (49, 65)


def rendering(comfyui: ComfyServer, **changes: Any) -> Graph:
    """A painting drawn again; its picture and its frames are saved by `save` and `film`."""
    graph = painting(put(comfyui, "stroke_render.png", picture(*SIZE)), strokes=50, save=False)
    options = {"scale": 1.0, "brush": "oil", "seconds": 0.5, "fps": 12, **changes}
    graph["render"] = node("StrokeRender", **{"strokes": ["paint", 1], **options})
    graph["save"] = node("SaveImage", images=["render", 0], filename_prefix="drawn")
    graph["film"] = node("SaveImage", images=["render", 4], filename_prefix="frames")
    return graph


@pytest.mark.parametrize("order", ["painted", "big to small", "region", "color", "light to dark"])
def test_frames_of_every_order_end_with_the_painting(comfyui: ComfyServer, order: str) -> None:
    run = comfyui.run(rendering(comfyui, frames=5, order=order, easing="both"))
    frames, (image,) = saved(comfyui, run, "film"), saved(comfyui, run)
    assert len(frames) == 5
    assert frames[0].std(axis=(0, 1)).max() == 0  # the bare ground
    assert not np.array_equal(frames[2], frames[4])
    assert np.array_equal(frames[4], image)


def test_without_frames_there_is_the_finished_painting(comfyui: ComfyServer) -> None:
    run = comfyui.run(rendering(comfyui, scale=2.0))
    (frame,), (image,) = saved(comfyui, run, "film"), saved(comfyui, run)
    assert frame.shape == (98, 130, 3)
    assert np.array_equal(frame, image)


def test_the_mask_says_what_is_the_subject(comfyui: ComfyServer) -> None:
    right = np.zeros((*SIZE, 3), np.uint8)
    right[:, 32:] = 255
    graph = rendering(comfyui, frames=9, order="region", mask=["mask", 0])
    graph["right"] = node("LoadImage", image=put(comfyui, "right.png", right))
    graph["mask"] = node("ImageToMask", image=["right", 0], channel="red")
    frames = saved(comfyui, comfyui.run(graph), "film")
    changed = np.stack([np.abs(frame.astype(int) - frames[0]).sum(-1) > 0 for frame in frames])
    left_first = [(c[:, :24].mean(), c[:, 40:].mean()) for c in changed[1:5]]
    assert all(left > right for left, right in left_first)


def test_film_with_a_size_and_a_hold(comfyui: ComfyServer) -> None:
    graph = rendering(comfyui, order="light to dark", easing="slow start", hold=1.0, video_size=131)
    graph["video"] = node("SaveVideo", video=["render", 2], filename_prefix="film", format="auto", codec="auto")
    assert comfyui.run(graph).status == "success"
    (file,) = comfyui.home.glob("output/film*.mp4")
    with av.open(str(file)) as container:
        assert container.streams.video[0].average_rate == Fraction(12)
        frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    assert len(frames) == 6 + 12
    assert frames[0].shape == (100, 132, 3)  # 131 x 99, made even
    assert np.abs(frames[8].astype(int) - frames[-1].astype(int)).mean() < 1  # held


def drawn(file: Path, *elements: str) -> int:
    """How many of these elements a vector file has: bars and lines, and paths where strokes bend."""
    root = ElementTree.parse(file).getroot()
    return sum(len(root.findall(f"{SVG}g/{SVG}{element}")) for element in elements)


@pytest.mark.parametrize(("style", "elements"), [("shapes", ("path",)), ("strokes", ("line", "path"))])
def test_vectors_in_both_styles(comfyui: ComfyServer, style: str, elements: tuple[str, ...]) -> None:
    graph = rendering(comfyui, svg_style=style)
    graph["svg"] = node("SaveSVGNode", svg=["render", 3], filename_prefix=f"style_{style}")
    assert comfyui.run(graph).status == "success"
    (file,) = comfyui.home.glob(f"output/style_{style}*.svg")
    assert drawn(file, *elements) == 50


def test_poster_on_the_canvas_that_was_painted_on(comfyui: ComfyServer) -> None:
    """Picture and coverage come from one drawing, in many strips; where nothing covers it the canvas shows."""
    below = picture(*SIZE, seed=5)
    graph = rendering(comfyui, scale=10.0, canvas=["below", 0])
    graph["below"] = node("LoadImage", image=put(comfyui, "below.png", below))
    graph["paint"]["inputs"] |= {"canvas": ["below", 0], "strokes": 5}
    graph["as_image"] = node("MaskToImage", mask=["render", 1])
    graph["cover"] = node("SaveImage", images=["as_image", 0], filename_prefix="cover")
    run = comfyui.run(graph)
    (image,), (cover,) = saved(comfyui, run), saved(comfyui, run, "cover")
    assert image.shape == cover.shape == (490, 650, 3)
    bare = cover[..., 0] == 0
    assert 0 < bare.mean() < 1
    enlarged = np.repeat(np.repeat(below, 10, 0), 10, 1)
    assert np.abs(image.astype(int) - enlarged)[bare].mean() < 12  # but for the edges in it, which are smooth now


def test_a_brush_tip_takes_the_place_of_the_brush(comfyui: ComfyServer) -> None:
    graph = rendering(comfyui, brush="oil", brush_tip=["tip", 0], frames=2)
    graph["tip"] = node("LoadBrush", brush_name="flat")
    graph["svg"] = node("SaveSVGNode", svg=["render", 3], filename_prefix="tip")
    run, flat = comfyui.run(graph), comfyui.run(rendering(comfyui, brush="flat"))
    (image,) = saved(comfyui, run)
    assert np.array_equal(image, saved(comfyui, flat)[0])
    assert np.array_equal(image, saved(comfyui, run, "film")[1])
    (file,) = comfyui.home.glob("output/tip*.svg")
    assert drawn(file, "rect", "path") == 1 + 50  # and the ground


@pytest.mark.parametrize("wanted", [False, True])
def test_height_map_if_it_is_wanted(comfyui: ComfyServer, wanted: bool) -> None:
    graph = rendering(comfyui, scale=2.0, height_map=wanted)
    for name, slot in [("height", 5), ("cover", 1)]:
        graph[f"{name}_image"] = node("MaskToImage", mask=["render", slot])
        graph[name] = node("SaveImage", images=[f"{name}_image", 0], filename_prefix=name)
    run = comfyui.run(graph)
    (height,), (cover,) = saved(comfyui, run, "height"), saved(comfyui, run, "cover")
    if not wanted:
        assert height.max() == 0
        return
    assert height.shape == cover.shape == (98, 130, 3)
    assert height[cover == 0].sum() == 0
    assert height.std() > 5


@pytest.mark.parametrize(
    ("name", "value"), [("order", "inside out"), ("easing", "bouncy"), ("svg_style", "dots"), ("brush", "broom")]
)
def test_unknown_choices(comfyui: ComfyServer, name: str, value: str) -> None:
    said = error_of(comfyui, rendering(comfyui, **{name: value}))
    assert f"There is no {name} {value!r}" in said


def test_cancelling_a_poster(comfyui: ComfyServer) -> None:
    run = comfyui.run(rendering(comfyui, scale=16.0, frames=300, video_size=1080), interrupt_at=0.3)
    assert run.all("execution_interrupted")
    assert comfyui.run(rendering(comfyui)).status == "success"

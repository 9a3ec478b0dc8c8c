"""Presets, refinement, sliders and brush tips of Paint Image in a real ComfyUI server."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pytest
from comfy.graphs import error_of, node, painting, picture, put, saved
from comfy.harness import ComfyServer, Graph
from PIL import Image

from painter_core.painting.presets import PRESETS

#: Seconds within which a cancelled refinement has ended, on a slow processor that has other work too.
SOON = 3.0


def psnr(a: np.ndarray, b: np.ndarray) -> float:
    return float(-10 * np.log10(np.mean((a / 255.0 - b / 255.0) ** 2) + 1e-12))


def drawn_again(graph: Graph, **changes: Any) -> Graph:
    """The painting of a graph, drawn again with the brush and on the ground it was painted with."""
    options = {"scale": 1.0, "brush": "as painted", "seconds": 1.0, "fps": 10, **changes}
    graph["render"] = node("StrokeRender", strokes=["paint", 1], **options)
    graph["again"] = node("SaveImage", images=["render", 0], filename_prefix="again")
    return graph


def test_refinement_comes_closer(comfyui: ComfyServer) -> None:
    pixels = picture(96, 128, seed=5)
    name = put(comfyui, "refined.png", pixels)
    plain, refined = (saved(comfyui, comfyui.run(painting(name, strokes=200, refine=n)))[0] for n in (0, 20))
    assert psnr(refined, pixels) > psnr(plain, pixels) + 0.5


@pytest.mark.parametrize("look", ["oil", "watercolor", "pencil"])
def test_a_look_is_drawn_again_with_its_own_brush(comfyui: ComfyServer, look: str) -> None:
    name = put(comfyui, "look.png", picture(80, 112, seed=7))
    run = comfyui.run(drawn_again(painting(name, strokes=120, look=look, refine=4)))
    (result,), (again,) = saved(comfyui, run), saved(comfyui, run, "again")
    assert np.array_equal(result, again)
    options = {"refine": 4, "brush": PRESETS[look].brush}
    plain = saved(comfyui, comfyui.run(painting(name, strokes=120, **options)))[0]
    assert np.array_equal(result, plain) == (look == "oil")  # the others have a ground and a manner of their own


def test_sliders_reach_the_painting(comfyui: ComfyServer) -> None:
    name = put(comfyui, "sliders.png", picture(64, 96, seed=8))
    sliders = ({}, {"stroke_length": 3.0}, {"variety": 2.0}, {"flow": 5.0}, {"attention": 3.0})
    results = [saved(comfyui, comfyui.run(painting(name, strokes=80, refine=4, **one)))[0] for one in sliders]
    assert len({result.tobytes() for result in results}) == len(sliders)


def test_every_picture_of_a_batch_is_refined(comfyui: ComfyServer) -> None:
    names = [put(comfyui, f"batch{i}.png", picture(64, 96, seed=i)) for i in range(2)]
    options = {"strokes": 80, "look": "impressionist", "refine": 4}
    graph = painting(names[0], image=["pair", 0], seed=3, **options)
    graph["other"] = node("LoadImage", image=names[1])
    graph["pair"] = node("ImageBatch", image1=["load", 0], image2=["other", 0])
    together = saved(comfyui, comfyui.run(graph))
    alone = [saved(comfyui, comfyui.run(painting(name, seed=3, **options)))[0] for name in names]
    for one, other in zip(together, alone, strict=True):
        assert np.array_equal(one, other)


def test_refinement_shows_progress(comfyui: ComfyServer) -> None:
    run = comfyui.run(painting(put(comfyui, "watched.png", picture(96, 128)), strokes=300, refine=40))
    assert run.status == "success"
    values = [data["value"] for data in run.all("progress") if data["node"] == "paint"]
    assert values == sorted(values)
    assert len(set(values)) > 12
    steps = np.diff([0, *values]) / values[-1]
    assert steps.max() < 0.35  # the bar never jumps over the refinement
    assert run.previews


def test_cancel_in_the_middle_of_a_refinement(comfyui: ComfyServer) -> None:
    name = put(comfyui, "stopped.png", picture(192, 256, seed=9))
    before = saved(comfyui, comfyui.run(painting(name, seed=1)))[0]
    # a fifth of 300 steps, and of the few that laying the strokes takes: in the middle of the refinement
    run = comfyui.run(painting(name, strokes=500, refine=300), interrupt_at=0.2)
    assert run.all("execution_interrupted")
    assert not run.all("execution_error")
    assert run.at("execution_interrupted") - run.at("interrupt_sent") < SOON
    bar = [data for data in run.all("progress") if data["node"] == "paint"]
    assert bar[-1]["value"] < bar[-1]["max"]
    start = time.monotonic()
    assert np.array_equal(saved(comfyui, comfyui.run(painting(name, seed=1)))[0], before)  # nothing is lost
    assert time.monotonic() - start < 60


def test_a_brush_of_ones_own_paints_and_draws(comfyui: ComfyServer) -> None:
    folder = comfyui.home / "models" / "painter" / "brushes"
    folder.mkdir(parents=True, exist_ok=True)
    mark = np.full((40, 80, 3), 255, np.uint8)
    mark[8:32, 10:70] = np.where(np.arange(24) % 6 < 4, 40, 230).astype(np.uint8)[:, None, None]
    Image.fromarray(mark).save(folder / "comb.png")
    name = put(comfyui, "own_brush.png", picture(80, 112, seed=10))
    graph = painting(name, strokes=120, refine=4, brush_tip=["brush", 0])
    graph["brush"] = node("LoadBrush", brush_name="comb.png")
    run = comfyui.run(drawn_again(graph, brush_tip=["brush", 0]))
    (result,), (again,) = saved(comfyui, run), saved(comfyui, run, "again")
    assert np.array_equal(result, again)
    graph["paint"]["inputs"]["look"] = "pencil"  # the tip takes the place of the look's brush
    run = comfyui.run(graph)
    assert np.array_equal(saved(comfyui, run)[0], saved(comfyui, run, "again")[0])
    assert not np.array_equal(saved(comfyui, run)[0], result)


def test_a_surface_is_drawn_with_the_brush_of_the_painting(comfyui: ComfyServer) -> None:
    name = put(comfyui, "surface_tip.png", picture(48, 64, seed=11))
    graph = painting(name, strokes=60, look="impressionist", refine=0)
    options = {"scale": 1.0, "impasto": 0.4, "azimuth": 315.0, "elevation": 40.0, "weave": "none",
               "weave_size": 4.0, "varnish": 0.0}  # fmt: skip
    ways = {"own": {"brush": "as painted"}, "name": {"brush": "filbert"}, "flat": {"brush": "flat"}}
    for key, how in ways.items():
        graph[key] = node("PaintSurface", strokes=["paint", 1], **options, **how)
        graph[f"save_{key}"] = node("SaveImage", images=[key, 0], filename_prefix=key)
    run = comfyui.run(graph)
    own, name, flat = (saved(comfyui, run, f"save_{key}")[0] for key in ways)
    assert np.array_equal(own, name)
    assert not np.array_equal(own, flat)


def test_a_painting_is_drawn_again_on_what_it_was_painted_on(comfyui: ComfyServer) -> None:
    pixels, below = picture(64, 96, seed=12), picture(64, 96, seed=13)
    half = np.zeros((64, 96, 3), np.uint8)
    half[:, :40] = 255
    graph = painting(put(comfyui, "on.png", pixels), strokes=60, refine=0, canvas=["below", 0])
    graph["below"] = node("LoadImage", image=put(comfyui, "on_below.png", below))
    run = comfyui.run(drawn_again(graph))
    assert np.array_equal(saved(comfyui, run)[0], saved(comfyui, run, "again")[0])
    # beside a mask the picture itself is the ground
    graph = painting(put(comfyui, "on.png", pixels), strokes=60, refine=0, mask=["mask", 0])
    graph["half"] = node("LoadImage", image=put(comfyui, "on_mask.png", half))
    graph["mask"] = node("ImageToMask", image=["half", 0], channel="red")
    run = comfyui.run(drawn_again(graph))
    result, again = saved(comfyui, run)[0], saved(comfyui, run, "again")[0]
    assert np.array_equal(result[:, :40], again[:, :40])
    assert np.array_equal(again[:, 70:], pixels[:, 70:])


def test_mask_canvas_and_refinement_together(comfyui: ComfyServer) -> None:
    pixels, before = picture(96, 128, seed=12), picture(96, 128, seed=13)
    half = np.zeros((96, 128, 3), np.uint8)
    half[:, :60] = 255
    graph = painting(put(comfyui, "part.png", pixels), strokes=150, refine=10, canvas=["below", 0], mask=["mask", 0])
    graph["below"] = node("LoadImage", image=put(comfyui, "below.png", before))
    graph["half"] = node("LoadImage", image=put(comfyui, "part_mask.png", half))
    graph["mask"] = node("ImageToMask", image=["half", 0], channel="red")
    refined = saved(comfyui, comfyui.run(graph))[0]
    assert np.array_equal(refined[:, 60:], before[:, 60:])
    graph["paint"]["inputs"]["refine"] = 0
    plain = saved(comfyui, comfyui.run(graph))[0]
    assert psnr(refined[:, :60], pixels[:, :60]) > psnr(plain[:, :60], pixels[:, :60])


def test_paper_mode_ignores_the_look_but_refuses_a_brush_tip(comfyui: ComfyServer) -> None:
    name = put(comfyui, "paper_look.png", picture(49, 65))
    look = {"look": "pencil", "refine": 5, "variety": 2.0}
    plain, looked = (saved(comfyui, comfyui.run(painting(name, mode="paper", **o)))[0] for o in ({}, look))
    assert np.array_equal(plain, looked)
    graph = painting(name, mode="paper", brush_tip=["brush", 0])
    graph["brush"] = node("LoadBrush", brush_name="oil")
    said = error_of(comfyui, graph)
    assert "Disconnect brush tip" in said


def test_unknown_look(comfyui: ComfyServer) -> None:
    said = error_of(comfyui, painting("example.png", look="baroque"))
    assert "There is no look 'baroque'" in said
    assert "watercolor" in said


@pytest.mark.parametrize(("name", "value"), [("refine", 1001), ("stroke_length", 0.1), ("variety", 3.5)])
def test_out_of_range_is_refused(comfyui: ComfyServer, name: str, value: float) -> None:
    answer = comfyui.post("/prompt", {"prompt": painting("example.png", **{name: value})})
    assert name in answer["node_errors"]["paint"]["errors"][0]["details"]

"""Style Transfer, Then Paint in a real ComfyUI server."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from comfy.graphs import MODEL, error_of, node, picture, put, saved
from comfy.harness import ComfyServer, Graph

from painter_core.style import METHODS

SETTINGS = {
    "method": "palette", "strength": 1.0, "keep_colors": False, "style_batch": "blend", "strokes": 60, "refine": 0,
}  # fmt: skip


@pytest.fixture(scope="module")
def methods(comfyui: ComfyServer) -> list[str]:
    """What the node offers."""
    kind, *options = comfyui.get("/object_info/StyleTransferThenPaint")["StyleTransferThenPaint"]["input"]["optional"][
        "method"
    ]
    found = options[0]["options"] if kind == "COMBO" else kind  # as ComfyUI has said it of late, and before
    assert found[0] == "palette"
    assert found[-1] == "strokes"
    return found


def styled(comfyui: ComfyServer, style: np.ndarray | None = None, **changes: Any) -> Graph:
    """A small picture, painted in a style: paintings under "save", stylised pictures under "stylized".

    changes: the node's inputs; and `size`, height and width.
    """
    size = changes.pop("size", (64, 96))
    style = picture(40, 30, seed=5) if style is None else style
    return {
        "content": node("LoadImage", image=put(comfyui, f"content_{size[0]}.png", picture(*size))),
        "style": node("LoadImage", image=put(comfyui, "style.png", style)),
        "model": node("LoadStrokePredictor", model_name=MODEL),
        "paint": node("StyleTransferThenPaint", **{
            "predictor": ["model", 0], "content": ["content", 0], "style": ["style", 0], **SETTINGS, **changes,
        }),
        "save": node("SaveImage", images=["paint", 0], filename_prefix="styled"),
        "stylized": node("SaveImage", images=["paint", 2], filename_prefix="stylized"),
    }  # fmt: skip


def test_palette_then_paint(comfyui: ComfyServer) -> None:
    run = comfyui.run(styled(comfyui))
    (painting,), (stylized,) = saved(comfyui, run), saved(comfyui, run, "stylized")
    assert painting.shape == stylized.shape == (64, 96, 3)
    style = picture(40, 30, seed=5)
    for channel in range(3):
        at = np.linspace(0, 1, 500)
        here, there = (np.quantile(one[..., channel], at) for one in (stylized, style))
        assert np.abs(here - there).mean() < 0.01 * 255
    error = np.abs(painting.astype(float) - stylized).mean()
    assert error < 0.7 * np.abs(painting.astype(float) - picture(64, 96)).mean()


def test_shaped_strokes(comfyui: ComfyServer) -> None:
    graph = styled(comfyui, method="strokes")
    graph["draw"] = node("StrokeRender", strokes=["paint", 1], scale=1.0, brush="as painted",
                         seconds=0.5, fps=12)  # fmt: skip
    graph["drawn"] = node("SaveImage", images=["draw", 0], filename_prefix="drawn")
    run = comfyui.run(graph)
    assert np.array_equal(saved(comfyui, run)[0], saved(comfyui, run, "drawn")[0])


def test_a_batch_with_one_style_each_and_a_blend(comfyui: ComfyServer) -> None:
    graph = styled(comfyui, style_batch="one per picture")
    graph["other"] = node("LoadImage", image=put(comfyui, "other_style.png", picture(40, 30, seed=6)))
    graph["both"] = node("ImageBatch", image1=["style", 0], image2=["other", 0])
    graph["twice"] = node("RepeatImageBatch", image=["content", 0], amount=2)
    graph["paint"]["inputs"] |= {"content": ["twice", 0], "style": ["both", 0]}
    first, second = saved(comfyui, comfyui.run(graph), "stylized")
    assert not np.array_equal(first, second)
    graph["paint"]["inputs"]["style_batch"] = "blend"
    first, second = saved(comfyui, comfyui.run(graph), "stylized")
    assert np.array_equal(first, second)


def test_nothing_changes_outside_the_mask_and_at_strength_nothing(comfyui: ComfyServer) -> None:
    half = np.zeros((64, 96, 3), np.uint8)
    half[:, :40] = 255
    graph = styled(comfyui, mask=["mask", 0])
    graph["half"] = node("LoadImage", image=put(comfyui, "half_style.png", half))
    graph["mask"] = node("ImageToMask", image=["half", 0], channel="red")
    run = comfyui.run(graph)
    for key in ("save", "stylized"):
        assert np.array_equal(saved(comfyui, run, key)[0][:, 40:], picture(64, 96)[:, 40:])
    run = comfyui.run(styled(comfyui, strength=0.0))
    assert np.array_equal(saved(comfyui, run, "stylized")[0], picture(64, 96))


def test_every_method_with_a_batch_and_a_mask(comfyui: ComfyServer, methods: list[str]) -> None:
    half = np.zeros((24, 32, 3), np.uint8)
    half[:, :16] = 255
    for method in methods:
        graph = styled(comfyui, size=(24, 32), method=method, strokes=20, mask=["mask", 0])
        graph["half"] = node("LoadImage", image=put(comfyui, "half_method.png", half))
        graph["mask"] = node("ImageToMask", image=["half", 0], channel="red")
        graph["twice"] = node("RepeatImageBatch", image=["content", 0], amount=2)
        graph["paint"]["inputs"]["content"] = ["twice", 0]
        run = comfyui.run(graph)
        for key in ("save", "stylized"):
            made = saved(comfyui, run, key)
            assert len(made) == 2
            for one in made:
                assert one.shape == (24, 32, 3)
                assert np.array_equal(one[:, 16:], picture(24, 32)[:, 16:]), (method, key)
                assert np.abs(one[:, :16].astype(int) - picture(24, 32)[:, :16]).mean() > 4, (method, key)


def test_every_method_takes_styles_of_odd_sizes(comfyui: ComfyServer, methods: list[str]) -> None:
    sizes = ((1, 1), (4000, 30))
    for number, method in enumerate(methods):
        # tests/style has every size for methods that make pictures
        for size in (sizes[number % 2],) if method in METHODS else sizes:
            graph = styled(comfyui, picture(*size), size=(24, 32), method=method, strokes=20)
            assert saved(comfyui, comfyui.run(graph))[0].shape == (24, 32, 3), (method, size)


def test_the_frames_of_a_film(comfyui: ComfyServer, methods: list[str]) -> None:
    """Something comes into the picture from the right: the left keeps its look better than in pictures of their own."""
    later = picture(24, 32)
    later[5:20, 22:] = (230, 40, 20)
    for method in methods:
        apart = {}
        for film in (False, True):
            graph = styled(comfyui, size=(24, 32), method=method, strokes=20, film=film)
            graph["later"] = node("LoadImage", image=put(comfyui, "later_frame.png", later))
            graph["both"] = node("ImageBatch", image1=["content", 0], image2=["later", 0])
            graph["paint"]["inputs"]["content"] = ["both", 0]
            run = comfyui.run(graph)
            assert len(saved(comfyui, run)) == 2
            first, second = (one[:, :10].astype(int) for one in saved(comfyui, run, "stylized"))
            apart[film] = np.abs(first - second).mean()
        assert apart[True] <= apart[False], method
        if method in ("palette", "strokes"):
            assert apart[True] == 0


def test_every_method_can_be_interrupted(comfyui: ComfyServer, methods: list[str]) -> None:
    for method in methods:
        graph = styled(comfyui, size=(48, 64), method=method, seed=4)
        graph["many"] = node("RepeatImageBatch", image=["content", 0], amount=4)
        graph["paint"]["inputs"]["content"] = ["many", 0]
        run = comfyui.run(graph, interrupt_at=0.15)
        assert run.all("interrupt_sent"), "the progress bar never got that far"
        assert run.all("execution_interrupted")
        last = [data for data in run.all("progress") if data["node"] == "paint"][-1]
        assert last["value"] < 0.9 * last["max"], method


def test_transparency_is_laid_over_white(comfyui: ComfyServer) -> None:
    graph = styled(comfyui)
    graph["clear"] = node("SolidMask", value=1.0, width=96, height=64)
    graph["rgba"] = node("JoinImageWithAlpha", image=["content", 0], alpha=["clear", 0])
    graph["paint"]["inputs"]["content"] = ["rgba", 0]
    run = comfyui.run(graph)
    graph["content"] = node("LoadImage", image=put(comfyui, "white.png", np.full((64, 96, 3), 255, np.uint8)))
    graph["paint"]["inputs"]["content"] = ["content", 0]
    assert np.array_equal(saved(comfyui, run)[0], saved(comfyui, comfyui.run(graph))[0])
    assert any(b"wholly transparent" in text for _, text in run.texts())


def test_grey_pictures(comfyui: ComfyServer) -> None:
    grey = picture(40, 30, seed=5)[..., 0]
    (stylized,) = saved(comfyui, comfyui.run(styled(comfyui, grey)), "stylized")
    assert np.ptp(stylized.astype(int), axis=2).max() <= 1
    graph = styled(comfyui)
    graph["content"] = node("LoadImage", image=put(comfyui, "grey_content.png", picture(64, 96)[..., 0]))
    (stylized,) = saved(comfyui, comfyui.run(graph), "stylized")
    assert np.ptp(stylized.astype(int), axis=2).mean() > 10


@pytest.mark.parametrize(("name", "value"), [("method", "magic"), ("style_batch", "none"), ("look", "fresco")])
def test_unknown_choices(comfyui: ComfyServer, name: str, value: str) -> None:
    said = error_of(comfyui, styled(comfyui, None, **{name: value}))
    assert repr(value) in said


def test_the_help_page_is_served(comfyui: ComfyServer) -> None:
    page = comfyui.fetch("/extensions/alla-prima/docs/StyleTransferThenPaint.md")
    assert page.startswith(b"# Style Transfer, Then Paint")
    assert b"(StyleTransferThenPaint.jpg)" in page
    assert comfyui.fetch("/extensions/alla-prima/docs/StyleTransferThenPaint.jpg").startswith(b"\xff\xd8")

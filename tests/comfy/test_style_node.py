"""Style Transfer, Then Paint in a real ComfyUI server."""

from __future__ import annotations

import numpy as np
import pytest
from comfy.graphs import MODEL, node, picture, put, saved
from comfy.harness import ComfyServer, Graph

SETTINGS = {
    "method": "palette", "strength": 1.0, "keep_colors": False, "style_batch": "blend", "strokes": 60, "brush": "oil",
    "seed": 0, "preset": "none", "refine": 0, "stroke_length": 1.0, "flow": 1.0, "variety": 0.0, "attention": 0.5,
}  # fmt: skip


def styled(comfyui: ComfyServer, style: np.ndarray | None = None, **changes: object) -> Graph:
    """A small picture, painted in a style: paintings under "save", stylised pictures under "stylized"."""
    style = picture(40, 30, seed=5) if style is None else style
    return {
        "content": node("LoadImage", image=put(comfyui, "content.png", picture(64, 96))),
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
    graph["draw"] = node("StrokeRender", strokes=["paint", 1], brush_tip=["paint", 3], scale=1.0, brush="oil",
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


@pytest.mark.parametrize("method", ["palette", "strokes"])
@pytest.mark.parametrize("size", [(1, 1), (4000, 30)], ids=str)
def test_styles_of_odd_sizes(comfyui: ComfyServer, method: str, size: tuple[int, int]) -> None:
    (result,) = saved(comfyui, comfyui.run(styled(comfyui, picture(*size), method=method)))
    assert result.shape == (64, 96, 3)


def test_transparency_is_dropped(comfyui: ComfyServer) -> None:
    graph = styled(comfyui)
    plain = saved(comfyui, comfyui.run(graph))[0]
    graph["alpha"] = node("SolidMask", value=0.5, width=96, height=64)
    graph["rgba"] = node("JoinImageWithAlpha", image=["content", 0], alpha=["alpha", 0])
    graph["paint"]["inputs"]["content"] = ["rgba", 0]
    assert np.array_equal(saved(comfyui, comfyui.run(graph))[0], plain)


def test_cancel_halfway(comfyui: ComfyServer) -> None:
    run = comfyui.run(styled(comfyui, method="strokes", seed=4), interrupt_at=0.5)
    assert run.all("interrupt_sent"), "the progress bar never got that far"
    assert run.all("execution_interrupted")
    last = [data for data in run.all("progress") if data["node"] == "paint"][-1]
    assert last["value"] < last["max"]


@pytest.mark.parametrize(("name", "value"), [("method", "magic"), ("style_batch", "none"), ("preset", "fresco")])
def test_unknown_choices(comfyui: ComfyServer, name: str, value: str) -> None:
    run = comfyui.run(styled(comfyui, **{name: value}))
    assert run.status == "error"
    assert repr(value) in run.error["exception_message"]


def test_the_help_page_is_served(comfyui: ComfyServer) -> None:
    page = comfyui.fetch("/extensions/alla-prima/docs/StyleTransferThenPaint.md")
    assert page.startswith(b"# Style Transfer, Then Paint")
    assert b"(StyleTransferThenPaint.jpg)" in page
    assert comfyui.fetch("/extensions/alla-prima/docs/StyleTransferThenPaint.jpg").startswith(b"\xff\xd8")

"""Every node that works for long can be cancelled at any moment, and the server is free for the next one."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from comfy.graphs import node, painting, picture, put
from comfy.harness import ComfyServer, Graph

#: Shares of a node's bar, 0 when it starts.
MOMENTS = (0.0, 0.3, 0.85)
#: Pictures of a batch: there is work left at the last moment.
PICTURES = 3
#: Strokes of paintings that are only there to be worked on, and of those that keep a node busy.
FEW, MANY = 40, 600


def batch(comfyui: ComfyServer, height: int, width: int) -> Graph:
    """Several pictures, of the node "pictures"."""
    name = put(comfyui, f"cancelled-{height}.png", picture(height, width, seed=8))
    return {
        "load": node("LoadImage", image=name),
        "pictures": node("RepeatImageBatch", image=["load", 0], amount=PICTURES),
    }


def painted(comfyui: ComfyServer) -> Graph:
    graph = batch(comfyui, 128, 160)
    graph["work"] = node("PaintImage", image=["pictures", 0], strokes=MANY, refine=10)
    return graph


def styled(comfyui: ComfyServer) -> Graph:
    graph = batch(comfyui, 48, 64)
    graph["style"] = node("LoadImage", image=put(comfyui, "cancelled-style.png", picture(64, 64, seed=9)))
    graph["work"] = node("StyleTransferThenPaint", content=["pictures", 0], style=["style", 0], strokes=FEW,
                         method="fast")  # fmt: skip
    return graph


def shaped(comfyui: ComfyServer) -> Graph:
    graph = styled(comfyui)
    graph["work"]["inputs"]["method"] = "strokes"
    return graph


def few(comfyui: ComfyServer, strokes: int = FEW) -> Graph:
    graph = batch(comfyui, 96, 128)
    graph["paint"] = node("PaintImage", image=["pictures", 0], strokes=strokes, refine=0)
    return graph


def drawn(comfyui: ComfyServer) -> Graph:
    graph = few(comfyui)
    graph["work"] = node("StrokeRender", strokes=["paint", 1], scale=16.0, brush="oil", seconds=1.0, fps=12, frames=400,
                         order="random", video_size=720)  # fmt: skip
    return graph


def lit(comfyui: ComfyServer) -> Graph:
    graph = few(comfyui)
    light = {"azimuth": 315.0, "elevation": 40.0, "impasto": 0.5, "varnish": 0.2}
    graph["work"] = node("PaintSurface", strokes=["paint", 1], scale=8.0, brush="as painted", weave="canvas",
                         weave_size=3.0, **light)  # fmt: skip
    return graph


def pruned(comfyui: ComfyServer) -> Graph:
    graph = few(comfyui, MANY)
    graph["work"] = node("KeepBestStrokes", strokes=["paint", 1], count=MANY // 20, brush="as painted")
    return graph


def filmed(comfyui: ComfyServer) -> Graph:
    graph = batch(comfyui, 96, 128)
    graph["pictures"]["inputs"]["amount"] = 100
    graph["film"] = node("CreateVideo", images=["pictures", 0], fps=12.0)
    graph["work"] = node("PaintVideo", video=["film", 0], strokes=FEW)
    return graph


WORKS = (painted, styled, shaped, drawn, lit, filmed)


def cancel(comfyui: ComfyServer, graph: Graph, moment: float) -> None:
    kind = "SaveVideo" if graph["work"]["class_type"] == "PaintVideo" else "SaveImage"
    if kind == "SaveVideo":
        graph["save"] = node(kind, video=["work", 0], filename_prefix="cancelled", format="auto", codec="auto")
    elif graph["work"]["class_type"] == "KeepBestStrokes":
        graph["save"] = node("SaveStrokes", strokes=["work", 0], filename_prefix="cancelled", format="json")
    else:
        graph["save"] = node(kind, images=["work", 0], filename_prefix="cancelled")
    run = comfyui.run(graph, interrupt_at=moment, interrupt_in="work")
    assert run.all("interrupt_sent"), "the progress bar never got that far"
    assert run.all("execution_interrupted"), run.all("execution_error")
    assert run.all("execution_interrupted")[0]["node_id"] == "work"
    bar = [data for data in run.all("progress") if data["node"] == "work"]
    assert not bar or bar[-1]["value"] < bar[-1]["max"]
    assert "save" not in [data["node"] for data in run.all("executing")]
    after = painting(put(comfyui, "after.png", picture(32, 32)), strokes=5, seed=round(1000 * moment))
    assert comfyui.run(after).status == "success"


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("work", WORKS, ids=lambda work: work.__name__)
def test_work_stops_when_it_is_cancelled(
    comfyui: ComfyServer, work: Callable[[ComfyServer], Graph], moment: float
) -> None:
    cancel(comfyui, work(comfyui), moment)


def test_an_edit_stops_when_it_is_cancelled(comfyui: ComfyServer) -> None:
    cancel(comfyui, pruned(comfyui), 0.0)

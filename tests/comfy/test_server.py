"""The nodes in a real ComfyUI server, as an API client sees them."""

from __future__ import annotations

from fractions import Fraction
from io import BytesIO
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree

import av
import numpy as np
import pytest
from comfy.graphs import error_of, node, painting, picture, put, saved
from comfy.harness import PREVIEW_WITH_METADATA, ROOT, ComfyServer, Graph
from PIL import Image

PACK = "alla-prima"
#: Every node of the pack; each has a help page.
NODES = {
    "LoadStrokePredictor", "PaintImage", "StrokeRender", "PaintSurface", "FilterStrokes", "RecolorStrokes",
    "MixStrokeColors", "TransformStrokes", "CropStrokes", "JitterStrokes", "ReorderStrokes", "MergeStrokes",
    "SaveStrokes", "LoadStrokes", "KeepBestStrokes", "LoadBrush", "BrushFromImage",
    "StyleTransferThenPaint", "ExamplePicture", "ExampleClip", "PaintVideo",
}  # fmt: skip
#: A graph that keeps the painter busy for seconds, so that there is time to watch and to cancel.
LONG = {"strokes": 3000}


def psnr(a: np.ndarray, b: np.ndarray) -> float:
    return float(-10 * np.log10(np.mean((a / 255.0 - b / 255.0) ** 2) + 1e-12))


# -- the pack ---------------------------------------------------------------------------------------------------------


def test_pack_is_loaded_from_the_checkout(comfyui: ComfyServer) -> None:
    info = comfyui.get("/object_info")
    ours = {name for name, entry in info.items() if entry["python_module"] == f"custom_nodes.{PACK}"}
    assert ours == NODES
    log = comfyui.log.read_text()
    assert not [line for line in log.splitlines() if "IMPORT FAILED" in line and PACK in line]


@pytest.mark.parametrize("node_id", sorted(NODES))
def test_help_pages_are_served(comfyui: ComfyServer, node_id: str) -> None:
    assert comfyui.fetch(f"/extensions/{PACK}/docs/{node_id}.md").startswith(b"# ")


def test_the_page_gets_the_nodes_words_in_other_languages(comfyui: ComfyServer) -> None:
    words = comfyui.get("/i18n")
    assert words["zh"]["nodeDefs"].keys() >= NODES
    assert words["zh"]["nodeDefs"]["PaintImage"]["inputs"]["mask"]["name"] == "\u906e\u7f69"
    assert words["en"]["nodeDefs"].keys() >= NODES


def test_example_workflows_are_offered_as_templates(comfyui: ComfyServer) -> None:
    names = comfyui.get("/api/workflow_templates")[PACK]
    shipped = {path.stem for path in (ROOT / "example_workflows").glob("*.json")}
    assert set(names) == shipped
    for name in names:
        thumbnail = Image.open(BytesIO(comfyui.fetch(f"/api/workflow_templates/{PACK}/{quote(name)}.jpg")))
        assert thumbnail.width >= 256


# -- painting ---------------------------------------------------------------------------------------------------------


def test_a_painting_looks_like_its_picture(comfyui: ComfyServer) -> None:
    pixels = picture(160, 224)
    run = comfyui.run(painting(put(comfyui, "scene.png", pixels), strokes=400))
    (result,) = saved(comfyui, run)
    assert result.shape == pixels.shape
    plain = np.broadcast_to(pixels.mean((0, 1)), pixels.shape)
    assert psnr(result, pixels) > psnr(plain, pixels) + 6


def test_more_strokes_come_closer(comfyui: ComfyServer) -> None:
    pixels = picture(128, 128, seed=2)
    name = put(comfyui, "closer.png", pixels)
    few, many = (saved(comfyui, comfyui.run(painting(name, strokes=n)))[0] for n in (10, 600))
    assert psnr(many, pixels) > psnr(few, pixels) + 2


def test_same_seed_same_pixels(comfyui: ComfyServer) -> None:
    name = put(comfyui, "seeds.png", picture(96, 80))
    # the run between them keeps the last one from being served from ComfyUI's cache
    first, other, again = (comfyui.run(painting(name, seed=seed)) for seed in (7, 2**64 - 1, 7))
    assert "paint" in {data["node"] for data in again.all("executing")}
    assert np.array_equal(saved(comfyui, first)[0], saved(comfyui, again)[0])
    assert saved(comfyui, other)[0].shape == (96, 80, 3)


def test_unchanged_graph_is_served_from_the_cache(comfyui: ComfyServer) -> None:
    graph = painting(put(comfyui, "cached.png", picture(64, 64)))
    comfyui.run(graph)
    again = comfyui.run(graph)
    assert again.status == "success"
    assert {"load", "model", "paint", "save"} <= set(again.all("execution_cached")[0]["nodes"])


def test_inputs_are_left_alone(comfyui: ComfyServer) -> None:
    pixels = picture(72, 88, seed=3)
    graph = painting(put(comfyui, "left_alone.png", pixels), canvas=["load", 0], detail=["load", 1])
    comfyui.run(graph)
    graph["original"] = node("SaveImage", images=["load", 0], filename_prefix="original")
    run = comfyui.run(graph)  # the same tensor, kept by ComfyUI, after painting
    assert "load" in run.all("execution_cached")[0]["nodes"]
    assert np.array_equal(saved(comfyui, run, "original")[0], pixels)


@pytest.mark.parametrize("size", [(1, 1), (49, 65), (7, 200)], ids=str)
def test_odd_sizes(comfyui: ComfyServer, size: tuple[int, int]) -> None:
    (result,) = saved(comfyui, comfyui.run(painting(put(comfyui, "odd.png", picture(*size)))))
    assert result.shape == (*size, 3)


def batch_of_three(comfyui: ComfyServer) -> Graph:
    names = [put(comfyui, f"frame{i}.png", picture(64, 96, seed=i)) for i in range(3)]
    graph = painting(names[0], image=["batch", 0], seed=11)
    for i in (1, 2):
        graph[f"load{i}"] = node("LoadImage", image=names[i])
    graph["pair"] = node("ImageBatch", image1=["load", 0], image2=["load1", 0])
    graph["batch"] = node("ImageBatch", image1=["pair", 0], image2=["load2", 0])
    return graph


def test_pictures_of_a_batch_are_painted_as_if_alone(comfyui: ComfyServer) -> None:
    together = saved(comfyui, comfyui.run(batch_of_three(comfyui)))
    assert len(together) == 3
    alone = saved(comfyui, comfyui.run(painting("frame2.png", seed=11)))[0]
    assert np.array_equal(together[2], alone)


def test_where_a_picture_is_transparent_the_canvas_stays(comfyui: ComfyServer) -> None:
    pixels, below, clear = picture(64, 80), picture(64, 80, seed=1), np.zeros((64, 80, 3), np.uint8)
    clear[:, 50:] = 255
    graph = painting(put(comfyui, "opaque.png", pixels), image=["rgba", 0], canvas=["below", 0])
    graph["clear"] = node("LoadImage", image=put(comfyui, "clear.png", clear))
    graph["below"] = node("LoadImage", image=put(comfyui, "below_clear.png", below))
    graph["alpha"] = node("ImageToMask", image=["clear", 0], channel="red")
    graph["rgba"] = node("JoinImageWithAlpha", image=["load", 0], alpha=["alpha", 0])
    with_alpha = saved(comfyui, comfyui.run(graph))[0]
    graph["load"] = node("LoadImage", image=put(comfyui, "over.png", np.where(clear == 255, below, pixels)))
    graph["paint"]["inputs"]["image"] = ["load", 0]
    assert np.array_equal(with_alpha, saved(comfyui, comfyui.run(graph))[0])


def test_equal_pictures_of_a_batch_give_equal_paintings(comfyui: ComfyServer) -> None:
    graph = painting(put(comfyui, "twice.png", picture(48, 64)), image=["twice", 0], seed=5)
    graph["twice"] = node("RepeatImageBatch", image=["load", 0], amount=2)
    first, second = saved(comfyui, comfyui.run(graph))
    assert np.array_equal(first, second)


def test_nothing_changes_outside_the_mask(comfyui: ComfyServer) -> None:
    pixels = picture(80, 120)
    half = np.zeros((80, 120, 3), np.uint8)
    half[:, :50] = 255
    graph = painting(put(comfyui, "masked.png", pixels), mask=["mask", 0])
    graph["half"] = node("LoadImage", image=put(comfyui, "half.png", half))
    graph["mask"] = node("ImageToMask", image=["half", 0], channel="red")
    (result,) = saved(comfyui, comfyui.run(graph))
    assert np.array_equal(result[:, 50:], pixels[:, 50:])
    assert not np.array_equal(result[:, :50], pixels[:, :50])


def test_load_image_s_small_empty_mask_means_paint_nowhere(comfyui: ComfyServer) -> None:
    pixels = picture(72, 100)
    run = comfyui.run(painting(put(comfyui, "nowhere.png", pixels), mask=["load", 1]))
    (result,) = saved(comfyui, run)
    assert np.array_equal(result, pixels)
    shown = [text.decode() for key, text in run.texts() if key == "paint"]
    assert len(shown) == 1, "it is not said on the node"
    assert "black everywhere" in shown[0]
    assert "Load Image gives such a mask" in shown[0]
    assert shown[0] in comfyui.log.read_text()


def test_canvas_of_another_size_is_painted_on(comfyui: ComfyServer) -> None:
    pixels = picture(64, 64)
    blue = np.zeros((16, 16, 3), np.uint8)
    blue[..., 2] = 255
    graph = painting(put(comfyui, "upper.png", pixels), strokes=1, canvas=["blue", 0])
    graph["blue"] = node("LoadImage", image=put(comfyui, "blue.png", blue))
    (result,) = saved(comfyui, comfyui.run(graph))
    assert (result == (0, 0, 255)).all(axis=-1).mean() > 0.1  # one stroke leaves much of the canvas bare


def test_paper_mode(comfyui: ComfyServer) -> None:
    (result,) = saved(comfyui, comfyui.run(painting(put(comfyui, "paper.png", picture(49, 65)), mode="paper")))
    assert result.shape == (49, 65, 3)
    assert result.std() > 0


# -- progress and cancel ----------------------------------------------------------------------------------------------


def test_progress_and_previews(comfyui: ComfyServer) -> None:
    run = comfyui.run(painting(put(comfyui, "long.png", picture(384, 480)), **LONG))
    assert run.status == "success"
    bar = [data for data in run.all("progress") if data["node"] == "paint"]
    values = [data["value"] for data in bar]
    assert values == sorted(values)
    assert len(set(values)) > 5
    assert values[-1] == bar[-1]["max"]
    assert run.previews
    kinds = {int.from_bytes(message[:4], "big") for _, message in run.previews}
    assert kinds == {PREVIEW_WITH_METADATA}
    # at most four a second, counted over the whole run: the first one comes at once
    lasted = run.at("execution_success") - run.at("execution_start")
    assert len(run.previews) <= 4 * lasted + 1
    _, message = run.previews[-1]
    start = 8 + int.from_bytes(message[4:8], "big")
    shown = Image.open(BytesIO(message[start:]))
    assert max(shown.size) <= 512
    assert abs(shown.width / shown.height - 480 / 384) < 0.02


def test_cancel_halfway_and_paint_again(comfyui: ComfyServer) -> None:
    name = put(comfyui, "cancelled.png", picture(384, 480, seed=4))
    run = comfyui.run(painting(name, **LONG), interrupt_at=0.3)
    assert run.all("interrupt_sent"), "the progress bar never got that far"
    assert run.all("execution_interrupted")
    assert not run.all("execution_error")
    bar = [data for data in run.all("progress") if data["node"] == "paint"]
    assert bar[-1]["value"] < bar[-1]["max"]
    assert comfyui.run(painting(name)).status == "success"


# -- strokes, again ---------------------------------------------------------------------------------------------------


def rendering(comfyui: ComfyServer, **changes: Any) -> Graph:
    graph = painting(put(comfyui, "render.png", picture(49, 65)), strokes=40, save=False)
    options = {"scale": 1.0, "brush": "oil", "seconds": 0.5, "fps": 12, **changes}
    graph["render"] = node("StrokeRender", **{"strokes": ["paint", 1], **options})
    graph["save"] = node("SaveImage", images=["render", 0], filename_prefix="rendered")
    return graph


def test_strokes_drawn_again_are_the_painting(comfyui: ComfyServer) -> None:
    graph = rendering(comfyui)
    graph["painting"] = node("SaveImage", images=["paint", 0], filename_prefix="painting")
    run = comfyui.run(graph)
    assert np.array_equal(saved(comfyui, run)[0], saved(comfyui, run, "painting")[0])


def test_larger_with_its_mask(comfyui: ComfyServer) -> None:
    graph = rendering(comfyui, scale=2.5, brush="flat")
    graph["as_image"] = node("MaskToImage", mask=["render", 1])
    graph["mask"] = node("SaveImage", images=["as_image", 0], filename_prefix="mask")
    run = comfyui.run(graph)
    (image,), (mask,) = saved(comfyui, run), saved(comfyui, run, "mask")
    assert image.shape == mask.shape == (round(49 * 2.5), round(65 * 2.5), 3)
    assert mask.max() > 200


def test_batch_of_paintings_is_drawn_and_written(comfyui: ComfyServer) -> None:
    graph = batch_of_three(comfyui)
    graph["render"] = node("StrokeRender", strokes=["paint", 1], scale=1.0, brush="oil", seconds=0.5, fps=12)
    graph["again"] = node("SaveImage", images=["render", 0], filename_prefix="again")
    graph["svg"] = node("SaveSVGNode", svg=["render", 3], filename_prefix="batch")
    run = comfyui.run(graph)
    for one, other in zip(saved(comfyui, run), saved(comfyui, run, "again"), strict=True):
        assert np.array_equal(one, other)
    assert len(list(comfyui.home.glob("output/batch*.svg"))) == 3


def test_svg_has_a_shape_for_every_stroke(comfyui: ComfyServer) -> None:
    graph = rendering(comfyui)
    graph["svg"] = node("SaveSVGNode", svg=["render", 3], filename_prefix="vectors")
    assert comfyui.run(graph).status == "success"
    (file,) = comfyui.home.glob("output/vectors*.svg")
    root = ElementTree.parse(file).getroot()
    assert len(root.findall("{http://www.w3.org/2000/svg}g/{http://www.w3.org/2000/svg}path")) == 40


def test_video_of_odd_size_after_the_node_was_cached_without_it(comfyui: ComfyServer) -> None:
    graph = rendering(comfyui)
    comfyui.run(graph)  # nobody asks for the video
    graph["video"] = node("SaveVideo", video=["render", 2], filename_prefix="process", format="auto", codec="auto")
    run = comfyui.run(graph)
    assert run.status == "success"
    assert "render" in run.all("execution_cached")[0]["nodes"]
    assert [data for data in run.all("progress") if data["node"] == "video"], "encoding shows no progress"
    (file,) = comfyui.home.glob("output/process*.mp4")
    with av.open(str(file)) as container:
        stream = container.streams.video[0]
        frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(stream)]
        assert stream.average_rate == Fraction(12)
    assert len(frames) > 6  # the painting being made, and a while of the result
    assert frames[0].shape == (50, 66, 3)
    assert psnr(frames[-1][:49, :65], saved(comfyui, run)[0]) > 25


# -- mistakes ---------------------------------------------------------------------------------------------------------


def test_unknown_predictor(comfyui: ComfyServer) -> None:
    graph = painting("example.png")
    graph["model"]["inputs"]["model_name"] = "not_there.safetensors"
    message = error_of(comfyui, graph)
    assert "'not_there.safetensors'" in message
    assert "models/painter" in message
    assert "compact.safetensors" in message


def test_damaged_predictor_in_the_models_folder(comfyui: ComfyServer) -> None:
    folder = comfyui.home / "models" / "painter"
    folder.mkdir(exist_ok=True)
    (folder / "damaged.safetensors").write_bytes(b"not a predictor")
    assert (
        "damaged.safetensors"
        in comfyui.get("/object_info/LoadStrokePredictor")["LoadStrokePredictor"]["input"]["required"]["model_name"][1][
            "options"
        ]
    )
    graph = painting("example.png")
    graph["model"]["inputs"]["model_name"] = "damaged.safetensors"
    assert "damaged.safetensors" in error_of(comfyui, graph)


@pytest.mark.parametrize(("name", "value"), [("brush", "broom"), ("mode", "slow")])
def test_unknown_choice(comfyui: ComfyServer, name: str, value: str) -> None:
    message = error_of(comfyui, painting("example.png", **{name: value}))
    assert name in message
    assert repr(value) in message


def test_paper_mode_takes_no_mask(comfyui: ComfyServer) -> None:
    message = error_of(comfyui, painting("example.png", mode="paper", mask=["load", 1]))
    assert "Disconnect mask" in message


@pytest.mark.parametrize("strokes", [-1, 50_001])
def test_number_of_strokes_out_of_range_is_refused(comfyui: ComfyServer, strokes: int) -> None:
    answer = comfyui.post("/prompt", {"prompt": painting("example.png", strokes=strokes)})
    assert "strokes" in answer["node_errors"]["paint"]["errors"][0]["details"]

"""Films in a real ComfyUI server: Paint Video, and Paint Image with a batch that is a film."""

from __future__ import annotations

from fractions import Fraction
from io import BytesIO
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from comfy.graphs import error_of, node, put, saved
from comfy.harness import ComfyServer, Graph

SIZE = (48, 64)
QUICK = {"strokes": 40, "refine": 1, "attention": 0.0}


def shot(t: int) -> np.ndarray:
    """(h, w, 3) uint8: a bright square that goes to the right over a slope."""
    y, x = np.mgrid[0 : SIZE[0], 0 : SIZE[1]]
    pixels = np.stack([3 * x + 20, 4 * y + 10, 200 - 2 * x], axis=-1).clip(0, 255).astype(np.uint8)
    pixels[12:32, 6 + 2 * t : 24 + 2 * t] = (250, 240, 20)
    return pixels


def put_film(server: ComfyServer, name: str, count: int) -> str:
    """A film with sound in the server's input folder; its name for Load Video."""
    with av.open(str(Path(server.home, "input", name)), "w") as container:
        stream = container.add_stream("libx264", rate=10, options={"crf": "1"})
        stream.width, stream.height, stream.pix_fmt = SIZE[1], SIZE[0], "yuv420p"
        tone = container.add_stream("aac", rate=8000)
        for t in range(count):
            frame = av.VideoFrame.from_ndarray(shot(t), format="rgb24")
            frame.pts, frame.time_base = t, Fraction(1, 10)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
        samples = (np.sin(np.arange(800 * count) / 4) * 9000).astype(np.int16)[None]
        for start in range(0, samples.shape[1], 1024):
            part = av.AudioFrame.from_ndarray(samples[:, start : start + 1024], format="s16", layout="mono")
            part.sample_rate, part.pts = 8000, start
            container.mux(tone.encode(part))
        container.mux(tone.encode(None))
    return name


def filming(name: str, **more: Any) -> Graph:
    """Load Video -> Paint Video -> Save Video."""
    return {
        "load": node("LoadVideo", file=name),
        "paint": node("PaintVideo", video=["load", 0], **{**QUICK, **more}),
        "save": node("SaveVideo", video=["paint", 0], filename_prefix="video/film", format="auto", codec="auto"),
    }


def test_a_film_is_painted_with_its_sound_and_its_strokes(comfyui: ComfyServer) -> None:
    graph = filming(put_film(comfyui, "walk.mp4", 4))
    graph["draw"] = node("StrokeRender", strokes=["paint", 1], scale=1.0, brush="as painted", seconds=1.0, fps=10)
    graph["pictures"] = node("SaveImage", images=["draw", 0], filename_prefix="frames")
    run = comfyui.run(graph)
    assert run.status == "success", run.all("execution_error")
    (file,) = run.files("save")
    with av.open(BytesIO(comfyui.view(file))) as container:
        frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    with av.open(BytesIO(comfyui.view(file))) as container:
        heard = sum(frame.samples / frame.sample_rate for frame in container.decode(audio=0))
    assert len(frames) == 4
    assert heard == pytest.approx(0.4, abs=0.2)
    drawn = saved(comfyui, run, "pictures")
    assert len(drawn) == 4
    for t in (0, 3):
        assert np.abs(frames[t].astype(int) - drawn[t]).mean() < 8  # video has less color
        assert drawn[t][22, 15 + 2 * t].astype(int)[:2].min() > 170


def test_a_cancelled_film_goes_on_where_it_stopped(comfyui: ComfyServer) -> None:
    name = put_film(comfyui, "long.mp4", 120)  # a quick machine paints many frames before it hears of the interrupt
    graph = filming(name, strokes=12, seed=3)
    films = Path(comfyui.home, "temp", "alla_prima_films")
    others = set(films.glob("*/.film.mp4.unfinished"))  # what other tests on this server have stopped
    run = comfyui.run(graph, interrupt_at=0.3)
    assert run.all("execution_interrupted")
    assert not run.all("execution_error")
    (mine,) = set(films.glob("*/.film.mp4.unfinished")) - others
    assert (mine / "segment-000000.mp4").exists()
    run = comfyui.run(graph)
    assert run.status == "success", run.all("execution_error")
    with av.open(BytesIO(comfyui.view(run.files("save")[0]))) as container:
        assert sum(1 for _ in container.decode(video=0)) == 120
    assert not mine.exists()


def test_a_batch_is_a_film(comfyui: ComfyServer) -> None:
    names = [put(comfyui, f"shot{t}.png", shot(0)) for t in range(3)]
    graph: Graph = {f"load{t}": node("LoadImage", image=name) for t, name in enumerate(names)}
    graph["two"] = node("ImageBatch", image1=["load0", 0], image2=["load1", 0])
    graph["all"] = node("ImageBatch", image1=["two", 0], image2=["load2", 0])
    graph["paint"] = node("PaintImage", image=["all", 0], film=True, **QUICK)
    graph["save"] = node("SaveImage", images=["paint", 0], filename_prefix="film")
    one, two, three = saved(comfyui, comfyui.run(graph))
    assert np.array_equal(one, two)
    assert np.array_equal(one, three)


def test_the_papers_mode_has_no_films(comfyui: ComfyServer) -> None:
    graph: Graph = {"load": node("LoadImage", image=put(comfyui, "one.png", shot(0))),
                    "paint": node("PaintImage", image=["load", 0], film=True, mode="paper"),
                    "save": node("SaveImage", images=["paint", 0], filename_prefix="film")}  # fmt: skip
    said = error_of(comfyui, graph)
    assert "Switch film off" in said

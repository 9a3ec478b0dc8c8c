"""How long does the first painting take in a ComfyUI that was just started?

    python benchmarks/first_painting.py             Load Image -> Paint Image -> Save Image, with the bundled photograph
    python benchmarks/first_painting.py --image photo.jpg --threads 2 --runs 3

Each run starts a ComfyUI of its own (the one of the tests, which `make test` fetches) in a folder of its own, sends the
graph as soon as the server answers, and waits for the picture; then the same graph with another seed, where everything
is loaded. Seconds of the wall clock, and of the processor, which on a busy machine say more.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import psutil
from PIL import Image

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(REPOSITORY), str(REPOSITORY / "tests")]

import numpy as np  # noqa: E402
from comfy.graphs import node, put, saved  # noqa: E402
from comfy.harness import ComfyServer, Graph  # noqa: E402

#: Long side of the picture, in pixels.
SIDE = 512
HEADINGS = ("server answers", "prompt to painting", "process start to painting", "second painting")

Times = tuple[float, float]


def graph_of(name: str, seed: int) -> Graph:
    """What a newcomer puts together; everything else is as the node has it."""
    return {
        "load": node("LoadImage", image=name),
        "paint": node("PaintImage", image=["load", 0], seed=seed),
        "save": node("SaveImage", images=["paint", 0], filename_prefix="first"),
    }


def clock_of(process: psutil.Process, started: float) -> Callable[[], Times]:
    """Seconds (wall, processor) since a process was started."""

    def now() -> Times:
        used = process.cpu_times()
        return time.perf_counter() - started, used.user + used.system

    return now


def measured(picture: np.ndarray, home: Path) -> list[Times]:
    """Seconds (wall, processor) in the order of HEADINGS."""
    started = time.perf_counter()
    server = ComfyServer(home)
    try:
        now = clock_of(psutil.Process(server.process.pid), started)
        name = put(server, "picture.png", picture)
        up = now()
        saved(server, server.run(graph_of(name, 1)))
        first = now()
        saved(server, server.run(graph_of(name, 2)))
        second = now()
    finally:
        server.stop()
    pairs = [(first, up), (second, first)]
    prompt, again = [(to[0] - since[0], to[1] - since[1]) for to, since in pairs]
    return [up, prompt, first, again]


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--image", type=Path, default=REPOSITORY / "assets" / "photo.jpg", help="what is painted")
    parser.add_argument("--side", type=int, default=SIDE, help="long side that it is brought to, in pixels")
    parser.add_argument("--threads", type=int, help="OMP_NUM_THREADS of the server")
    parser.add_argument("--runs", type=int, default=1, help="so many servers, one after the other")
    options = parser.parse_args(arguments)
    if options.threads:
        os.environ["OMP_NUM_THREADS"] = str(options.threads)
    image = Image.open(options.image).convert("RGB")
    scale = options.side / max(image.size)
    picture = np.asarray(image.resize([max(1, round(side * scale)) for side in image.size], Image.Resampling.LANCZOS))
    print("| " + " | ".join(HEADINGS) + " | load |\n| " + " | ".join(["---:"] * (len(HEADINGS) + 1)) + " |")
    for _ in range(options.runs):
        with tempfile.TemporaryDirectory() as home:
            times = measured(picture, Path(home))
        cells = [f"{wall:.1f} s (CPU {cpu:.1f} s)" for wall, cpu in times]
        print("| " + " | ".join(cells) + f" | {os.getloadavg()[0]:.1f} |", flush=True)


if __name__ == "__main__":
    main()

"""Long runs: many prompts in one real ComfyUI server, many frames of one film; what stays behind of them.

    make soak                                    500 prompts and 2,000 frames: ten minutes on two cores
    make soak ARGS="--prompts 60 --frames 200"   minutes

It prints a Markdown table. Whatever grows with the number of prompts or frames makes it end with the exit code 1.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from comfy.graphs import node, painting, picture, put  # noqa: E402
from comfy.harness import ComfyServer, Graph  # noqa: E402
from hostile.corpus import CASES  # noqa: E402
from hostile.graphs import drawn, filmed, styled  # noqa: E402
from hostile.picture_cases import film  # noqa: E402
from hostile.server_play import Day  # noqa: E402

#: Of all steps, how many make what stays for good: networks, caches, pools of threads.
WARM = 0.3
#: What may be added after that, at most.
MOST = {"memory MB": 40.0, "threads": 2.0, "files": 4.0, "temporary files": 4.0}
#: The server's own folder for temporary files; so many films stay beside it, and so many bytes of what nodes show.
TEMPORARY, MOST_FILMS, MOST_SEEN = "tmp", 12, 256 * 2**20
#: Looks at a process in a run.
LOOKS = 20
#: Sizes of pictures, and how they are painted: each prompt takes the next ones.
SIZES = ((48, 64), (57, 40), (64, 64), (33, 71))
LOOKS_OF = ("oil", "watercolor", "pencil", "marker", "pointillist")


@dataclass(frozen=True)
class Look:
    """What a process has: resident memory in MB, threads, open files; and files that it left where none should stay."""

    step: int
    memory: float
    threads: int
    files: int
    temporary: int

    def values(self) -> dict[str, float]:
        names = ("memory MB", "threads", "files", "temporary files")
        return dict(zip(names, (self.memory, self.threads, self.files, self.temporary), strict=True))


def look(step: int, process: int, temporary: int) -> Look:
    """What a process has now."""
    status = Path(f"/proc/{process}/status").read_text().splitlines()
    said = {line.split(":")[0]: line.split()[1] for line in status if len(line.split()) > 1}
    files = len(os.listdir(f"/proc/{process}/fd"))
    return Look(step, int(said["VmRSS"]) / 1024, int(said["Threads"]), files, temporary)


def left(home: Path) -> int:
    """Files that a server has among temporary ones, and begun ones; those of caches beyond their limits."""
    films = list((home / "temp" / "alla_prima_films").glob("*"))
    seen = list((home / "temp" / "alla_prima").glob("*"))
    others = [*(home / TEMPORARY).rglob("*"), *home.rglob(".unfinished-*")]
    beyond = max(0, len(films) - 2 * MOST_FILMS)
    return len(others) + beyond + (len(seen) if sum(each.stat().st_size for each in seen) > MOST_SEEN else 0)


def grown(looks: list[Look]) -> dict[str, float]:
    """How much more there is at the end than when everything was warm: of the medians of a few looks."""
    warm = [each for each in looks if each.step >= WARM * looks[-1].step]
    third = max(1, len(warm) // 3)
    return {name: _middle(warm[-third:], name) - _middle(warm[:third], name) for name in MOST}


def _middle(looks: list[Look], name: str) -> float:
    values = sorted(each.values()[name] for each in looks)
    return values[len(values) // 2]


def table(title: str, looks: list[Look], seconds: float) -> str:
    """A Markdown table of a run."""
    shown = [looks[0], *looks[1 :: max(1, len(looks) // 5)], looks[-1]]
    rows = [
        f"| {each.step:,} | {each.memory:.0f} | {each.threads} | {each.files} | {each.temporary} |"
        for each in dict.fromkeys(shown)
    ]
    more = grown(looks)
    last = f"| growth, warm to end | {more['memory MB']:+.0f} | {more['threads']:+.0f} | {more['files']:+.0f} | "
    head = ["| after | memory, MB | threads | open files | temporary files |", "|---|---:|---:|---:|---:|"]
    return "\n".join([f"### {title}, {seconds:.0f} s", "", *head, *rows, f"{last}{more['temporary files']:+.0f} |", ""])


def prompts(day: Day, count: int) -> Iterator[None]:
    """Graphs of every kind, one after the other: paintings, drawings, styles, films, edits, hostile ones."""
    server, home = day.server, day.stage.home
    (home / "input" / "clip.mp4").write_bytes(film(4))
    hostile = [case for case in CASES.values() if not case.slow]
    # there are more of them than turns for them before everything is held to be warm
    for case in hostile:
        day.play(case)
    made = (_painting, _drawing, _style, _edit, _film)
    for number in range(count):
        if number % 3 == 2:
            day.play(hostile[number // 3 % len(hostile)])
        else:
            server.run(made[number % len(made)](server, number))
        for file in (home / "input").glob("soak_*"):
            file.unlink()
        yield


def _picture(server: ComfyServer, number: int) -> str:
    return put(server, f"soak_{number}.png", picture(*SIZES[number % len(SIZES)], seed=number))


def _painting(server: ComfyServer, number: int) -> Graph:
    look_of = LOOKS_OF[number % len(LOOKS_OF)]
    return painting(_picture(server, number), strokes=40, look=look_of, seed=number, refine=number % 3)


def _drawing(server: ComfyServer, number: int) -> Graph:
    strokes = server.home / "input" / f"soak_{number}.json"
    shutil.copy(server.home / "input" / "good.json", strokes)
    graph = drawn(strokes.name, scale=1.0 + number % 3)
    graph["film"] = node("SaveVideo", video=["draw", 2], filename_prefix="soak", format="auto", codec="auto")
    return graph


def _style(server: ComfyServer, number: int) -> Graph:
    return styled(_picture(server, number), method=("palette", "fast")[number % 2])


def _edit(server: ComfyServer, number: int) -> Graph:
    graph = _painting(server, number)
    graph["loose"] = node(
        "JitterStrokes", strokes=["paint", 1], position=0.2, angle=5.0, size=0.1, color=0.02, seed=number
    )
    graph["best"] = node("KeepBestStrokes", strokes=["loose", 0], count=20, brush="as painted")
    graph["keep"] = node("SaveStrokes", strokes=["best", 0], filename_prefix="soak", format="safetensors")
    return graph


def _film(server: ComfyServer, number: int) -> Graph:
    graph = filmed("clip.mp4")
    graph["paint"]["inputs"]["seed"] = number
    if number % 2:  # no file, but frames of another node
        graph["look"] = node("LoadImage", image=_picture(server, number))
        graph["frames"] = node("RepeatImageBatch", image=["look", 0], amount=3)
        graph["clip"] = node("CreateVideo", images=["frames", 0], fps=12.0)
    return graph


def in_server(count: int) -> str:
    """Prompts in a server, and the table of it."""
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as outside:
        home = Path(folder)
        shutil.copytree(ROOT / "tests" / "comfy" / "other_pack", home / "custom_nodes" / "other_pack")
        (home / TEMPORARY).mkdir()
        os.environ["TMPDIR"] = str(home / TEMPORARY)  # what a process that is started takes
        server = ComfyServer(home)
        del os.environ["TMPDIR"]
        try:
            day, process = Day(server, Path(outside)), server.process.pid
            title = f"{count:,} prompts in one server"
            return followed(title, prompts(day, count), count, lambda step: look(step, process, left(home)))
        finally:
            server.stop()


def in_film(count: int) -> str:
    """Frames of a film in this process, and the table of it."""
    from painter_core import preset
    from painter_core.predictor.checkpoint import load_predictor
    from painter_core.sequence.film import FilmPainter
    from painter_core.sequence.job import SEGMENT, Job
    from painter_core.sequence.source import Video

    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        (home / "in.mp4").write_bytes(film(count))
        network = load_predictor()

        def painter(state: object) -> FilmPainter:
            return FilmPainter(network, preset("oil", strokes=24, refine=0), state=state)

        looks: list[Look] = []
        begun = time.monotonic()
        every = max(1, count // LOOKS)

        def on_frame(number: int, *_: object) -> None:
            if number % every == 0:
                # segments that are finished lie there until they are joined
                there = len(list(home.rglob("*"))) - number // SEGMENT
                looks.append(look(number, os.getpid(), there))

        Job(Video(home / "in.mp4"), home / "out.mp4", video=True, painter=painter, about={}).run(on_frame)
        return judged(f"{count:,} frames of one film", looks, time.monotonic() - begun)


def followed(title: str, steps: Iterator[None], count: int, look_at: Callable[[int], Look]) -> str:
    """Take steps, and look at a process now and then."""
    begun, every = time.monotonic(), max(1, count // LOOKS)
    looks = []
    for number, _ in enumerate(steps, 1):
        if number % every == 0:
            looks.append(look_at(number))
    return judged(title, looks, time.monotonic() - begun)


def judged(title: str, looks: list[Look], seconds: float) -> str:
    """The table, after a look at what grew."""
    global FAILED
    FAILED |= any(more > MOST[name] for name, more in grown(looks).items())
    return table(title, looks, seconds)


FAILED = False


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--prompts", type=int, default=500)
    parser.add_argument("--frames", type=int, default=2000)
    args = parser.parse_args()
    for count, run in ((args.prompts, in_server), (args.frames, in_film)):
        if count:
            print(run(count), flush=True)
    return int(FAILED)


if __name__ == "__main__":
    sys.exit(main())

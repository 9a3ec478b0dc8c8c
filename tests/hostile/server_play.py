"""A case in a real ComfyUI server, and what came of it."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from comfy.graphs import picture, put
from comfy.harness import ComfyServer, RefusedError
from PIL import Image

from .cases import Case, Graph, Stage
from .graphs import GRAPHS, drawn, painted
from .outcome import MOST_LETTERS, Outcome
from .stroke_file_cases import text
from .watch import Watch

#: Our nodes say what is wrong by these.
CLEAR = ("ValueError", "OSError", "RefusedError")
#: Bytes that the server may need for a case at most, over what it had.
MOST_MEMORY = 3 * 2**30
#: Sound prompts, and after how many cases each of them is sent: to paint takes longest.
GOOD: tuple[tuple[int, Callable[[str], Graph]], ...] = ((1, drawn), (12, painted))
#: Seconds that a case may take.
MOST_SECONDS = 60


class Day:
    """A server that has a hostile day; `outside`: an empty folder that is none of its."""

    def __init__(self, server: ComfyServer, outside: Path) -> None:
        self.server, self.stage = server, Stage(server.home, outside)
        put(server, "good.png", picture(48, 64))
        (server.home / "input" / "good.json").write_bytes(text())
        self.goods = self.played = 0
        self.expected = [self._good(graph) for _, graph in GOOD]
        self.watch = Watch(outside)

    def close(self) -> None:
        self.watch.close()

    def play(self, case: Case) -> Outcome:
        """Send a case, and look at what it did; then a good prompt, which must be right."""
        path, graph = self._prepared(case)
        self.watch.heard()
        before, start = self._memory("VmRSS"), time.monotonic()
        self._forget_peak()
        try:
            end, said = self._run(graph)
        finally:
            _removed(path)
        problems = list(self._problems(case, end, said))
        if self._memory("VmHWM") - before > MOST_MEMORY:
            problems.append(f"it took {(self._memory('VmHWM') - before) / 2**30:.1f} GB")
        if time.monotonic() - start > MOST_SECONDS:
            problems.append(f"it took {time.monotonic() - start:.0f} seconds")
        self.played += 1
        for number, (every, graph) in enumerate(GOOD):
            if self.played % every == 0 and not np.array_equal(self._good(graph), self.expected[number]):
                problems.append("the next good prompt gave something else")
        return Outcome(end, said, tuple(problems))

    def _prepared(self, case: Case) -> tuple[Path | None, Graph]:
        if case.make is None:
            assert case.graph is not None
            return None, case.graph(self.stage)
        folder, graph = GRAPHS[case.kind]
        path = self.stage.home / folder / case.file
        path.parent.mkdir(parents=True, exist_ok=True)
        case.make(path, self.stage)
        return path, graph(case.file)

    def _run(self, graph: Graph) -> tuple[str, str]:
        try:
            run = self.server.run(graph)
        except RefusedError as refusal:
            return "refused", refusal.said
        if run.status == "success":
            return "success", " ".join(text.decode() for _, text in run.texts())
        error = run.error
        return "error", f"{error['node_type']}: {error['exception_type']}: {error['exception_message'].strip()}"

    def _problems(self, case: Case, end: str, said: str) -> Any:
        if end == "success":
            if case.says is not None and not case.also:
                yield "nothing is said"
        elif case.says is None and not case.also:
            yield f"it is fine, and was refused: {said[:300]}"
        elif case.says is not None and not re.search(case.says, said):
            yield f"not what is to be said: {said[:300]}"
        if len(said) > MOST_LETTERS:
            yield f"{len(said)} letters are said"
        ours = said.split(":")[0] not in ("LoadImage", "LoadVideo")
        if end == "error" and ours and not said.split(": ")[1].endswith(CLEAR):
            yield f"no clear error: {said[:300]}"
        if self.stage.canary.exists():
            yield "code of the file was run"
        if names := self.watch.heard():
            yield f"files outside were used: {', '.join(sorted(set(names)))}"
        if self.server.process.poll() is not None:
            yield "the server is gone"

    def _good(self, graph: Callable[[str], Graph]) -> np.ndarray:
        """What a sound prompt gives, made anew (ComfyUI knows files by their names)."""
        self.goods += 1
        source = self.stage.home / "input" / ("good.png" if graph is painted else "good.json")
        copy = source.with_stem(f"good_{self.goods}")
        shutil.copy(source, copy)
        whole = {name: node for name, node in graph(copy.name).items() if name != "vectors"}
        whole["show"]["class_type"] = "PreviewImage"  # in the temporary folder
        (file,) = self.server.run(whole).files("show")
        copy.unlink()
        with Image.open(self.stage.home / "temp" / file["filename"]) as image:
            return np.asarray(image)

    def _memory(self, name: str) -> int:
        """Bytes that the server has (VmRSS), or had at most (VmHWM)."""
        lines = Path(f"/proc/{self.server.process.pid}/status").read_text().splitlines()
        return 1024 * int(next(line for line in lines if line.startswith(name)).split()[1])

    def _forget_peak(self) -> None:
        Path(f"/proc/{self.server.process.pid}/clear_refs").write_text("5")


def _removed(path: Path | None) -> None:
    if path is not None and path.is_dir():
        shutil.rmtree(path)
    elif path is not None:
        path.unlink()

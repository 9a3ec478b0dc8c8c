"""A hostile day: malformed files and prompts, one after the other, in one real ComfyUI server.

Each is refused with a clear word or drawn as it is; no code of a file runs, nothing outside ComfyUI's folders is read
or written, the server lives, and the next good prompt is right.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from comfy.harness import ComfyServer
from hostile.corpus import CASES
from hostile.server_play import Day


@pytest.fixture(scope="module")
def day(comfyui: ComfyServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Day]:
    day = Day(comfyui, tmp_path_factory.mktemp("outside"))
    yield day
    day.close()


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if not case.slow])
def test_hostile_day(day: Day, name: str) -> None:
    assert day.play(CASES[name]).problems == ()


def test_vectors_hold_no_code(day: Day) -> None:
    written = list(day.stage.home.glob("output/hostile*.svg"))
    assert written
    for file in written:
        content = file.read_text().lower()
        assert "<script" not in content
        assert "onerror" not in content

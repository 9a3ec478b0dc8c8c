"""Windows of ComfyUI's front ends."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from comfy.browsing import FRONT_ENDS, FrontEnd, Window, Windows

#: What opened windows that are still open.
OPEN: list[Windows] = []


@pytest.fixture(scope="session", params=FRONT_ENDS, ids=lambda front_end: front_end.name)
def window(request: pytest.FixtureRequest, windows: Windows) -> Iterator[Window]:
    """One of every front end, for all tests of it, one after the other: `cleared` for each file of them."""
    front_end: FrontEnd = request.param
    if front_end.files is not None and not (front_end.files / "index.html").is_file():
        pytest.skip("there is no newer front end to test with: `make test` brings one")
    server = request.getfixturevalue("newer_comfyui" if front_end.files else "comfyui")
    OPEN.append(windows)
    with windows.open(server, front_end) as window:
        yield window


def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """After the last test of this folder the processor is for those of others."""
    if nextitem is None or Path(__file__).parent not in nextitem.path.parents:
        while OPEN:
            OPEN.pop().close()

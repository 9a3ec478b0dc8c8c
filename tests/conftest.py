"""Fixtures for all tests. In CI (the variable CI is set) nothing may be skipped: a test that skips fails."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from comfy.browsing import Windows
    from comfy.harness import ComfyServer
    from playwright.sync_api import Browser
    from xdist.remote import Producer
    from xdist.scheduler import Scheduling

#: Tests that share a server.
SERVER = Path(__file__).parent / "comfy"
IN_CI = os.environ.get("CI", "").lower() in ("1", "true", "yes")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo) -> Iterator[None]:
    report = yield
    if IN_CI and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped, which is not allowed in CI: {report.longrepr}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Iterator[None]:
    report = yield
    if IN_CI and report.skipped:
        report.outcome = "failed"
        report.longrepr = f"{collector.nodeid} was skipped, which is not allowed in CI: {report.longrepr}"
    return report


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The tests with a server first: they take longest, and only one process runs them."""
    items.sort(key=lambda item: SERVER not in item.path.parents)


@pytest.hookimpl(optionalhook=True)  # nobody asks where pytest-xdist is not installed
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer | None) -> Scheduling:
    """Tests of one file stay in one process, those with a server too: they share what is slow to make."""
    from xdist.scheduler import LoadScopeScheduling

    class Together(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = nodeid.split("::", 1)[0]
            return "server" if SERVER in (config.rootpath / file).parents else file

    config.option.loadscopereorder = False
    return Together(config, log)


def _server(home: Path, newer: bool) -> Iterator[ComfyServer]:
    """A real ComfyUI server with this checkout as a custom node (`tests/comfy/harness.py`)."""
    harness = pytest.importorskip("comfy.harness", reason="`make test` installs what the server tests need")
    if not (harness.COMFYUI / "main.py").is_file():
        pytest.skip("there is no ComfyUI to test with: `make test` brings one")
    from comfy.browsing import FRONT_ENDS

    shutil.copytree(SERVER / "other_pack", home / "custom_nodes" / "other_pack")
    server = harness.ComfyServer(home, *(FRONT_ENDS[-1].options if newer else ()))
    yield server
    server.stop()


@pytest.fixture(scope="session")
def comfyui(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ComfyServer]:
    """A server with the front end that it brings."""
    yield from _server(tmp_path_factory.mktemp("comfyui"), newer=False)


@pytest.fixture(scope="session")
def newer_comfyui(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ComfyServer]:
    """A server with the newer front end."""
    yield from _server(tmp_path_factory.mktemp("newer"), newer=True)


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a Chromium or Chrome."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if path := shutil.which(name):
            return path
    pytest.skip("there is no Chromium or Chrome: `make test` installs one where it can")


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    """A browser that is started once, as only one Playwright can be at work in a process."""
    pytest.importorskip("playwright.sync_api", reason="`make test` installs Playwright")
    from comfy.browsing import open_browser

    with open_browser(chromium) as browser:
        yield browser


@pytest.fixture(scope="session")
def windows(browser: Browser) -> Windows:
    """Opens ComfyUI's front ends."""
    from comfy.browsing import Windows

    return Windows(browser)


@pytest.fixture(scope="session")
def screenshots() -> Path:
    """Where the browser tests leave what they saw."""
    folder = Path(__file__).parent / "screenshots"
    folder.mkdir(exist_ok=True)
    return folder

"""The front end in a real browser: opening it, and what every test of it needs.

Nothing here waits for a number of seconds: a wait ends when what it waits for is there, and is given up when for a long
time nothing at all has come from the server, neither a message nor a file. A busy machine only makes it slow.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .harness import ROOT, ComfyServer

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

#: Without these, Chromium goes looking for its maker's servers.
ARGUMENTS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
ARGUMENTS += ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
#: Seconds in which nothing moves until something is given up.
STALLED = 300
#: Seconds between two looks.
LOOK = 0.1
#: Messages that end a prompt.
ENDS = ("execution_success", "execution_error", "execution_interrupted")


@dataclass(frozen=True)
class FrontEnd:
    """One of ComfyUI's front ends: its files (None: those that the server brings), and whether nodes are drawn as
    elements of the page ("Nodes 2.0") instead of on a canvas."""

    name: str
    files: Path | None = None
    vue: bool = False

    @property
    def options(self) -> tuple[str, ...]:
        """What a server is started with to have this front end."""
        return () if self.files is None else ("--front-end-root", str(self.files))


#: The newest front end that was tried, fetched by `make test`; the server brings version 1.32.9.
NEWER = ROOT / ".cache" / "front-end-1.58.1"
SERVERS_OWN = FrontEnd("1.32-classic")
FRONT_ENDS = (SERVERS_OWN, FrontEnd("1.58-classic", NEWER), FrontEnd("1.58-nodes2", NEWER, vue=True))


class Pulse:
    """What the page has got from the server so far: a sign of life that a wait can hold on to."""

    def __init__(self, page: Page) -> None:
        self.beats = 0
        self.messages: list[dict[str, Any]] = []
        page.on("requestfinished", self._beat)
        page.on("websocket", lambda socket: socket.on("framereceived", self._message))

    def _beat(self, _: object) -> None:
        self.beats += 1

    def _message(self, payload: str | bytes) -> None:
        self.beats += 1
        if isinstance(payload, str):
            self.messages.append(json.loads(payload))


class Window:
    """A page of the front end, ready to work: all that a Playwright page has, and what came to it.

    Attributes:
        server, front_end: whose page it is.
        pulse: what has come from the server.
        problems: the page's own errors.
        entry: room for a prompt's entry in the history that several tests look at.
    """

    def __init__(self, page: Page, server: ComfyServer, front_end: FrontEnd) -> None:
        self._page, self.server, self.front_end, self.pulse = page, server, front_end, Pulse(page)
        self.problems: list[str] = []
        self.entry: dict[str, Any] = {}
        page.on("pageerror", lambda error: self.problems.append(str(error)))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._page, name)

    def cleared(self) -> Window:
        """This window with an empty canvas, and nothing known of what came before."""
        load_graph(self, {"nodes": [], "links": [], "last_node_id": 0, "last_link_id": 0, "version": 0.4})
        self.problems.clear()
        self.pulse.messages.clear()
        return self


class Windows:
    """A running browser. What one window fetched and compiled of a front end, the next one has already."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._contexts: dict[tuple[str, FrontEnd], BrowserContext] = {}

    @contextmanager
    def open(self, server: ComfyServer, front_end: FrontEnd = SERVERS_OWN) -> Iterator[Window]:
        """The front end of a server that was started with its options: as on a first visit, but for the files."""
        key = (server.url, front_end)
        if key not in self._contexts:
            self._contexts[key] = self._browser.new_context(viewport={"width": 1600, "height": 900})
        page = self._contexts[key].new_page()
        page.set_default_timeout(1000 * STALLED)
        window = Window(page, server, front_end)
        # no Templates dialog as on a first visit
        server.post("/settings", {"Comfy.TutorialCompleted": True, "Comfy.VueNodes.Enabled": front_end.vue})
        banner = page.get_by_role("button", name="Try it out")  # of something new; its other button closes it
        page.add_locator_handler(banner, lambda: banner.locator("xpath=following::button[1]").click())
        page.goto(server.url, wait_until="commit")
        until(window, "!!window.app?.graph && !!window.LiteGraph?.registered_node_types['StrokeRender']")
        settle(window)
        yield window
        if not page.is_closed():
            page.evaluate("() => { localStorage.clear(); sessionStorage.clear(); }")
            page.close()
            self._contexts[key].clear_cookies()

    def close(self) -> None:
        """Close all windows: also those that nobody looks at are drawn."""
        for context in self._contexts.values():
            context.close()
        self._contexts.clear()


@contextmanager
def open_browser(chromium: str) -> Iterator[Browser]:
    """A Chromium of this path, without a window."""
    from playwright import sync_api

    with sync_api.sync_playwright() as running:
        browser = running.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield browser
        browser.close()


def wait(page: Window, look: Callable[[], Any], what: str) -> Any:
    """Wait, as long as things move, until `look` finds something; what it found."""
    beats, since = -1, 0.0
    while not (found := look()):
        if page.pulse.beats != beats:
            beats, since = page.pulse.beats, time.monotonic()
        assert time.monotonic() - since < STALLED, f"nothing moved for {STALLED} s while waiting for {what}"
        page.wait_for_timeout(1000 * LOOK)
    return found


def until(page: Window, condition: str, argument: Any = None) -> Any:
    """Wait until a JavaScript expression (or function of `argument`) is true; its value."""
    return wait(page, lambda: page.evaluate(condition, argument), condition)


def settle(page: Window) -> None:
    """Wait until everything that is to be drawn is drawn."""
    frames = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))"
    page.evaluate(frames)
    until(page, "!app.canvas.dirty_canvas && !app.canvas.dirty_bgcanvas")
    page.evaluate("document.fonts.ready.then(() => true)")
    page.evaluate(frames)


def load_graph(page: Window, graph: dict[str, Any]) -> None:
    """Open a workflow (UI format)."""
    page.evaluate("async graph => { await app.loadGraphData(graph); }", graph)
    settle(page)


def press_run(page: Window) -> None:
    """Press the Run button."""
    page.get_by_role("button", name="Run", exact=True).first.click()


def run(page: Window) -> dict[str, Any]:
    """Press the Run button and wait for the end; that prompt's entry in the server's history."""
    seen = len(page.pulse.messages)
    press_run(page)
    ends = wait(page, lambda: [m for m in page.pulse.messages[seen:] if m["type"] in ENDS], "the end of the prompt")
    settle(page)
    return page.server.history(ends[0]["data"]["prompt_id"])

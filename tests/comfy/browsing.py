"""The front end in a real browser: opening it, and what every test of it needs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from .harness import ComfyServer

#: Without these, Chromium goes looking for its maker's servers.
ARGUMENTS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
ARGUMENTS += ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
#: Milliseconds until something that should happen on the page at once is given up.
PATIENCE = 60_000


@contextmanager
def open_page(server: ComfyServer, chromium: str) -> Iterator[object]:
    """The front end of a server in a Chromium, ready to work; `page.problems` collects the page's own errors."""
    from playwright import sync_api

    with sync_api.sync_playwright() as running:
        browser = running.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        page = browser.new_page(viewport={"width": 1600, "height": 900})
        page.set_default_timeout(PATIENCE)
        page.problems = []
        page.on("pageerror", lambda error: page.problems.append(str(error)))
        server.post("/settings", {"Comfy.TutorialCompleted": True})  # no Templates dialog as on a first visit
        page.goto(server.url)
        page.wait_for_function("!!window.app?.graph && !!window.LiteGraph?.registered_node_types['StrokeRender']")
        page.wait_for_timeout(2000)
        banner = page.get_by_role("button", name="Try it out")  # of something new; its other button closes it
        if banner.is_visible():
            banner.locator("xpath=following::button[1]").click()
        yield page
        browser.close()

"""A real Chromium, and the whole service on a real server and database for it to open."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from werkzeug.serving import make_server

from tests.factories import Someone, client_of
from tests.walls.conftest import filled_database, world
from tests.walls.places import World

# The same two authorities full of rows that the walls are tried on.
__all__ = ["filled_database", "world"]

# Chromium run by root needs no sandbox; the rest keeps it from calling its maker.
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WIDE, NARROW = 1280, 390
# Long enough for a machine that does other things as well; no test waits for it in vain.
PATIENCE_MS = 60_000

OpenAs = Callable[..., Page]


# Of the module, not the run: two of Playwright's synchronous drivers cannot be open in one process.
@pytest.fixture(scope="module", name="browser")
def started_browser(chromium: Path) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=ARGUMENTS, timeout=PATIENCE_MS
        )
        yield browser
        browser.close()


@pytest.fixture(name="address")
def served(world: World) -> Iterator[str]:
    """Where the service answers while the test runs."""
    server = make_server("127.0.0.1", 0, world.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(name="open_as")
def opener(browser: Browser, world: World, address: str) -> Iterator[OpenAs]:
    """A new window of somebody who is signed in, or of a stranger: `open_as(person, width=...)`.

    `script=False` is a browser without JavaScript; `axe=True` lets the checker's own script in,
    which the service's policy would refuse.
    """
    contexts = []

    def open_window(
        someone: Someone | None, *, width: int = WIDE, script: bool = True, axe: bool = False
    ) -> Page:
        context = browser.new_context(
            base_url=address,
            viewport={"width": width, "height": 900},
            java_script_enabled=script,
            bypass_csp=axe,
        )
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        if someone is not None:
            cookie = client_of(world.app, someone).get_cookie("session")
            assert cookie is not None
            context.add_cookies([{"name": "session", "value": cookie.value, "url": address}])
        return context.new_page()

    yield open_window
    for context in contexts:
        context.close()

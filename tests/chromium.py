"""How a journey in a real browser starts: the service at an address, Chromium, a window."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask
from playwright.sync_api import Browser, Page, sync_playwright
from werkzeug.serving import make_server

from tests.accessibility import let_axe_in
from tests.factories import PASSWORD, Someone, client_of

# Chromium run by root needs no sandbox; the rest keeps it from calling its maker.
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# WCAG 2.2, 1.4.10: nothing is lost or scrolled sideways on a screen of 320.
WIDE, NARROW = 1280, 320
HEIGHT = 900
# Long enough for a machine that does other things as well; no test waits for it in vain.
PATIENCE_MS = 60_000


@contextmanager
def serving(app: Flask) -> Iterator[str]:
    """Where the service answers in the meantime."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def started(chromium: Path) -> Iterator[Browser]:
    """A browser. Two of Playwright's synchronous drivers cannot be open in one process."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=ARGUMENTS, timeout=PATIENCE_MS
        )
        yield browser
        browser.close()


def window(
    browser: Browser,
    app: Flask,
    address: str,
    someone: Someone | None,
    *,
    width: int = WIDE,
    script: bool = True,
    axe: bool = False,
) -> Page:
    """A new window of somebody who is signed in, or of a stranger.

    Args:
        script: without it, a browser without JavaScript.
        axe: lets the checker's own script in, which the service's policy would refuse.
    """
    context = browser.new_context(
        base_url=address,
        viewport={"width": width, "height": HEIGHT},
        java_script_enabled=script,
        bypass_csp=axe,
    )
    context.set_default_timeout(PATIENCE_MS)
    if axe:
        let_axe_in(context)
    if someone is not None:
        cookie = client_of(app, someone).get_cookie("session")
        assert cookie is not None
        context.add_cookies([{"name": "session", "value": cookie.value, "url": address}])
    return context.new_page()


def sign_in(page: Page, someone: Someone, *, address: str = "") -> None:
    """Sign in by hand, as a person does."""
    page.goto(f"{address}/sign-in")
    page.get_by_label("E-mail address").fill(someone.email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()

"""A real Chromium, and the whole service on a real server and database for it to open."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.chromium import WIDE, serving, started, window
from tests.factories import Someone
from tests.walls.conftest import filled_database, world
from tests.walls.places import World

# The same two authorities full of rows that the walls are tried on.
__all__ = ["filled_database", "world"]


OpenAs = Callable[..., Page]


# Of the module, not the run: two of Playwright's synchronous drivers cannot be open in one process.
@pytest.fixture(scope="module", name="browser")
def started_browser(chromium: Path) -> Iterator[Browser]:
    with started(chromium) as browser:
        yield browser


@pytest.fixture(name="address")
def served(world: World) -> Iterator[str]:
    """Where the service answers while the test runs."""
    with serving(world.app) as address:
        yield address


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
        page = window(browser, world.app, address, someone, width=width, script=script, axe=axe)
        contexts.append(page.context)
        return page

    yield open_window
    for context in contexts:
        context.close()

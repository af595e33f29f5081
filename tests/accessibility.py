"""What axe finds wrong with a page that is open."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.base import AXE_FILE_PATH, AXE_SCRIPT
from playwright.sync_api import BrowserContext, Page

# Of thousands of things that are right, nothing is sent back.
# Nor is what rules of sound, film and turned screens ask for fetched: no page has any of these.
_RUN = """options => axe.run({
    resultTypes: ["violations"], preload: false, ...options
}).then(found => found.violations.map(({id, impact, nodes}) =>
        `${id} (${impact}): ${nodes.slice(0, 3).map(node => node.html.slice(0, 120)).join(" ")}`))
"""


def let_axe_in(context: BrowserContext) -> None:
    """Every page of this context has axe from now on: sent once, and not for each page anew."""
    context.add_init_script(path=AXE_FILE_PATH)


def violations(page: Page, **options: Any) -> list[str]:
    """The rules that the page breaks, each with its weight and the first places.

    It waits for the page to be there: after a click the new page may have only begun.

    Args:
        options: axe's own, for instance `runOnly`.
    """
    page.wait_for_load_state()
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    found: list[str] = page.evaluate(_RUN, options)
    return found

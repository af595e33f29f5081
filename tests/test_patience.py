"""Tests in a browser wait for the page that a click leads to.

Playwright's click is over when the next page has begun. What asks for an element waits for it;
what looks at the page as it is finds half of one, on a machine that is busy.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Literal

from saas.config import ROOT

LEADS_ON = {"click", "press"}
WAITS = {
    "expect",
    "goto",
    "reload",
    "violations",
    "wait_for",
    "wait_for_function",
    "wait_for_load_state",
    "wait_for_selector",
    "wait_for_url",
}
LOOKS_AT_ONCE = {
    "all",
    "all_inner_texts",
    "all_text_contents",
    "content",
    "count",
    "evaluate",
    "input_value",
    "is_checked",
    "is_disabled",
    "is_hidden",
    "is_visible",
    "pdf",
    "screenshot",
    "title",
}
Event = tuple[Literal["leads on", "waits", "looks"], ast.Call]


def name_of(call: ast.Call) -> str:
    """What is called, without the thing that it is called of."""
    called = call.func
    return called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")


def events(
    function: ast.FunctionDef, helpers: dict[str, ast.FunctionDef], above: tuple[str, ...] = ()
) -> Iterator[Event]:
    """What a function does with its page, in the order of its lines, its file's helpers told."""
    calls = [one for one in ast.walk(function) if isinstance(one, ast.Call)]
    for call in sorted(calls, key=lambda one: (one.end_lineno or 0, one.end_col_offset or 0)):
        name = name_of(call)
        if name in LEADS_ON and not moves_only(call):
            yield "leads on", call
        elif name in WAITS:
            yield "waits", call
        elif name in LOOKS_AT_ONCE:
            yield "looks", call
        elif name in helpers and name not in above:
            yield from ((kind, call) for kind, _ in events(helpers[name], helpers, (*above, name)))


def moves_only(call: ast.Call) -> bool:
    """Whether a key is pressed that leads to no other page."""
    key = call.args[-1] if call.args else None
    return name_of(call) == "press" and isinstance(key, ast.Constant) and key.value != "Enter"


def impatient(source: str) -> list[str]:
    """The lines that look at a page which may have only begun."""
    functions = [one for one in ast.walk(ast.parse(source)) if isinstance(one, ast.FunctionDef)]
    helpers = {one.name: one for one in functions}
    found = []
    for function in functions:
        begun = False
        for kind, call in events(function, helpers, (function.name,)):
            if kind == "looks" and begun:
                found.append(f"{call.lineno}: {ast.unparse(call)}")
            begun = kind == "leads on"
    return found


def test_nobody_looks_at_a_page_that_has_only_begun() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line}"
        for path in (ROOT / "tests").rglob("*.py")
        if "playwright" in (source := path.read_text(encoding="utf-8"))
        for line in impatient(source)
    ]
    assert found == []


def test_a_look_after_a_click_is_found_in_a_helper_too() -> None:
    assert impatient(
        "def wide(page):\n    return page.evaluate('innerWidth')\n"
        "def test(page):\n    page.click('a')\n    assert wide(page) == 3\n"
    ) == ["5: wide(page)"]
    assert not impatient(
        "def test(page):\n    page.click('a')\n    expect(page).to_have_url('/')\n"
        "    assert page.evaluate('innerWidth') == 3\n    page.keyboard.press('Tab')\n"
        "    assert page.locator('a').count() == 1\n"
    )

"""A language in which every message stands in brackets: what stands outside was left out."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from babel.support import NullTranslations

from saas.web import languages
from tests.page_parts import Element

# Numbers, names, and what a person or an authority wrote: they are said in no other language.
DATA = re.compile(
    r"^[\W\d_]*$|^(GOV\.UK|SEND Mediation Partnership|SEND mediation|Polski|PDF|ICS)|@|\b20\d\d\W*$"
)


class Bracketed(NullTranslations):
    def ugettext(self, message: str) -> str:
        return f"⟦{message}⟧"

    gettext = ugettext


def bracket(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let 'pl' be that language."""
    monkeypatch.setattr(
        languages, "_translations", lambda code: Bracketed() if code == "pl" else NullTranslations()
    )


def left_out(page: Element, *known: str) -> list[str]:
    """The texts of a page in that language that came from no catalogue.

    Args:
        known: names that stay as they are.
    """
    return [
        text
        for text in _texts(page)
        if not DATA.search(text) and not any(one in text for one in known)
    ]


def _texts(page: Element) -> Iterator[str]:
    """The texts outside brackets that are in the page's own language, in the order of the page.

    A message may begin before an element and end behind it. What is marked as another language is
    left out.
    """
    depth = 0
    for marked, text in _pieces(page, None):
        outside = []
        for letter in text:
            depth += (letter == "⟦") - (letter == "⟧")
            outside.append(letter if depth == 0 and letter != "⟧" else "\n")
        if marked == "pl":
            yield from (" ".join(part.split()) for part in "".join(outside).split("\n"))


def _pieces(around: Element, marked: str | None) -> Iterator[tuple[str | None, str]]:
    """Each text with the language in which it is marked."""
    if around.name in ("script", "style", "title"):
        return
    marked = around.get("lang") or marked
    for child in around.children:
        if isinstance(child, str):
            yield marked, child
        else:
            yield from _pieces(child, marked)

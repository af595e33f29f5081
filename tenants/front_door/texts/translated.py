"""The public texts in other languages than English.

Each line of a text that comes with the product is a message of the catalogues. What a manager
published is English, and nobody has said it in another language: there the text is left out, and
the page, which says everything it must without it, stays in one language.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from flask_babel import gettext

from saas.web.languages import ENGLISH, language
from tenants.front_door.texts.actions import AREA, shipped

# The texts of which the pages are translated; `scripts/catalogues` collects what they say.
TRANSLATED_TEXTS = ("home", "guide", "leaflet", AREA)
_LINE = re.compile(r"^(\s*(?:[-*]|#+)\s+)?(.*)$")


def lines_said(name: str) -> list[str]:
    """What a shipped text says, line by line, without the marks in front."""
    said: list[str] = []

    def note(words: str) -> str:
        said.append(words)
        return words

    _by_line(shipped(name), note)
    return said


def is_shipped(name: str, markdown: str) -> bool:
    """Whether a text is the one that comes with the product, and so known in every language."""
    kind = name.partition("/")[0]
    return kind in TRANSLATED_TEXTS and _lines(markdown) == _lines(shipped(name))


def _lines(markdown: str) -> list[str]:
    return [line.rstrip() for line in markdown.strip().splitlines()]


def in_page_language(name: str, markdown: str) -> str:
    """A standing text in the page's language, as Markdown; empty where it is in English alone."""
    if language() is ENGLISH:
        return markdown
    if not is_shipped(name, markdown):
        return ""
    return _by_line(markdown, lambda words: str(gettext(words)))


def _by_line(markdown: str, say: Callable[[str], str]) -> str:
    lines = []
    for line in markdown.splitlines():
        found = _LINE.match(line)
        mark, words = (found[1] or "", found[2]) if found else ("", line)
        lines.append(f"{mark}{say(words)}" if words.strip() else line)
    return "\n".join(lines)

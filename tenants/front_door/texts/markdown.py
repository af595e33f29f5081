"""From Markdown to what a page shows and what a leaflet prints. Nothing in it is obeyed.

CommonMark without raw HTML (markdown-it-py); what comes of it passes the sanitiser (nh3), which
knows a few tags and four ways to begin an address.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

_TAGS = {"h2", "h3", "p", "ul", "ol", "li", "a", "strong", "em", "blockquote", "hr", "br"}
_SCHEMES = {"http", "https", "mailto", "tel"}
_CLASSES = {
    "h2": "app-section-heading",
    "h3": "govuk-heading-s",
    "p": "govuk-body",
    "ul": "govuk-list govuk-list--bullet",
    "ol": "govuk-list govuk-list--number",
    "a": "govuk-link",
    "blockquote": "govuk-inset-text",
    "hr": "govuk-section-break govuk-section-break--m govuk-section-break--visible",
}
# A page has its own heading of the first level.
_LOWERED = {"h1": "h2", "h4": "h3", "h5": "h3", "h6": "h3"}
_PARSER = MarkdownIt("commonmark", {"html": False}).disable(["image", "html_block", "html_inline"])


def to_html(markdown: str, values: Mapping[str, str]) -> Markup:
    """The text as HTML that may stand in a page.

    Args:
        values: what stands in the place of a name in braces, '{provider}'; as plain text.
    """
    return _made(_filled(markdown, values))


@functools.lru_cache(maxsize=256)
def _made(markdown: str) -> Markup:
    # The same few texts stand on pages that are asked for all day.
    tokens = _PARSER.parse(markdown)
    _dress(tokens)
    made = _PARSER.renderer.render(tokens, _PARSER.options, {})
    clean = nh3.clean(
        made,
        tags=_TAGS,
        attributes={tag: {"class", *(["href"] if tag == "a" else [])} for tag in _CLASSES},
        url_schemes=_SCHEMES,
        link_rel=None,
    )
    return Markup(clean)  # noqa: S704  what the sanitiser let through


def to_blocks(markdown: str, values: Mapping[str, str]) -> list[dict[str, str]]:
    """The text as headings, paragraphs and points without marks, for a printed paper.

    Each has a `kind`: 'heading', 'paragraph' or 'point'.
    """
    blocks: list[dict[str, str]] = []
    inside: list[str] = []
    for token in _PARSER.parse(_filled(markdown, values)):
        if token.type.endswith("_open"):
            inside.append(token.tag)
        elif token.type.endswith("_close"):
            inside.pop()
        elif token.type == "inline":
            text = "".join(_plain(child) for child in token.children or ())
            kind = "point" if "li" in inside else "paragraph"
            if inside and inside[-1].startswith("h"):
                kind = "heading"
            blocks.append({"kind": kind, "text": text})
    return blocks


def to_mail_html(markdown: str, values: Mapping[str, str]) -> str:
    """The text as HTML that may stand in an e-mail, which knows no style sheet of ours."""
    clean = to_html(markdown, values)
    return nh3.clean(
        clean, tags=_TAGS, attributes={"a": {"href"}}, url_schemes=_SCHEMES, link_rel=None
    )


def to_mail_paragraphs(markdown: str, values: Mapping[str, str]) -> tuple[str, ...]:
    """The text as paragraphs of plain words, each link followed by where it leads."""
    tokens = _PARSER.parse(_filled(markdown, values))
    blocks: list[str] = []
    inside: list[str] = []
    for token in tokens:
        if token.type.endswith("_open"):
            inside.append(token.tag)
        elif token.type.endswith("_close"):
            inside.pop()
        elif token.type == "inline":
            text = _with_addresses(token.children or [])
            blocks.append(f"- {text}" if "li" in inside else text)
    return tuple(blocks)


def _with_addresses(tokens: list[Token]) -> str:
    said, leads_to = [], ""
    for token in tokens:
        if token.type == "link_open":
            href = str(token.attrGet("href") or "")
            leads_to = href if href.partition(":")[0] in _SCHEMES else ""
        elif token.type == "link_close":
            said.append(f" ({leads_to})" if leads_to else "")
        else:
            said.append(_plain(token))
    return "".join(said)


def to_plain(markdown: str, values: Mapping[str, str]) -> str:
    """The words alone, each block a sentence or more: to measure how hard they are to read."""
    texts = [block["text"].strip() for block in to_blocks(markdown, values)]
    return "\n".join(text if text.endswith((".", "?", "!")) else f"{text}." for text in texts)


def _plain(token: Token) -> str:
    if token.type in ("softbreak", "hardbreak"):
        return " "
    return token.content


def _filled(markdown: str, values: Mapping[str, str]) -> str:
    """With the names in braces replaced; a value has no marks, whatever is in it."""

    def value(found: re.Match[str]) -> str:
        if found[1] not in values:
            return found[0]
        return re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", values[found[1]])

    return re.sub(r"\{([a-z]+)\}", value, markdown)


def _dress(tokens: list[Token]) -> None:
    """Lower the headings, and give each tag the classes of the house."""
    for token in tokens:
        token.tag = _LOWERED.get(token.tag, token.tag)
        if token.tag in _CLASSES and token.nesting >= 0:
            token.attrSet("class", _CLASSES[token.tag])
        _dress(token.children or [])

"""A page taken apart by the standard library's parser, strict about what it is given."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from html.parser import HTMLParser

VOID = {
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track",
    "wbr",
}  # fmt: skip


@dataclass
class Element:
    """One element: its name, its attributes, what is inside it."""

    name: str
    attributes: dict[str, str]
    line: int = 0
    parent: Element | None = None
    children: list[Element | str] = field(default_factory=list)

    def get(self, attribute: str) -> str:
        return self.attributes.get(attribute, "")

    def has(self, attribute: str) -> bool:
        return attribute in self.attributes

    def walk(self) -> list[Element]:
        """This element and every element inside it, in the order of the page."""
        return [self, *self._inside]

    def all(self, *names: str) -> list[Element]:
        """The elements of these names inside this one."""
        return [one for one in self._inside if one.name in names]

    @cached_property
    def _inside(self) -> list[Element]:
        """Read when the page is whole: it is asked for many times, and changes no more."""
        found, waiting = [], [one for one in reversed(self.children) if isinstance(one, Element)]
        while waiting:
            one = waiting.pop()
            found.append(one)
            waiting += [inner for inner in reversed(one.children) if isinstance(inner, Element)]
        return found

    def inside(self, *names: str) -> Element | None:
        """The nearest element of these names around this one."""
        around = self.parent
        while around is not None and around.name not in names:
            around = around.parent
        return around

    @property
    def text(self) -> str:
        """All text inside, spaces made single; scripts and styles are no text."""
        return " ".join(self.raw_text.split())

    @property
    def raw_text(self) -> str:
        """All text inside, its spaces and lines as they are."""
        return "".join(self._texts())

    def _texts(self) -> Iterator[str]:
        for child in self.children:
            if isinstance(child, str):
                yield child
            elif child.name not in ("script", "style"):
                yield from child._texts()

    @property
    def spoken(self) -> str:
        """What a screen reader can say of it: its label, its text, its images' texts."""
        images = [one.get("alt") for one in self.all("img")]
        return " ".join([self.get("aria-label"), self.text, *images]).strip()

    def __str__(self) -> str:
        shown = "".join(
            f' {name}="{value}"'
            for name, value in self.attributes.items()
            if name in ("id", "name", "href", "action", "for", "src", "type")
        )
        return f"<{self.name}{shown}> (line {self.line})"


class PageParser(HTMLParser):
    """Builds the tree; what closes nothing, or is never closed, is a fault."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Element("page", {})
        self.faults: list[str] = []
        self._open = self.root

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        element = Element(tag, {}, self.getpos()[0], self._open)
        for name, value in attrs:
            element.attributes.setdefault(name, value or "")
        if len(set(names)) < len(names):
            self.faults.append(f"{element} has the same attribute twice")
        self._open.children.append(element)
        if tag not in VOID:
            self._open = element

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if self._open.name == tag and self._open.parent is not None:
            self._open = self._open.parent
            return
        self.faults.append(f"</{tag}> on line {self.getpos()[0]} closes {self._open}")
        around = self._open.inside(tag)
        if around is not None and around.parent is not None:
            self._open = around.parent

    def handle_data(self, data: str) -> None:
        self._open.children.append(data)

    def close(self) -> None:
        super().close()
        if self._open is not self.root:
            self.faults.append(f"{self._open} is never closed")


def parse_page(html: str) -> tuple[Element, list[str]]:
    """The page as a tree, and the faults of its markup."""
    parser = PageParser()
    parser.feed(html)
    parser.close()
    return parser.root, parser.faults

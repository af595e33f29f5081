"""Lists in pages: the address holds the page, the order and the filters, so it can be shared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar
from urllib.parse import urlencode

from flask import request

Item = TypeVar("Item")

PAGE_SIZE = 25  # rows
# An offset is counted row by row by the database: beyond this, filtering is what helps.
LAST_PAGE = 4_000


@dataclass(frozen=True)
class PageLink:
    """One entry of the list of pages; no `number` where pages are left out."""

    number: int | None
    href: str = ""
    current: bool = False


@dataclass(frozen=True)
class Page(Generic[Item]):
    """One page of a list.

    `total` is the number of rows in all pages; None where counting would cost more than it tells,
    and `has_next` then says whether another page follows.
    """

    items: Sequence[Item]
    number: int = 1
    size: int = PAGE_SIZE
    total: int | None = None
    more: bool = False

    @property
    def last(self) -> int | None:
        """The number of the last page; None when the rows were not counted."""
        if self.total is None:
            return None
        return max(1, -(-self.total // self.size))

    @property
    def has_next(self) -> bool:
        return self.number < self.last if self.last is not None else self.more

    @property
    def has_previous(self) -> bool:
        return self.number > 1

    @property
    def first_row(self) -> int:
        """The number of the first row shown, counted from 1; 0 when there is none."""
        return (self.number - 1) * self.size + 1 if self.items else 0

    @property
    def last_row(self) -> int:
        return self.first_row + len(self.items) - 1 if self.items else 0

    @property
    def previous_href(self) -> str:
        return page_href(self.number - 1)

    @property
    def next_href(self) -> str:
        return page_href(self.number + 1)

    def links(self) -> list[PageLink]:
        """The pages to link to: first, last, this one and its neighbours, gaps between."""
        if self.last is None:
            return []
        near = {1, self.last, self.number - 1, self.number, self.number + 1}
        shown: list[PageLink] = []
        before = 0
        for number in sorted(n for n in near if 1 <= n <= self.last):
            if number - before == 2:  # one page is no gap: its link takes no more room
                shown.append(PageLink(before + 1, page_href(before + 1)))
            elif number - before > 2:
                shown.append(PageLink(None))
            shown.append(PageLink(number, page_href(number), current=number == self.number))
            before = number
        return shown


def requested_page() -> int:
    """The page number that the address asks for; 1 when it asks for nothing sensible."""
    asked = request.args.get("page", "")
    if not (asked.isascii() and asked.isdigit()) or len(asked) > len(str(LAST_PAGE)):
        return 1
    return min(max(int(asked), 1), LAST_PAGE)


def paginate(
    rows: Sequence[Item], *, number: int, size: int = PAGE_SIZE, total: int | None = None
) -> Page[Item]:
    """One page from rows fetched with LIMIT size + 1 OFFSET (number - 1) * size.

    The row too many says whether another page follows, so nothing need be counted.
    """
    return Page(items=rows[:size], number=number, size=size, total=total, more=len(rows) > size)


def url_with(**changes: str | int | Sequence[str] | None) -> str:
    """This page's address with some of its query changed; None takes a name out.

    Whatever changes but the page itself leads back to the first page.
    """
    pairs = [
        (name, value)
        for name, value in request.args.items(multi=True)
        if name not in changes and (name != "page" or "page" in changes)
    ]
    for name, value in changes.items():
        if value is None:
            continue
        if isinstance(value, (str, int)):
            pairs.append((name, str(value)))
        else:
            pairs += [(name, one) for one in value]
    query = urlencode(pairs)
    return f"{request.path}?{query}" if query else request.path


def url_without(name: str, value: str) -> str:
    """This page's address with one chosen value of a filter taken out."""
    return url_with(**{name: [kept for kept in request.args.getlist(name) if kept != value]})


def page_href(number: int) -> str:
    """This page's address for another page of the list; the first page needs no number."""
    return url_with(page=None if number <= 1 else number)


@dataclass(frozen=True)
class SortColumn:
    """A column heading that is a link which sorts by it."""

    text: str
    href: str
    sorted: str  # as aria-sort: ascending, descending, none
    numeric: bool = False


def sort_column(text: str, key: str, *, default: str = "", numeric: bool = False) -> SortColumn:
    """A heading that sorts by `key`: `?sort=key` upwards, `?sort=-key` downwards.

    `default` is the order used when the address names none.
    """
    now = request.args.get("sort") or default
    if now == key:
        return SortColumn(text, url_with(sort=f"-{key}"), "ascending", numeric)
    state = "descending" if now == f"-{key}" else "none"
    return SortColumn(text, url_with(sort=key), state, numeric)

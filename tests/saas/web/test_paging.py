from __future__ import annotations

import pytest
from flask import Flask

from saas.web.paging import Page, paginate, requested_page, sort_column, url_with, url_without

app = Flask(__name__)


def test_the_page_keeps_the_filters_and_the_order() -> None:
    with app.test_request_context("/cases?stage=open&stage=held&sort=-due&page=3"):
        page = Page(items=[1], number=3, size=25, total=200)
        assert page.next_href == "/cases?stage=open&stage=held&sort=-due&page=4"
        assert page.previous_href == "/cases?stage=open&stage=held&sort=-due&page=2"


def test_the_first_page_has_the_plain_address() -> None:
    with app.test_request_context("/cases?page=2"):
        assert Page(items=[1], number=2, total=60).previous_href == "/cases"


def test_another_filter_leads_back_to_the_first_page() -> None:
    with app.test_request_context("/cases?stage=open&page=7"):
        assert url_with(stage="held") == "/cases?stage=held"
        assert url_with(kind="A&B=C") == "/cases?stage=open&kind=A%26B%3DC"
        assert url_with(stage=None) == "/cases"


def test_one_value_of_a_filter_is_taken_out() -> None:
    with app.test_request_context("/cases?stage=open&stage=held&kind=rta"):
        assert url_without("stage", "open") == "/cases?kind=rta&stage=held"


@pytest.mark.parametrize(
    ("asked", "number"),
    [("", 1), ("?page=7", 7), ("?page=0", 1), ("?page=-3", 1), ("?page=x", 1),
     ("?page=\N{SUPERSCRIPT TWO}", 1), ("?page=999999999999999999999", 1), ("?page=9999", 4000)],
)  # fmt: skip
def test_a_page_number_is_never_nonsense(asked: str, number: int) -> None:
    with app.test_request_context(f"/cases{asked}"):
        assert requested_page() == number


def test_the_row_too_many_says_that_more_follow() -> None:
    page = paginate([1, 2, 3], number=1, size=2)
    assert list(page.items) == [1, 2]
    assert page.has_next
    assert not paginate([1, 2], number=1, size=2).has_next


def test_the_rows_shown_are_numbered() -> None:
    page = Page(items=list(range(5)), number=3, size=25, total=55)
    assert (page.first_row, page.last_row, page.last, page.has_next) == (51, 55, 3, False)
    empty: Page[int] = Page(items=[], total=0)
    assert (empty.first_row, empty.last_row, empty.last) == (0, 0, 1)


@pytest.mark.parametrize(
    ("number", "last", "shown"),
    [
        (1, 1, [1]),
        (1, 5, [1, 2, None, 5]),
        (3, 5, [1, 2, 3, 4, 5]),
        (4, 9, [1, 2, 3, 4, 5, None, 9]),
        (6, 20, [1, None, 5, 6, 7, None, 20]),
        (20, 20, [1, None, 19, 20]),
    ],
)
def test_the_list_of_pages_leaves_gaps(number: int, last: int, shown: list[int | None]) -> None:
    with app.test_request_context("/cases"):
        links = Page(items=[1], number=number, size=10, total=last * 10).links()
        assert [link.number for link in links] == shown
        assert [link.number for link in links if link.current] == [number]


def test_a_column_sorts_up_and_then_down() -> None:
    with app.test_request_context("/cases?stage=open"):
        assert sort_column("Next clock", "due", default="due").sorted == "ascending"
        assert sort_column("Next clock", "due").href == "/cases?stage=open&sort=due"
    with app.test_request_context("/cases?sort=due&page=4"):
        column = sort_column("Next clock", "due")
        assert (column.sorted, column.href) == ("ascending", "/cases?sort=-due")
    with app.test_request_context("/cases?sort=-due"):
        column = sort_column("Next clock", "due")
        assert (column.sorted, column.href) == ("descending", "/cases?sort=due")

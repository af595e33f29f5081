"""What the components promise, beyond the rules that PageClient holds every page to."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from flask import render_template_string
from jinja2 import UndefinedError

from saas.web.paging import Page
from tests.page_client import PageClient
from tests.page_parts import Element, parse_page
from tests.saas.web.gallery import TODAY, gallery_app

Render = Callable[..., Element]


@pytest.fixture(name="render")
def rendered() -> Render:
    app = gallery_app()

    def render(file: str, names: str, call: str, **given: Any) -> Element:
        source = f'{{% from "saas/components/{file}.html" import {names} %}}{call}'
        with app.test_request_context("/cases?stage=open"):
            page, faults = parse_page(render_template_string(source, today=TODAY, **given))
        assert faults == []
        return page

    return render


def classes(page: Element) -> list[str]:
    return [one for element in page.walk() for one in element.get("class").split()]


def test_the_gallery_of_all_components_is_a_good_page() -> None:
    app = gallery_app()
    app.test_client_class = PageClient
    assert app.test_client().get("/?page=12&sort=-due&stage=agreed").status_code == 200


def test_a_clock_is_date_and_words_and_colour(render: Render) -> None:
    page = render("clock", "clock", "{{ clock(due, today) }}", due=date(2026, 4, 8))
    assert page.text == "Wed 8 Apr in 3 working days"
    assert page.all("time")[0].get("datetime") == "2026-04-08"
    assert "app-tag--soon" in classes(page)


def test_no_clock_is_said_in_words(render: Render) -> None:
    assert render("clock", "clock", "{{ clock(none, today) }}").text == "No clock running"


def test_a_clock_tells_how_it_was_counted_and_why(render: Render) -> None:
    clocks = [{"name": "K2", "due": TODAY, "counted": "3 working days", "source": "reg 34"}]
    page = render("clock", "clock_list", "{{ clock_list(clocks, today) }}", clocks=clocks)
    assert "3 working days Source: reg 34" in page.all("details")[0].text


@pytest.mark.parametrize(
    ("audience", "words"),
    [("provider", "Provider only"), ("parties", "Shared with parties")],
)
def test_a_badge_says_who_can_see(render: Render, audience: str, words: str) -> None:
    page = render("clock", "audience_badge", "{{ audience_badge(audience) }}", audience=audience)
    assert page.text == f"Who can see this: {words}"


def test_an_unknown_audience_is_an_error_and_no_guess(render: Render) -> None:
    with pytest.raises(UndefinedError):
        render("clock", "audience_badge", "{{ audience_badge('everyone') }}")


def test_a_table_escapes_what_people_wrote(render: Render) -> None:
    page = render(
        "table",
        "data_table, cell",
        '{% call(row) data_table("Cases", ["Child"], ["<b>B.O.</b>"]) %}'
        '{{ cell("Child", row, note="<i>") }}{% endcall %}',
    )
    assert page.all("b", "i") == []
    assert "<b>B.O.</b>" in page.text


def test_the_total_of_a_table_stands_apart(render: Render) -> None:
    page = render(
        "table",
        "data_table, cell",
        '{% call(row) data_table("Boroughs", ["Open"], [3, 4], total=7) %}'
        '{{ cell("Open", row, numeric=true) }}{% endcall %}',
    )
    rows = page.all("tr")
    assert [row.text for row in rows] == ["Open", "3", "4", "7"]
    assert "app-table__row--total" in rows[-1].get("class")


def test_a_sorted_column_tells_a_screen_reader(render: Render) -> None:
    page = render(
        "table",
        "data_table, cell",
        '{% call(row) data_table("Cases", [sort_column("Due", "due", default="-due")], []) %}'
        "{% endcall %}",
    )
    assert page.all("th")[0].get("aria-sort") == "descending"
    assert page.all("a")[0].get("href") == "/cases?stage=open&sort=due"


def test_pages_say_which_rows_are_shown(render: Render) -> None:
    shown: Page[int] = Page(items=list(range(25)), number=2, size=25, total=1204)
    page = render("table", "pages", '{{ pages(page, "cases") }}', page=shown)
    assert page.all("p")[0].text == "26 to 50 of 1,204 cases"
    assert [one.text for one in page.all("a") if one.get("aria-current")] == ["2"]
    assert page.all("a")[-1].get("href") == "/cases?stage=open&page=3"


def test_one_page_needs_no_navigation(render: Render) -> None:
    page = render("table", "pages", "{{ pages(page) }}", page=Page(items=[1], total=1))
    assert page.all("nav") == []


def test_a_fact_that_is_not_known_says_so(render: Render) -> None:
    rows = [{"key": "Interpreter", "value": None}, {"key": "Minutes", "value": 0}]
    page = render("table", "summary", "{{ summary(rows) }}", rows=rows)
    assert [one.text for one in page.all("dd")] == ["Not recorded", "0"]


def test_a_chosen_filter_can_be_taken_out(render: Render) -> None:
    page = render(
        "casework",
        "filter_panel",
        '{% call filter_panel("/cases", selected=[{"heading": "Stage", "tags": [{"text": "Open", '
        '"href": url_without("stage", "open")}]}], keep=[("sort", "due")]) %}{% endcall %}',
    )
    tag = page.all("a")[0]
    assert (tag.text, tag.get("href")) == ("Remove the filter Open", "/cases")
    assert [(one.get("name"), one.get("value")) for one in page.all("input")] == [("sort", "due")]


def test_bars_start_at_zero_and_have_their_table(render: Render) -> None:
    bars = [{"name": "A", "value": 40, "marked": True}, {"name": "B", "value": 10}]
    page = render(
        "measures", "bar_chart", '{{ bar_chart("A holds most", bars, "Held", "Stage") }}', bars=bars
    )
    assert [one.get("width") for one in page.all("rect")] == ["100.00", "25.00"]
    assert {one.get("x") for one in page.all("rect")} == {"0"}
    assert [row.text for row in page.all("tr")] == ["Stage Held", "A 40", "B 10"]


@pytest.mark.parametrize("values", [[], [0, 0]])
def test_bars_of_nothing_are_no_fault(render: Render, values: list[int]) -> None:
    bars = [{"name": str(n), "value": value} for n, value in enumerate(values)]
    page = render(
        "measures", "bar_chart", '{{ bar_chart("Nothing yet", bars, "Held", "Year") }}', bars=bars
    )
    assert {one.get("width") for one in page.all("rect")} <= {"0"}


def test_a_tile_keeps_its_definition_behind_a_question(render: Render) -> None:
    page = render(
        "measures",
        "tile",
        '{{ tile("Held", 39, of="39 of 40", definition="By the date it was held.") }}',
    )
    assert page.all("summary")[0].text == "What is this: Held"
    assert page.all("div")[0].text == "By the date it was held."


def test_a_confirmation_says_what_happens_next(render: Render) -> None:
    page = render(
        "headings",
        "confirmation",
        '{% call confirmation("Certificate issued", "TRA-2026-0042") %}<p>Sent today.</p>'
        "{% endcall %}",
    )
    assert [one.text for one in page.all("h1", "h2")] == ["Certificate issued", "What happens next"]
    assert page.text.endswith("Sent today.")


def test_an_entry_of_the_timeline_carries_its_day_and_its_badge(render: Render) -> None:
    entries = [{"title": "Note", "on": TODAY, "by": "P. Lane", "audience": "provider"}]
    page = render("casework", "timeline", "{{ timeline(entries, today) }}", entries=entries)
    assert "Wednesday 1 April 2026 \N{MIDDLE DOT} P. Lane" in page.text
    assert "Provider only" in page.text

"""Each rule of a good page can fail, and a good page fails none."""

from __future__ import annotations

import pytest
from flask import Flask, redirect, request
from werkzeug.wrappers import Response

from tests.page_client import BadPage, PageClient, page_faults

GOOD = """<!DOCTYPE html>
<html lang="en"><head><title>Cases - Trafford - SEND mediation</title>
<script type="module" src="/static/app.js"></script></head>
<body><a href="#main">Skip</a><main id="main"><h1>Cases</h1>
<form method="get" action="/cases"><label for="q">Reference</label><input id="q" name="q">
<button type="submit">Find</button></form>
<form method="post" action="/close"><input type="hidden" name="csrf_token" value="abc">
<label><input type="checkbox" name="sure" value="1" checked> I am sure</label>
<textarea name="why" aria-label="Why">
two
lines</textarea>
<label for="kind">Kind</label><select id="kind" name="kind"><option value="a">A</option>
<option value="b" selected>B</option></select>
<button type="submit">Close</button></form>
<img src="/static/mark.svg" alt="">
<table><caption>Cases</caption><thead><tr><th scope="col">Reference</th></tr></thead>
<tbody><tr><td data-label="Reference">TRA-2026-0042</td></tr></tbody></table>
</main></body></html>"""

# What is done to the good page, and the word that its fault must hold.
BREAKS = {
    "language": (' lang="en"', "", "no language"),
    "no title": ("<title>Cases - Trafford - SEND mediation</title>", "", "0 titles"),
    "other service": ("Trafford - SEND mediation", "Trafford - GOV.UK", "the title"),
    "empty title": ("Cases - Trafford - SEND mediation", " - SEND mediation", "the title"),
    "no heading": ("<h1>Cases</h1>", "<h2>Cases</h2>", "0 headings h1"),
    "two headings": ("<h1>Cases</h1>", "<h1>Cases</h1><h1>More</h1>", "2 headings h1"),
    "empty heading": ("<h1>Cases</h1>", "<h1></h1>", "heading is empty"),
    "object": ("TRA-2026-0042", "&lt;Case object at 0x7f&gt;", "prints a Python object"),
    "same id": ('id="kind"', 'id="q"', "'q' is there 2 times"),
    "label to nothing": ('for="q"', 'for="query"', "'query', which is not there"),
    "link to nothing": ('href="#main"', 'href="#content"', "leads to '#content'"),
    "no label": ("<label>", "<p>", "has no label"),
    "select without label": ('for="kind"', 'for="q"', "has no label"),
    "no action": (' action="/close"', "", "does not say where it goes"),
    "no method": (' method="get"', "", "does not say how it goes"),
    "no token": ('name="csrf_token"', 'name="token"', "posts without csrf_token"),
    "empty token": ('value="abc"', 'value=""', "posts without csrf_token"),
    "token in address": ('<input id="q" name="q">',
                         '<input id="q" name="q"><input type="hidden" name="csrf_token" value="a">',
                         "into the address"),
    "style attribute": ("<h1>", '<h1 style="color: red">', "style of its own"),
    "style element": ("</head>", "<style>p {}</style></head>", "style of its own"),
    "inline script": ("</head>", "<script>alert(1)</script></head>", "inline script"),
    "handler": ("<h1>", '<h1 onclick="x()">', "onclick"),
    "script link": ('href="#main"', 'href="javascript:x()"', "script in a link"),
    "empty link": (">Skip</a>", "></a>", "link without text"),
    "no href": ('<a href="#main">', "<a>", "link to nowhere"),
    "empty button": (">Find</button>", "></button>", "button without text"),
    "button type": ('<button type="submit">Find', "<button>Find", "does not say its type"),
    "no alt": (' alt=""', "", "without alt"),
    "no table heading": ('<th scope="col">Reference</th>', "<td>Reference</td>", "no headings"),
    "no scope": ('<th scope="col">', "<th>", "does not say its scope"),
    "no caption": ("<caption>Cases</caption>", "", "no caption"),
    "wrong card label": ('data-label="Reference"', 'data-label="Child"', "which is no column"),
    "unclosed": ("</table>", "", "closes <table>"),
    "never closed": ("</body></html>", "", "is never closed"),
    "twice": ('id="q" name="q"', 'id="q" name="q" name="r"', "same attribute twice"),
}  # fmt: skip


def test_a_good_page_has_no_faults() -> None:
    assert page_faults(GOOD) == []


@pytest.mark.parametrize("name", BREAKS)
def test_each_rule_can_fail(name: str) -> None:
    old, new, fault = BREAKS[name]
    assert old in GOOD
    faults = page_faults(GOOD.replace(old, new, 1))
    assert any(fault in said for said in faults), faults


def test_an_error_page_of_a_form_may_say_so_in_its_title() -> None:
    assert page_faults(GOOD.replace("<title>", "<title>Error: ")) == []


def test_a_sorted_column_keeps_its_cards_labels() -> None:
    assert (
        page_faults(
            GOOD.replace(">Reference</th>", ">Reference \N{BLACK UP-POINTING TRIANGLE}</th>")
        )
        == []
    )


def small_app() -> Flask:
    app = Flask(__name__)
    app.test_client_class = PageClient
    sent: dict[str, str] = {}

    @app.get("/good")
    def good() -> str:
        return GOOD

    @app.get("/bad")
    def bad() -> str:
        return GOOD.replace(' lang="en"', "")

    @app.get("/with-token/")
    @app.get("/with-token/<token>")
    def with_token(token: str = "") -> str:
        return GOOD.replace("abc", token)

    @app.get("/elsewhere")
    def elsewhere() -> Response:
        return redirect("/good")

    @app.get("/file")
    def file() -> tuple[str, dict[str, str]]:
        return "a,b", {"Content-Type": "text/csv"}

    @app.post("/close")
    def close() -> dict[str, str]:
        sent.update(request.form)
        return sent

    return app


def test_the_client_fails_the_test_that_gets_a_bad_page() -> None:
    with pytest.raises(BadPage, match=r"/bad is not a good page:\n.*no language"):
        small_app().test_client().get("/bad")


def test_a_page_that_was_looked_at_is_the_same_with_another_token_and_not_without_one() -> None:
    client = small_app().test_client()
    assert isinstance(client, PageClient)
    for token in ("one", "two", "two"):
        assert client.get(f"/with-token/{token}").status_code == 200
        assert client.page.all("form")[1].all("input")[0].get("value") == token
    with pytest.raises(BadPage, match="posts without csrf_token"):
        client.get("/with-token/")
    with pytest.raises(BadPage, match="posts without csrf_token"):
        client.get("/with-token/")


def test_the_client_leaves_redirects_and_files_alone() -> None:
    client = small_app().test_client()
    assert client.get("/elsewhere").status_code == 302
    assert client.get("/file").text == "a,b"
    assert client.head("/bad").status_code == 200


def test_submit_sends_what_a_browser_would() -> None:
    client = small_app().test_client()
    assert isinstance(client, PageClient)
    answer = client.submit("/good", {"kind": "a"})
    assert answer.json == {"csrf_token": "abc", "sure": "1", "why": "two\nlines", "kind": "a"}


def test_submit_refuses_a_field_that_the_form_has_not() -> None:
    client = small_app().test_client()
    assert isinstance(client, PageClient)
    with pytest.raises(LookupError, match="has no colour"):
        client.submit("/good", {"colour": "red"})
    with pytest.raises(LookupError, match="has 0 such forms"):
        client.submit("/good", action="/open")

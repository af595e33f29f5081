"""Issue 14: managers write the public texts; what is shown is safe, and readable at twelve."""

from __future__ import annotations

import pytest
import textstat
from flask import Flask

from saas.database.scope import Scope, scoped
from saas.identity.permissions import ProviderRole
from tenants.front_door.texts.actions import AREA, TEXTS, publish, shipped, standing, values_of
from tenants.front_door.texts.markdown import to_blocks, to_html, to_plain
from tests.factories import NOW, client_of, make_person
from tests.page_client import PageClient

# Of Flesch and Kincaid: a grade is the age less five or six.
GRADE_OF_TWELVE = 6.0
VALUES = {
    "provider": "The Charity",
    "telephone": "020 7946 0000",
    "email": "mediation@provider.example",
    "address": "1 Example Yard",
    "area": "Trafford",
}


@pytest.fixture(autouse=True)
def _syllables_by_hyphens(monkeypatch: pytest.MonkeyPatch) -> None:
    """textstat would fetch a dictionary from the network; Pyphen's patterns come with it."""
    monkeypatch.setattr("textstat.backend.counts._count_syllables.get_cmudict", lambda lang: {})


@pytest.mark.parametrize("name", [*TEXTS, AREA])
def test_a_shipped_text_can_be_read_at_twelve(name: str) -> None:
    grade = textstat.flesch_kincaid_grade(to_plain(shipped(name), VALUES))
    assert grade <= GRADE_OF_TWELVE, f"{name}: {grade:.1f}"


def test_the_measure_finds_what_is_hard_to_read() -> None:
    hard = (
        "Notwithstanding the aforementioned administrative considerations, the authority is"
        " statutorily obligated to demonstrate the appropriateness of its determination."
    )
    assert textstat.flesch_kincaid_grade(hard) > 12


ATTACKS = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[x](javascript:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](JaVaScRiPt:alert(1))",
    '[x](https://a.example "onclick=alert(1)")',
    "![x](https://a.example/x.png)",
    "<a href='javascript:1' style='x'>y</a>",
    "<svg/onload=alert(1)>",
    "**<iframe src=//a.example>**",
)


@pytest.mark.parametrize("text", ATTACKS)
def test_nothing_in_a_text_is_run(text: str) -> None:
    html = str(to_html(text, VALUES)).lower()
    for forbidden in ("<script", "<img", "<iframe", "<svg", "<a href='j", 'href="j', 'href="d'):
        assert forbidden not in html
    assert "style=" not in html.replace("&#39;", "'").split("<a")[0] or "&lt;a" in html


def test_a_value_in_braces_has_no_marks_of_its_own() -> None:
    values = {**VALUES, "provider": "<b>A*B*</b> [x](https://evil.example)"}
    html = to_html("{provider} and {unknown}", values)
    assert "&lt;b&gt;A*B*&lt;/b&gt; [x](https://evil.example) and {unknown}" in html
    assert "<a" not in html


def test_a_heading_stands_below_that_of_the_page() -> None:
    html = to_html("# One\n\n#### Four", VALUES)
    assert "<h1" not in html and "<h4" not in html
    assert html.count("<h2") == 1 and html.count("<h3") == 1


def test_a_printed_paper_has_the_same_words() -> None:
    blocks = to_blocks("## Head\n\nOne **two**.\n\n- a [b](https://c.example)\n- d", VALUES)
    assert blocks == [
        {"kind": "heading", "text": "Head"},
        {"kind": "paragraph", "text": "One two."},
        {"kind": "point", "text": "a b"},
        {"kind": "point", "text": "d"},
    ]


@pytest.fixture(name="manager")
def signed_in_manager(fresh_app: Flask) -> PageClient:
    return client_of(fresh_app, make_person(fresh_app, role=ProviderRole.MANAGER))


@pytest.fixture(name="visitor")
def stranger(fresh_app: Flask) -> PageClient:
    client = fresh_app.test_client()
    assert isinstance(client, PageClient)
    return client


EDIT = "/manager/public-pages/texts/contact"


def test_a_text_is_looked_at_published_and_brought_back(
    manager: PageClient, visitor: PageClient
) -> None:
    before = visitor.get("/contact").text
    assert "Relay UK" in before
    looked = manager.submit(EDIT, {"markdown": "## Ring **us**", "preview": "y"})
    assert looked.status_code == 200
    assert "Nothing is published yet" in looked.text
    assert "<strong>us</strong>" in looked.text
    assert "Relay UK" in visitor.get("/contact").text
    assert manager.submit(EDIT, {"markdown": "First words", "publish": "y"}).status_code == 302
    assert "First words" in visitor.get("/contact").text
    assert manager.submit(EDIT, {"markdown": "Second words", "publish": "y"}).status_code == 302
    assert "Second words" in visitor.get("/contact").text
    listed = manager.get(f"{EDIT}/versions").text
    assert listed.index("Second words") < listed.index("First words")
    assert "First words" in manager.get(f"{EDIT}/versions/1").text
    manager.submit(f"{EDIT}/versions/1/restore", {"checked": "go-on"})
    assert "First words" in visitor.get("/contact").text
    # An empty one brings the shipped text back.
    manager.submit(EDIT, {"markdown": "  ", "publish": "y"})
    assert "Relay UK" in visitor.get("/contact").text


def test_two_who_write_at_once_do_not_lose_each_others_words(
    fresh_app: Flask, manager: PageClient, visitor: PageClient
) -> None:
    manager.get(EDIT)
    form = next(f for f in manager.page.all("form") if f.get("action") == EDIT)
    sent = {one.get("name"): one.get("value") for one in form.all("input")}
    with scoped(Scope.panel(None)) as session:
        publish(session, "contact", "Somebody else's", by=None, at=NOW)
    answer = manager.post(EDIT, data={**sent, "markdown": "Mine", "publish": "y"})
    assert answer.status_code == 422
    assert "Somebody else published this text" in answer.text and "Mine" in answer.text
    assert "Somebody else" in visitor.get("/contact").text


def test_a_text_that_is_too_long_is_refused_at_its_field(manager: PageClient) -> None:
    assert manager.submit(EDIT, {"markdown": "x" * 20_001, "publish": "y"}).status_code == 422


@pytest.mark.parametrize("role", [ProviderRole.COORDINATOR, ProviderRole.FINANCE])
def test_others_of_the_provider_write_none(fresh_app: Flask, role: ProviderRole) -> None:
    client = client_of(fresh_app, make_person(fresh_app, role=role))
    client.looks = False
    assert client.get(EDIT).status_code == 403
    assert client.get("/manager/public-pages").status_code == 403


def test_a_text_stands_in_one_question(fresh_app: Flask) -> None:
    settings = fresh_app.extensions["settings"]
    with scoped(Scope.public()) as session:
        found = standing(session, *TEXTS)
    assert set(found) == set(TEXTS)
    for name, text in found.items():
        assert "{" not in to_html(text, values_of(settings)), name

"""Issue 14: the public pages in other languages: every word of them, and never two languages."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from saas.database.scope import Scope, scoped
from saas.identity.permissions import ProviderRole
from saas.reference.working_days import bank_holidays
from saas.web.errors import EXPLANATIONS, NO_ROOM, OTHER, STALE_FORM
from saas.web.languages import LANGUAGES, catalogue
from tenants.front_door.areas import HOURS, time_limits
from tenants.front_door.guide_words import CAN_DO, IN_PLAIN_WORDS, choices_on
from tenants.front_door.spoken import SPOKEN, TRANSLATED_PUBLIC_PAGES
from tenants.front_door.texts.actions import publish
from tenants.front_door.texts.translated import TRANSLATED_TEXTS, lines_said
from tenants.law.clocks import ClockFacts, read_clocks
from tenants.law.spoken import SPOKEN as COUNTED
from tests.bracketed import bracket, left_out
from tests.factories import NOW, TODAY, client_of, make_person, make_tenant
from tests.page_client import PageClient
from tests.tenants.front_door.test_guide import parts
from tests.tenants.front_door.test_postcode_page import FEW, load, subscribe

pytestmark = pytest.mark.usefixtures("standing_clock")

OTHERS = [code for code in LANGUAGES if code != "en"]
DECISIONS = [code for code, _ in choices_on(TODAY)]
LETTERS = [
    {},
    parts("notice_sent", "28", "5", "2026"),
    # Its time is over, it ends at a weekend, and the month has no 31st.
    {**parts("notice_sent", "31", "12", "2025"), **parts("certificate_issued", "31", "1", "2026")},
    {**parts("notice_sent", "3", "2", "2026"), **parts("certificate_issued", "5", "3", "2026")},
    {**parts("notice_sent", "3", "2", "2025"), **parts("certificate_issued", "15", "7", "2025")},
    {**parts("notice_sent", "1", "10", "2025"), **parts("certificate_issued", "28", "11", "2025")},
]
WRONG_DATES = [
    {},
    parts("notice_sent", "30", "2", "2026"),
    parts("notice_sent", "", "2", "2026"),
    parts("notice_sent", "11", "6", "2026"),
    parts("notice_sent", "1", "6", "2014"),
    {**parts("notice_sent", "3", "2", "2026"), **parts("certificate_issued", "3", "2", "2027")},
    {**parts("notice_sent", "3", "2", "2026"), **parts("certificate_issued", "2", "2", "2026")},
]
WRONG_POSTCODES = [
    "",
    "M33",
    "QQ1 1AA",
    "nothing like it",
    "M33!",
    "M33 22",
    "3M3 2AA",
    "x" * 5_000,
]


@pytest.fixture(name="visitor")
def stranger(app: Flask) -> PageClient:
    client = app.test_client()
    assert isinstance(client, PageClient)
    return client


def ask(client: PageClient, code: str, **fields: str) -> int:
    client.get(f"/guide?lang={code}")
    return client.submit("/guide", fields, action="/guide").status_code


def english_in(client: PageClient, code: str) -> list[str]:
    """The sentences of the English pages that a page in another language says."""
    said = client.page.all("body")[0].text
    return [
        str(message.id)
        for message in catalogue(code)
        if message.id
        and len(str(message.id)) > 12
        and str(message.id) in said
        and str(message.id) not in str(message.string)
    ]


@pytest.mark.parametrize("code", OTHERS)
def test_every_decision_is_answered_in_each_language(visitor: PageClient, code: str) -> None:
    direction = "rtl" if LANGUAGES[code].direction == "rtl" else ""
    for decision in DECISIONS:
        for letter in LETTERS[1:4]:
            assert ask(visitor, code, decision=decision, **letter) == 200
            html = visitor.page.all("html")[0]
            assert (html.get("lang"), html.get("dir")) == (code, direction)
            main = visitor.page.all("main")[0].text
            for words in (IN_PLAIN_WORDS[decision], CAN_DO.get(decision)):
                assert words is None or str(words) not in main
            assert english_in(visitor, code) == []


@pytest.mark.parametrize("code", OTHERS)
def test_a_wrong_date_is_said_in_the_language(visitor: PageClient, code: str) -> None:
    for wrong in WRONG_DATES:
        assert ask(visitor, code, decision="RTA", **wrong) == 422
        assert visitor.page.all("html")[0].get("lang") == code
        assert english_in(visitor, code) == []
    said = catalogue(code).get("Enter the date on the council's letter")
    assert ask(visitor, code, decision="RTA") == 422
    assert said is not None and str(said.string) in visitor.page.all("main")[0].text


@pytest.fixture
def bracketed(monkeypatch: pytest.MonkeyPatch) -> None:
    bracket(monkeypatch)


@pytest.mark.usefixtures("bracketed")
def test_every_word_of_the_guide_comes_from_the_catalogue(visitor: PageClient) -> None:
    for decision in DECISIONS:
        for letter in LETTERS:
            ask(visitor, "pl", decision=decision, **letter)
            assert left_out(visitor.page) == [], (decision, letter)
    for wrong in WRONG_DATES:
        assert ask(visitor, "pl", decision="RTA", **wrong) == 422
        assert left_out(visitor.page) == [], wrong
    assert ask(visitor, "pl") == 422
    assert left_out(visitor.page) == []


@pytest.mark.usefixtures("bracketed")
def test_every_word_of_each_translated_page_comes_from_the_catalogue(
    app: Flask, visitor: PageClient
) -> None:
    tenant = make_tenant(app)
    ended = make_tenant(app, subscribed_to=TODAY - dt.timedelta(days=1))
    visitor.get("/areas")
    names = {one.text for one in visitor.page.all("main")[0].all("li")}
    seen = set()
    for rule in app.url_map.iter_rules():
        if rule.endpoint not in TRANSLATED_PUBLIC_PAGES or "GET" not in (rule.methods or ()):
            continue
        for area in (tenant, ended):
            known = {"area": area.slug, "step": "who"}
            values = {name: known[name] for name in rule.arguments}
            built = rule.build(values, append_unknown=False)
            assert built is not None
            assert visitor.get(f"{built[1]}?lang=pl").status_code == 200
            assert visitor.page.all("html")[0].get("lang") == "pl", rule.endpoint
            councils = {one.text for one in visitor.page.all("option") if one.get("value")}
            found = left_out(visitor.page, tenant.name, ended.name, *names, *councils)
            assert found == [], rule.endpoint
        seen.add(rule.endpoint)
    assert seen == TRANSLATED_PUBLIC_PAGES


@pytest.mark.usefixtures("bracketed")
def test_every_answer_about_a_postcode_comes_from_the_catalogue(
    fresh_app: Flask, tmp_path: Path
) -> None:
    load(fresh_app, [*FEW, ("M33 2AB", "E08000009", "0")], tmp_path)
    subscribe("trafford", "358")
    subscribe("hertfordshire", "919", until=dt.date(2021, 1, 1))
    client = fresh_app.test_client()
    assert isinstance(client, PageClient)
    client.get("/check-postcode?lang=pl")
    councils = ("Trafford", "Manchester", "Hertfordshire", "Cumberland", "Bournemouth", "Find your")
    for typed in (
        *("M33 2AA", "M33 2AB", "SG1 1AA", "M33 3PA", "M33 2AZ", "M33 9ZZ", "CA1 1AA", "EH1 1AA"),
        *WRONG_POSTCODES,
    ):
        client.submit("/check-postcode", {"postcode": typed})
        assert client.page.all("html")[0].get("lang") == "pl"
        assert left_out(client.page, *councils) == [], typed


@pytest.mark.usefixtures("bracketed")
def test_every_word_about_a_complaint_comes_from_the_catalogue(
    app: Flask, visitor: PageClient
) -> None:
    tenant = make_tenant(app)
    visitor.get("/complain?lang=pl")
    councils = [one.text for one in visitor.page.all("option") if one.get("value")]
    written = {
        "authority": tenant.slug,
        "from_whom": "parent",
        "about": "delay",
        "words": "Za długo.",
        "from_name": "Ala Przykład",
    }
    for wrong in ({}, {**written, "reply_to": "nothing"}, {**written, "from_name": "x" * 200}):
        assert visitor.submit("/complain", wrong).status_code == 422
        assert left_out(visitor.page, *councils, "Za długo.") == []
    assert visitor.submit("/complain", {**written, "reply_to": "a@example.org"}).status_code == 200
    assert visitor.page.all("html")[0].get("lang") == "pl"
    assert left_out(visitor.page) == []


@pytest.mark.usefixtures("bracketed")
def test_who_is_signed_in_reads_no_second_language_in_the_frame(app: Flask) -> None:
    someone = make_person(app, role=ProviderRole.COORDINATOR)
    client = client_of(app, someone)
    client.get("/guide?lang=pl")
    assert left_out(client.page, someone.name) == []


@pytest.mark.usefixtures("bracketed")
def test_a_page_that_cannot_be_shown_says_so_in_the_language(app: Flask) -> None:
    client = app.test_client()
    assert isinstance(client, PageClient)
    client.get("/guide?lang=pl")
    client.post("/guide", data={"decision": "RTA"}, headers={"Referer": "http://localhost/guide"})
    client.get("/areas/nowhere")
    assert client.page.all("html")[0].get("lang") == "pl"
    assert left_out(client.page) == []


def test_the_answer_is_given_again_in_another_language_and_counted_once(
    app: Flask, visitor: PageClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted: list[str] = []
    monkeypatch.setattr(
        "tenants.front_door.guide_pages.count_step",
        lambda page, step, **_: counted.append(step),
    )
    asked = {"decision": "RTA", **parts("notice_sent", "28", "5", "2026")}
    assert visitor.submit("/guide", asked, action="/guide").status_code == 200
    # The choice of language is a form here: it sends again what was asked.
    (form,) = (one for one in visitor.page.all("form") if one.inside("nav"))
    again = {one.get("name"): one.get("value") for one in form.all("input")}
    assert {name: again[name] for name in asked} == asked
    buttons = {one.get("lang"): one.get("formaction") for one in form.all("button")}
    assert set(buttons) == set(LANGUAGES)
    assert visitor.post(buttons["ar"], data=again).status_code == 200
    html, main = visitor.page.all("html")[0], visitor.page.all("main")[0].text
    assert (html.get("lang"), html.get("dir")) == ("ar", "rtl")
    assert "28 مايو 2026" in main
    assert counted == ["started", "finished"]


def test_a_text_that_a_manager_wrote_is_left_out_elsewhere(app: Flask, visitor: PageClient) -> None:
    shipped = catalogue("pl").get(lines_said("guide")[0])
    assert shipped is not None
    assert str(shipped.string) in visitor.get("/guide?lang=pl").text
    with scoped(Scope.panel(make_person(app, role=ProviderRole.MANAGER).id)) as session:
        publish(session, "guide", "Our very own words.", by=None, at=NOW)
    try:
        shown = visitor.get("/guide").text
        assert "Our very own words" not in shown and str(shipped.string) not in shown
        assert "Our very own words" in visitor.get("/guide?lang=en").text
    finally:
        with scoped(Scope.panel(make_person(app, role=ProviderRole.MANAGER).id)) as session:
            publish(session, "guide", "", by=None, at=NOW)
    assert str(shipped.string) in visitor.get("/guide?lang=pl").text


def test_the_manager_is_told_what_becomes_of_it(app: Flask) -> None:
    manager = client_of(app, make_person(app, role=ProviderRole.MANAGER))
    for name, told in (("guide", True), ("privacy", False)):
        shown = manager.get(f"/manager/public-pages/texts/{name}").text
        assert ("A text of your own is in English only" in shown) is told


def test_what_stands_elsewhere_is_what_it_is_there() -> None:
    explained = [words for code, words in EXPLANATIONS.items() if code not in (401, 403, 409)]
    errors = {
        text
        for one in (*explained, NO_ROOM, STALE_FORM, OTHER)
        for text in (one.title, one.happened, one.advice)
    }
    known = {str(message.id) for message in catalogue("pl") if message.id}
    assert errors <= known
    assert {HOURS, *(time for time, _ in time_limits())} <= set(SPOKEN)
    for name in TRANSLATED_TEXTS:
        assert set(lines_said(name)) <= known


def sentences() -> Iterator[str]:
    day = dt.date(2014, 9, 1)
    while day < dt.date(2030, 1, 1):
        for later in (None, 0, 20, 31, 45, 62):
            issued = None if later is None else day + dt.timedelta(days=later)
            for one in read_clocks(ClockFacts(notice_sent=day, certificate_issued=issued)):
                for sentence in one.sentences:
                    yield sentence.text
                    yield from (one for one in sentence.values.values() if isinstance(one, str))
        day += dt.timedelta(days=1)


def test_all_that_the_two_clocks_of_families_say_is_in_the_catalogues() -> None:
    assert set(sentences()) <= set(COUNTED)


def test_every_bank_holiday_on_which_an_appeal_can_end_has_its_name() -> None:
    found = bank_holidays(dt.date(2014, 9, 1), dt.date(2099, 12, 31))
    names = {
        name
        for day, name in found.items()
        if day.weekday() < 5 and day.month != 8 and (day.month, day.day) < (12, 25)
        if (day.month, day.day) != (1, 1)
    }
    assert names <= set(COUNTED)

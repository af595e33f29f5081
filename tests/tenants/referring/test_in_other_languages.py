"""Issue 14: a referral in another language, from its first page to its number, word for word."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping

import pytest
from flask import Flask

from saas.identity.signed_in import Tenancy
from saas.web.languages import LANGUAGES, catalogue
from tests.bracketed import bracket, left_out
from tests.factories import make_tenant
from tests.tenants.call_backs.test_calls import NINE, THURSDAY, adviser
from tests.tenants.referring.journeys import PARENT, Visitor
from tests.tenants.referring.test_front_door import OF_FIFTEEN, OF_SEVENTEEN

__all__ = ["adviser"]

SCHOOL = {
    **PARENT,
    "who": {"who": "school"},
    "permission": {
        "given": "yes",
        "permission_by": "Jo Doorwell",
        "permission_on-day": "8",
        "permission_on-month": "6",
        "permission_on-year": "2026",
        "permission_how": "telefon",
    },
    "you": {"name": "Sam Teacher", "organisation": "Example", "email": "sam@example.org"},
}
CONTENT = {
    **PARENT,
    "decision": {**PARENT["decision"], "decision": "CONTENT"},
    "about": {**PARENT["about"], "sections": "B", "health_issue": "y"},
    "contact": {**PARENT["contact"], "preferred_communication": "Text message"},
    "call": {"day": THURSDAY.isoformat()},
    "time": {"time": NINE.astimezone(dt.UTC).isoformat()},
}
# What a person wrote, and names.
WRITTEN: tuple[str, ...] = (
    "Ada",
    "Doorwell",
    "Example",
    "They say",
    "Mother",
    "Polish",
    "Large print",
    "after 4pm",
)
WRITTEN += ("Sam Teacher", "telefon")
WRONG: dict[str, list[Mapping[str, str]]] = {
    "where": [{}, {"postcode": "M33"}, {"postcode": "M33 9ZZ"}, {"postcode": "EH1 1AA"}],
    "council": [{}, {"right": "no"}],
    "permission": [{}, {"given": "yes"}],
    "you": [{}, {"name": "123", "email": "nothing", "telephone": "nothing"}],
    "child": [{}, {**PARENT["child"], "date_of_birth-year": ""}],
    "decision": [{}, {"decision": "RTA"}, {**PARENT["decision"], "notice_sent-day": "31"}],
    "contact": [{}, {"contact_name": "Jo", "contact_relation": "Mother"}],
    "decides": [{}],
}


@pytest.fixture(name="reads")
def reader(
    tenant: Tenancy, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], str]:
    """Opens a page and sees that nothing on it is left in English."""
    bracket(monkeypatch)
    visitor.client.get("/refer?lang=pl")

    def read(address: str = "") -> str:
        if address:
            visitor.open(address)
        page = visitor.client.page
        assert page.all("html")[0].get("lang") == "pl", address
        councils = {one.text for one in page.all("option") if one.get("value")}
        known = (tenant.name, *WRITTEN, *councils, "SENDIASS", "IPSEA")
        assert left_out(page, *known) == [], address
        return str(page.text)

    return read


def go(
    visitor: Visitor,
    tenant: Tenancy,
    answers: Mapping[str, Mapping[str, str]],
    reads: Callable[[str], str],
) -> None:
    """From the first page to the last; each is read, also with its mistakes."""
    known: dict[str, Mapping[str, str]] = {"where": {"council": tenant.slug}, **answers}
    step = "who"
    while step != "check":
        reads(f"/refer/{step}")
        for wrong in WRONG.get(step, [{}]):
            answer = visitor.client.submit(f"/refer/{step}", wrong)
            if answer.status_code == 422:
                reads("")
        step = visitor.answer(step, known[step]).rpartition("/")[2]
    reads("/refer/check")


@pytest.mark.usefixtures("adviser")
def test_every_word_for_a_parent_comes_from_the_catalogue(
    tenant: Tenancy, visitor: Visitor, reads: Callable[[str], str]
) -> None:
    reads("/refer")
    reads("/refer/done")
    go(visitor, tenant, CONTENT, reads)
    reads("/refer")
    reads("/refer/later")
    assert visitor.client.submit("/refer/later", {"email": "nothing"}).status_code == 422
    reads("")
    assert visitor.client.submit("/refer/later", {"email": "a@example.org"}).status_code == 200
    reads("")
    reads("/refer/return?key=x")
    answer = visitor.client.submit("/refer/check")
    assert answer.status_code == 302
    assert "czwartek 11 czerwca 2026, 09:00" in reads("/refer/done")
    reads("/refer/check")


def test_every_word_for_a_school_comes_from_the_catalogue(
    tenant: Tenancy, visitor: Visitor, reads: Callable[[str], str]
) -> None:
    go(visitor, tenant, SCHOOL, reads)
    visitor.answer("permission", {"given": "no"})
    reads("/refer/stopped")
    visitor.answer("permission", SCHOOL["permission"])
    assert visitor.client.submit("/refer/check").status_code == 302
    reads("/refer/done")


def test_every_word_about_who_decides_comes_from_the_catalogue(
    tenant: Tenancy, visitor: Visitor, reads: Callable[[str], str]
) -> None:
    own = {**PARENT, "child": {**PARENT["child"], **OF_SEVENTEEN}, "decides": {"decides": "own"}}
    go(visitor, tenant, own, reads)
    visitor.answer("decides", {"decides": "not_yet"})
    reads("/refer/stopped")
    visitor.answer("decides", {"decides": "own"})
    visitor.answer("who", {"who": "young_person"})
    visitor.answer("child", {**PARENT["child"], **OF_FIFTEEN})
    reads("/refer/stopped")


def test_every_word_for_a_family_of_another_council_comes_from_the_catalogue(
    app: Flask, tenant: Tenancy, visitor: Visitor, reads: Callable[[str], str]
) -> None:
    gone = make_tenant(app, subscribed_to=dt.date(2026, 3, 31))
    letters = ("", "&letter-day=20&letter-month=5&letter-year=2026", "&letter-day=20")
    for letter in (*letters, "&letter-day=20&letter-month=5&letter-year=2010"):
        visitor.open(f"/refer/elsewhere?council={gone.slug}{letter}")
        assert left_out(visitor.client.page, gone.name, "SENDIASS", "IPSEA") == [], letter
    reads("/refer/elsewhere?council=nowhere")


def test_every_word_of_a_refusal_comes_from_the_catalogue(
    app: Flask,
    tenant: Tenancy,
    visitor: Visitor,
    reads: Callable[[str], str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", False)
    adjustments = {f"adjustments-{number}": "x" * 100 for number in range(200)}
    visitor.client.post("/refer/needs", data={"messages": "yes", **adjustments})
    reads("")
    visitor.client.post("/refer/about", data={"about": "x" * 2_000_000})
    reads("")


@pytest.mark.parametrize("code", [code for code in LANGUAGES if code != "en"])
def test_what_is_kept_is_the_same_in_every_language(
    tenant: Tenancy, visitor: Visitor, code: str
) -> None:
    visitor.client.get(f"/refer?lang={code}")
    visitor.fill_in(tenant, CONTENT | {"call": {"day": "none"}})
    said = catalogue(code).get("Text message")
    assert said is not None and str(said.string) in visitor.open("/refer/check")
    visitor.client.get("/refer/check?lang=en")
    assert "Text message" in visitor.open("/refer/check")

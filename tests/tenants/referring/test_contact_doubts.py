"""Issue 14: what looks like a slip in how a family is reached is asked once, and stops nobody."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from saas.identity.signed_in import Tenancy
from tests.page_client import PageClient
from tests.tenants.referring.journeys import PARENT, Visitor

OWN = PARENT["contact"]
SCHOOL: Mapping[str, Mapping[str, str]] = {
    **PARENT,
    "who": {"who": "school"},
    "permission": {
        "given": "yes",
        "permission_by": "Jo Doorwell",
        "permission_on-day": "1",
        "permission_on-month": "6",
        "permission_on-year": "2026",
        "permission_how": "By telephone",
    },
    "you": {
        "name": "Sam Teacher",
        "organisation": "Example Primary",
        "telephone": "01632 960 001",
        "email": "sam@school.example",
    },
}
ASKS = "Is this right?"


def _up_to_contact(
    visitor: Visitor, tenant: Tenancy, answers: Mapping[str, Mapping[str, str]]
) -> None:
    known = {"where": {"council": tenant.slug}, **answers}
    step = "who"
    while step != "contact":
        step = visitor.answer(step, known[step]).rpartition("/")[2]


def _again(client: PageClient) -> str:
    """Press the button again on the page that asked, as a browser does."""
    form = next(one for one in client.page.all("form") if one.inside("header") is None)
    fields = {
        one.get("name"): one.get("value")
        for one in form.all("input")
        if one.get("name") and one.get("type") not in ("checkbox", "radio")
    }
    answer = client.post("/refer/contact", data=fields)
    assert answer.status_code == 302, answer.text
    return str(answer.location)


def test_a_likely_slip_in_an_address_is_asked_once(visitor: Visitor, tenant: Tenancy) -> None:
    _up_to_contact(visitor, tenant, PARENT)
    wrong = {**OWN, "contact_email": "jo@gmial.com"}
    asked = visitor.client.submit("/refer/contact", wrong)
    assert asked.status_code == 200
    assert ASKS in asked.text and "Did you mean jo@gmail.com?" in asked.text
    # What was entered stands, and pressing again goes on.
    assert _again(visitor.client).endswith("/refer/needs")
    # Coming back to the page without changing it asks nothing.
    assert visitor.client.submit("/refer/contact").status_code == 302


def test_what_was_put_right_is_not_asked_about(visitor: Visitor, tenant: Tenancy) -> None:
    _up_to_contact(visitor, tenant, PARENT)
    visitor.client.submit("/refer/contact", {**OWN, "contact_email": "jo@gmial.com"})
    right = visitor.client.submit("/refer/contact", {**OWN, "contact_email": "jo@gmail.com"})
    assert right.status_code == 302


@pytest.mark.parametrize("domain", ["borough.gov.uk", "nhs.uk", "example.sch.uk"])
def test_an_address_at_work_is_asked_about_kindly(
    visitor: Visitor, tenant: Tenancy, domain: str
) -> None:
    _up_to_contact(visitor, tenant, PARENT)
    asked = visitor.client.submit("/refer/contact", {**OWN, "contact_email": f"jo@{domain}"})
    assert asked.status_code == 200 and f"An address at {domain} is read at work" in asked.text
    assert _again(visitor.client).endswith("/refer/needs")


def test_who_refers_is_asked_whether_the_family_has_the_same_number(
    visitor: Visitor, tenant: Tenancy
) -> None:
    _up_to_contact(visitor, tenant, SCHOOL)
    same = {**OWN, "contact_telephone": "+44 1632 960001", "contact_email": "SAM@school.example"}
    asked = visitor.client.submit("/refer/contact", same)
    assert asked.status_code == 200
    assert "telephone number that you gave as your own" in asked.text
    assert "e-mail address that you gave as your own" in asked.text
    assert _again(visitor.client).endswith("/refer/needs")


def test_an_ordinary_contact_is_asked_about_nothing(visitor: Visitor, tenant: Tenancy) -> None:
    _up_to_contact(visitor, tenant, SCHOOL)
    assert visitor.answer("contact", OWN).endswith("/refer/needs")

"""Which noun of the navigation a page marks as its own."""

from __future__ import annotations

import pytest
from flask import Flask

from saas.identity.permissions import ProviderRole
from saas.navigation import BELOW, NAVIGATION
from tests.factories import client_of, make_person, make_tenant
from tests.page_client import PageClient


def current(client: PageClient) -> list[str]:
    assert client.page is not None
    links = [one for one in client.page.all("a") if "app-nav__link" in one.get("class")]
    return [one.text for one in links if one.get("aria-current") == "page"]


@pytest.mark.parametrize(
    ("path", "noun"),
    [
        ("contracts", "Contracts"),
        ("{slug}/contract", "Contracts"),
        ("prices", "Contracts"),
        ("invoices", "Invoices"),
        ("runs", "Invoice run"),
        ("debtors", "Debtors"),
        ("reminders", "Debtors"),
        ("base-rates", "Debtors"),
        ("{slug}/account", "Debtors"),
        ("{slug}/payments/new", "Debtors"),
        ("{slug}/pause-reminders", "Debtors"),
        ("{slug}/stripe-cash", "Debtors"),
        ("bank", "Bank"),
        ("reports", "Reports"),
        ("stripe", "Reports"),
    ],
)
def test_a_page_of_finance_marks_the_noun_that_it_is_reached_from(
    app: Flask, path: str, noun: str
) -> None:
    client = client_of(app, make_person(app, role=ProviderRole.FINANCE))
    assert isinstance(client, PageClient)
    answer = client.get(f"/finance/{path.format(slug=make_tenant(app).slug)}")
    assert answer.status_code == 200
    assert current(client) == [noun]


def test_every_page_that_is_put_below_a_noun_is_there(app: Flask) -> None:
    nouns = {endpoint for items in NAVIGATION.values() for _, endpoint, _ in items}
    assert set(BELOW) <= set(app.view_functions)
    assert set(BELOW.values()) <= nouns
    assert not nouns & set(BELOW)

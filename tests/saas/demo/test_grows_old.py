"""A demonstration that is months old stays sensible: pages open, the worker works, runs draft."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from flask import Flask

from billing.ledger.invoices import InvoiceDraft
from billing.periods import quarter_of
from billing.runs.asking import Asked, ask
from billing.runs.models import DRAFTING
from saas.app import create_app
from saas.config import Settings
from saas.database.scope import Scope, scoped
from saas.demo.age import is_old
from saas.demo.authorities import DEMO_AUTHORITIES
from saas.demo.load import seed_demo
from saas.demo.people import EXAMPLE, Staff, TeamMember, authority_member, provider_member
from saas.identity.permissions import AuthorityRole, ProviderRole
from saas.jobs import PERIODIC
from saas.reference.progress import silent
from tenants.subscribers.queries import find_tenancy
from tests.conftest import NewDatabase, close_connections
from tests.factories import Someone, client_of
from tests.page_client import PageClient

TOLD = dt.date(2026, 11, 21)
LATER = {
    "a month": dt.date(2026, 12, 21),
    "half a year": dt.date(2027, 5, 21),
    "fourteen months": dt.date(2028, 1, 21),
}
# Each door's first pages, and so many of what they lead to.
DOORS = {
    "/authority/": 20,
    "/authority/invoices": 12,
    "/provider/": 20,
    "/manager/": 15,
    "/finance/contracts": 25,
}


@pytest.fixture(scope="module")
def old(new_database: NewDatabase) -> Iterator[tuple[Flask, Settings]]:
    with new_database() as settings:
        app = create_app(settings, TESTING=True)
        app.test_client_class = PageClient
        with app.app_context():
            seed_demo(settings, TOLD, silent, slugs={EXAMPLE: DEMO_AUTHORITIES[EXAMPLE]})
        yield app, settings
        close_connections(app)


def visitors(app: Flask) -> dict[str, PageClient]:
    people: dict[str, Staff | TeamMember] = {
        "/authority/": authority_member(EXAMPLE, AuthorityRole.MANAGER),
        "/authority/invoices": authority_member(EXAMPLE, AuthorityRole.FINANCE),
        "/provider/": provider_member(ProviderRole.COORDINATOR),
        "/manager/": provider_member(ProviderRole.MANAGER),
        "/finance/contracts": provider_member(ProviderRole.FINANCE),
    }
    return {
        door: client_of(app, Someone(person.id, person.email, person.name))
        for door, person in people.items()
    }


def crawl(client: PageClient, first: str, most: int) -> int:
    """Open what the pages lead to, nearest first; how many were opened."""
    door = "/" + first.split("/")[1] + "/"
    waiting, seen = [first], {first}
    opened = 0
    while waiting and opened < most:
        path = waiting.pop(0)
        answer = client.get(path)
        assert answer.status_code in (200, 302, 404), (path, answer.status_code)
        opened += 1
        if answer.mimetype != "text/html" or answer.status_code != 200:
            continue
        for link in client.page.all("a"):
            href = link.get("href")
            if href.startswith(door) and href not in seen and "#" not in href:
                seen.add(href)
                waiting.append(href)
    return opened


@pytest.mark.parametrize("later", LATER.values(), ids=LATER)
def test_it_is_looked_at_later(
    old: tuple[Flask, Settings], later: dt.date, monkeypatch: pytest.MonkeyPatch
) -> None:
    app, settings = old
    at = dt.datetime.combine(later, dt.time(9), dt.UTC)
    monkeypatch.setattr("saas.web.today.clock", lambda: at)
    with app.app_context():
        for _, work in PERIODIC:
            work(settings, at)
    for door, client in visitors(app).items():
        assert crawl(client, door, DOORS[door]) > 3, door


def test_the_quarter_of_the_day_is_drafted_and_what_ended_is_said(
    old: tuple[Flask, Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    app, settings = old
    later = LATER["half a year"]
    at = dt.datetime.combine(later, dt.time(9), dt.UTC)
    monkeypatch.setattr("saas.web.today.clock", lambda: at)
    work = {each.__name__: each for _, each in PERIODIC}
    with app.app_context():
        tenancy = find_tenancy(EXAMPLE)
        assert tenancy is not None
        ask(DRAFTING, quarter_of(later), [Asked(tenancy.id)], person=None, at=at)
        work["do_invoice_runs"](settings, at)
        with scoped(Scope.all_accounts(None)) as session:
            drafted = session.scalars(
                sa.select(InvoiceDraft).where(InvoiceDraft.period_from == quarter_of(later).first)
            ).all()
    assert len(drafted) == 1
    finance = visitors(app)["/finance/contracts"]
    # The law's rate of a half-year that nobody recorded is asked for, not guessed.
    assert "31 December 2026" in finance.get("/finance/base-rates").get_data(as_text=True)


def test_a_start_knows_how_old_it_is(old: tuple[Flask, Settings]) -> None:
    _, settings = old
    assert is_old(settings, TOLD + dt.timedelta(days=31)) == ""
    assert "Saturday 21 November 2026" in is_old(settings, TOLD + dt.timedelta(days=32))

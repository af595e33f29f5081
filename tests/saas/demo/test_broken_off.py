"""A seeding that broke off is seen, named with its cause, and completed by the next."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from flask import Flask

from billing.ledger.payments import Payment
from saas.app import create_app
from saas.config import Settings
from saas.database.scope import Scope, scoped
from saas.demo import account_outcomes, accounts, agreements, load
from saas.demo.authorities import DEMO_AUTHORITIES
from saas.demo.load import seed_demo
from saas.demo.parts import DemoBrokenOffError, Parts, broken_off
from saas.reference.progress import silent
from tenants.agreements.models import Agreement
from tenants.facilitation.models import FacilitatedMeeting
from tests.conftest import NewDatabase, close_connections

TODAY = dt.date(2026, 11, 26)
# Two of the smallest caseloads, by the order of their names.
SOME = {slug: DEMO_AUTHORITIES[slug] for slug in ("bedford", "kingston-upon-thames")}


@pytest.fixture
def demo(new_database: NewDatabase) -> Iterator[tuple[Flask, Settings]]:
    with new_database() as settings:
        app = create_app(settings, TESTING=True)
        with app.app_context():
            yield app, settings
        close_connections(app)


def counts() -> dict[str, int]:
    with scoped(Scope.all_accounts(None)) as session:
        found = {"payments": session.scalar(sa.select(sa.func.count()).select_from(Payment)) or 0}
    with scoped(Scope.all_cases(None)) as session:
        for table in (Agreement, FacilitatedMeeting):
            counted = session.scalar(sa.select(sa.func.count()).select_from(table))
            found[table.__tablename__] = counted or 0
    return found


def test_each_part_that_breaks_is_named_and_the_next_start_goes_on_with_it(
    demo: tuple[Flask, Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, settings = demo
    whole_settle, whole_write = account_outcomes.settle, agreements._write
    told: list[str] = []

    def say(what: str, done: int, total: int) -> None:
        told.append(what)

    def breaks(*_args: object, **_kwargs: object) -> None:
        raise RuntimeError("the lights went out")

    # In the middle of the accounts: the first authority's are told, the second's are not.
    def settles_bedford_alone(tenancy: object, *args: object, **kwargs: object) -> None:
        if getattr(tenancy, "slug", "") != "bedford":
            breaks()
        whole_settle(tenancy, *args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(accounts, "settle", settles_bedford_alone)
    with pytest.raises(
        DemoBrokenOffError, match="what became of the invoices of Kingston"
    ) as first:
        seed_demo(settings, TODAY, silent, slugs=SOME)
    assert "the lights went out" in str(first.value) and "not whole" in str(first.value)
    assert broken_off(settings) == ["what became of the invoices of Kingston upon Thames"], (
        "what the next start says that it goes on with"
    )
    monkeypatch.setattr(accounts, "settle", whole_settle)

    # Then between two agreements of one authority.
    written: list[object] = []

    def writes_one(*args: object, **kwargs: object) -> None:
        if written:
            breaks()
        whole_write(*args, **kwargs)  # type: ignore[arg-type]
        written.append(args)

    monkeypatch.setattr(agreements, "_write", writes_one)
    with pytest.raises(DemoBrokenOffError, match="the agreements of "):
        seed_demo(settings, TODAY, say, slugs=SOME)
    assert any("An earlier start broke off: making what became of" in what for what in told)
    monkeypatch.setattr(agreements, "_write", whole_write)

    # Then the last part of all.
    monkeypatch.setattr(load, "seed_reports", breaks)
    with pytest.raises(DemoBrokenOffError, match="the reports"):
        seed_demo(settings, TODAY, silent, slugs=SOME)
    monkeypatch.undo()

    seed_demo(settings, TODAY, silent, slugs=SOME)
    assert Parts(settings, TODAY).broken_off() == []
    completed = counts()
    assert all(completed.values()), completed

    # One more start finds everything there and adds nothing.
    again = seed_demo(settings, TODAY, silent, slugs=SOME)
    assert not again.added and not again.accounts
    assert counts() == completed

"""The numbers of a series are unique, increasing and without holes, whoever takes them when."""

from __future__ import annotations

import datetime as dt
import random
import threading
from collections import defaultdict

import pytest
import sqlalchemy as sa
from flask import Flask

from billing.checking import faults_of_accounts
from billing.credits.actions import credit
from billing.invoices.issuing import series_number, take_number
from billing.ledger.credit_notes import CreditNote
from billing.ledger.invoices import Invoice, InvoiceSeries
from billing.periods import Period, add_months
from billing.refusal import BillingRefused
from saas.database.scope import Scope, scoped
from tests.billing.making import AT, account_of, contract_for, issue_period, order_for
from tests.factories import make_tenant

DAYS = (dt.date(2026, 4, 1), dt.date(2027, 3, 31), dt.date(2027, 4, 1))


class _ChangedMyMind(Exception):
    pass


def test_numbers_taken_at_once_and_given_back_at_random_leave_no_hole(fresh_app: Flask) -> None:
    tenants = [make_tenant(fresh_app) for _ in range(4)]
    kept: defaultdict[tuple[str, int], list[int]] = defaultdict(list)

    def take(place: int) -> None:
        chance = random.Random(place)
        with fresh_app.app_context():
            for _ in range(25):
                series = chance.choice(("invoice", "credit_note"))
                keep = chance.random() < 0.6
                try:
                    with scoped(Scope.finance(tenants[place].id, None)) as session:
                        year, number = take_number(session, series, chance.choice(DAYS))
                        if not keep:
                            raise _ChangedMyMind
                except _ChangedMyMind:
                    continue
                kept[(series, year)].append(number)

    threads = [threading.Thread(target=take, args=[place]) for place in range(len(tenants))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert len(kept) == 4
    for numbers in kept.values():
        assert sorted(numbers) == list(range(1, len(numbers) + 1))
    with scoped(Scope.all_accounts(None)) as session:
        last = {
            (row.series, row.year): row.last_number
            for row in session.scalars(sa.select(InvoiceSeries))
        }
    assert last == {key: len(numbers) for key, numbers in kept.items()}


def test_the_financial_year_gives_its_name_to_the_number() -> None:
    assert series_number("invoice", 2026, 42) == "INV-2627-00042"
    assert series_number("credit_note", 2099, 7) == "CN-9900-00007"


@pytest.mark.parametrize("seed", range(4))
def test_whatever_is_issued_credited_and_refused_the_series_run_on(
    fresh_app: Flask, seed: int
) -> None:
    """Some authorities have no order, so that issuing to them is refused at a random moment."""
    chance = random.Random(seed)
    tenants = [make_tenant(fresh_app) for _ in range(3)]
    for place, tenant in enumerate(tenants):
        if place:
            account_of(fresh_app, tenant)
        else:
            order_for(tenant, contract_for(tenant), value_pence=2_000_000)
    months = [
        Period(first, add_months(first, 3) - dt.timedelta(days=1))
        for first in (dt.date(2026, 4, 1), dt.date(2026, 7, 1), dt.date(2026, 10, 1))
    ]
    todo = [(tenant, period) for tenant in tenants for period in months]
    chance.shuffle(todo)
    refused = 0
    for tenant, period in todo:
        try:
            made = issue_period(fresh_app, tenant, period, on=period.first)
        except BillingRefused:
            refused += 1
            continue
        if chance.random() < 0.5:
            with scoped(Scope.finance(tenant.id, None)) as session:
                invoice = session.get(Invoice, (tenant.id, made.id))
                assert invoice is not None
                credit(session, invoice, None, reason="Agreed", today=period.first, at=AT)
    assert refused, "the account whose order runs out was refused"
    with scoped(Scope.all_accounts(None)) as session:
        for model in (Invoice, CreditNote):
            numbers = session.scalars(
                sa.select(model.series_number).order_by(model.series_number)
            ).all()
            assert numbers == list(range(1, len(numbers) + 1))
        assert faults_of_accounts(session) == []

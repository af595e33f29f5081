"""The demonstration is made for any day: its stories ask for nothing that the rules refuse then.

`ANY_DAY=all` tries every day of DAYS and whole demonstrations, as `make test-any-day` does; the
suite tries each twenty-second.
"""

from __future__ import annotations

import datetime as dt
import os
from collections import Counter

import pytest
import sqlalchemy as sa

from billing.debts.models import Reminder, ReminderPause
from billing.disputes.models import InvoiceDispute
from billing.ledger.balances import balances
from billing.ledger.credit_notes import CreditNote
from billing.ledger.invoices import Invoice
from billing.ledger.late_payment_claims import LatePaymentClaim
from billing.ledger.payments import Payment
from saas.app import create_app
from saas.config import Settings
from saas.database.scope import Scope, scoped
from saas.demo.accounts import seed_accounts
from saas.demo.authorities import DEMO_AUTHORITIES
from saas.demo.disputes import seed_disputes, seed_price_list
from saas.demo.load import seed_demo
from saas.demo.parts import Parts
from saas.identity.permissions import AuthorityRole
from saas.reference.progress import silent
from tests.conftest import NewDatabase, close_connections
from tests.factories import make_person, make_tenant

# Days on which the first seedings failed, and those on which calendars turn.
TURNS = (
    "2026-11-22 2026-11-24 2026-11-25 2026-11-26 2026-11-27 2026-12-25 2026-12-31 2027-01-01"
    " 2027-01-15 2027-03-28 2027-03-29 2027-03-31 2027-04-01 2027-06-30 2027-07-01 2027-10-31"
    " 2028-02-28 2028-02-29 2028-03-01 2028-04-14 2028-04-17 2029-12-31 2030-01-01 2031-03-31"
)
FIRST, LAST = dt.date(2026, 11, 20), dt.date(2031, 11, 20)
# Prime, so that the days fall on every weekday and everywhere in the months and quarters.
EVERY = 17
DAYS = sorted(
    {dt.date.fromisoformat(day) for day in TURNS.split()}
    | {FIRST + dt.timedelta(days=n) for n in range(0, (LAST - FIRST).days + 1, EVERY)}
)
ALL = os.environ.get("ANY_DAY") == "all"
TRIED = DAYS if ALL else DAYS[::22]
WHOLE = (dt.date(2026, 11, 26), dt.date(2027, 3, 29), dt.date(2028, 2, 29)) if ALL else ()
SMALL = "kingston-upon-thames"
# So many that every kind of account is among them.
AUTHORITIES = 10


def kinds_of_account() -> set[str]:
    """What became of the accounts that this database holds."""
    with scoped(Scope.all_accounts(None)) as session:

        def some(statement: sa.Select[*tuple[object, ...]]) -> bool:
            return session.execute(statement.limit(1)).first() is not None

        kept = balances(session)
        found = {
            "credited": some(sa.select(CreditNote.id)),
            "reminded": some(sa.select(Reminder.id)),
            "claimed": some(sa.select(LatePaymentClaim.id)),
            "paused": some(sa.select(ReminderPause.id)),
            "paid": some(sa.select(Payment.id)),
            "paid in part": any(0 < b.owed_pence < b.invoice.gross_pence for b in kept),
            "owed": any(b.owed_pence == b.invoice.gross_pence for b in kept),
            "invoiced": some(sa.select(Invoice.id)),
            "disputed": some(sa.select(InvoiceDispute.id)),
        }
    return {kind for kind, there in found.items() if there}


def test_there_are_days_enough_and_all_turns_among_them() -> None:
    assert len(DAYS) >= 120
    assert (LAST - FIRST).days > 5 * 365


@pytest.fixture(scope="module")
def became() -> Counter[str]:
    return Counter()


@pytest.mark.parametrize("day", TRIED, ids=str)
def test_the_accounts_are_told_on(
    new_database: NewDatabase, became: Counter[str], day: dt.date
) -> None:
    with new_database() as settings:
        became.update(_told(settings, day))


def _told(settings: Settings, day: dt.date) -> set[str]:
    app = create_app(settings, TESTING=True)
    try:
        with app.app_context():
            tenants = [make_tenant(app) for _ in range(AUTHORITIES)]
            parts = Parts(settings, day)
            assert seed_accounts(parts, tenants, today=day) == AUTHORITIES
            for tenant in tenants[:2]:
                contact = make_person(app, tenant=tenant, role=AuthorityRole.FINANCE)
                seed_price_list(tenant, today=day)
                seed_disputes(tenant, contact=contact.id, today=day)
            assert parts.broken_off() == []
            return kinds_of_account()
    finally:
        close_connections(app)


@pytest.mark.parametrize("day", DAYS[::2] if ALL else DAYS[::70], ids=str)
def test_a_small_authority_is_told_on(new_database: NewDatabase, day: dt.date) -> None:
    """Its cases, papers, meetings, agreements and reports beside the account."""
    with new_database() as settings:
        app = create_app(settings, TESTING=True)
        try:
            with app.app_context():
                told = seed_demo(settings, day, silent, slugs={SMALL: DEMO_AUTHORITIES[SMALL]})
                assert (told.added, told.accounts) == (1, 1)
                assert Parts(settings, day).broken_off() == []
        finally:
            close_connections(app)


if WHOLE:

    @pytest.mark.parametrize("day", WHOLE, ids=str)
    def test_all_of_it_is_told_on(new_database: NewDatabase, day: dt.date) -> None:
        with new_database() as settings:
            app = create_app(settings, TESTING=True)
            try:
                with app.app_context():
                    told = seed_demo(settings, day, silent)
                    assert told.added == told.accounts == len(DEMO_AUTHORITIES)
                    assert Parts(settings, day).broken_off() == []
            finally:
                close_connections(app)


def test_every_kind_of_account_occurred(became: Counter[str]) -> None:
    wanted = {
        "disputed",
        "credited",
        "reminded",
        "claimed",
        "paused",
        "paid",
        "paid in part",
        "owed",
    }
    assert wanted <= became.keys(), became

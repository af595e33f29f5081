"""The database itself refuses a credit above what was invoiced, whoever writes it."""

from __future__ import annotations

import datetime as dt
import threading
import uuid
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.exc import IntegrityError

from billing.credits.actions import credit, left_to_credit
from billing.ledger.invoices import Invoice, InvoiceLine
from billing.ledger.queries import lines_of
from billing.refusal import BillingRefused
from saas.database.base import new_id
from saas.database.scope import Scope, ScopedSession, scoped
from saas.identity.signed_in import Tenancy
from tests.billing.making import AT, Q1, Q2, account_of, issue_period, use
from tests.factories import make_tenant

DAY = dt.date(2026, 7, 3)
NOTE = sa.text(
    "INSERT INTO credit_note (tenant_id, id, invoice_id, number, series_year, series_number,"
    " issued_on, issued_at, reason, bill_again, net_pence, vat_pence, gross_pence, words)"
    " VALUES (:tenant, :id, :invoice, :number, 2026, 1, '2026-07-03', now(), 'Raw', false,"
    " :net, :vat, CAST(:net AS bigint) + CAST(:vat AS bigint), '{}')"
)
LINE = sa.text(
    "INSERT INTO credit_note_line (tenant_id, id, credit_note_id, invoice_line_id, position, kind,"
    " description, quantity, unit_price_pence, net_pence, vat_treatment, vat_rate, clause,"
    " covers_from, covers_to, usage_ids)"
    " VALUES (:tenant, :id, :note, :line, 1, 'fee', 'Raw', 1, :net, :net, 'standard', 20, '',"
    " '2026-04-01', '2026-06-30', '[]')"
)


def invoiced(app: Flask) -> tuple[Tenancy, Invoice]:
    """An invoice of £12,000 and £2,400 VAT."""
    tenant = make_tenant(app)
    account_of(app, tenant)
    return tenant, issue_period(app, tenant)


def raw_note(session: ScopedSession, invoice: Invoice, net: int, vat: int) -> uuid.UUID:
    note = new_id()
    session.execute(
        NOTE,
        {
            "tenant": session.tenant, "id": note, "invoice": invoice.id,
            "number": f"RAW-{note.hex}", "net": net, "vat": vat,
        },
    )  # fmt: skip
    return note


def raw_line(session: ScopedSession, invoice: Invoice, line: InvoiceLine, net: int) -> None:
    note = raw_note(session, invoice, 100, 0)
    session.execute(
        LINE,
        {"tenant": session.tenant, "id": new_id(), "note": note, "line": line.id, "net": net},
    )


@pytest.mark.parametrize(
    ("net", "vat"), [(1_200_001, 0), (1_200_000, 240_001), (0, 240_001), (1, 1_439_999)]
)
def test_a_note_above_its_invoice_is_refused(app: Flask, net: int, vat: int) -> None:
    tenant, invoice = invoiced(app)
    with (
        pytest.raises(IntegrityError, match="more would be credited than was invoiced"),
        scoped(Scope.finance(tenant.id, None)) as session,
    ):
        raw_note(session, invoice, net, vat)


def test_two_notes_that_are_each_within_it_may_not_exceed_it_together(app: Flask) -> None:
    tenant, invoice = invoiced(app)
    with scoped(Scope.finance(tenant.id, None)) as session:
        raw_note(session, invoice, 700_000, 140_000)
    with (
        pytest.raises(IntegrityError, match="than was invoiced"),
        scoped(Scope.finance(tenant.id, None)) as session,
    ):
        raw_note(session, invoice, 500_001, 100_000)
    with scoped(Scope.finance(tenant.id, None)) as session:
        raw_note(session, invoice, 500_000, 100_000)


def test_a_line_above_what_it_invoiced_is_refused(app: Flask) -> None:
    tenant, invoice = invoiced(app)
    for net in (1_200_001, -1):
        with (
            pytest.raises(IntegrityError, match="more would be credited of the line"),
            scoped(Scope.finance(tenant.id, None)) as session,
        ):
            raw_line(session, invoice, lines_of(session, invoice.id)[0], net)


def test_a_line_of_another_invoice_is_refused(app: Flask) -> None:
    tenant, invoice = invoiced(app)
    other = issue_period(app, tenant, Q2, on=DAY)
    with (
        pytest.raises(IntegrityError, match="of another invoice"),
        scoped(Scope.finance(tenant.id, None)) as session,
    ):
        raw_line(session, invoice, lines_of(session, other.id)[0], 100)


def test_an_older_view_of_the_data_is_no_way_round(app: Flask) -> None:
    tenant, invoice = invoiced(app)
    with scoped(Scope.finance(tenant.id, None)) as session:
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        with pytest.raises(IntegrityError, match="read committed"):
            raw_note(session, invoice, 100, 0)
        session.rollback()


def at_once(app: Flask, *acts: Callable[[], None]) -> list[Exception]:
    """Do these at the same moment; what they raised."""
    together = threading.Barrier(len(acts))
    raised: list[Exception] = []

    def run(act: Callable[[], None]) -> None:
        with app.app_context():
            together.wait(30)
            try:
                act()
            except Exception as refused:
                raised.append(refused)

    threads = [threading.Thread(target=run, args=[act]) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return raised


def test_of_two_notes_at_once_that_exceed_it_together_one_is_refused(app: Flask) -> None:
    tenant, invoice = invoiced(app)

    def write() -> None:
        with scoped(Scope.finance(tenant.id, None)) as session:
            raw_note(session, invoice, 700_000, 0)

    (refused,) = at_once(app, write, write)
    assert isinstance(refused, IntegrityError) and "than was invoiced" in str(refused)
    with scoped(Scope.finance(tenant.id, None)) as session:
        credited = session.execute(sa.text("SELECT sum(net_pence) FROM credit_note")).scalar_one()
        assert int(credited) == 700_000


def test_of_two_people_who_credit_the_whole_at_once_one_is_told_that_nothing_is_left(
    app: Flask,
) -> None:
    tenant, invoice = invoiced(app)

    def take_all_back() -> None:
        with scoped(Scope.finance(tenant.id, None)) as session:
            ours = session.get(Invoice, (tenant.id, invoice.id))
            assert ours is not None
            credit(session, ours, None, reason="All of it", today=DAY, at=AT)

    (refused,) = at_once(app, take_all_back, take_all_back)
    assert isinstance(refused, BillingRefused) and "nothing left" in refused.message


def test_a_line_beside_one_that_gave_back_is_credited_no_further_than_the_invoice(
    app: Flask,
) -> None:
    tenant = make_tenant(app)
    account_of(app, tenant)
    with scoped(Scope.finance(tenant.id, None)) as session:
        uses = [use(session, "mediation", dt.date(2026, 5, day)) for day in range(1, 13)]
        last = uses[-1].source_id
    issue_period(app, tenant, Q1, on=dt.date(2026, 7, 1))
    with scoped(Scope.finance(tenant.id, None)) as session:
        use(session, "mediation", dt.date(2026, 5, 12), source=last, quantity=-1)
    # £12,000 for the quarter, less £700 for the mediation that was none.
    invoice = issue_period(app, tenant, Q2, on=DAY)
    assert invoice.net_pence == 1_130_000
    with scoped(Scope.finance(tenant.id, None)) as session:
        ours = session.get(Invoice, (tenant.id, invoice.id))
        assert ours is not None
        fee = next(p for p in left_to_credit(session, ours.id) if p.net_pence > 0)
        with pytest.raises(BillingRefused, match=r"At most £11,300\.00"):
            credit(session, ours, {fee.line.id: 1_200_000}, reason="Left", today=DAY, at=AT)
        note = credit(session, ours, {fee.line.id: 1_130_000}, reason="Left", today=DAY, at=AT)
        assert note.gross_pence == ours.gross_pence

"""What finance of the demonstration put right: a contract, and money that was recorded wrongly."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa

from billing.amending.changes import end_on, put_right
from billing.amending.orders import change_order
from billing.contracts.models import Contract, PurchaseOrder
from billing.contracts.queries import current_contract
from billing.debts.writing_off import write_off
from billing.invoices.one_off import OneOff, OneOffLine, issue_one_off
from billing.ledger.payments import Payment
from billing.payments.actions import record_payment
from billing.payments.putting_right import recognise, reverse
from billing.periods import ONE_DAY, Period, financial_year_start, months_after
from billing.supplier import Supplier
from billing.vat import Treatment
from saas.database.scope import Scope, ScopedSession, scoped
from saas.demo.account_outcomes import SHOWN_FIRST, consider_sent
from saas.demo.debts import pay
from saas.demo.reminding import noon
from saas.identity.signed_in import Tenancy

# Long enough ago to be overdue.
WORKSHOP_AGO = dt.timedelta(days=70)
LONG_ENOUGH = dt.timedelta(days=730)


def put_accounts_right(tenancy: Tenancy, place: int, supplier: Supplier, *, today: dt.date) -> None:
    """In one transaction an authority: whoever is shown first shows each of these."""
    first = tenancy.slug == SHOWN_FIRST
    if not first and place % 12 != 7:
        return
    with scoped(Scope.finance(tenancy.id, None)) as session:
        contract = current_contract(session, today)
        if contract is None:
            return
        at = noon(today)
        if first:
            notice = 270 - contract.notice_days
            reason = f"Clause 9 says {notice} days"
            put_right(session, contract, {"notice_days": notice}, reason=reason, at=at)
            _take_back_a_slip(session, today=today)
            _write_off_a_workshop(session, contract, tenancy, supplier, today=today)
        elif contract.ends_on - today > LONG_ENOUGH:
            reason = "The council joins a regional contract a year before its end"
            end_on(session, contract, months_after(contract.ends_on, -12), reason=reason, at=at)
        _recognise_one(session, at=at)
        _raise_order(session, contract, at=at)


def _write_off_a_workshop(
    session: ScopedSession,
    contract: Contract,
    tenancy: Tenancy,
    supplier: Supplier,
    *,
    today: dt.date,
) -> None:
    """A workshop beside the contract, of which the rest was never paid."""
    held = today - WORKSHOP_AGO
    if held < max(contract.starts_on, financial_year_start(today)):
        # Early in a year there is no order yet that would cover it.
        return
    line = OneOffLine("Workshop on mediation for SEN officers", 1, 45_000, Treatment.STANDARD)
    workshop = issue_one_off(
        session,
        OneOff([line], Period(held, held)),
        contract,
        supplier,
        authority_name=tenancy.name,
        today=held,
        at=noon(held),
    )
    consider_sent(session, at=noon(held))
    pay(session, workshop, 50_000, on=workshop.due_on - ONE_DAY, today=today)
    reason = "Two of the twelve places were not taken: not worth a dispute"
    write_off(session, workshop, reason=reason, today=today, at=noon(today))


def _take_back_a_slip(session: ScopedSession, *, today: dt.date) -> None:
    """A receipt that was entered for the wrong council, and taken back the same day."""
    slip = record_payment(
        session,
        received_on=today,
        amount_pence=312_000,
        method="bank",
        source=f"manual:slip-{today.isoformat()}",
        reference="BACS 2210",
        payer="Another council",
        at=noon(today),
        today=today,
    )
    reverse(session, slip, reason="It came from another council", at=noon(today))


def _recognise_one(session: ScopedSession, *, at: dt.datetime) -> None:
    """A receipt that was written down by hand stood on the statement a day later."""
    payment = session.scalar(
        sa.select(Payment)
        .where(Payment.tenant_id == session.tenant, Payment.method == "bank")
        .order_by(Payment.received_on, Payment.id)
        .limit(1)
    )
    if payment is not None:
        recognise(session, payment.id, f"bank:{payment.id.hex}", at=at)


def _raise_order(session: ScopedSession, contract: Contract, *, at: dt.datetime) -> None:
    """The council raised its order: the use beyond the package was more than it thought."""
    order = session.scalar(
        sa.select(PurchaseOrder)
        .where(PurchaseOrder.tenant_id == session.tenant, PurchaseOrder.contract_id == contract.id)
        .order_by(PurchaseOrder.valid_to.desc())
        .limit(1)
    )
    if order is not None:
        more = {"value_pence": order.value_pence + 500_000}
        change_order(session, order, contract, more, reason="Variation 1 of the order", at=at)

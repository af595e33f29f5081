"""Who is to be reminded of what: at 7, 14 and 30 days, once each, and never of what is disputed,
paid, credited or paused."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from billing.debts.aged_debtors import settlements
from billing.debts.interest import BaseRateUnknown, LatePayment, late_payment
from billing.debts.models import Reminder, ReminderPause
from billing.debts.rates import base_rates
from billing.disputes.models import DisputeAnswer, InvoiceDispute
from billing.ledger.balances import Balance, balances
from billing.ledger.credit_notes import CreditNote
from billing.ledger.late_payment_claims import LatePaymentClaim
from saas.database.scope import ScopedSession
from saas.database.together import Together

STAGES = (7, 14, 30)


@dataclass(frozen=True)
class DueReminder:
    """An invoice to remind of.

    `held` says why no reminder goes out, '' when one does. `late` is None where nothing can be
    claimed, or where the law's rate is not recorded: `why` says so then.
    """

    balance: Balance
    stage_days: int
    held: str
    late: LatePayment | None
    why: str = ""


def reminders_due(
    session: ScopedSession,
    today: dt.date,
    *conditions: sa.ColumnElement[bool],
    among: Sequence[Balance] | None = None,
) -> list[DueReminder]:
    """The invoices overdue by 7, 14 or 30 days of which nobody was reminded at that stage, held
    ones last. A stage that passed unreminded is not made up for: the one reached counts.

    Args:
        conditions: on the invoices.
        among: the balances of the invoices, where they were read already.
    """
    known = _KNOWN.ask(session)
    sent, claims = set(known["sent"]), {row.claim_invoice_id for row in known["claims"]}
    holds = _held(known)
    settled = settlements(session)
    rates = base_rates(session)
    due = []
    for balance in balances(session, *conditions) if among is None else among:
        reached = [stage for stage in STAGES if balance.days_overdue(today) >= stage]
        invoice = balance.invoice
        if not reached or any((invoice.id, s) in sent for s in STAGES if s >= reached[-1]):
            continue
        late, why = None, ""
        if invoice.id not in claims:
            late, why = late_or_why(balance, settled.get(invoice.id, []), today, rates)
        reason = holds.get((invoice.tenant_id, invoice.id)) or holds.get((invoice.tenant_id, None))
        due.append(DueReminder(balance, reached[-1], reason or "", late, why))
    return sorted(due, key=lambda d: (bool(d.held), d.balance.invoice.due_on))


def late_or_why(
    balance: Balance,
    settled: Sequence[tuple[dt.date, int]],
    today: dt.date,
    rates: Mapping[dt.date, Decimal],
) -> tuple[LatePayment | None, str]:
    """What late payment comes to by law, or why it is not known."""
    try:
        late = late_payment(
            due_on=balance.invoice.due_on,
            gross_pence=balance.invoice.gross_pence,
            settled=settled,
            until=today,
            base_rates=rates,
        )
    except BaseRateUnknown as unknown:
        return None, f"No interest is computed: {unknown}"
    return late, ""


def held(session: ScopedSession) -> dict[tuple[uuid.UUID, uuid.UUID | None], str]:
    """Why no reminder of an invoice goes out, by tenant and invoice; no invoice is all of them."""
    return _held(_HOLDS.ask(session))


def _held(known: Mapping[str, list[Any]]) -> dict[tuple[uuid.UUID, uuid.UUID | None], str]:
    reasons: dict[tuple[uuid.UUID, uuid.UUID | None], str] = {}
    for pause in known["pauses"]:
        reasons[(pause.tenant_id, pause.invoice_id)] = f"Paused: {pause.reason}"
    for tenant, invoice, upheld in known["disputed"]:
        reasons[(tenant, invoice)] = (
            "A dispute was upheld: credit the line first"
            if upheld
            else "A line is disputed: answer it first"
        )
    return reasons


_CREDITED = sa.exists().where(
    CreditNote.tenant_id == InvoiceDispute.tenant_id,
    CreditNote.invoice_id == InvoiceDispute.invoice_id,
    CreditNote.issued_at >= DisputeAnswer.answered_at,
)
_HELD = {
    "pauses": sa.select(ReminderPause.tenant_id, ReminderPause.invoice_id, ReminderPause.reason)
    .where(ReminderPause.ended_at.is_(None))
    .order_by(ReminderPause.begun_at),
    # A dispute is open until it is answered; one that was upheld, until the credit note is there.
    "disputed": sa.select(InvoiceDispute.tenant_id, InvoiceDispute.invoice_id, DisputeAnswer.upheld)
    .outerjoin(
        DisputeAnswer,
        sa.and_(
            DisputeAnswer.tenant_id == InvoiceDispute.tenant_id,
            DisputeAnswer.dispute_id == InvoiceDispute.id,
        ),
    )
    .where(sa.or_(DisputeAnswer.id.is_(None), sa.and_(DisputeAnswer.upheld, ~_CREDITED))),
}
_HOLDS = Together(_HELD)
_KNOWN = Together(
    {
        **_HELD,
        "sent": sa.select(Reminder.invoice_id, Reminder.stage_days),
        "claims": sa.select(LatePaymentClaim.claim_invoice_id),
    }
)


def pauses(session: ScopedSession) -> Sequence[ReminderPause]:
    """The pauses that hold now, of every account that the session sees."""
    return session.scalars(
        sa.select(ReminderPause)
        .where(ReminderPause.ended_at.is_(None))
        .order_by(ReminderPause.begun_at)
    ).all()

"""What puts a contract right, ends it, replaces it or calls it off: each with its reason.

What such a change means for what was billed is no matter of this file: the next invoice, or a
credit note where there is no next one, adjusts it to the day (`billing.invoices.drafting`).
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from billing.amending.trail import change
from billing.contracts.actions import (
    NewContract,
    add_terms,
    check_apart,
    check_reasons,
    check_reference,
    make_contract,
    terms_of,
)
from billing.contracts.models import Contract, ContractChange, ContractTerms
from billing.contracts.pricing import Terms, terms_on
from billing.ledger.credit_notes import CreditNote
from billing.ledger.invoices import Invoice, InvoiceDraft
from billing.periods import ONE_DAY
from billing.refusal import BillingRefused
from saas.audit.actions import record as audit
from saas.database.scope import ScopedSession
from saas.database.together import OF, TENANT, Asked

# What is no matter of money, or of money only through the days: by column, in words.
PARTICULARS = {
    "reference": "Reference",
    "starts_on": "First day",
    "frequency": "Invoiced",
    "years_from": "Billing periods counted from",
    "billed_from": "Billed here from",
    "prorated": "A short year includes a share alone",
    "extension_options": "Extensions left",
    "extension_months": "Months of each extension",
    "notice_days": "Notice, in days",
    "po_required": "No invoice without a purchase order",
    "po_format": "How order numbers are written",
    "indexation": "Index that prices follow",
}
CHANGED_WORDS = {**PARTICULARS, "ends_on": "Last day", "cancelled_on": "Called off"}


def correct_terms(
    session: ScopedSession, contract: Contract, terms: Terms, *, note: str, at: dt.datetime
) -> ContractTerms:
    """Put terms right from the day from which they stand, as if they had been written so.

    Raises:
        BillingRefused: no terms begin on that day, or no reason is given.
    """
    _check_reason(note, "note")
    if not any(
        one.effective_from == terms.effective_from for one in terms_of(session, contract.id)
    ):
        raise BillingRefused("effective_from", "No terms begin on that day")
    check_reasons(terms)
    row = add_terms(session, contract, terms, cause="correction", note=note.strip(), at=at)
    _audit(session, "contract terms corrected", contract, at)
    return row


def take_terms_back(
    session: ScopedSession, contract: Contract, day: dt.date, *, note: str, at: dt.datetime
) -> ContractTerms:
    """Undo a change of the terms: from that day those before it go on.

    Raises:
        BillingRefused: they are the first terms, or no reason is given.
    """
    before = [one for one in terms_of(session, contract.id) if one.effective_from < day]
    if not before:
        raise BillingRefused("effective_from", "The first terms are put right, not taken back")
    return correct_terms(
        session, contract, replace(terms_on(before, day), effective_from=day), note=note, at=at
    )


def end_on(
    session: ScopedSession, contract: Contract, last: dt.date, *, reason: str, at: dt.datetime
) -> None:
    """Let the contract end on another day: sooner, or, where that was a mistake, later again.

    Raises:
        BillingRefused: naming the field that cannot be so.
    """
    _check_reason(reason)
    if last < contract.starts_on:
        raise BillingRefused(
            "last", "The last day is before the first: call the contract off instead"
        )
    if last == contract.ends_on:
        raise BillingRefused("last", "It ends on that day already")
    check_apart(session, contract.starts_on, last, field="last", besides=contract.id)
    _change(session, contract, {"ends_on": last}, reason=reason, at=at)
    _audit(session, "contract ends on another day", contract, at)


def replace_from(
    session: ScopedSession,
    contract: Contract,
    new: NewContract,
    terms: Terms,
    *,
    reason: str,
    at: dt.datetime,
) -> Contract:
    """End a contract the day before another begins in its place.

    Raises:
        BillingRefused: naming the field that cannot be so.
    """
    if not contract.starts_on < new.starts_on:
        raise BillingRefused(
            "starts_on", "A contract is replaced after its first day: put it right instead"
        )
    if new.starts_on <= contract.ends_on:
        end_on(session, contract, new.starts_on - ONE_DAY, reason=reason, at=at)
    return make_contract(session, new, terms, at=at)


def call_off(
    session: ScopedSession,
    contract: Contract,
    *,
    reason: str,
    today: dt.date,
    at: dt.datetime,
) -> None:
    """Call a contract off before its first day.

    Raises:
        BillingRefused: it has begun, or something is billed under it.
    """
    _check_reason(reason)
    if contract.starts_on <= today:
        raise BillingRefused("reason", "It has begun: end it on a day instead")
    for table, words in (
        (Invoice, "An invoice was issued under it: credit it first"),
        (InvoiceDraft, "A draft invoice stands under it: discard it first"),
    ):
        found = session.scalar(
            sa.select(sa.func.count())
            .select_from(table)
            .where(table.tenant_id == session.tenant, table.contract_id == contract.id)
        )
        if found and not (table is Invoice and _all_taken_back(session, contract.id)):
            raise BillingRefused("reason", words)
    _change(session, contract, {"cancelled_on": today}, reason=reason, at=at)
    _audit(session, "contract called off", contract, at)


def _all_taken_back(session: ScopedSession, contract_id: uuid.UUID) -> bool:
    left = (
        sa.select(Invoice.gross_pence - sa.func.coalesce(sa.func.sum(CreditNote.gross_pence), 0))
        .outerjoin(
            CreditNote,
            sa.and_(CreditNote.tenant_id == Invoice.tenant_id, CreditNote.invoice_id == Invoice.id),
        )
        .where(Invoice.tenant_id == session.tenant, Invoice.contract_id == contract_id)
        .group_by(Invoice.id, Invoice.gross_pence)
    )
    return not any(session.scalars(left))


def put_right(
    session: ScopedSession,
    contract: Contract,
    wanted: Mapping[str, Any],
    *,
    reason: str,
    at: dt.datetime,
) -> list[str]:
    """Correct what a contract says besides its terms. Returns the columns that changed.

    Raises:
        BillingRefused: naming the field that cannot be so.
    """
    changed = {name: value for name, value in wanted.items() if getattr(contract, name) != value}
    if not changed:
        raise BillingRefused("reason", "Nothing is changed")
    _check_reason(reason)
    first = changed.get("starts_on", contract.starts_on)
    if first > contract.ends_on:
        raise BillingRefused("starts_on", "The contract must start before it ends")
    if "starts_on" in changed:
        check_apart(session, first, contract.ends_on, field="starts_on", besides=contract.id)
        history = terms_of(session, contract.id)
        if all(one.effective_from > first for one in history):
            # What stood from the old first day stands from the new one.
            terms = replace(history[0], effective_from=first)
            add_terms(session, contract, terms, cause="correction", note=reason.strip(), at=at)
    billed_from = changed.get("billed_from", contract.billed_from)
    if billed_from is not None and not first <= billed_from <= contract.ends_on:
        raise BillingRefused("billed_from", "This day must be one of the contract")
    if "reference" in changed:
        check_reference(session, changed["reference"])
    _change(session, contract, changed, reason=reason, at=at)
    _audit(session, "contract put right", contract, at)
    return list(changed)


# What was changed of a contract besides its terms, the latest first.
changes_of = Asked(
    sa.select(
        ContractChange.what,
        ContractChange.was,
        ContractChange.is_now,
        ContractChange.reason,
        ContractChange.changed_at,
    )
    .where(ContractChange.tenant_id == TENANT, ContractChange.contract_id == OF)
    .order_by(ContractChange.changed_at.desc(), ContractChange.id.desc()),
    lambda _, rows: rows,
)


def _change(
    session: ScopedSession,
    contract: Contract,
    columns: Mapping[str, Any],
    *,
    reason: str,
    at: dt.datetime,
) -> None:
    of = {"contract_id": contract.id}
    change(session, contract, columns, ContractChange, reason=reason, at=at, **of)


def _check_reason(reason: str, field: str = "reason") -> None:
    if not reason.strip():
        raise BillingRefused(field, "Say why")


def _audit(session: ScopedSession, action: str, contract: Contract, at: dt.datetime) -> None:
    audit(session, action, subject_kind="contract", subject_id=contract.id, at=at)

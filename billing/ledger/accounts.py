"""Reads what decides what is due under the contracts of the session's tenant."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Sequence
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import distinct_on

from billing.contracts.models import Contract, ContractTerms
from billing.contracts.pricing import Terms
from billing.contracts.queries import terms_by_contract
from billing.ledger.account import Account, BilledFee, Event
from billing.ledger.credit_notes import CreditNote, CreditNoteLine
from billing.ledger.invoices import BilledUsage, Invoice, InvoiceLine
from billing.ledger.usage_entries import UsageEntry
from billing.periods import Period
from billing.vat import Treatment
from saas.database.scope import ScopedSession
from saas.database.together import TENANT


def load_accounts(session: ScopedSession) -> list[tuple[Contract, Account]]:
    """Every contract of the tenant, by its start, with all that was used and billed."""
    contracts = session.scalars(
        sa.select(Contract)
        .where(Contract.tenant_id == session.tenant, Contract.cancelled_on.is_(None))
        .order_by(Contract.starts_on, Contract.id)
    ).all()
    if not contracts:
        return []
    terms = terms_by_contract(session, ContractTerms.tenant_id == session.tenant)
    fees = _billed_fees(session)
    events = load_events(session)
    return [
        (contract, _account(contract, terms.get(contract.id, []), fees[contract.id], events))
        for contract in contracts
    ]


def account_of(session: ScopedSession, contract: Contract, terms: list[Terms]) -> Account:
    """The same of one contract whose terms were read."""
    return _account(contract, terms, _billed_fees(session)[contract.id], load_events(session))


def _account(
    contract: Contract, terms: list[Terms], fees: list[BilledFee], events: list[Event]
) -> Account:
    return Account(
        reference=contract.reference,
        starts_on=contract.starts_on,
        ends_on=contract.ends_on,
        frequency=contract.frequency,
        terms=terms,
        billed_fees=fees,
        events=events,
        billed_from=contract.billed_from,
        own_years=contract.years_from == "contract",
        prorated=contract.prorated,
    )


def _billed_fees(session: ScopedSession) -> defaultdict[uuid.UUID, list[BilledFee]]:
    fees: defaultdict[uuid.UUID, list[BilledFee]] = defaultdict(list)
    taken_back: defaultdict[uuid.UUID, set[Period]] = defaultdict(set)
    for row in session.execute(_BILLED_FEES, {"tenant": session.tenant}):
        covers, vat = Period(row.first, row.last), (Treatment(row.treatment), row.rate)
        fees[row.contract_id].append(BilledFee(covers, row.sign * row.net, vat))
        if row.sign < 0:
            taken_back[row.contract_id].add(covers)
    return defaultdict(list, {one: summed(billed, taken_back[one]) for one, billed in fees.items()})


_FEES = ("fee", "fee_adjustment")


def _fee_columns(of: type[InvoiceLine] | type[CreditNoteLine]) -> list[sa.ColumnElement[Any]]:
    return [
        Invoice.contract_id.label("contract_id"),
        of.covers_from.label("first"),
        of.covers_to.label("last"),
        of.net_pence.label("net"),
        of.vat_treatment.label("treatment"),
        of.vat_rate.label("rate"),
    ]


# What invoices billed, in their order; then what credit notes took back so that it is billed
# again, or not at all since the contract changed.
_BILLED_FEES = sa.union_all(
    sa.select(
        *_fee_columns(InvoiceLine),
        sa.literal(1).label("sign"),
        Invoice.issued_at.label("issued_at"),
        InvoiceLine.position.label("position"),
    )
    .join(
        InvoiceLine,
        sa.and_(InvoiceLine.tenant_id == Invoice.tenant_id, InvoiceLine.invoice_id == Invoice.id),
    )
    .where(Invoice.tenant_id == TENANT, InvoiceLine.kind.in_(_FEES)),
    sa.select(*_fee_columns(CreditNoteLine), sa.literal(-1), sa.null(), sa.null())
    .join(
        CreditNote,
        sa.and_(
            CreditNote.tenant_id == CreditNoteLine.tenant_id,
            CreditNote.id == CreditNoteLine.credit_note_id,
        ),
    )
    .join(
        Invoice,
        sa.and_(Invoice.tenant_id == CreditNote.tenant_id, Invoice.id == CreditNote.invoice_id),
    )
    .where(
        CreditNote.tenant_id == TENANT,
        sa.or_(CreditNote.bill_again, CreditNote.adjusts),
        CreditNoteLine.kind.in_(_FEES),
    ),
).order_by(sa.text("sign DESC, issued_at, position"))


def summed(billed: Sequence[BilledFee], taken_back: Collection[Period] = ()) -> list[BilledFee]:
    """By the days and the treatment, with the rate first billed.

    Days of which nothing is left stand billed at nothing, as a fee of nothing does, unless a
    credit note took them back: those are covered by nothing.
    """
    nets: defaultdict[Period, dict[Treatment, int]] = defaultdict(dict)
    rates: dict[tuple[Period, Treatment], Decimal] = {}
    for fee in billed:
        treatment, rate = fee.vat or (Treatment.STANDARD, Decimal(0))
        of_days = nets[fee.covers]
        of_days[treatment] = of_days.get(treatment, 0) + fee.net_pence
        rates.setdefault((fee.covers, treatment), rate)
    found = []
    for covers, by_treatment in nets.items():
        left = {one: net for one, net in by_treatment.items() if net}
        if not left and covers not in taken_back:
            left = dict([next(iter(by_treatment.items()))])
        found += [BilledFee(covers, net, (one, rates[covers, one])) for one, net in left.items()]
    return found


def load_events(session: ScopedSession) -> list[Event]:
    """Every billable event of the tenant, with whether it stands and at what price it is billed."""
    rows = session.execute(_ENTRIES, {"tenant": session.tenant}).all()
    reversed_times: defaultdict[uuid.UUID, int] = defaultdict(int)
    for row in rows:
        if row.quantity < 0:
            reversed_times[row.source_id] += 1
    events = []
    for row in rows:
        if row.quantity < 0:
            continue
        # A reversal takes back the earliest entry of its fact that still stands.
        standing = reversed_times[row.source_id] == 0
        if not standing:
            reversed_times[row.source_id] -= 1
        billed = row.turn is not None and row.turn % 2 == 1
        taxed = billed and row.treatment is not None
        events.append(
            Event(
                id=row.id,
                kind=row.kind,
                on=row.on_date,
                case_reference=row.case_reference,
                amount_pence=row.amount_pence,
                notice_days=row.notice_days,
                description=row.description,
                standing=standing,
                billed_price=row.unit_price_pence if billed else None,
                billed_vat=(Treatment(row.treatment), row.rate) if taxed else None,
            )
        )
    return events


# How each entry was billed last: an odd turn bills, an even one credits.
_LAST_TURNS = (
    sa.select(
        BilledUsage.usage_entry_id,
        BilledUsage.turn,
        BilledUsage.unit_price_pence,
        # A credit note that takes back part of a price leaves the rest standing.
        sa.func.coalesce(InvoiceLine.vat_treatment, CreditNoteLine.vat_treatment).label(
            "treatment"
        ),
        sa.func.coalesce(InvoiceLine.vat_rate, CreditNoteLine.vat_rate).label("rate"),
    )
    .ext(distinct_on(BilledUsage.usage_entry_id))
    .outerjoin(
        InvoiceLine,
        sa.and_(
            InvoiceLine.tenant_id == BilledUsage.tenant_id, InvoiceLine.id == BilledUsage.line_id
        ),
    )
    .outerjoin(
        CreditNoteLine,
        sa.and_(
            CreditNoteLine.tenant_id == BilledUsage.tenant_id,
            CreditNoteLine.id == BilledUsage.line_id,
        ),
    )
    .where(BilledUsage.tenant_id == TENANT)
    .order_by(BilledUsage.usage_entry_id, BilledUsage.turn.desc())
    .subquery()
)
_ENTRIES = (
    sa.select(
        UsageEntry.id,
        UsageEntry.source_id,
        UsageEntry.kind,
        UsageEntry.on_date,
        UsageEntry.case_reference,
        UsageEntry.quantity,
        UsageEntry.amount_pence,
        UsageEntry.notice_days,
        UsageEntry.description,
        _LAST_TURNS.c.turn,
        _LAST_TURNS.c.unit_price_pence,
        _LAST_TURNS.c.treatment,
        _LAST_TURNS.c.rate,
    )
    .outerjoin(_LAST_TURNS, _LAST_TURNS.c.usage_entry_id == UsageEntry.id)
    .where(UsageEntry.tenant_id == TENANT)
    .order_by(UsageEntry.recorded_at, UsageEntry.id)
)


def billed_prices(session: ScopedSession) -> dict[uuid.UUID, int]:
    """The price at which each entry stands billed, in pence."""
    standing = sa.select(_LAST_TURNS.c.usage_entry_id, _LAST_TURNS.c.unit_price_pence).where(
        _LAST_TURNS.c.turn % 2 == 1
    )
    rows = session.execute(standing, {"tenant": session.tenant})
    return {row.usage_entry_id: row.unit_price_pence for row in rows}


def next_turns(session: ScopedSession, entries: set[uuid.UUID]) -> dict[uuid.UUID, int]:
    """The next turn of each of these entries."""
    last: dict[uuid.UUID, int] = {}
    for entry_id, turn in session.execute(
        sa.select(BilledUsage.usage_entry_id, sa.func.max(BilledUsage.turn))
        .where(BilledUsage.tenant_id == session.tenant, BilledUsage.usage_entry_id.in_(entries))
        .group_by(BilledUsage.usage_entry_id)
    ):
        last[entry_id] = turn
    return {entry: last.get(entry, 0) + 1 for entry in entries}

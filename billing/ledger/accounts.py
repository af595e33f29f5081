"""Reads what decides what is due under the contracts of the session's tenant."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Collection, Sequence
from decimal import Decimal

import sqlalchemy as sa

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
    for contract_id, first, last, net, treatment, rate in session.execute(
        sa.select(
            Invoice.contract_id,
            InvoiceLine.covers_from,
            InvoiceLine.covers_to,
            InvoiceLine.net_pence,
            InvoiceLine.vat_treatment,
            InvoiceLine.vat_rate,
        )
        .join(
            InvoiceLine,
            sa.and_(
                InvoiceLine.tenant_id == Invoice.tenant_id, InvoiceLine.invoice_id == Invoice.id
            ),
        )
        .where(
            Invoice.tenant_id == session.tenant,
            InvoiceLine.kind.in_(("fee", "fee_adjustment")),
        )
        .order_by(Invoice.issued_at, InvoiceLine.position)
    ):
        fees[contract_id].append(BilledFee(Period(first, last), net, (Treatment(treatment), rate)))
    for contract_id, first, last, net, treatment, rate in _fees_to_bill_again(session):
        fees[contract_id].append(BilledFee(Period(first, last), -net, (Treatment(treatment), rate)))
        taken_back[contract_id].add(Period(first, last))
    return defaultdict(list, {one: summed(billed, taken_back[one]) for one, billed in fees.items()})


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


def _fees_to_bill_again(
    session: ScopedSession,
) -> list[tuple[uuid.UUID, dt.date, dt.date, int, str, Decimal]]:
    """The fees that credit notes took back so that they are billed again, or not at all since
    the contract changed."""
    rows = session.execute(
        sa.select(
            Invoice.contract_id,
            CreditNoteLine.covers_from,
            CreditNoteLine.covers_to,
            CreditNoteLine.net_pence,
            CreditNoteLine.vat_treatment,
            CreditNoteLine.vat_rate,
        )
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
            CreditNote.tenant_id == session.tenant,
            sa.or_(CreditNote.bill_again, CreditNote.adjusts),
            CreditNoteLine.kind.in_(("fee", "fee_adjustment")),
        )
    )
    return [
        (contract, first, last, net, treatment, rate)
        for contract, first, last, net, treatment, rate in rows
    ]


def load_events(session: ScopedSession) -> list[Event]:
    """Every billable event of the tenant, with whether it stands and at what price it is billed."""
    entries = session.scalars(
        sa.select(UsageEntry)
        .where(UsageEntry.tenant_id == session.tenant)
        .order_by(UsageEntry.recorded_at, UsageEntry.id)
    ).all()
    reversed_times: defaultdict[uuid.UUID, int] = defaultdict(int)
    for entry in entries:
        if entry.quantity < 0:
            reversed_times[entry.source_id] += 1
    billed = _standing(session)
    events = []
    for entry in entries:
        if entry.quantity < 0:
            continue
        # A reversal takes back the earliest entry of its fact that still stands.
        standing = reversed_times[entry.source_id] == 0
        if not standing:
            reversed_times[entry.source_id] -= 1
        price, vat = billed.get(entry.id, (None, None))
        events.append(
            Event(
                id=entry.id,
                kind=entry.kind,
                on=entry.on_date,
                case_reference=entry.case_reference,
                amount_pence=entry.amount_pence,
                notice_days=entry.notice_days,
                description=entry.description,
                standing=standing,
                billed_price=price,
                billed_vat=vat,
            )
        )
    return events


def billed_prices(session: ScopedSession) -> dict[uuid.UUID, int]:
    """The price at which each entry stands billed; an odd last turn bills, an even one credits."""
    return {entry: price for entry, (price, _) in _standing(session).items()}


def _standing(
    session: ScopedSession,
) -> dict[uuid.UUID, tuple[int, tuple[Treatment, Decimal] | None]]:
    """The price at which each entry stands billed, with the VAT that it was billed with."""
    standing: dict[uuid.UUID, tuple[int, tuple[Treatment, Decimal] | None]] = {}
    for entry_id, turn, price, treatment, rate in session.execute(
        sa.select(
            BilledUsage.usage_entry_id,
            BilledUsage.turn,
            BilledUsage.unit_price_pence,
            # A credit note that takes back part of a price leaves the rest standing.
            sa.func.coalesce(InvoiceLine.vat_treatment, CreditNoteLine.vat_treatment),
            sa.func.coalesce(InvoiceLine.vat_rate, CreditNoteLine.vat_rate),
        )
        .outerjoin(
            InvoiceLine,
            sa.and_(
                InvoiceLine.tenant_id == BilledUsage.tenant_id,
                InvoiceLine.id == BilledUsage.line_id,
            ),
        )
        .outerjoin(
            CreditNoteLine,
            sa.and_(
                CreditNoteLine.tenant_id == BilledUsage.tenant_id,
                CreditNoteLine.id == BilledUsage.line_id,
            ),
        )
        .where(BilledUsage.tenant_id == session.tenant)
        .order_by(BilledUsage.turn)
    ):
        if turn % 2:
            vat = None if treatment is None else (Treatment(treatment), rate)
            standing[entry_id] = (price, vat)
        else:
            standing.pop(entry_id, None)
    return standing


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

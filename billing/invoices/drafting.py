"""From a contract, its use and what was billed before to the lines of the next invoice. Pure.

Fees are billed in advance, use beyond the allowance in arrears. Everything is computed as the
difference between what is due and what was billed, so that neither the order of the runs nor an
amendment after the fact can bill anything twice or leave it out.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from billing.contracts.pricing import (
    SERVICE_WORDS,
    Service,
    allowance,
    contract_year,
    fee_for,
    terms_on,
)
from billing.invoices.drafts import Drafted, DraftLine
from billing.ledger.account import Account, Event
from billing.periods import ONE_DAY, Period, billing_period
from billing.vat import STANDARD_RATES, Treatment, rate_on
from saas.reference.calendar_words import period_words
from saas.reference.written import within_sentence

REFERENCES_NAMED = 8


def draft_lines(
    account: Account,
    period: Period,
    *,
    usage_to: dt.date,
    tax_point: dt.date,
    rates: tuple[tuple[dt.date, Decimal], ...] = STANDARD_RATES,
) -> Drafted:
    """The lines of the invoice for a period: its fees, adjustments, and use not billed yet."""
    exceptions: list[str] = []
    lines = [
        *_fees(account, period, tax_point, rates),
        *_adjustments(account, tax_point, rates),
        *_usage(account, usage_to, tax_point, rates, exceptions),
    ]
    # A fee of nothing is charged all the same: its days are then billed, and an amendment that
    # comes later adjusts them.
    kept = tuple(line for line in lines if line.net_pence or line.kind == "fee")
    return Drafted(kept, tuple(exceptions), rates)


def fee_cells(account: Account, period: Period) -> list[Period]:
    """The billing periods that begin inside a period: what is billed in advance with it."""
    cells = []
    start = max(period.first, account.starts_on)
    cell = billing_period(start, account.frequency, account.anchor)
    while cell.first <= period.last:
        part = cell.within(account.starts_on, account.ends_on)
        if part is not None and part.first in period:
            cells.append(part)
        cell = billing_period(cell.last + ONE_DAY, account.frequency, account.anchor)
    return cells


def uncovered(cell: Period, covered: Iterable[Period]) -> list[Period]:
    """The parts of a cell that no other period covers."""
    parts = [cell]
    for other in covered:
        rest: list[Period] = []
        for part in parts:
            overlap = part.within(other.first, other.last)
            if overlap is None:
                rest.append(part)
                continue
            if part.first < overlap.first:
                rest.append(Period(part.first, overlap.first - ONE_DAY))
            if overlap.last < part.last:
                rest.append(Period(overlap.last + ONE_DAY, part.last))
        parts = rest
    return parts


def _fees(
    account: Account,
    period: Period,
    tax_point: dt.date,
    rates: tuple[tuple[dt.date, Decimal], ...],
) -> list[DraftLine]:
    covered = [fee.covers for fee in account.billed_fees]
    lines = []
    for cell in fee_cells(account, period):
        for part in uncovered(cell, covered):
            lines += [
                DraftLine(
                    kind="fee",
                    description=f"Mediation service, {period_words(piece.first, piece.last)}",
                    quantity=Decimal(1),
                    unit_price_pence=_fee(account, piece),
                    vat=vat,
                    vat_rate=rate_on(vat, tax_point, rates),
                    covers=piece,
                    clause="annual fee",
                )
                for piece, vat in by_treatment(account, part)
            ]
    return lines


def _fee(account: Account, part: Period) -> int:
    return fee_for(account.terms, account.starts_on, part, account.anchor)


def by_treatment(account: Account, part: Period) -> list[tuple[Period, Treatment]]:
    """A part of the contract, split on the days from which its fee is treated otherwise for VAT."""
    edges = [part.first]
    for terms in sorted(account.terms, key=lambda one: one.effective_from):
        day = terms.effective_from
        inside = part.first < day <= part.last
        if inside and terms.fee_vat is not terms_on(account.terms, edges[-1]).fee_vat:
            edges.append(day)
    lasts = [day - ONE_DAY for day in edges[1:]] + [part.last]
    return [
        (Period(first, last), terms_on(account.terms, first).fee_vat)
        for first, last in zip(edges, lasts, strict=True)
    ]


def _adjustments(
    account: Account, tax_point: dt.date, rates: tuple[tuple[dt.date, Decimal], ...]
) -> list[DraftLine]:
    """What an amendment after billing makes due, or gives back, for days billed already.

    Each treatment by itself: what is exempt since was billed with VAT, and that VAT goes back.
    """
    billed: dict[Period, dict[Treatment, int]] = {}
    taxed: dict[tuple[Period, Treatment], Decimal] = {}
    for fee in account.billed_fees:
        paid = billed.setdefault(fee.covers, {})
        # What is billed without a treatment was billed as the days are treated now.
        treatment = fee.vat[0] if fee.vat else terms_on(account.terms, fee.covers.last).fee_vat
        paid[treatment] = paid.get(treatment, 0) + fee.net_pence
        if fee.vat is not None:
            taxed.setdefault((fee.covers, treatment), fee.vat[1])
    lines = []
    for covers, paid in sorted(billed.items()):
        part = covers.within(account.starts_on, account.ends_on)
        due: dict[Treatment, int] = {}
        for piece, vat in by_treatment(account, part) if part else ():
            due[vat] = due.get(vat, 0) + _fee(account, piece)
        for vat in sorted({*due, *paid}):
            change = due.get(vat, 0) - paid.get(vat, 0)
            if not change:
                continue
            rate = rate_on(vat, tax_point, rates)
            lines.append(
                DraftLine(
                    kind="fee_adjustment",
                    description=(
                        "Change of the contract: adjusts the fee for "
                        f"{period_words(covers.first, covers.last)}"
                    ),
                    quantity=Decimal(1 if change > 0 else -1),
                    unit_price_pence=abs(change),
                    vat=vat,
                    vat_rate=taxed.get((covers, vat), rate) if change < 0 else rate,
                    covers=covers,
                    clause="amendment",
                )
            )
    return lines


@dataclass(frozen=True)
class _Charge:
    event: Event
    price_pence: int
    vat: Treatment
    credit: bool

    def taxed(
        self, tax_point: dt.date, rates: tuple[tuple[dt.date, Decimal], ...]
    ) -> tuple[Treatment, Decimal]:
        if self.credit and self.event.billed_vat is not None:
            return self.event.billed_vat
        return self.vat, rate_on(self.vat, tax_point, rates)


def _usage(
    account: Account,
    usage_to: dt.date,
    tax_point: dt.date,
    rates: tuple[tuple[dt.date, Decimal], ...],
    exceptions: list[str],
) -> list[DraftLine]:
    due = [e for e in account.events if e.on <= usage_to and e.on in account.term]
    charges: list[_Charge] = []
    for service in Service:
        of_service = [e for e in due if e.kind == service.value]
        for year in sorted({contract_year(account.starts_on, e.on) for e in of_service}):
            charges += _beyond_allowance(
                account, service, year, [e for e in of_service if e.on in year], exceptions
            )
    for event in due:
        if event.kind not in set(Service):
            charges += _by_itself(account, event, exceptions)
    return _lines_of(account, charges, tax_point, rates)


def _beyond_allowance(
    account: Account,
    service: Service,
    year: Period,
    events: list[Event],
    exceptions: list[str],
) -> list[_Charge]:
    """What to bill and to credit so that as many stand billed as are beyond the allowance."""
    included = allowance(account.terms, service, year, ends_on=account.share_ends_on)
    ordered = sorted(events, key=lambda e: (e.on, e.id))
    standing = [e for e in ordered if e.standing]
    beyond = 0 if included is None else max(0, len(standing) - included)
    charges = [
        _Charge(e, e.billed_price, _vat_of(account, service, e), credit=True)
        for e in ordered
        if not e.standing and e.billed_price is not None
    ]
    billed = [e for e in standing if e.billed_price is not None]
    unbilled = [e for e in standing if e.billed_price is None]
    if len(billed) < beyond:
        for event in unbilled[-(beyond - len(billed)) :]:
            price = terms_on(account.terms, event.on).prices.get(service)
            if price is None:
                exceptions.append(
                    f"No price: {SERVICE_WORDS[service]} on {event.on:%-d %B %Y} "
                    f"({event.case_reference}) is in no clause of {account.reference}"
                )
                continue
            charges.append(_Charge(event, price.price_pence, price.vat, credit=False))
    elif len(billed) > beyond:
        for event in billed[beyond:]:
            charges.append(
                _Charge(
                    event, event.billed_price or 0, _vat_of(account, service, event), credit=True
                )
            )
    return charges


def _vat_of(account: Account, service: Service, event: Event) -> Treatment:
    price = terms_on(account.terms, event.on).prices.get(service)
    return price.vat if price else Treatment.STANDARD


def _by_itself(account: Account, event: Event, exceptions: list[str]) -> list[_Charge]:
    """A late cancellation, a day or an expense: no allowance includes it."""
    terms = terms_on(account.terms, event.on)
    if event.kind == "expense":
        price: int | None = event.amount_pence or 0
        vat = terms.expenses_vat
    elif event.kind == "late_cancellation":
        price, vat = terms.late_fee(event.notice_days or 0), terms.late_fee_vat
    else:
        price, vat = terms.day_rate_pence, terms.day_rate_vat
    if event.billed_price is not None:
        return [] if event.standing else [_Charge(event, event.billed_price, vat, credit=True)]
    if not event.standing:
        return []
    if price is None:
        exceptions.append(
            f"No price: the day of {event.on:%-d %B %Y} ({event.case_reference}) is in no clause "
            f"of {account.reference}"
        )
        return []
    return [_Charge(event, price, vat, credit=False)] if price else []


def _lines_of(
    account: Account,
    charges: list[_Charge],
    tax_point: dt.date,
    rates: tuple[tuple[dt.date, Decimal], ...],
) -> list[DraftLine]:
    """One line for each kind at one price; an expense has a line of its own."""
    groups: dict[tuple[object, ...], list[_Charge]] = {}
    for charge in charges:
        own = charge.event.id if charge.event.kind == "expense" else None
        notice = charge.event.notice_days
        key = (
            charge.event.kind,
            charge.credit,
            charge.price_pence,
            charge.taxed(tax_point, rates),
            own,
            charge.event.kind == "late_cancellation" and notice,
        )
        groups.setdefault(key, []).append(charge)
    lines = []
    for group in groups.values():
        first = group[0]
        days = [charge.event.on for charge in group]
        vat, rate = first.taxed(tax_point, rates)
        lines.append(
            DraftLine(
                kind="usage_credit"
                if first.credit
                else "expense"
                if first.event.kind == "expense"
                else "usage",
                description=_words(first, [charge.event for charge in group]),
                quantity=Decimal(-len(group) if first.credit else len(group)),
                unit_price_pence=first.price_pence,
                vat=vat,
                vat_rate=rate,
                covers=Period(min(days), max(days)),
                clause=first.event.kind,
                usage=tuple(charge.event.id for charge in group),
            )
        )
    return lines


def _words(charge: _Charge, events: list[Event]) -> str:
    references = sorted({e.case_reference for e in events if e.case_reference})
    named = ", ".join(references[:REFERENCES_NAMED])
    if len(references) > REFERENCES_NAMED:
        named += f" and {len(references) - REFERENCES_NAMED} more"
    event = charge.event
    if event.kind in set(Service):
        what = f"{SERVICE_WORDS[Service(event.kind)]} beyond those included"
    elif event.kind == "late_cancellation":
        notice = event.notice_days or 0
        unit = "working day" if notice == 1 else "working days"
        what = f"Late cancellation, {notice} {unit} notice"
    elif event.kind == "expense":
        what = event.description or "Expense passed on"
    else:
        what = "Further days"
    text = f"Credit: {within_sentence(what)}" if charge.credit else what
    return f"{text} ({named})" if named else text

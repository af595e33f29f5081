"""Issuing a credit note: in full or by line, with its reason, never above what was invoiced."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import sqlalchemy as sa

from billing.contracts.models import Contract
from billing.credits.content import credit_content
from billing.delivering import deliver
from billing.invoices.issuing import checked_xml, keep_document, series_number, take_number
from billing.ledger.accounts import billed_prices, next_turns
from billing.ledger.balances import release_excess
from billing.ledger.credit_notes import CreditNote, CreditNoteLine
from billing.ledger.invoices import BilledUsage, Invoice, InvoiceLine
from billing.ledger.queries import lines_of
from billing.refusal import BillingRefused
from billing.tasks import add_task
from billing.vat import round_pence
from saas.audit.actions import record as audit
from saas.database.base import new_id
from saas.database.scope import ScopedSession
from saas.documents.invoice import render

VatKey = tuple[str, Decimal]


@dataclass(frozen=True)
class Part:
    """How much of an invoice's line is taken back: net pence, with the line's own sign."""

    line: InvoiceLine
    net_pence: int


def lock_account(session: ScopedSession) -> None:
    """Let nobody else in finance touch the tenant's account until the transaction ends."""
    session.execute(
        sa.select(Contract.id).where(Contract.tenant_id == session.tenant).with_for_update()
    )


def credited_so_far(session: ScopedSession, invoice_id: uuid.UUID) -> dict[uuid.UUID, int]:
    """The net pence taken back of each line of an invoice."""
    rows = session.execute(
        sa.select(CreditNoteLine.invoice_line_id, sa.func.sum(CreditNoteLine.net_pence))
        .join(
            CreditNote,
            sa.and_(
                CreditNote.tenant_id == CreditNoteLine.tenant_id,
                CreditNote.id == CreditNoteLine.credit_note_id,
            ),
        )
        .where(CreditNote.tenant_id == session.tenant, CreditNote.invoice_id == invoice_id)
        .group_by(CreditNoteLine.invoice_line_id)
    )
    return {line_id: int(net) for line_id, net in rows}


def left_to_credit(session: ScopedSession, invoice_id: uuid.UUID) -> list[Part]:
    """What could still be taken back of each line."""
    done = credited_so_far(session, invoice_id)
    parts = [Part(x, x.net_pence - done.get(x.id, 0)) for x in lines_of(session, invoice_id)]
    return [part for part in parts if part.net_pence]


def credit(
    session: ScopedSession,
    invoice: Invoice,
    amounts: Mapping[uuid.UUID, int] | None,
    *,
    reason: str,
    today: dt.date,
    at: dt.datetime,
    bill_again: bool = False,
    adjusts: bool = False,
) -> CreditNote:
    """Take back part of an invoice, or all that is left of it.

    Args:
        amounts: net pence by line; None is everything that is left.
        bill_again: bill the period once more, as it should have been. Only for everything.
        adjusts: it settles what a change of the contract left over: no invoice gives it back.

    Raises:
        BillingRefused: no reason, nothing left, or more than was invoiced.
    """
    lock_account(session)
    if not reason.strip():
        raise BillingRefused("reason", "Say why: the credit note must give its reason")
    if bill_again and amounts is not None:
        raise BillingRefused(
            "bill_again", "Only an invoice that is taken back whole is billed again"
        )
    parts = _parts(session, invoice, amounts)
    vat = _vat_of(session, invoice, parts)
    net, tax = sum(p.net_pence for p in parts), sum(vat.values())
    if net + tax <= 0:
        raise BillingRefused("amount", "There is nothing left to take back of this invoice")
    _check_within(session, invoice, net=net, vat=tax)
    year, number = take_number(session, "credit_note", today)
    note = CreditNote(
        tenant_id=session.tenant,
        id=new_id(),
        invoice_id=invoice.id,
        number=series_number("credit_note", year, number),
        series_year=year,
        series_number=number,
        issued_on=today,
        issued_at=at,
        issued_by=session.scope.person,
        reason=reason.strip(),
        bill_again=bill_again,
        adjusts=adjusts,
        net_pence=net,
        vat_pence=tax,
        gross_pence=net + tax,
        words=invoice.words,
    )
    session.add(note)
    session.flush()
    lines = [_line(session, note, position, part) for position, part in enumerate(parts, start=1)]
    session.add_all(lines)
    session.flush()
    for part, line in zip(parts, lines, strict=True):
        _settle_usage(session, note, line, part, bill_again=bill_again)
    content = credit_content(invoice, note, lines, vat)
    keep_document(session, note.id, "pdf", render(content))
    keep_document(session, note.id, "xml", checked_xml(content, note.words), checked_by="EN 16931")
    release_excess(session, invoice, at=at)
    deliver(session, "credit note", note.id, note.number, at=at)
    add_task(session, "stripe credit note", note.id, at=at)
    audit(
        session, "credit note issued", subject_kind="credit note", subject_id=note.id, at=at,
        number=note.number, invoice=invoice.number,
    )  # fmt: skip
    session.flush()
    return note


def _parts(
    session: ScopedSession, invoice: Invoice, amounts: Mapping[uuid.UUID, int] | None
) -> list[Part]:
    left = left_to_credit(session, invoice.id)
    if amounts is None:
        return left
    by_line = {part.line.id: part for part in left}
    parts = []
    for line_id, net in amounts.items():
        if not net:
            continue
        known = by_line.get(line_id)
        if known is None:
            raise BillingRefused("amount", "Nothing is left to take back of one of these lines")
        if not 0 < net <= known.net_pence:
            raise BillingRefused(
                "amount",
                f"At most £{known.net_pence / 100:,.2f} is left to take back of "
                f"'{known.line.description}'",
            )
        _check_whole_items(known.line, net)
        parts.append(Part(known.line, net))
    return parts


def _check_within(session: ScopedSession, invoice: Invoice, *, net: int, vat: int) -> None:
    """An invoice that also gave something back comes to less than its lines above zero do."""
    done_net, done_vat = session.execute(
        sa.select(
            sa.func.coalesce(sa.func.sum(CreditNote.net_pence), 0),
            sa.func.coalesce(sa.func.sum(CreditNote.vat_pence), 0),
        ).where(CreditNote.tenant_id == session.tenant, CreditNote.invoice_id == invoice.id)
    ).one()
    left = invoice.net_pence - int(done_net)
    if (
        net > left
        or vat > max(invoice.vat_pence, 0) - int(done_vat)
        or net + vat > invoice.gross_pence - int(done_net) - int(done_vat)
    ):
        raise BillingRefused(
            "amount",
            f"At most £{max(left, 0) / 100:,.2f} is left to take back of the invoice as a whole, "
            "because some of its lines gave money back",
        )


def _check_whole_items(line: InvoiceLine, net: int) -> None:
    """Of a line that bills several uses, whole ones are taken back, so that each use knows at
    what price it stands billed."""
    if len(line.usage_ids) > 1 and net % line.unit_price_pence:
        raise BillingRefused(
            "amount",
            f"'{line.description}' bills {len(line.usage_ids)} at "
            f"£{line.unit_price_pence / 100:,.2f}: take back whole ones",
        )


def _vat_of(session: ScopedSession, invoice: Invoice, parts: Sequence[Part]) -> dict[VatKey, int]:
    """The VAT to take back with the parts, per rate. Rounded on the running total, so that many
    small credits come to the VAT of one large one, to the penny."""
    done = credited_so_far(session, invoice.id)
    before: defaultdict[VatKey, int] = defaultdict(int)
    now: defaultdict[VatKey, int] = defaultdict(int)
    for line in lines_of(session, invoice.id):
        before[(line.vat_treatment, line.vat_rate)] += done.get(line.id, 0)
    for part in parts:
        now[(part.line.vat_treatment, part.line.vat_rate)] += part.net_pence
    return {
        key: round_pence((before[key] + net) * key[1] / 100)
        - round_pence(before[key] * key[1] / 100)
        for key, net in now.items()
    }


def _line(session: ScopedSession, note: CreditNote, position: int, part: Part) -> CreditNoteLine:
    line = part.line
    unit = line.unit_price_pence
    whole = unit and part.net_pence % unit == 0
    quantity = Decimal(part.net_pence // unit) if whole else Decimal(1)
    return CreditNoteLine(
        tenant_id=session.tenant,
        id=new_id(),
        credit_note_id=note.id,
        invoice_line_id=line.id,
        position=position,
        kind=line.kind,
        description=line.description,
        quantity=quantity,
        unit_price_pence=unit if whole else part.net_pence,
        net_pence=part.net_pence,
        vat_treatment=line.vat_treatment,
        vat_rate=line.vat_rate,
        clause=line.clause,
        covers_from=line.covers_from,
        covers_to=line.covers_to,
        usage_ids=list(line.usage_ids),
    )


def _settle_usage(
    session: ScopedSession,
    note: CreditNote,
    line: CreditNoteLine,
    part: Part,
    *,
    bill_again: bool,
) -> None:
    """Say at what price each use stands billed now: unbilled if it is billed again, at nothing if
    it was taken back for good, at less if part of its price was."""
    prices = billed_prices(session)
    if part.line.kind == "usage_credit":
        # The invoice gave these uses back; without it they stand billed as before.
        if bill_again:
            named = {uuid.UUID(one) for one in part.line.usage_ids}
            session.add_all(
                BilledUsage(
                    tenant_id=session.tenant,
                    usage_entry_id=entry,
                    turn=turn,
                    document_id=note.id,
                    line_id=line.id,
                    unit_price_pence=part.line.unit_price_pence,
                )
                for entry, turn in next_turns(session, named).items()
            )
            session.flush()
        return
    ids = [uuid.UUID(one) for one in part.line.usage_ids]
    turns = next_turns(session, set(ids))
    left = part.net_pence
    for entry in reversed(ids):
        price = prices.get(entry)
        if not price or left <= 0:
            continue
        taken = min(price, left)
        left -= taken
        steps = [(turns[entry], price)]
        if not bill_again:
            steps.append((turns[entry] + 1, price - taken))
        session.add_all(
            BilledUsage(
                tenant_id=session.tenant,
                usage_entry_id=entry,
                turn=turn,
                document_id=note.id,
                line_id=line.id,
                unit_price_pence=at_price,
            )
            for turn, at_price in steps
        )
    session.flush()

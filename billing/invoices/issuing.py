"""Issuing an invoice: the checks, the number, and everything frozen in one transaction."""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from billing.contracts.actions import terms_of
from billing.contracts.models import Contract
from billing.contracts.orders import Draw, draws, draws_in_words, numbers_of, order_problem
from billing.contracts.pricing import vat_reasons
from billing.contracts.queries import billing_contact, find_contract
from billing.delivering import deliver
from billing.einvoice.peppol import peppol_failures
from billing.einvoice.ubl import ubl_of
from billing.einvoice.validation import CHECKED_BY, Unchecked, einvoice_failures
from billing.invoices.actions import delete_draft, redraft
from billing.invoices.content import issued_content, words_of, words_of_orders
from billing.ledger.accounts import next_turns
from billing.ledger.invoices import (
    BilledUsage,
    Invoice,
    InvoiceDocument,
    InvoiceDraft,
    InvoiceDraftLine,
    InvoiceLine,
    InvoiceSeries,
    OrderShare,
)
from billing.ledger.orders_drawn import orders_of
from billing.ledger.queries import draft_lines_of
from billing.periods import Period, financial_year_start
from billing.refusal import BillingRefused
from billing.supplier import Supplier
from billing.tasks import add_task
from billing.vat import Treatment
from saas.audit.actions import record as audit
from saas.database.base import new_id
from saas.database.scope import ScopedSession
from saas.documents.invoice import InvoiceContent, render

# Procurement Act 2023 s.68: 30 days from receipt, and it is sent on the day it is issued.
TERMS_DAYS = 30
PREFIXES = {"invoice": "INV", "credit_note": "CN"}


@dataclass(frozen=True)
class Check:
    """One thing that must be so before a draft may be issued, and what to do when it is not."""

    name: str
    problem: str = ""
    remedy: str = ""

    @property
    def passed(self) -> bool:
        return not self.problem


def checks_before_issue(
    session: ScopedSession,
    draft: InvoiceDraft,
    contract: Contract,
    supplier: Supplier,
    *,
    lines: Sequence[InvoiceDraftLine],
    today: dt.date,
) -> tuple[list[Check], tuple[Draw, ...]]:
    """Every check, passed or not, and the orders that the invoice would draw on.

    Args:
        lines: of the draft.
    """
    taxed = Treatment.STANDARD in {Treatment(line.vat_treatment) for line in lines}
    checks, drawn = guards(
        session,
        contract,
        supplier,
        billed=Period(draft.period_from, draft.period_to),
        net_pence=draft.net_pence,
        taxed=taxed,
    )
    if draft.period_from > today:
        checks.append(_seen_by_another(session, draft))
    return checks, drawn


def guards(
    session: ScopedSession,
    contract: Contract,
    supplier: Supplier,
    *,
    billed: Period,
    net_pence: int,
    taxed: bool,
) -> tuple[list[Check], tuple[Draw, ...]]:
    """What every invoice must pass, whatever it is for, and the orders that it would draw on."""
    orders = orders_of(session, contract.id)
    drawn = draws(orders, first=billed.first, last=billed.last, net_pence=net_pence)
    checks = []
    if contract.po_required:
        problem = (
            ""
            if drawn
            else order_problem(orders, first=billed.first, last=billed.last, net_pence=net_pence)
        )
        checks.append(
            Check(
                "Purchase order" if len(drawn) < 2 else f"Purchase orders: {draws_in_words(drawn)}",
                problem,
                "Ask the authority for a purchase order that covers this invoice, and enter it on "
                "the contract. The authority's finance contact can enter it too.",
            )
        )
    else:
        checks.append(Check("Purchase order: the contract needs none"))
    contact = billing_contact(session)
    checks.append(
        Check(
            "Who to invoice",
            "" if contact else "There is no address to invoice",
            "Enter the authority's billing contact on the contract.",
        )
    )
    checks.append(
        Check(
            "Amount",
            "" if net_pence > 0 else "It comes to no charge",
            "What is left over is carried into the next period's invoice by itself; where the "
            "contract is over, a credit note gives it back.",
        )
    )
    lacking = [
        name
        for name, value in (
            ("PROVIDER_ADDRESS", supplier.provider.address),
            ("PROVIDER_VAT_NUMBER", supplier.vat_number or not taxed),
            ("PROVIDER_BANK_DETAILS", supplier.bank_details),
        )
        if not value
    ]
    checks.append(
        Check(
            "Our own details",
            f"Not set: {', '.join(lacking)}" if lacking else "",
            "An administrator sets these in the service's environment.",
        )
    )
    return checks, drawn


def _seen_by_another(session: ScopedSession, draft: InvoiceDraft) -> Check:
    """What is billed before its period begins is looked at by two people: a mistyped year, or a
    period taken for another, is so seen before it is sent."""
    approved = draft.approved_fingerprint == draft.fingerprint and draft.approved_by is not None
    if approved and draft.approved_by != session.scope.person:
        return Check("A second person: the period has not begun")
    return Check(
        "A second person",
        f"The period begins on {draft.period_from:%-d %B %Y}: two people must have seen it",
        "One person approves the draft as it stands, and another issues it.",
    )


def issue(
    session: ScopedSession,
    draft: InvoiceDraft,
    supplier: Supplier,
    *,
    authority_name: str,
    today: dt.date,
    at: dt.datetime,
    seen_fingerprint: str | None = None,
) -> Invoice:
    """Give a draft its number and freeze it, with its files, its use and its trail.

    Args:
        seen_fingerprint: of the draft that the person approved; None issues what stands now.

    Raises:
        BillingRefused: a check failed, the draft changed since it was seen, or it is issued.
    """
    draft, drafted = redraft(session, draft, today=today, at=at)
    if seen_fingerprint is not None and draft.fingerprint != seen_fingerprint:
        raise BillingRefused("draft", "The draft has changed since you saw it: check it again")
    if drafted.exceptions:
        raise BillingRefused("draft", drafted.exceptions[0])
    contract = find_contract(session, draft.contract_id)
    if contract is None:
        raise BillingRefused("draft", "The contract of this draft is gone")
    drafted_lines = draft_lines_of(session, draft.id)
    checks, drawn = checks_before_issue(
        session, draft, contract, supplier, lines=drafted_lines, today=today
    )
    for check in checks:
        if not check.passed:
            raise BillingRefused("draft", f"{check.problem}. {check.remedy}")
    year, number = take_number(session, "invoice", today)
    invoice = Invoice(
        tenant_id=session.tenant,
        id=new_id(),
        contract_id=contract.id,
        number=series_number("invoice", year, number),
        series_year=year,
        series_number=number,
        period_from=draft.period_from,
        period_to=draft.period_to,
        sequence=draft.sequence,
        issued_on=today,
        issued_at=at,
        issued_by=session.scope.person,
        tax_point=today,
        due_on=today + dt.timedelta(days=TERMS_DAYS),
        purchase_order_id=drawn[0].order.id if drawn else None,
        purchase_order_number=numbers_of(drawn),
        net_pence=draft.net_pence,
        vat_pence=draft.vat_pence,
        gross_pence=draft.net_pence + draft.vat_pence,
        words={
            **words_of(
                supplier,
                contract,
                vat_reasons(terms_of(session, contract.id)),
                billing_contact(session),
                authority_name,
            ),
            **words_of_orders(drawn),
        },
    )
    session.add(invoice)
    session.flush()
    draw_on_orders(session, invoice, drawn)
    lines = _freeze_lines(session, draft, invoice)
    _bill_usage(session, invoice, lines)
    keep_documents(session, invoice, lines)
    deliver(session, "invoice", invoice.id, invoice.number, at=at)
    add_task(session, "stripe invoice", invoice.id, at=at)
    delete_draft(session, draft)
    audit(
        session,
        "invoice issued",
        subject_kind="invoice",
        subject_id=invoice.id,
        at=at,
        number=invoice.number,
    )
    session.flush()
    return invoice


def take_number(session: ScopedSession, series: str, day: dt.date) -> tuple[int, int]:
    """The next number of a series in the financial year of a day.

    The row stays locked until the transaction ends: who rolls back leaves no hole.
    """
    year = financial_year_start(day).year
    statement = insert(InvoiceSeries).values(series=series, year=year, last_number=1)
    statement = statement.on_conflict_do_update(
        index_elements=["series", "year"],
        set_={"last_number": InvoiceSeries.last_number + 1},
    )
    number = session.scalar(statement.returning(InvoiceSeries.last_number))
    if number is None:
        raise RuntimeError("the series returned no number")
    return year, number


def series_number(series: str, year: int, number: int) -> str:
    """'INV-2627-00042': the series, the financial year, the number in it."""
    return f"{PREFIXES[series]}-{year % 100:02d}{(year + 1) % 100:02d}-{number:05d}"


def draw_on_orders(session: ScopedSession, invoice: Invoice, drawn: Sequence[Draw]) -> None:
    """Write down what an invoice draws on which order."""
    session.add_all(
        OrderShare(
            tenant_id=session.tenant,
            id=new_id(),
            invoice_id=invoice.id,
            purchase_order_id=draw.order.id,
            position=position,
            net_pence=draw.net_pence,
        )
        for position, draw in enumerate(drawn, start=1)
    )
    session.flush()


def _freeze_lines(
    session: ScopedSession, draft: InvoiceDraft, invoice: Invoice
) -> list[InvoiceLine]:
    drafts = session.scalars(
        sa.select(InvoiceDraftLine)
        .where(InvoiceDraftLine.tenant_id == session.tenant, InvoiceDraftLine.draft_id == draft.id)
        .order_by(InvoiceDraftLine.position)
    )
    lines = [
        InvoiceLine(
            tenant_id=session.tenant,
            id=new_id(),
            invoice_id=invoice.id,
            position=line.position,
            kind=line.kind,
            description=line.description,
            quantity=line.quantity,
            unit_price_pence=line.unit_price_pence,
            net_pence=line.net_pence,
            vat_treatment=line.vat_treatment,
            vat_rate=line.vat_rate,
            clause=line.clause,
            covers_from=line.covers_from,
            covers_to=line.covers_to,
            usage_ids=list(line.usage_ids),
        )
        for line in drafts
    ]
    session.add_all(lines)
    session.flush()
    return lines


def _bill_usage(session: ScopedSession, invoice: Invoice, lines: list[InvoiceLine]) -> None:
    named = {uuid.UUID(one) for line in lines for one in line.usage_ids}
    if not named:
        return
    turns = next_turns(session, named)
    for line in lines:
        for one in line.usage_ids:
            entry = uuid.UUID(one)
            session.add(
                BilledUsage(
                    tenant_id=session.tenant,
                    usage_entry_id=entry,
                    turn=turns[entry],
                    document_id=invoice.id,
                    line_id=line.id,
                    unit_price_pence=line.unit_price_pence,
                )
            )
            turns[entry] += 1
    session.flush()


def keep_documents(session: ScopedSession, invoice: Invoice, lines: list[InvoiceLine]) -> None:
    """Print an invoice, make its XML and keep both.

    Raises:
        BillingRefused: the e-invoice is not valid, or could not be checked.
    """
    content = issued_content(invoice, lines)
    keep_document(session, invoice.id, "pdf", render(content))
    keep_document(
        session, invoice.id, "xml", checked_xml(content, invoice.words), checked_by=CHECKED_BY
    )


def checked_xml(content: InvoiceContent, words: Mapping[str, Any]) -> bytes:
    """The e-invoice, found valid.

    Raises:
        BillingRefused: it breaks a rule, or could not be checked; nothing is issued then.
    """
    xml = ubl_of(content, words)
    try:
        failures = [*einvoice_failures(xml), *peppol_failures(xml)]
    except Unchecked as failed:
        raise BillingRefused("draft", f"Not issued: {failed}. Try again.") from None
    if failures:
        told = "; ".join(f"{failure.rule}: {failure.text}" for failure in failures[:3])
        raise BillingRefused("draft", f"Not issued: the e-invoice is not valid ({told})")
    return xml


def keep_document(
    session: ScopedSession, document_id: uuid.UUID, kind: str, content: bytes, checked_by: str = ""
) -> InvoiceDocument:
    document = InvoiceDocument(
        tenant_id=session.tenant,
        document_id=document_id,
        kind=kind,
        sha256=hashlib.sha256(content).hexdigest(),
        content=content,
        checked_by=checked_by,
    )
    session.add(document)
    session.flush()
    return document

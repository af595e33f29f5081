"""The statement of account as a document: what was charged, credited and paid, and what is owed."""

from __future__ import annotations

import datetime as dt

from billing.contracts.queries import billing_contact
from billing.debts.aged_debtors import statement_of_account
from billing.delivering import deliver
from billing.invoices.issuing import keep_document
from billing.ledger.balances import balances
from billing.ledger.deliveries import PaperDelivery
from billing.supplier import Supplier
from saas.audit.actions import record as audit
from saas.database.base import new_id
from saas.database.scope import ScopedSession
from saas.documents.statement import OpenInvoice, StatementContent, StatementEntry, render
from saas.reference.calendar_words import plain_date


def statement_content(
    session: ScopedSession, supplier: Supplier, authority_name: str, *, today: dt.date
) -> StatementContent:
    """What the statement of an authority says on a day."""
    contact = billing_contact(session)
    return StatementContent(
        on=today,
        supplier=supplier.provider,
        bank_details=supplier.paid_by(contact).bank_details,
        customer_name=contact.customer_name if contact else authority_name,
        customer_address=tuple(contact.customer_address.splitlines()) if contact else (),
        entries=tuple(
            StatementEntry(entry.on, entry.what, entry.reference, entry.pence, entry.balance_pence)
            for entry in statement_of_account(session)
        ),
        open_invoices=tuple(
            OpenInvoice(
                b.invoice.number,
                b.invoice.purchase_order_number,
                b.invoice.due_on,
                b.owed_pence,
                b.days_overdue(today),
            )
            for b in balances(session)
            if b.owed_pence > 0
        ),
    )


def send_statement(
    session: ScopedSession,
    supplier: Supplier,
    authority_name: str,
    *,
    today: dt.date,
    at: dt.datetime,
) -> PaperDelivery:
    """Make the statement of a day, keep it, and have it e-mailed to who pays the invoices."""
    made = new_id()
    content = statement_content(session, supplier, authority_name, today=today)
    keep_document(session, made, "pdf", render(content))
    audit(session, "statement sent", subject_kind="statement", subject_id=made, at=at)
    number = f"Statement of {plain_date(today)}"
    return deliver(session, "statement", made, number, mailed=True, at=at)

"""The e-mails that carry invoices, credit notes and reminders to an authority's accounts."""

from __future__ import annotations

import datetime as dt
import uuid
from email.message import EmailMessage

from billing.contracts.queries import billing_contact
from billing.debts.models import Reminder
from billing.delivering import delivery_of, was_sent
from billing.ledger.credit_notes import CreditNote
from billing.ledger.invoices import Invoice
from billing.ledger.queries import document_of
from billing.supplier import Supplier
from saas.database.scope import Scope, ScopedSession, scoped
from saas.messages.mail import Letter, Sender, build
from saas.messages.transport import Bounced, Transport
from saas.reference.calendar_words import long_date
from saas.web.money import pounds


def send_task(
    tenant: uuid.UUID,
    kind: str,
    subject: uuid.UUID,
    transport: Transport,
    supplier: Supplier,
    *,
    at: dt.datetime,
) -> None:
    """Send what a task names. Its Message-ID is the thing's own, so that one sent twice is known.

    Raises:
        Bounced: it can never be sent.
        saas.messages.transport.Deferred: try again later.
    """
    with scoped(Scope.finance(tenant, None)) as session:
        contact = billing_contact(session)
        if contact is None or not contact.customer_email:
            raise Bounced("the authority has no e-mail address for invoices")
        heading, paragraphs, files = _words(session, kind, subject)
        address = contact.customer_email
    letter = Letter(id=subject, address=address, heading=heading, paragraphs=paragraphs)
    provider = supplier.provider
    mail = build(letter, Sender(provider.name, provider.email, provider.telephone), at=at)
    _attach(mail, files)
    transport.send(mail)
    with scoped(Scope.finance(tenant, None)) as session:
        was_sent(session, subject, address, at=at)


def _attach(mail: EmailMessage, files: list[tuple[str, bytes]]) -> None:
    for name, content in files:
        subtype = name.rpartition(".")[2]
        mail.add_attachment(content, maintype="application", subtype=subtype, filename=name)


def _files(session: ScopedSession, document_id: uuid.UUID, number: str) -> list[tuple[str, bytes]]:
    return [
        (f"{number}.{kind}", content)
        for kind in ("pdf", "xml")
        if (content := document_of(session, document_id, kind)) is not None
    ]


def _words(
    session: ScopedSession, kind: str, subject: uuid.UUID
) -> tuple[str, tuple[str, ...], list[tuple[str, bytes]]]:
    if kind == "send invoice":
        invoice = session.get(Invoice, (session.tenant, subject))
        if invoice is None:
            raise Bounced("there is no such invoice")
        order = f"Purchase order {invoice.purchase_order_number}. "
        return (
            f"Invoice {invoice.number}",
            (
                f"Invoice {invoice.number} for {pounds(invoice.gross_pence)} is attached, as a PDF "
                "and as an e-invoice (EN 16931, UBL).",
                (order if invoice.purchase_order_number else "")
                + f"Payment is due by {long_date(invoice.due_on)}.",
                "If anything is wrong with it, please tell us at once, or dispute the line on your "
                "page in the service.",
            ),
            _files(session, invoice.id, invoice.number),
        )
    if kind == "send credit note":
        note = session.get(CreditNote, (session.tenant, subject))
        if note is None:
            raise Bounced("there is no such credit note")
        return (
            f"Credit note {note.number}",
            (
                f"Credit note {note.number} of {pounds(note.gross_pence)} is attached.",
                f"Reason: {note.reason}",
            ),
            _files(session, note.id, note.number),
        )
    if kind == "send statement":
        made = delivery_of(session, subject)
        if made is None:
            raise Bounced("there is no such statement")
        return (
            made.number,
            (
                "Your statement of account is attached: what was charged, credited and paid, and "
                "what is owed.",
                "If you see it otherwise, please tell us, or answer this e-mail.",
            ),
            _files(session, subject, "statement"),
        )
    if kind == "send claim":
        claimed = session.get(Invoice, (session.tenant, subject))
        if claimed is None:
            raise Bounced("there is no such claim")
        return (
            f"Invoice {claimed.number}: interest and compensation for late payment",
            (
                f"Invoice {claimed.number} for {pounds(claimed.gross_pence)} is attached. It "
                "claims interest and compensation under the Late Payment of Commercial Debts "
                "(Interest) Act 1998, and says how they were worked out.",
                f"Payment is due by {long_date(claimed.due_on)}.",
            ),
            _files(session, claimed.id, claimed.number),
        )
    return _words_of_reminder(session, subject)


def _words_of_reminder(
    session: ScopedSession, subject: uuid.UUID
) -> tuple[str, tuple[str, ...], list[tuple[str, bytes]]]:
    reminder = session.get(Reminder, (session.tenant, subject))
    invoice = session.get(Invoice, (session.tenant, reminder.invoice_id)) if reminder else None
    if reminder is None or invoice is None:
        raise Bounced("there is no such reminder")
    order = f" (purchase order {invoice.purchase_order_number})"
    told = [
        f"Invoice {invoice.number}{order if invoice.purchase_order_number else ''} was due on "
        f"{long_date(invoice.due_on)}. {pounds(reminder.owed_pence)} is still owed. If it was paid "
        "meanwhile, thank you: there is nothing to do.",
        "If something is wrong with it, please dispute the line on your page in the service, or "
        "answer this e-mail.",
    ]
    late = reminder.interest_pence + reminder.compensation_pence
    if late:
        told.append(
            "Under the Late Payment of Commercial Debts (Interest) Act 1998, interest of "
            f"{pounds(reminder.interest_pence)} to {long_date(reminder.sent_on)} and compensation "
            f"of {pounds(reminder.compensation_pence)} "
            + (
                "are claimed."
                if reminder.claimed
                else "could be claimed. We have not claimed them."
            )
        )
    return (
        f"Reminder: invoice {invoice.number}",
        tuple(told),
        _files(session, invoice.id, invoice.number),
    )

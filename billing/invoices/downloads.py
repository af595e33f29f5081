"""The files of an invoice, handed out."""

from __future__ import annotations

import io
import uuid

from flask import send_file
from flask.typing import ResponseReturnValue

from billing.doors import or_404
from billing.ledger import queries
from billing.ledger.invoices import Invoice
from saas.database.scope import ScopedSession


def send_invoice_xml(session: ScopedSession, invoice_id: uuid.UUID) -> ResponseReturnValue:
    found: Invoice = or_404(queries.find_invoice(session, invoice_id))
    return send_document(session, found.id, "xml", found.number)


def send_invoice_pdf(session: ScopedSession, invoice_id: uuid.UUID) -> ResponseReturnValue:
    found: Invoice = or_404(queries.find_invoice(session, invoice_id))
    return send_document(session, found.id, "pdf", found.number)


def send_document(
    session: ScopedSession, document_id: uuid.UUID, kind: str, name: str
) -> ResponseReturnValue:
    """A file that was kept with a paper."""
    content = or_404(queries.document_of(session, document_id, kind))
    if kind == "pdf":
        return send_pdf(content, f"{name}.pdf")
    return send_file(
        io.BytesIO(content),
        mimetype="application/xml",
        as_attachment=True,
        download_name=f"{name}.xml",
    )


def send_pdf(pdf: bytes, name: str) -> ResponseReturnValue:
    return send_file(io.BytesIO(pdf), mimetype="application/pdf", download_name=name)

"""The files of an invoice, handed out."""

from __future__ import annotations

import io
import uuid

from flask import abort, send_file
from flask.typing import ResponseReturnValue

from billing.doors import or_404
from billing.ledger import queries
from billing.ledger.invoices import Invoice
from saas.database.scope import ScopedSession


def send_invoice_xml(session: ScopedSession, invoice_id: uuid.UUID) -> ResponseReturnValue:
    found: Invoice = or_404(queries.find_invoice(session, invoice_id))
    xml = or_404(queries.document_of(session, found.id, "xml"))
    return send_file(
        io.BytesIO(xml),
        mimetype="application/xml",
        as_attachment=True,
        download_name=f"{found.number}.xml",
    )


def send_invoice_pdf(session: ScopedSession, invoice_id: uuid.UUID) -> ResponseReturnValue:
    found: Invoice = or_404(queries.find_invoice(session, invoice_id))
    pdf = queries.document_of(session, found.id, "pdf")
    if pdf is None:
        abort(404)
    return send_pdf(pdf, f"{found.number}.pdf")


def send_pdf(pdf: bytes, name: str) -> ResponseReturnValue:
    return send_file(io.BytesIO(pdf), mimetype="application/pdf", download_name=name)

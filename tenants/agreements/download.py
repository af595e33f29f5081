"""An agreement that leaves the service: named by a number, never by a person, and logged."""

from __future__ import annotations

from io import BytesIO

from flask import send_file
from flask.typing import ResponseReturnValue

from saas.audit.actions import record as audit
from saas.database.scope import ScopedSession
from saas.web.today import now
from tenants.agreements.models import Agreement
from tenants.agreements.reading import agreement_pdf


def agreement_download(session: ScopedSession, agreement: Agreement) -> ResponseReturnValue:
    """The PDF, and a line in the trail. The file is named by the case, never by a person."""
    content = agreement_pdf(session, agreement)
    audit(
        session,
        "agreement downloaded",
        subject_kind="agreement",
        subject_id=agreement.id,
        at=now(),
    )
    session.commit()
    return send_file(
        BytesIO(content),
        mimetype="application/pdf",
        download_name=f"agreement-{agreement.content['reference']}-{agreement.version}.pdf",
        max_age=0,
    )

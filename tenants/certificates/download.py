"""A certificate that leaves the service: named by a number, never by a person, and logged."""

from __future__ import annotations

from io import BytesIO

from flask import send_file
from flask.typing import ResponseReturnValue

from saas.audit.actions import record as audit
from saas.database.scope import ScopedSession
from saas.web.today import now
from tenants.casework.models import Certificate
from tenants.certificates.actions import certificate_pdf


def certificate_download(session: ScopedSession, issued: Certificate) -> ResponseReturnValue:
    """The PDF, and a line in the trail. The file is named by its number, never by a person."""
    content = certificate_pdf(session, issued)
    audit(
        session,
        "certificate downloaded",
        subject_kind="certificate",
        subject_id=issued.id,
        at=now(),
    )
    session.commit()
    return send_file(
        BytesIO(content),
        mimetype="application/pdf",
        download_name=f"certificate-{issued.number}.pdf",
        max_age=0,
    )

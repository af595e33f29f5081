"""The authority downloads a certificate of its own case."""

from __future__ import annotations

import uuid

from flask import abort
from flask.typing import ResponseReturnValue

from saas.database.scope import ScopedSession
from saas.identity.permissions import Permission
from tenants.casework.authority.pages import pages
from tenants.casework.models import Certificate
from tenants.certificates.download import certificate_download


@pages.page("/certificates/<uuid:certificate_id>.pdf", permission=Permission.SEE_OWN_CASES)
def certificate_file(session: ScopedSession, certificate_id: uuid.UUID) -> ResponseReturnValue:
    issued = session.get(Certificate, (session.tenant, certificate_id))
    if issued is None:
        abort(404)
    return certificate_download(session, issued)

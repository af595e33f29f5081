"""The family downloads its certificate, by its personal link."""

from __future__ import annotations

import uuid

from flask import abort
from flask.typing import ResponseReturnValue

from saas.database.scope import ScopedSession
from saas.identity.permissions import Permission
from tenants.casework.family.pages import pages
from tenants.casework.models import Certificate
from tenants.certificates.download import certificate_download


@pages.page(
    "/<token>/certificates/<uuid:certificate_id>.pdf", permission=Permission.BY_PERSONAL_LINK
)
def certificate_file(session: ScopedSession, certificate_id: uuid.UUID) -> ResponseReturnValue:
    issued = session.get(Certificate, (session.tenant, certificate_id))
    if issued is None:
        abort(404)
    return certificate_download(session, issued)

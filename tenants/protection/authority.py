"""Data protection at the authority's door: what it may see as the controller."""

from __future__ import annotations

import uuid

from flask import render_template
from flask.typing import ResponseReturnValue

from saas.database.scope import ScopedSession
from saas.identity.permissions import Permission
from saas.web.paging import PAGE_SIZE, paginate, requested_page
from tenants.protection import queries
from tenants.protection.certificate import certificate_file
from tenants.protection.processing_pages import authority as pages


@pages.page("", permission=Permission.SEE_OWN_TRAIL)
def overview(session: ScopedSession) -> ResponseReturnValue:
    """How long the authority's cases are kept, and the log of what was erased."""
    number = requested_page()
    done = queries.erasures(
        session, done=True, offset=(number - 1) * PAGE_SIZE, limit=PAGE_SIZE + 1
    )
    return render_template(
        "tenants/protection/own_protection.html",
        rule=queries.rule_of(session),
        page=paginate(done, number=number),
    )


@pages.page("/erasures/<uuid:erasure_id>.pdf", permission=Permission.SEE_OWN_TRAIL)
def certificate(session: ScopedSession, erasure_id: uuid.UUID) -> ResponseReturnValue:
    return certificate_file(session, erasure_id)

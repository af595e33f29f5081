"""An authority searches its own cases."""

from __future__ import annotations

from flask import url_for
from flask.typing import ResponseReturnValue

from saas.database.scope import ScopedSession
from saas.identity.permissions import Permission
from tenants.casework.authority.pages import pages
from tenants.search.pages import search_page
from tenants.subscribers.queries import reference_prefixes


@pages.page(
    "/search", permission=Permission.SEE_OWN_CASES, methods=("GET", "POST"), when_reading=True
)
def search(session: ScopedSession) -> ResponseReturnValue:
    return search_page(
        session,
        href=lambda one: url_for("authority_cases.case", case_id=one.id),
        prefixes=reference_prefixes(session, session.tenant),
        with_authority=False,
    )

"""The provider searches the cases of every authority, a mediator those of their own."""

from __future__ import annotations

from flask import url_for
from flask.typing import ResponseReturnValue

from saas.database.scope import ScopedSession
from saas.identity.permissions import Permission
from saas.web.access import the_person
from tenants.casework.provider.pages import pages
from tenants.search.pages import search_page
from tenants.subscribers.queries import reference_prefixes


@pages.page("/search", permission=Permission.SEE_APPOINTED_CASES, methods=("GET", "POST"))
def search(session: ScopedSession) -> ResponseReturnValue:
    person = the_person()
    return search_page(
        session,
        href=lambda one: url_for(
            "provider_cases.case", authority=one.authority_slug, case_id=one.id
        ),
        prefixes=reference_prefixes(session),
        mediator=None if person.may(Permission.SEE_CASES) else person.id,
        with_authority=True,
    )

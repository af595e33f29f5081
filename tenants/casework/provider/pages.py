"""The provider's door to casework, and what each of its pages needs first."""

from __future__ import annotations

import uuid

from flask import abort, current_app

from saas.database.scope import ScopedSession
from saas.documents.content import Provider
from saas.identity.permissions import Permission, ProviderRole
from saas.identity.signed_in import SignedIn
from saas.web.access import DoorPages, the_person
from saas.web.frame import Door
from saas.web.today import now
from tenants.casework.actions import Actor
from tenants.casework.case_view import CaseView, case_for_provider
from tenants.casework.queries import CaseNotFoundError

pages = DoorPages("provider_cases", __name__, door=Door.PROVIDER, url_prefix="/provider")

ROLE_WORDS = {
    ProviderRole.COORDINATOR: "Mediation adviser",
    ProviderRole.MEDIATOR: "Mediator",
    ProviderRole.MANAGER: "Manager",
    ProviderRole.FINANCE: "Finance",
    ProviderRole.ADMIN: "Administrator",
}


def the_actor() -> Actor:
    """The person at the page, as what they record will name them."""
    person = the_person()
    return Actor(id=person.id, name=person.name, at=now())


def role_in_words(person: SignedIn) -> str:
    return next((ROLE_WORDS[role] for role in ROLE_WORDS if role in person.provider_roles), "")


def the_provider() -> Provider:
    return Provider.of(current_app.extensions["settings"])


def the_case(session: ScopedSession, case_id: uuid.UUID) -> CaseView:
    """The case of the page: 404 if the authority has none such, 403 if it is another's to see."""
    try:
        view = case_for_provider(session, case_id)
    except CaseNotFoundError:
        abort(404)
    person = the_person()
    if not person.may(Permission.SEE_CASES) and view.case.mediator_id != person.id:
        abort(403)
    return view

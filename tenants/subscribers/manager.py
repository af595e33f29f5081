"""Who has access, for the provider's managers."""

from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue

from saas.database.scope import Scope, ScopedSession, scoped
from saas.identity.permissions import Permission
from saas.identity.queries import FoundPerson, people_page
from saas.web.access import DoorPages
from saas.web.frame import Door
from saas.web.paging import PAGE_SIZE, paginate, requested_page
from tenants.subscribers.queries import all_tenancies

pages = DoorPages("manager_people", __name__, door=Door.MANAGER, url_prefix="/manager/people")


@pages.page("", permission=Permission.SEE_PEOPLE)
def people(session: ScopedSession) -> ResponseReturnValue:
    """Who has access and when they last signed in."""
    number = requested_page()
    places = {tenancy.id: tenancy.name for tenancy in all_tenancies(session)}
    # Who people are is read by the identity role alone.
    with scoped(Scope.identity()) as identities:
        found = people_page(identities, offset=(number - 1) * PAGE_SIZE, limit=PAGE_SIZE)
    return render_template(
        "tenants/subscribers/manager_people.html",
        page=paginate(found, number=number),
        places=places,
        roles_of=roles_of,
    )


def roles_of(person: FoundPerson) -> str:
    """A person's places in a few words."""
    roles = sorted(role.value for role in person.provider_roles)
    if person.authority_role is not None:
        roles.append(person.authority_role.value)
    return ", ".join(roles).capitalize() or "None"

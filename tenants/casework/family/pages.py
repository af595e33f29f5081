"""The family's door: reached by a personal link, so every address in it is a key."""

from __future__ import annotations

from typing import Any

from flask import abort, render_template, request
from flask.typing import ResponseReturnValue

from saas.database.scope import ScopedSession
from saas.identity.permissions import Permission
from saas.web.access import LINK_ARGUMENT, DoorPages, the_link
from saas.web.frame import Door
from saas.web.today import now, today
from tenants.casework.arrangement import arrangement
from tenants.casework.family_view import NotTheirCaseError, answer_to_give, family_view, name_of
from tenants.casework.kinds import WORDS, Side
from tenants.casework.page_parts import parts_of_page
from tenants.casework.queries import keep_record
from tenants.casework.row_columns import Actor

pages = DoorPages("family_case", __name__, door=Door.FAMILY, url_prefix="/family")


@pages.url_defaults
def keep_the_link(_endpoint: str, values: dict[str, Any]) -> None:
    """Addresses inside the door carry the link by which the reader came."""
    if LINK_ARGUMENT not in values and request.view_args:
        values[LINK_ARGUMENT] = request.view_args.get(LINK_ARGUMENT)


def the_family_member(session: ScopedSession) -> Actor:
    """Who holds the link, as what they record will name them."""
    return Actor(id=None, name=name_of(session, the_link().party_id), at=now())


@pages.page("/<token>/", permission=Permission.BY_PERSONAL_LINK)
def case(session: ScopedSession) -> ResponseReturnValue:
    authority = the_link().tenancy
    try:
        view = family_view(session, authority.name)
    except NotTheirCaseError:
        abort(404)
    record = view.record
    keep_record(session, view.id, record)
    return render_template(
        "tenants/casework/family/case.html",
        view=view,
        dates_to_answer=arrangement(record).to_answer(Side.FAMILY, today()),
        consent=answer_to_give(record),
        authority=authority,
        today=today(),
        words=WORDS,
        **parts_of_page(Door.FAMILY, session, view.id),
    )

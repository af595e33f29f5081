"""The family's door: reached by a personal link, so every address in it is a key."""

from __future__ import annotations

import uuid
from typing import Any

from flask import abort, render_template, request
from flask.typing import ResponseReturnValue

from saas.database.scope import ScopedSession
from saas.identity.permissions import Permission
from saas.identity.personal_link import PersonalLink
from saas.web.access import LINK_ARGUMENT, DoorPages, the_link
from saas.web.frame import Door
from saas.web.today import today
from tenants.agreements.reading import latest_agreement
from tenants.casework.arrangement import arrangement
from tenants.casework.downloads import certificate_download
from tenants.casework.family_view import NotTheirCaseError, answer_to_give, family_view
from tenants.casework.kinds import WORDS, Side
from tenants.casework.models import Certificate
from tenants.casework.queries import load_record
from tenants.papers.queries import papers_of

pages = DoorPages("family_case", __name__, door=Door.FAMILY, url_prefix="/family")


@pages.url_defaults
def keep_the_link(_endpoint: str, values: dict[str, Any]) -> None:
    """Addresses inside the door carry the link by which the reader came."""
    if LINK_ARGUMENT not in values and request.view_args:
        values[LINK_ARGUMENT] = request.view_args.get(LINK_ARGUMENT)


def signer_of(link: PersonalLink) -> str:
    """The key under which the holder of a link signs an agreement."""
    return f"family {link.party_id}"


@pages.page("/<token>/", permission=Permission.BY_PERSONAL_LINK)
def case(session: ScopedSession) -> ResponseReturnValue:
    authority = the_link().tenancy
    try:
        view = family_view(session, authority.name)
    except NotTheirCaseError:
        abort(404)
    record = load_record(session, view.id)
    return render_template(
        "tenants/casework/family/case.html",
        view=view,
        papers=papers_of(session, view.id),
        agreement=latest_agreement(session, view.id),
        own_signer=signer_of(the_link()),
        dates_to_answer=arrangement(record).to_answer(Side.FAMILY, today()),
        consent=answer_to_give(record),
        authority=authority,
        today=today(),
        words=WORDS,
    )


@pages.page(
    "/<token>/certificates/<uuid:certificate_id>.pdf", permission=Permission.BY_PERSONAL_LINK
)
def certificate_file(session: ScopedSession, certificate_id: uuid.UUID) -> ResponseReturnValue:
    issued = session.get(Certificate, (session.tenant, certificate_id))
    if issued is None:
        abort(404)
    return certificate_download(session, issued)

"""What an authority sees of a facilitated meeting: what is shared with everyone."""

from __future__ import annotations

import uuid

from flask import abort, render_template
from flask.typing import ResponseReturnValue

from saas.database.scope import ScopedSession
from saas.identity.permissions import Permission
from saas.web.access import DoorPages, the_tenancy
from saas.web.frame import Door
from saas.web.today import today
from tenants.casework.authority.pages import the_case
from tenants.casework.kinds import WORDS, Service
from tenants.facilitation.models import MEETING_WORDS
from tenants.facilitation.queries import facilitation_view

pages = DoorPages("authority_facilitation", __name__, door=Door.AUTHORITY, url_prefix="/authority")


@pages.page("/cases/<uuid:case_id>/facilitation", permission=Permission.SEE_OWN_CASES)
def facilitation(session: ScopedSession, case_id: uuid.UUID) -> ResponseReturnValue:
    view = the_case(session, case_id)
    if view.record.service is not Service.FACILITATION:
        abort(404)
    return render_template(
        "tenants/facilitation/authority.html",
        view=view,
        meeting=facilitation_view(session, case_id),
        meeting_words=MEETING_WORDS,
        authority=the_tenancy(),
        today=today(),
        words=WORDS,
    )

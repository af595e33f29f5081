"""The case page."""

from __future__ import annotations

import uuid

from flask import render_template, request
from flask.typing import ResponseReturnValue

from saas.database.scope import ScopedSession
from saas.identity.permissions import Permission
from saas.web.access import the_person, the_tenancy
from saas.web.today import today
from tenants.casework.kinds import WORDS
from tenants.casework.provider.pages import pages, the_case
from tenants.casework.record import certificate_kind


@pages.page("/<authority>/cases/<uuid:case_id>", permission=Permission.SEE_APPOINTED_CASES)
def case(session: ScopedSession, case_id: uuid.UUID) -> ResponseReturnValue:
    view = the_case(session, case_id)
    return render_template(
        "tenants/casework/provider_case.html",
        view=view,
        certificate_due=certificate_kind(view.record),
        may_record=the_person().may(Permission.RECORD_CASES),
        is_new=request.args.get("new") == "yes",
        authority=the_tenancy(),
        today=today(),
        words=WORDS,
    )

"""The authority records that health is an issue, and that it told the ICB."""

from __future__ import annotations

import uuid

from flask import request
from flask.typing import ResponseReturnValue

from saas.database.scope import ScopedSession
from saas.identity.permissions import Permission
from saas.web.today import today
from tenants.casework import actions
from tenants.casework.authority.own_case import act_page, own_case, the_officer
from tenants.casework.authority.pages import pages
from tenants.casework.forms import DayForm
from tenants.casework.kinds import FactKind


@pages.page(
    "/cases/<uuid:case_id>/told-icb",
    permission=Permission.ACT_ON_OWN_CASES,
    methods=("GET", "POST"),
)
def told_icb(session: ScopedSession, case_id: uuid.UUID) -> ResponseReturnValue:
    """K3: the ICB is told within 3 working days (SEND Regs 2014 reg 35)."""
    view = own_case(session, case_id)
    form = DayForm()
    form.on.label.text = "When the ICB was told"
    if request.method == "GET":
        form.on.process_data(today())
    return act_page(
        "tenants/casework/authority_day.html",
        view,
        form,
        lambda: actions.add_fact(
            session,
            case_id,
            FactKind.AUTHORITY_TOLD_ICB,
            form.on.data,
            by=the_officer(),
            today=today(),
        ),
        done="It is recorded that the ICB was told.",
        heading="Say when the ICB was told",
        lead="The family said that health is an issue, so the integrated care board takes part.",
    )

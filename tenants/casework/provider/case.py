"""The case page, and who can see it."""

from __future__ import annotations

import uuid

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from saas.database.scope import ScopedSession
from saas.identity.permissions import Permission
from saas.web.access import the_person, the_tenancy
from saas.web.frame import Door
from saas.web.today import today
from tenants.casework.kinds import WORDS, FactKind
from tenants.casework.models import AgreedStep
from tenants.casework.page_parts import parts_of_page
from tenants.casework.provider.acts import acts_offered, wants_time
from tenants.casework.provider.pages import may_work_on, pages, the_case
from tenants.casework.record import CaseRecord, certificate_kind
from tenants.casework.who_sees import WHO_SEES
from tenants.law.clocks import due


def _came_late(record: CaseRecord) -> bool:
    """Whether the family came after the two months of K1. It is no bar (domain.md)."""
    notice = record.first(FactKind.NOTICE_SENT)
    return notice is not None and record.opened_on > due("K1", notice.on)


def step_done_href(step: AgreedStep) -> str:
    """Where a step is recorded as done; empty when it is, or for who may not."""
    if step.done_on is not None or not the_person().may(Permission.WRITE_AGREEMENTS):
        return ""
    return url_for(
        "provider_cases.step_done",
        authority=the_tenancy().slug,
        case_id=step.case_id,
        step_id=step.id,
    )


@pages.page("/<authority>/cases/<uuid:case_id>", permission=Permission.SEE_APPOINTED_CASES)
def case(session: ScopedSession, case_id: uuid.UUID) -> ResponseReturnValue:
    view = the_case(session, case_id)
    may_record = the_person().may(Permission.RECORD_CASES)
    return render_template(
        "tenants/casework/provider_case.html",
        view=view,
        certificate_due=certificate_kind(view.record),
        came_late=_came_late(view.record),
        wants_time=wants_time(view),
        may_record=may_record,
        may_see_trail=the_person().may(Permission.SEE_CASES),
        may_move=the_person().may(Permission.MOVE_CASES),
        may_work=may_work_on(view),
        acts=acts_offered(view) if may_record else [],
        step_done_href=step_done_href,
        is_new=request.args.get("new") == "yes",
        authority=the_tenancy(),
        today=today(),
        words=WORDS,
        **parts_of_page(Door.PROVIDER, session, case_id),
    )


@pages.page(
    "/<authority>/cases/<uuid:case_id>/who-sees-what", permission=Permission.SEE_APPOINTED_CASES
)
def who_sees(session: ScopedSession, case_id: uuid.UUID) -> ResponseReturnValue:
    return render_template(
        "tenants/casework/who_sees.html",
        view=the_case(session, case_id),
        back=url_for("provider_cases.case", authority=the_tenancy().slug, case_id=case_id),
        rows=WHO_SEES,
        authority=the_tenancy(),
    )

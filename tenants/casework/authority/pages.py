"""What an authority sees of a case of its own, and nothing told in confidence."""

from __future__ import annotations

import uuid

from flask import abort, render_template, url_for
from flask.typing import ResponseReturnValue

from saas.database.scope import ScopedSession
from saas.identity.permissions import Permission
from saas.web.access import DoorPages, the_person, the_tenancy
from saas.web.frame import Door
from saas.web.today import today
from tenants.casework.case_view import CaseView, TimelineEntry, case_for_authority
from tenants.casework.kinds import WORDS, Side
from tenants.casework.models import AgreedStep
from tenants.casework.page_parts import parts_of_page
from tenants.casework.queries import CaseNotFoundError
from tenants.casework.rules import may_be_taken_back_by_authority
from tenants.casework.who_sees import WHO_SEES

pages = DoorPages("authority_cases", __name__, door=Door.AUTHORITY, url_prefix="/authority")


def the_case(session: ScopedSession, case_id: uuid.UUID) -> CaseView:
    """The case of the page, as the authority may see it; 404 if it has none such."""
    try:
        return case_for_authority(session, case_id)
    except CaseNotFoundError:
        abort(404)


def step_done_href(step: AgreedStep) -> str:
    """Where the authority's own step is recorded as done; empty when it is, or for who may not."""
    own = step.done_on is None and step.responsible == Side.AUTHORITY
    if not own or not the_person().may(Permission.ACT_ON_OWN_CASES):
        return ""
    return url_for("authority_cases.step_done", case_id=step.case_id, step_id=step.id)


def take_back_href(view: CaseView, entry: TimelineEntry) -> str:
    """Where the person takes back what they recorded themselves; empty for all else."""
    person = the_person()
    if entry.by_person != person.id or not person.may(Permission.ACT_ON_OWN_CASES):
        return ""
    fact = next((f for f in view.record.facts if f.id == entry.id), None)
    if fact is None or not may_be_taken_back_by_authority(view.record, fact):
        return ""
    return url_for("authority_cases.take_back", case_id=view.id, fact_id=entry.id)


@pages.page("/cases/<uuid:case_id>", permission=Permission.SEE_OWN_CASES)
def case(session: ScopedSession, case_id: uuid.UUID) -> ResponseReturnValue:
    view = the_case(session, case_id)
    return render_template(
        "tenants/casework/authority_case.html",
        view=view,
        may_act=the_person().may(Permission.ACT_ON_OWN_CASES),
        step_done_href=step_done_href,
        take_back_href=lambda entry: take_back_href(view, entry),
        authority=the_tenancy(),
        today=today(),
        words=WORDS,
        **parts_of_page(Door.AUTHORITY, session, case_id),
    )


@pages.page("/cases/<uuid:case_id>/who-sees-what", permission=Permission.SEE_OWN_CASES)
def who_sees(session: ScopedSession, case_id: uuid.UUID) -> ResponseReturnValue:
    return render_template(
        "tenants/casework/who_sees.html",
        view=the_case(session, case_id),
        back=url_for("authority_cases.case", case_id=case_id),
        rows=WHO_SEES,
        authority=the_tenancy(),
    )

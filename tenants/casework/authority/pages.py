"""What an authority sees: its own cases, what it must do next, and nothing told in confidence."""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Sequence
from typing import Any

from flask import abort, render_template, url_for
from flask.typing import ResponseReturnValue

from saas.database.scope import ScopedSession
from saas.identity.permissions import Permission
from saas.web.access import DoorPages, the_person, the_tenancy
from saas.web.frame import Door
from saas.web.today import today
from tenants.casework.case_view import CaseView, case_for_authority
from tenants.casework.downloads import certificate_download
from tenants.casework.kept.authority_tasks import TaskKind
from tenants.casework.kinds import WORDS, Side
from tenants.casework.models import AgreedStep, Certificate
from tenants.casework.queries import CaseNotFoundError
from tenants.casework.who_sees import WHO_SEES
from tenants.papers.queries import papers_of
from tenants.worktrays.task_links import task_href
from tenants.worktrays.task_queries import TaskFilter, TaskRow, tasks_of, tasks_page, tasks_total
from tenants.worktrays.tray_pages import forget_filter, keep_filter, show_tray, tray_file
from tenants.worktrays.trays import TrayFilter, TrayRow, soon_until

pages = DoorPages("authority_cases", __name__, door=Door.AUTHORITY, url_prefix="/authority")

TRAY = "authority"
# How many things to do stand above the list of cases; the whole list has its own page.
FIRST_TASKS = 5


def _own(asked: TrayFilter) -> TrayFilter:
    """A case waits for the authority when there is anything that the authority must do in it."""
    return dataclasses.replace(asked, tasks_on=today())


@pages.page("/", permission=Permission.SEE_OWN_CASES)
def tray(session: ScopedSession) -> ResponseReturnValue:
    day = today()
    soon = soon_until(day)
    everything = TaskFilter()

    def listed(rows: Sequence[TrayRow]) -> dict[str, Any]:
        return {"todo": tasks_of(session, [row.id for row in rows], today=day)}

    return show_tray(
        session,
        "tenants/worktrays/authority_tray.html",
        tray=TRAY,
        endpoint="authority_cases.tray",
        waiting_for="authority",
        whose=_own,
        href=lambda row: url_for("authority_cases.case", case_id=row.id),
        listed=listed,
        first_tasks=tasks_page(session, everything, today=day, soon=soon, limit=FIRST_TASKS),
        tasks=tasks_total(session, everything, today=day, soon=soon),
        task_href=task_href,
    )


@pages.page("/cases.csv", permission=Permission.EXPORT_CASES)
def tray_as_file(session: ScopedSession) -> ResponseReturnValue:
    return tray_file(session, tray=TRAY, whose=_own)


@pages.page("/filters", permission=Permission.SEE_OWN_CASES, methods=("POST",))
def filters(_session: ScopedSession) -> ResponseReturnValue:
    return keep_filter(tray=TRAY, endpoint="authority_cases.tray")


@pages.page(
    "/filters/<uuid:filter_id>/removal", permission=Permission.SEE_OWN_CASES, methods=("POST",)
)
def filter_removal(_session: ScopedSession, filter_id: uuid.UUID) -> ResponseReturnValue:
    return forget_filter(filter_id, endpoint="authority_cases.tray")


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


def tasks_to_do(session: ScopedSession, case_id: uuid.UUID) -> list[TaskRow]:
    """What the person at the page can do in the case; nothing for who may only look."""
    if not the_person().may(Permission.ACT_ON_OWN_CASES):
        return []
    return tasks_of(session, [case_id], today=today()).get(case_id, [])


@pages.page("/cases/<uuid:case_id>", permission=Permission.SEE_OWN_CASES)
def case(session: ScopedSession, case_id: uuid.UUID) -> ResponseReturnValue:
    view = the_case(session, case_id)
    papers = papers_of(session, case_id)
    tasks = tasks_to_do(session, case_id)
    return render_template(
        "tenants/casework/authority_case.html",
        view=view,
        tasks=tasks,
        task_href=task_href,
        papers=papers,
        may_act=the_person().may(Permission.ACT_ON_OWN_CASES),
        ask_summary=any(task.kind is TaskKind.UPLOAD_SUMMARY for task in tasks),
        step_done_href=step_done_href,
        authority=the_tenancy(),
        today=today(),
        words=WORDS,
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


@pages.page("/certificates/<uuid:certificate_id>.pdf", permission=Permission.SEE_OWN_CASES)
def certificate_file(session: ScopedSession, certificate_id: uuid.UUID) -> ResponseReturnValue:
    issued = session.get(Certificate, (session.tenant, certificate_id))
    if issued is None:
        abort(404)
    return certificate_download(session, issued)

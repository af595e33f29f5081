"""The authority's work tray: its own cases, and what it must do next in them."""

from __future__ import annotations

import dataclasses
import uuid
from typing import Any

from flask import url_for
from flask.typing import ResponseReturnValue

from saas.database.scope import ScopedSession
from saas.identity.permissions import Permission
from saas.web.access import the_person
from saas.web.today import today
from tenants.casework.authority.pages import pages
from tenants.casework.kept.authority_tasks import TaskKind
from tenants.worktrays.assignment import OFFICERS
from tenants.worktrays.authority_assignment import whose_tabs
from tenants.worktrays.task_links import task_href
from tenants.worktrays.task_queries import tasks_of
from tenants.worktrays.tray_filter import TrayFilter
from tenants.worktrays.tray_pages import forget_filter, keep_filter, show_tray, tray_file

TRAY = "authority"
# How many things to do stand above the list of cases; the whole list has its own page.
FIRST_TASKS = 5


def _own(asked: TrayFilter) -> TrayFilter:
    """A case waits for the authority when there is anything that the authority must do in it."""
    return dataclasses.replace(asked, tasks_on=today())


@pages.page("/", permission=Permission.SEE_OWN_CASES)
def tray(session: ScopedSession) -> ResponseReturnValue:
    return show_tray(
        session,
        "tenants/worktrays/authority_tray.html",
        tray=TRAY,
        endpoint="authority_cases.tray",
        waiting_for="authority",
        whose=_own,
        href=lambda row: url_for("authority_cases.case", case_id=row.id),
        people_of=OFFICERS,
        tabs=whose_tabs(),
        may_assign=the_person().may(Permission.ACT_ON_OWN_CASES),
        tasks=FIRST_TASKS,
        task_href=task_href,
        meeting_href=lambda one: url_for("authority_cases.case", case_id=one.case_id),
    )


@pages.page("/cases.csv", permission=Permission.EXPORT_CASES)
def tray_as_file(session: ScopedSession) -> ResponseReturnValue:
    return tray_file(session, tray=TRAY, whose=_own)


@pages.page("/filters", permission=Permission.SEE_OWN_CASES, methods=("POST",), when_reading=True)
def filters(_session: ScopedSession) -> ResponseReturnValue:
    return keep_filter(tray=TRAY, endpoint="authority_cases.tray")


@pages.page(
    "/filters/<uuid:filter_id>/removal",
    permission=Permission.SEE_OWN_CASES,
    methods=("POST",),
    when_reading=True,
)
def filter_removal(_session: ScopedSession, filter_id: uuid.UUID) -> ResponseReturnValue:
    return forget_filter(filter_id, endpoint="authority_cases.tray")


def tasks_on_case_page(session: ScopedSession, case_id: uuid.UUID) -> dict[str, Any]:
    """What the person at the page can do in the case; nothing for who may only look."""
    tasks = []
    if the_person().holds(Permission.ACT_ON_OWN_CASES):
        tasks = tasks_of(session, [case_id], today=today()).get(case_id, [])
    return {
        "tasks": tasks,
        "task_href": task_href,
        "ask_summary": the_person().may(Permission.ACT_ON_OWN_CASES)
        and any(task.kind is TaskKind.UPLOAD_SUMMARY for task in tasks),
    }

"""The authority's list of everything that it must do, over all its cases."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from flask import render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from saas.audit.actions import record_apart
from saas.database.scope import ScopedSession
from saas.database.streaming import begun_alongside
from saas.identity.permissions import Permission
from saas.web.access import the_person, the_tenancy
from saas.web.downloads import streamed_csv_file
from saas.web.paging import PAGE_SIZE, paginate, requested_page, url_with, url_without
from saas.web.today import now, today
from tenants.casework.authority.pages import pages
from tenants.casework.kept.authority_tasks import TASK_WORDS, TaskKind
from tenants.casework.kinds import SERVICE_WORDS, WORDS, Service
from tenants.restrictions.models import restricted_cases
from tenants.worktrays.assignment import OFFICERS
from tenants.worktrays.authority_assignment import whose_tabs
from tenants.worktrays.filters import DUE_WORDS, LONGEST_TEXT, asked_person
from tenants.worktrays.task_links import task_href
from tenants.worktrays.task_queries import (
    TaskFilter,
    task_counts,
    task_rows,
    tasks_page,
    tasks_total,
)
from tenants.worktrays.tray_filter import soon_until
from tenants.worktrays.tray_pages import keep_filter, look

TRAY = "authority-tasks"
CSV_COLUMNS = ("reference", "about", "kind", "what_to_do", "agreed_step", "due")


def asked_tasks(args: MultiDict[str, str]) -> TaskFilter:
    """The filter that an address asks for. What is no known word is left out, not an error."""
    due = args.get("due", "")
    return TaskFilter(
        due=due if due in DUE_WORDS else "",
        kinds=tuple(k for k in args.getlist("task") if k in set(TaskKind)),
        services=tuple(s for s in args.getlist("service") if s in set(Service)),
        text=args.get("text", "").strip()[:LONGEST_TEXT],
        person=asked_person(args.get("person", "")),
    )


def _tags(asked: TaskFilter, people: Mapping[uuid.UUID, str]) -> list[dict[str, object]]:
    """The chosen filters, each with the address that takes it off."""
    groups = {
        "Due": [(DUE_WORDS[asked.due], url_with(due=None))] if asked.due else [],
        "What to do": [(TASK_WORDS[TaskKind(k)], url_without("task", k)) for k in asked.kinds],
        "Kind": [(SERVICE_WORDS[Service(s)], url_without("service", s)) for s in asked.services],
        "Looked after by": (
            [(people.get(asked.person, "Somebody"), url_with(person=None))] if asked.person else []
        ),
        "Reference": [(asked.text, url_with(text=None))] if asked.text else [],
    }
    return [
        {"heading": heading, "tags": [{"text": text, "href": href} for text, href in tags]}
        for heading, tags in groups.items()
        if tags
    ]


@pages.page("/to-do", permission=Permission.SEE_OWN_CASES)
def todo(session: ScopedSession) -> ResponseReturnValue:
    day = today()
    soon = soon_until(day)
    asked = asked_tasks(request.args)
    number = requested_page()
    rows = tasks_page(
        session,
        asked,
        today=day,
        soon=soon,
        limit=PAGE_SIZE + 1,
        offset=(number - 1) * PAGE_SIZE,
    )
    looked = look(TRAY, OFFICERS, tenant=session.tenant)
    total = tasks_total(session, asked, today=day, soon=soon)
    return render_template(
        "tenants/worktrays/authority_to_do.html",
        page=paginate(rows, number=number, total=total),
        counts=task_counts(session, today=day, soon=soon),
        asked=asked,
        selected=_tags(asked, looked.people),
        people=looked.people,
        tabs=whose_tabs(),
        saved=looked.saved,
        query=request.query_string.decode("ascii", "replace"),
        kinds=TASK_WORDS,
        services=list(SERVICE_WORDS.items()),
        href=task_href,
        may_export=the_person().may(Permission.EXPORT_CASES),
        authority=the_tenancy(),
        today=day,
        words=WORDS,
    )


@pages.page("/to-do.csv", permission=Permission.EXPORT_CASES)
def todo_as_file(session: ScopedSession) -> ResponseReturnValue:
    """What the list shows, as a CSV file: no name leaves by it, and its taking is logged."""
    day = today()
    asked, soon = asked_tasks(request.args), soon_until(day)
    with begun_alongside(session) as reading:
        restricted = restricted_cases(reading)
        record_apart(
            session.scope,
            "cases exported",
            subject_kind="authority",
            subject_id=session.tenant,
            at=now(),
            tray=TRAY,
            rows=tasks_total(reading, asked, today=day, soon=soon, but=restricted),
            # What a person searched for may be a name: it is not kept in the trail.
            filter={k: v for k, v in request.args.to_dict(flat=False).items() if k != "text"},
        )
        lines = (
            (
                row.reference,
                row.who,
                SERVICE_WORDS[Service(row.service)],
                row.words,
                row.wording,
                row.due_on,
            )
            for row in task_rows(reading, asked, today=day, soon=soon)
            if row.case_id not in restricted
        )
        return streamed_csv_file(
            f"to-do-{day.isoformat()}.csv", CSV_COLUMNS, lines, reading=reading
        )


@pages.page(
    "/to-do/filters", permission=Permission.SEE_OWN_CASES, methods=("POST",), when_reading=True
)
def todo_filters(_session: ScopedSession) -> ResponseReturnValue:
    return keep_filter(tray=TRAY, endpoint="authority_cases.todo")

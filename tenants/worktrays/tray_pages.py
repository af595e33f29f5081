"""What the work trays of every door share: filters kept, the last visit, the list as a file."""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from saas.audit.actions import record_across, record_apart
from saas.database.scope import Scope, ScopedSession, scoped
from saas.database.streaming import begun_alongside
from saas.database.together import Question
from saas.identity import habits
from saas.identity.permissions import Permission
from saas.web.access import the_person
from saas.web.downloads import streamed_csv_file
from saas.web.paging import PAGE_SIZE, paginate, requested_page, url_with
from saas.web.today import now, today
from tenants.casework.kinds import SERVICE_WORDS, STAGE_WORDS, WAITING_WORDS, WORDS, Service, Stage
from tenants.restrictions.models import restricted_cases
from tenants.worktrays.filters import CLOCK_WORDS, asked_filter, selected_tags
from tenants.worktrays.this_week import above_a_list
from tenants.worktrays.tray_filter import TrayFilter
from tenants.worktrays.tray_row import TrayRow
from tenants.worktrays.trays import tray_page, tray_rows, tray_total

# As many as a page of the tray has, and some to spare.
MOST_CHOSEN = 100
CSV_COLUMNS = (
    "reference",
    "authority",
    "about",
    "kind",
    "stage",
    "next_clock",
    "next_due",
    "waiting_for",
    "next_step",
    "opened_on",
    "closed_on",
)


def look(tray: str, people: Question, *, tenant: uuid.UUID | None) -> habits.Looked:
    """Note the visit; read the last one, the saved filters and who works on cases, in a
    transaction of their own."""
    with scoped(Scope.identity()) as session:
        return habits.look(session, the_person().id, tray, at=now(), people=people, tenant=tenant)


def show_tray(
    session: ScopedSession,
    template: str,
    *,
    tray: str,
    endpoint: str,
    waiting_for: str,
    whose: Callable[[TrayFilter], TrayFilter],
    href: Callable[[TrayRow], str],
    counted: Callable[[TrayFilter], TrayFilter] | None = None,
    people_of: Question,
    tasks: int = 0,
    **shown: Any,
) -> ResponseReturnValue:
    """A tray: counts, filters, one page of cases.

    Args:
        whose: narrows the filter to the cases that this viewer has.
        counted: narrows what the numbers above the list count, where that is not the same.
        people_of: asks who may look after a case; it is asked as what knows people.
        tasks: how many of the authority's tasks stand above the list.
    """
    day = today()
    looked = look(tray, people_of, tenant=session.scope.tenant)
    asked = dataclasses.replace(whose(asked_filter(request.args)), new_since=looked.since)
    mine = dataclasses.replace((counted or whose)(TrayFilter()), new_since=looked.since)
    number = requested_page()
    rows = tray_page(session, asked, today=day, number=number, size=PAGE_SIZE)
    selected = selected_tags(asked, looked.people)
    above = above_a_list(session, mine, today=day, waiting_for=waiting_for, tasks=tasks)
    counts = above.counts
    everything = dataclasses.replace(asked, order=mine.order) == mine
    total = counts.open if everything else tray_total(session, asked, today=day)
    return render_template(
        template,
        page=paginate(rows, number=number, total=total),
        counts=counts,
        asked=asked,
        since=looked.since,
        saved=looked.saved,
        query=request.query_string.decode("ascii", "replace"),
        selected=selected,
        people=looked.people,
        services=list(SERVICE_WORDS.items()),
        stages=list(STAGE_WORDS.items()),
        waiting=list(WAITING_WORDS.items()),
        clocks=list(CLOCK_WORDS.items()),
        words={**WORDS, "clock_words": CLOCK_WORDS},
        hrefs={row.id: href(row) for row in rows},
        may_export=the_person().may(Permission.EXPORT_CASES),
        endpoint=endpoint,
        today=day,
        first_tasks=above.tasks,
        tasks=above.all_tasks,
        # Who looks for something has no list of meetings before it.
        meetings=[] if selected else above.meetings,
        more_meetings=url_with(stage=Stage.FIXED.value, page=None) if above.more_meetings else "",
        **shown,
    )


def tray_file(
    session: ScopedSession, *, tray: str, whose: Callable[[TrayFilter], TrayFilter]
) -> ResponseReturnValue:
    """What the tray shows, as a CSV file that is sent while it is read: no name leaves by it, and
    its taking is logged first."""
    day = today()
    asked = whose(asked_filter(request.args))
    with begun_alongside(session) as reading:
        restricted = restricted_cases(reading)
        # What a person searched for may be a name: it is not kept in the trail.
        narrowed = {k: v for k, v in request.args.to_dict(flat=False).items() if k != "text"}
        number = tray_total(reading, asked, today=day, but=restricted)
        told = {"tray": tray, "rows": number, "filter": narrowed}
        if session.scope.tenant is None:
            record_across("cases exported", person_id=the_person().id, at=now(), **told)
        else:
            record_apart(
                session.scope, "cases exported", subject_kind="authority",
                subject_id=session.tenant, at=now(), **told,
            )  # fmt: skip
        rows = tray_rows(reading, asked, today=day)
        lines = (_line(row) for row in rows if row.id not in restricted)
        return streamed_csv_file(
            f"cases-{day.isoformat()}.csv", CSV_COLUMNS, lines, reading=reading
        )


def _line(row: TrayRow) -> tuple[object, ...]:
    return (
        row.reference,
        row.authority_name,
        row.who,
        SERVICE_WORDS[Service(row.service)],
        STAGE_WORDS[Stage(row.stage)],
        row.next_clock or "",
        row.next_due or "",
        WAITING_WORDS.get(row.waiting_for or "", ""),
        row.next_step or "",
        row.opened_on,
        row.closed_on or "",
    )


def chosen_ids() -> list[uuid.UUID]:
    """The cases that were ticked in a tray; what is no id is left out."""
    found = []
    for text in request.form.getlist("case")[:MOST_CHOSEN]:
        with suppress(ValueError):
            found.append(uuid.UUID(text))
    return found


def keep_filter(*, tray: str, endpoint: str) -> ResponseReturnValue:
    """Keep the filter of the page under a name."""
    name = " ".join(request.form.get("name", "").split())[: habits.LONGEST_NAME]
    query = request.form.get("query", "")
    back = f"{url_for(endpoint)}?{query}" if query else url_for(endpoint)
    if not name:
        flash("Give the filter a name to keep it.", "problem")
        return redirect(back)
    try:
        with scoped(Scope.identity()) as session:
            habits.save_filter(session, the_person().id, tray, name=name, query=query)
    except habits.TooManyFiltersError as refused:
        flash(str(refused), "problem")
    else:
        flash(f"The filter is kept as '{name}'.")
    return redirect(back)


def forget_filter(filter_id: uuid.UUID, *, endpoint: str) -> ResponseReturnValue:
    """Forget one of the person's own filters."""
    with scoped(Scope.identity()) as session:
        known = habits.remove_filter(session, the_person().id, filter_id)
    if not known:
        abort(404)
    flash("The filter is removed.", "done")
    return redirect(url_for(endpoint))

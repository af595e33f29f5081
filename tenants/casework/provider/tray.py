"""The provider's work tray: every authority's cases, what is due first at the top."""

from __future__ import annotations

import dataclasses
from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from saas.database.scope import ScopedSession
from saas.identity.permissions import Permission
from saas.web.access import the_person
from saas.web.paging import PAGE_SIZE, paginate, requested_page, url_with
from saas.web.today import today
from tenants.casework.filters import asked_filter, selected_tags
from tenants.casework.kinds import SERVICE_WORDS, STAGE_WORDS, WAITING_WORDS, WORDS
from tenants.casework.provider.pages import pages
from tenants.casework.trays import TrayFilter, tray_counts, tray_page, tray_total
from tenants.subscribers.queries import all_tenancies


def _tabs(asked: str, everything: bool) -> list[dict[str, Any]]:
    names = [("mine", "My cases"), ("unassigned", "Unassigned"), ("all", "All")]
    if not everything:
        names = [("mine", "My cases")]
    return [
        {"text": text, "href": url_with(view=value, page=None), "current": value == asked}
        for value, text in names
    ]


@pages.page("/", permission=Permission.SEE_APPOINTED_CASES)
def tray(session: ScopedSession) -> ResponseReturnValue:
    person = the_person()
    day = today()
    everything = person.may(Permission.SEE_CASES)
    view = request.args.get("view", "all" if everything else "mine")
    asked = asked_filter(request.args)
    if not everything:
        asked = dataclasses.replace(asked, mediator=person.id)
        view = "mine"
    elif view == "mine":
        asked = dataclasses.replace(asked, coordinator=person.id)
    elif view == "unassigned":
        asked = dataclasses.replace(asked, unassigned=True)
    viewed = TrayFilter(
        coordinator=asked.coordinator, mediator=asked.mediator, unassigned=asked.unassigned
    )
    number = requested_page()
    rows = tray_page(session, asked, today=day, number=number, size=PAGE_SIZE)
    return render_template(
        "tenants/casework/provider_tray.html",
        page=paginate(rows, number=number, total=tray_total(session, asked, today=day)),
        counts=tray_counts(session, viewed, today=day, waiting_for="provider"),
        tabs=_tabs(view, everything),
        view=view,
        asked=asked,
        selected=selected_tags(asked),
        services=list(SERVICE_WORDS.items()),
        stages=list(STAGE_WORDS.items()),
        waiting=list(WAITING_WORDS.items()),
        authorities=[(t.slug, t.name) for t in all_tenancies(session)],
        words=WORDS,
        hrefs={
            row.id: url_for("provider_cases.case", authority=row.authority_slug, case_id=row.id)
            for row in rows
        },
        can_refer=person.may(Permission.RECORD_CASES),
        today=day,
    )

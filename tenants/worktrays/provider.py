"""The provider's work tray: every authority's cases, what is due first at the top."""

from __future__ import annotations

import dataclasses
import uuid
from typing import Any

from flask import request, url_for
from flask.typing import ResponseReturnValue

from saas.database.scope import ScopedSession
from saas.identity.permissions import Permission
from saas.web.access import the_person
from saas.web.paging import url_with
from tenants.casework.provider.pages import pages
from tenants.subscribers.queries import all_tenancies
from tenants.worktrays.assignment import COORDINATORS
from tenants.worktrays.said_on_tray import said_on_tray
from tenants.worktrays.tray_filter import TrayFilter
from tenants.worktrays.tray_pages import forget_filter, keep_filter, show_tray, tray_file

TRAY = "provider"


def _view() -> str:
    """Whose cases are looked at: those who see only their own have no other view.

    Without any word it is what waits for the provider; who filters, filters all cases.
    """
    if not the_person().may(Permission.SEE_CASES):
        return "mine"
    asked = request.args.get("view", "all" if set(request.args) - {"page", "sort"} else "ours")
    return asked if asked in ("ours", "mine", "unassigned") else "all"


def _whose(asked: TrayFilter) -> TrayFilter:
    person = the_person()
    if not person.may(Permission.SEE_CASES):
        return dataclasses.replace(asked, mediator=person.id)
    if _view() == "ours":
        return dataclasses.replace(asked, waits_for_provider=True)
    if _view() == "mine":
        return dataclasses.replace(asked, coordinator=person.id)
    if _view() == "unassigned":
        return dataclasses.replace(asked, unassigned=True)
    return asked


def _counted(asked: TrayFilter) -> TrayFilter:
    """What the numbers count: what waits for others too."""
    return dataclasses.replace(_whose(asked), waits_for_provider=False)


def _tabs(everything: bool) -> list[dict[str, Any]]:
    names = [("mine", "My cases")]
    if everything:
        names = [("ours", "For us to do"), *names, ("unassigned", "Unassigned"), ("all", "All")]
    return [
        {"text": text, "href": url_with(view=value, page=None), "current": value == _view()}
        for value, text in names
    ]


@pages.page("/", permission=Permission.SEE_APPOINTED_CASES)
def tray(session: ScopedSession) -> ResponseReturnValue:
    person = the_person()
    return show_tray(
        session,
        "tenants/worktrays/provider_tray.html",
        tray=TRAY,
        endpoint="provider_cases.tray",
        waiting_for="provider",
        whose=_whose,
        counted=_counted,
        href=lambda row: url_for(
            "provider_cases.case", authority=row.authority_slug, case_id=row.id
        ),
        people_of=COORDINATORS,
        tabs=_tabs(person.may(Permission.SEE_CASES)),
        view=_view(),
        authorities=[(t.slug, t.name) for t in all_tenancies(session)],
        meeting_href=lambda one: url_for(
            "provider_cases.case", authority=one.authority_slug, case_id=one.case_id
        ),
        may_assign=person.may(Permission.RECORD_CASES),
        can_refer=person.may(Permission.RECORD_CASES),
        said=(said_on_tray(session, person.id) if person.may(Permission.RECORD_CASES) else []),
    )


@pages.page("/cases.csv", permission=Permission.EXPORT_CASES)
def tray_as_file(session: ScopedSession) -> ResponseReturnValue:
    return tray_file(session, tray=TRAY, whose=_whose)


@pages.page("/filters", permission=Permission.SEE_APPOINTED_CASES, methods=("POST",))
def filters(_session: ScopedSession) -> ResponseReturnValue:
    return keep_filter(tray=TRAY, endpoint="provider_cases.tray")


@pages.page(
    "/filters/<uuid:filter_id>/removal",
    permission=Permission.SEE_APPOINTED_CASES,
    methods=("POST",),
)
def filter_removal(_session: ScopedSession, filter_id: uuid.UUID) -> ResponseReturnValue:
    return forget_filter(filter_id, endpoint="provider_cases.tray")

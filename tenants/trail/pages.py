"""The trail on three doors: an authority's own, every authority's, and who looked at one case."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping

import sqlalchemy as sa
from flask import abort, render_template, request
from flask.typing import ResponseReturnValue

from saas.audit import chain
from saas.audit.actions import record_apart
from saas.database.scope import Scope, ScopedSession
from saas.database.streaming import begun, begun_alongside
from saas.identity.permissions import Permission
from saas.web.access import DoorPages, the_person, the_tenancy
from saas.web.downloads import streamed_csv_file
from saas.web.frame import Door
from saas.web.paging import PAGE_SIZE, paginate, requested_page
from saas.web.today import now, today
from tenants.casework.models import SenCase
from tenants.casework.provider.pages import pages as provider_pages
from tenants.subscribers.queries import all_tenancies
from tenants.trail.queries import (
    SIGNING_IN,
    TrailEntry,
    TrailFilter,
    actions_seen,
    entries,
    every_entry,
    every_sign_in,
    names_of,
    persons_in,
    sign_ins,
    sign_ins_counted,
    team_ids,
)

authority = DoorPages(
    "authority_trail", __name__, door=Door.AUTHORITY, url_prefix="/authority/trail"
)
manager = DoorPages("manager_trail", __name__, door=Door.MANAGER, url_prefix="/manager/trail")
HEAD = ("When", "Who", "Did", "What", "Case", "Through")
THROUGH = {
    "authority": "The authority",
    "provider": "The provider",
    "finance": "The provider's finance",
    "family": "A family's page",
    "signer": "A signing page",
    "worker": "The service itself",
    "eraser": "The service itself",
}


def _asked() -> TrailFilter:
    """What the address asks for; what cannot be read asks for nothing."""

    def day(name: str) -> dt.date | None:
        try:
            return dt.date.fromisoformat(request.args.get(name, ""))
        except ValueError:
            return None

    def id_(name: str) -> uuid.UUID | None:
        try:
            return uuid.UUID(request.args.get(name, ""))
        except ValueError:
            return None

    return TrailFilter(
        action=request.args.get("action", "")[:60],
        person=id_("person"),
        subject=id_("case"),
        first=day("from"),
        last=day("to"),
        tenant=id_("authority"),
    )


def _row(one: TrailEntry, names: Mapping[uuid.UUID | None, str]) -> tuple[object, ...]:
    return (
        one.at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        names.get(one.person_id, ""),
        one.action,
        one.subject_kind,
        one.reference or "",
        THROUGH.get(one.door, ""),
    )


@authority.page("", permission=Permission.SEE_OWN_TRAIL)
def trail(session: ScopedSession) -> ResponseReturnValue:
    """What was done and seen in the authority's own place, and by whom."""
    asked, number = _asked(), requested_page()
    at = {"offset": (number - 1) * PAGE_SIZE, "limit": PAGE_SIZE + 1}
    signing = request.args.get("show") == "sign-ins"
    team = team_ids(the_tenancy().id)
    found = sign_ins(team, asked, **at) if signing else entries(session, asked, **at)
    last = chain.head(session)
    return render_template(
        "tenants/trail/authority_trail.html",
        page=paginate(found, number=number),
        names=names_of({*team, *(one.person_id for one in found)}),
        team=team,
        actions=SIGNING_IN if signing else {one: one for one in actions_seen(session)},
        asked=asked,
        signing=signing,
        head=last,
        through=THROUGH,
        query=request.query_string.decode("ascii", "replace"),
    )


@authority.page("/export", permission=Permission.SEE_OWN_TRAIL)
def export(session: ScopedSession) -> ResponseReturnValue:
    """What the page shows, as a CSV file; its taking is in the trail, too, and before."""
    asked, name = _asked(), f"trail-{the_tenancy().slug}-{today()}.csv"
    if request.args.get("show") == "sign-ins":
        team = team_ids(the_tenancy().id)
        names = names_of(team)
        # Sign-ins are the identity role's alone.
        with begun(Scope.identity()) as reading:
            _note_export(session, sign_ins_counted(reading, team, asked))
            lines = (_row(one, names) for one in every_sign_in(reading, team, asked))
            return streamed_csv_file(name, HEAD, lines, reading=reading)
    with begun_alongside(session) as reading:
        number, persons = persons_in(reading, asked)
        names = names_of(persons)
        _note_export(session, number)
        lines = (_row(one, names) for one in every_entry(reading, asked))
        return streamed_csv_file(name, HEAD, lines, reading=reading)


def _note_export(session: ScopedSession, rows: int) -> None:
    record_apart(
        session.scope, "trail exported", subject_kind="authority", subject_id=session.tenant,
        at=now(), rows=rows,
    )  # fmt: skip


@manager.page("", permission=Permission.SEE_TRAIL)
def every_trail(session: ScopedSession) -> ResponseReturnValue:
    """What was done and seen, in any authority's place."""
    asked, number = _asked(), requested_page()
    found = entries(session, asked, offset=(number - 1) * PAGE_SIZE, limit=PAGE_SIZE + 1)
    return render_template(
        "tenants/trail/manager_trail.html",
        page=paginate(found, number=number),
        names=names_of([one.person_id for one in found]),
        places={tenancy.id: tenancy for tenancy in all_tenancies(session)},
        asked=asked,
        through=THROUGH,
    )


@provider_pages.page("/<authority>/cases/<uuid:case_id>/seen-by", permission=Permission.SEE_CASES)
def seen_by(session: ScopedSession, case_id: uuid.UUID) -> ResponseReturnValue:
    """Who looked at a case and what was done with it, so that a family can be told."""
    reference = session.scalar(
        sa.select(SenCase.reference).where(
            SenCase.tenant_id == session.tenant, SenCase.id == case_id
        )
    )
    if reference is None:
        abort(404)
    number = requested_page()
    found = entries(
        session,
        TrailFilter(subject=case_id),
        offset=(number - 1) * PAGE_SIZE,
        limit=PAGE_SIZE + 1,
    )
    return render_template(
        "tenants/trail/seen_by.html",
        page=paginate(found, number=number),
        names=names_of([one.person_id for one in found]),
        reference=reference,
        case_id=case_id,
        authority=the_tenancy(),
        person=the_person(),
        through=THROUGH,
    )

"""The exports of an authority, at the managers' door and at its own."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

from flask import Response, abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from saas.audit.actions import record_apart
from saas.database.scope import ScopedSession
from saas.documents.storage import MissingFileError, open_storage
from saas.identity.permissions import Permission
from saas.web.access import DoorPages, the_person, the_tenancy
from saas.web.frame import Door
from saas.web.today import now
from tenants.subscribers.refused import StandingRefused
from tenants.tenure.authority import pages as authority_pages
from tenants.tenure.export import asking
from tenants.tenure.models import STATES

manager = DoorPages(
    "manager_exports", __name__, door=Door.MANAGER, url_prefix="/manager/authorities/<authority>"
)
GET_AND_POST = ("GET", "POST")
MOST = 20


@manager.page("/exports", permission=Permission.SEE_SUBSCRIBERS)
def exports(session: ScopedSession) -> ResponseReturnValue:
    """The exports of one authority; who may see cases takes them away."""
    person, slug = the_person(), the_tenancy().slug
    return _page(
        session,
        back=url_for("manager_authorities.authority", authority=slug),
        ask=url_for("manager_exports.ask", authority=slug)
        if person.may(Permission.END_SUBSCRIPTIONS)
        else "",
        take=(lambda one: url_for("manager_exports.take", authority=slug, export_id=one))
        if person.may(Permission.EXPORT_CASES)
        else None,
    )


@manager.page("/exports/new", permission=Permission.END_SUBSCRIPTIONS, methods=("POST",))
def ask(session: ScopedSession) -> ResponseReturnValue:
    _ask(session, "provider")
    return redirect(url_for("manager_exports.exports", authority=the_tenancy().slug))


@manager.page("/exports/<uuid:export_id>.zip", permission=Permission.EXPORT_CASES)
def take(session: ScopedSession, export_id: uuid.UUID) -> ResponseReturnValue:
    return _file(session, export_id)


@authority_pages.page(
    "/exports", permission=Permission.EXPORT_CASES, methods=GET_AND_POST, when_reading=True
)
def own_exports(session: ScopedSession) -> ResponseReturnValue:
    """All of the authority's data, to take along."""
    if request.method == "POST":
        _ask(session, "authority")
        return redirect(url_for("authority_standing.own_exports"))
    return _page(
        session,
        back=url_for("authority_standing.standing"),
        ask=url_for("authority_standing.own_exports"),
        take=lambda one: url_for("authority_standing.own_export", export_id=one),
    )


@authority_pages.page("/exports/<uuid:export_id>.zip", permission=Permission.EXPORT_CASES)
def own_export(session: ScopedSession, export_id: uuid.UUID) -> ResponseReturnValue:
    return _file(session, export_id)


def _page(session: ScopedSession, **ways: object) -> ResponseReturnValue:
    return render_template(
        "tenants/tenure/exports.html",
        exports=asking.exports_of(session, most=MOST),
        states=STATES,
        under_way=asking.UNDER_WAY,
        kept_days=asking.KEPT_DAYS,
        authority=the_tenancy(),
        **ways,
    )


def _ask(session: ScopedSession, side: str) -> None:
    try:
        asking.ask_export(session, side=side, by_name=the_person().name, at=now())
    except StandingRefused as refused:
        flash(refused.message, "problem")
        return
    session.once_committed(lambda: current_app.extensions["wake_worker"]("make_exports"))
    flash("The export is being made. This page says how far it is.")


def _file(session: ScopedSession, export_id: uuid.UUID) -> ResponseReturnValue:
    found = asking.ready_export(session, export_id)
    if found is None:
        abort(404)
    chunks = open_storage(current_app.extensions["settings"]).chunks(
        asking.key_of(session.tenant, export_id)
    )
    try:
        first = next(chunks, b"")
    except MissingFileError:
        abort(404)
    record_apart(
        session.scope, "export taken away", subject_kind="export", subject_id=export_id, at=now(),
        size=found.size,
    )  # fmt: skip

    def parts() -> Iterator[bytes]:
        yield first
        yield from chunks

    name = f"{the_tenancy().slug}-{found.ready_at:%Y-%m-%d}.zip"
    return Response(
        parts(),
        content_type="application/zip",
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Content-Length": str(found.size),
        },
    )

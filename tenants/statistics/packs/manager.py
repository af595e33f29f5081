"""Report packs: made in one click, commented, released."""

from __future__ import annotations

import uuid

from flask import Response, abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from saas.database.scope import ScopedSession
from saas.documents.content import Provider
from saas.documents.pdf import UnprintableText
from saas.identity.permissions import Permission
from saas.web.access import DoorPages, the_person, the_tenancy
from saas.web.frame import Door
from saas.web.today import now, today
from tenants.casework.row_columns import Actor
from tenants.statistics.comparisons.boroughs import all_boroughs
from tenants.statistics.dashboards.period_choices import period_choices
from tenants.statistics.measures.exports import XLSX
from tenants.statistics.measures.models import ReportPack
from tenants.statistics.measures.periods import Period, UnknownPeriod, period, quarter_of
from tenants.statistics.packs.content import file_name
from tenants.statistics.packs.forms import CommentaryForm
from tenants.statistics.packs.packs import (
    PackRefused,
    find_pack,
    make_draft,
    packs,
    release,
    write_commentary,
)

pages = DoorPages("manager_packs", __name__, door=Door.MANAGER, url_prefix="/manager")


def _actor() -> Actor:
    person = the_person()
    return Actor(id=person.id, name=person.name, at=now())


def _asked_period(code: str | None) -> Period:
    try:
        return period(code or "")
    except UnknownPeriod:
        return quarter_of(today()).before


@pages.page("/packs", permission=Permission.SEE_DASHBOARDS)
def every_pack(session: ScopedSession) -> ResponseReturnValue:
    """Each borough's pack of a period."""
    of = _asked_period(request.args.get("year"))
    made = {line.tenant_id: line for line in packs(session, of.code)}
    lines = [(borough, made.get(borough.id)) for borough in all_boroughs(session)]
    return render_template(
        "tenants/statistics/packs/manager_packs.html",
        period=of,
        years=period_choices(today()),
        lines=lines,
        released=sum(1 for line in made.values() if line.released_at),
        drafts=sum(1 for line in made.values() if not line.released_at),
        may_write=the_person().may(Permission.RELEASE_PACKS),
        query={"year": of.code, "region": "", "measure": "agreement_rate"},
    )


@pages.page("/boroughs/<authority>/packs", permission=Permission.RELEASE_PACKS, methods=("POST",))
def new_pack(session: ScopedSession) -> ResponseReturnValue:
    """Make the draft of a period, or make it anew."""
    of = _asked_period(request.form.get("year"))
    try:
        pack = make_draft(
            session,
            of,
            provider=Provider.of(current_app.extensions["settings"]),
            by=_actor(),
            today=today(),
        )
    except PackRefused as refused:
        flash(str(refused), "problem")
        return redirect(url_for("manager_packs.every_pack", year=of.code))
    return redirect(url_for("manager_packs.pack", authority=the_tenancy().slug, pack_id=pack.id))


def _the_pack(session: ScopedSession, pack_id: uuid.UUID) -> ReportPack:
    found = find_pack(session, pack_id)
    if found is None:
        abort(404)
    return found


@pages.page(
    "/boroughs/<authority>/packs/<uuid:pack_id>",
    permission=Permission.RELEASE_PACKS,
    methods=("GET", "POST"),
)
def pack(session: ScopedSession, pack_id: uuid.UUID) -> ResponseReturnValue:
    """One pack: its commentary, its papers, its release."""
    found = _the_pack(session, pack_id)
    form = CommentaryForm()
    if request.method == "GET":
        form.commentary.data = found.commentary
        return _pack_page(found, form), 200
    if form.validate():
        try:
            write_commentary(session, found, form.commentary.data or "", by=_actor())
            if request.form.get("act") == "release":
                release(session, found, by=_actor(), today=today())
                flash("The pack is released: the authority can read it now.")
            else:
                flash("The commentary is saved.")
        except PackRefused as refused:
            form.commentary.errors = [str(refused)]
        except UnprintableText as refused:
            form.commentary.errors = [refused.args[0]]
        else:
            here = url_for("manager_packs.pack", authority=the_tenancy().slug, pack_id=found.id)
            return redirect(here)
    return _pack_page(found, form), 422


def _pack_page(found: ReportPack, form: CommentaryForm) -> str:
    return render_template(
        "tenants/statistics/packs/manager_pack.html",
        pack=found,
        form=form,
        period=period(found.period),
        authority=the_tenancy(),
    )


@pages.page(
    "/boroughs/<authority>/packs/<uuid:pack_id>.<any(pdf, xlsx):ending>",
    permission=Permission.SEE_DASHBOARDS,
)
def pack_file(session: ScopedSession, pack_id: uuid.UUID, ending: str) -> ResponseReturnValue:
    """The paper or the workbook of a pack."""
    return pack_response(_the_pack(session, pack_id), the_tenancy().slug, ending)


def pack_response(found: ReportPack, slug: str, ending: str) -> Response:
    """A pack's file, named by place and period."""
    content, kind = (found.pdf, "application/pdf") if ending == "pdf" else (found.xlsx, XLSX)
    response = Response(content, content_type=kind)
    name = file_name(slug, period(found.period), ending)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response

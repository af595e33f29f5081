"""The panel's pages: who is on it, whose papers run out, and what is kept of each member."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from saas.database.scope import ScopedSession
from saas.identity.permissions import Permission
from saas.web.access import DoorPages, the_person, the_tenancy
from saas.web.field_shapes import choices
from saas.web.frame import Door
from saas.web.today import today
from tenants.casework.forms import CaseForm
from tenants.casework.provider.pages import the_actor
from tenants.casework.record import RuleBroken
from tenants.panel import actions
from tenants.panel.forms import (
    AbsenceForm,
    ConflictForm,
    JoinForm,
    PapersForm,
    WhichAuthorityForm,
)
from tenants.panel.members import (
    REGISTER_WORDS,
    WARNED_DAYS,
    Member,
    Part,
    RegisterBody,
    expiring,
    papers,
)
from tenants.panel.queries import (
    absences_of,
    not_on_panel,
    open_appointments,
    panel,
    panel_member,
    places_served,
)
from tenants.subscribers.queries import all_tenancies

pages = DoorPages("provider_panel", __name__, door=Door.PROVIDER, url_prefix="/provider")
MEMBER = "/panel/<uuid:person_id>"


def _member(session: ScopedSession, person_id: uuid.UUID) -> Member:
    found = panel_member(session, person_id)
    if found is None:
        abort(404)
    return found


def _to_member(person_id: uuid.UUID) -> ResponseReturnValue:
    return redirect(url_for("provider_panel.member", person_id=person_id))


def _form_page(
    template: str, form: CaseForm, act: Callable[[], ResponseReturnValue], **shown: Any
) -> ResponseReturnValue:
    """Show a form, or do what it says; what a rule refuses is shown at its field."""
    if request.method == "POST" and form.validate():
        try:
            return act()
        except RuleBroken as broken:
            form.refuse(broken)
    page = render_template(template, form=form, **shown)
    return page, 422 if request.method == "POST" else 200


@pages.page("/panel", permission=Permission.SEE_PANEL)
def members(session: ScopedSession) -> ResponseReturnValue:
    """Those whose papers run out first, then everybody."""
    day = today()
    everyone = panel(session)
    here = [m for m in everyone if m.left_on is None or m.left_on >= day]
    due = [(m, paper) for m in here for paper in expiring(m, day)]
    due.sort(key=lambda pair: (pair[1].expires_on is not None, pair[1].expires_on or day))
    return render_template(
        "tenants/panel/members.html",
        members=here,
        left=[m for m in everyone if m not in here],
        due=due,
        load=open_appointments(session),
        register_words=REGISTER_WORDS,
        may_keep=the_person().may(Permission.KEEP_PANEL),
        within=WARNED_DAYS,
        today=day,
    )


@pages.page(MEMBER, permission=Permission.SEE_PANEL)
def member(session: ScopedSession, person_id: uuid.UUID) -> ResponseReturnValue:
    found = _member(session, person_id)
    numbers = dict(places_served(session))
    return render_template(
        "tenants/panel/member.html",
        member=found,
        papers=papers(found),
        absences=absences_of(session, person_id),
        load=open_appointments(session).get(person_id, 0),
        areas=sorted(numbers.get(number, number) for number in found.areas),
        places={t.id: t for t in all_tenancies(session)},
        register_words=REGISTER_WORDS,
        may_keep=the_person().may(Permission.KEEP_PANEL),
        today=today(),
    )


@pages.page("/panel/new", permission=Permission.KEEP_PANEL, methods=("GET", "POST"))
def join(session: ScopedSession) -> ResponseReturnValue:
    form = JoinForm()
    waiting = not_on_panel(session)
    form.person.choices = choices([("", "Choose"), *((str(i), name) for i, name in waiting)])
    return _form_page(
        "tenants/panel/join.html",
        form,
        lambda: redirect(url_for("provider_panel.papers_kept", person_id=form.person.data)),
        waiting=waiting,
    )


@pages.page(f"{MEMBER}/papers", permission=Permission.KEEP_PANEL, methods=("GET", "POST"))
def papers_kept(session: ScopedSession, person_id: uuid.UUID) -> ResponseReturnValue:
    """The papers of a member, or of one of the provider's mediators who joins by them."""
    found = panel_member(session, person_id)
    name = found.name if found else dict(not_on_panel(session)).get(person_id)
    if name is None:
        abort(404)
    form = PapersForm()
    form.areas.choices = choices(places_served(session))
    if request.method == "GET" and found is not None:
        _fill(form, found)

    def keep() -> ResponseReturnValue:
        actions.keep_member(
            person_id,
            actions.MemberPapers(
                parts=frozenset(Part(part) for part in form.parts.data or ()),
                register_body=RegisterBody(form.register_body.data),
                register_number=form.register_number.data or "",
                register_expires_on=form.register_expires_on.data,
                cpd_hours=form.cpd_hours.data or 0,
                cpd_on=form.cpd_on.data,
                dbs_on=form.dbs_on.data,
                dbs_expires_on=form.dbs_expires_on.data,
                insurance_expires_on=form.insurance_expires_on.data,
                languages=form.languages.data or "",
                public_employer=form.public_employer.data or None,
                left_on=form.left_on.data,
                areas=frozenset(form.areas.data or ()),
            ),
            by=the_actor(),
        )
        flash("The member's papers are kept.")
        return _to_member(person_id)

    return _form_page(
        "tenants/panel/papers.html",
        form,
        keep,
        name=name,
        person_id=person_id,
        known=found is not None,
    )


def _fill(form: PapersForm, found: Member) -> None:
    form.parts.process_data([part.value for part in found.parts])
    form.areas.process_data(sorted(found.areas))
    form.register_body.process_data(found.register_body.value)
    for name in (
        "register_number",
        "register_expires_on",
        "cpd_hours",
        "cpd_on",
        "dbs_on",
        "dbs_expires_on",
        "insurance_expires_on",
        "languages",
        "public_employer",
        "left_on",
    ):
        form[name].process_data(getattr(found, name))


@pages.page(f"{MEMBER}/days-away", permission=Permission.KEEP_PANEL, methods=("GET", "POST"))
def days_away(session: ScopedSession, person_id: uuid.UUID) -> ResponseReturnValue:
    found = _member(session, person_id)
    form = AbsenceForm()

    def add() -> ResponseReturnValue:
        actions.add_absence(
            person_id, first=form.first_day.data, last=form.last_day.data, by=the_actor()
        )
        flash("The days away are noted.")
        return _to_member(person_id)

    return _form_page("tenants/panel/days_away.html", form, add, member=found)


@pages.page(
    f"{MEMBER}/days-away/<uuid:absence_id>/removal",
    permission=Permission.KEEP_PANEL,
    methods=("POST",),
)
def day_away_removal(
    session: ScopedSession, person_id: uuid.UUID, absence_id: uuid.UUID
) -> ResponseReturnValue:
    _member(session, person_id)
    actions.remove_absence(person_id, absence_id, by=the_actor())
    return _to_member(person_id)


@pages.page(f"{MEMBER}/conflicts", permission=Permission.SEE_PANEL, methods=("GET", "POST"))
def conflict_where(session: ScopedSession, person_id: uuid.UUID) -> ResponseReturnValue:
    """A conflict is a tenant's: first which one."""
    found = _member(session, person_id)
    form = WhichAuthorityForm()
    places = [(t.slug, t.name) for t in all_tenancies(session)]
    form.authority.choices = choices([("", "Choose"), *places])
    return _form_page(
        "tenants/panel/conflict_where.html",
        form,
        lambda: redirect(
            url_for("provider_panel.conflict", authority=form.authority.data, person_id=person_id)
        ),
        member=found,
    )


@pages.page(
    "/<authority>/panel/<uuid:person_id>/conflict",
    permission=Permission.SEE_PANEL,
    methods=("GET", "POST"),
)
def conflict(session: ScopedSession, person_id: uuid.UUID) -> ResponseReturnValue:
    found = _member(session, person_id)
    form = ConflictForm()
    if request.method == "GET":
        form.case_reference.process_data(request.args.get("case", ""))

    def keep() -> ResponseReturnValue:
        actions.record_conflict(
            session,
            person_id,
            case_reference=form.case_reference.data or "",
            reason=form.reason.data or "",
            by=the_actor(),
        )
        flash("The conflict is recorded: this member cannot be appointed there.")
        return _to_member(person_id)

    return _form_page(
        "tenants/panel/conflict.html", form, keep, member=found, authority=the_tenancy()
    )


@pages.page(
    "/<authority>/panel/<uuid:person_id>/conflict/<uuid:conflict_id>/end",
    permission=Permission.SEE_PANEL,
    methods=("POST",),
)
def conflict_end(
    session: ScopedSession, person_id: uuid.UUID, conflict_id: uuid.UUID
) -> ResponseReturnValue:
    _member(session, person_id)
    actions.end_conflict(session, conflict_id, by=the_actor())
    flash("The conflict no longer stands.")
    return _to_member(person_id)

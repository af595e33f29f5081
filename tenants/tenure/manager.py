"""The authorities that subscribe, at the managers' door: suspended, leaving, gone."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable

from flask import Response, abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from saas.database.scope import ScopedSession
from saas.documents.content import Provider
from saas.identity.permissions import Permission
from saas.web.access import DoorPages, the_person, the_tenancy
from saas.web.checking import Check, done_or_asked
from saas.web.dates import long_date
from saas.web.field_shapes import blank_first
from saas.web.frame import Door
from saas.web.paging import PAGE_SIZE, paginate, requested_page
from saas.web.today import now, today
from tenants.casework.kinds import SERVICE_WORDS, STAGE_WORDS
from tenants.subscribers import leaving as leavings
from tenants.subscribers import successors as succession
from tenants.subscribers import suspending
from tenants.subscribers.queries import dfe_number_of
from tenants.subscribers.refused import StandingRefused
from tenants.subscribers.standing import REASONS
from tenants.tenure import deleting, queries
from tenants.tenure.forms import LeavingForm, SuccessorsForm, SuspensionForm

pages = DoorPages(
    "manager_authorities", __name__, door=Door.MANAGER, url_prefix="/manager/authorities"
)
GET_AND_POST = ("GET", "POST")
MOST = 20


def back_to_it() -> ResponseReturnValue:
    return redirect(url_for("manager_authorities.authority", authority=the_tenancy().slug))


def wake(session: ScopedSession, task: str) -> None:
    """Let the worker do it once this is committed."""
    session.once_committed(lambda: current_app.extensions["wake_worker"](task))


@pages.page("", permission=Permission.SEE_SUBSCRIBERS)
def authorities(session: ScopedSession) -> ResponseReturnValue:
    """Every authority that subscribes or did, and how it stands."""
    number = requested_page()
    found = queries.standings(session, offset=(number - 1) * PAGE_SIZE, limit=PAGE_SIZE + 1)
    return render_template(
        "tenants/tenure/authorities.html",
        page=paginate(found, number=number),
        reasons=REASONS,
        today=today(),
        may_end=the_person().may(Permission.END_SUBSCRIPTIONS),
    )


@pages.page("/<authority>", permission=Permission.SEE_SUBSCRIBERS)
def authority(session: ScopedSession) -> ResponseReturnValue:
    """One authority: how it stands, and what can be done about it."""
    (standing,) = queries.standings(session, offset=0, limit=1, slug=the_tenancy().slug)
    return render_template(
        "tenants/tenure/authority.html",
        authority=the_tenancy(),
        standing=standing,
        suspension=suspending.standing_suspension(session),
        suspensions=suspending.suspensions_of(session, most=MOST),
        leaving=leavings.standing_leaving(session),
        deletion=deleting.deletion_of(session),
        successors=succession.successors_of(session, the_tenancy().slug, today=today()),
        counts=queries.case_counts(session),
        reasons=REASONS,
        today=today(),
        may=_may(),
    )


def _may() -> dict[str, bool]:
    person = the_person()
    return {
        "suspend": person.may(Permission.SUSPEND_AUTHORITIES),
        "end": person.may(Permission.END_SUBSCRIPTIONS),
        "see": person.may(Permission.SEE_CASES),
    }


@pages.page(
    "/<authority>/suspension", permission=Permission.SUSPEND_AUTHORITIES, methods=GET_AND_POST
)
def suspension(session: ScopedSession) -> ResponseReturnValue:
    """Suspend the authority from a day, or correct what was said of that."""
    standing = suspending.standing_suspension(session)
    form = SuspensionForm(
        data={
            "reason": standing.reason if standing else None,
            "words": standing.words if standing else "",
            "first_day": standing.first_day if standing else suspending.usual_first_day(today()),
        }
    )
    if form.validate_on_submit():

        def act() -> object:
            return suspending.suspend(
                session, reason=form.reason.data, words=form.words.data or "",
                first_day=form.first_day.data, by_name=the_person().name, today=today(), at=now(),
            )  # fmt: skip

        try:
            if asks := done_or_asked(act, lambda: _suspension_check(form)):
                return asks
        except StandingRefused as refused:
            form.refuse(refused)
        else:
            wake(session, "look_after_authorities")
            flash(f"{the_tenancy().name} is suspended from {long_date(form.first_day.data)}.")
            return back_to_it()
    page = render_template(
        "tenants/tenure/suspension.html", form=form, authority=the_tenancy(), standing=standing
    )
    return (page, 422) if form.errors or form.form_errors else page


def _suspension_check(form: SuspensionForm) -> Check:
    name = the_tenancy().name
    return Check(
        f"Suspend {name}?",
        [
            "Its managers and its finance contact are written to at once, with your words.",
            f"From {long_date(form.first_day.data)} its people read and export, and change"
            " nothing. Until then a notice on each of their pages says so.",
            "Last days in cases, our work on them and the families' pages go on. Families refer"
            " themselves by the public form.",
            "You can correct this, or lift it, at any time.",
        ],
        "Suspend",
    )


@pages.page(
    "/<authority>/suspension/lifting", permission=Permission.SUSPEND_AUTHORITIES, methods=("POST",)
)
def lifting(session: ScopedSession) -> ResponseReturnValue:
    return _done(
        session,
        lambda: suspending.lift(session, by_name=the_person().name, at=now()),
        f"{the_tenancy().name} is not suspended any more.",
    )


@pages.page(
    "/<authority>/suspensions/<uuid:suspension_id>/standing-again",
    permission=Permission.SUSPEND_AUTHORITIES,
    methods=("POST",),
)
def suspended_again(session: ScopedSession, suspension_id: uuid.UUID) -> ResponseReturnValue:
    """Take a lifting back."""
    if all(one.id != suspension_id for one in suspending.suspensions_of(session, most=MOST)):
        abort(404)
    return _done(
        session,
        lambda: suspending.take_lifting_back(session, suspension_id, today=today(), at=now()),
        f"{the_tenancy().name} is suspended again.",
    )


@pages.page("/<authority>/leaving", permission=Permission.END_SUBSCRIPTIONS, methods=GET_AND_POST)
def leaving(session: ScopedSession) -> ResponseReturnValue:
    """Record that the authority leaves after a day, or correct that."""
    standing = leavings.standing_leaving(session)
    form = LeavingForm(
        data={
            "last_day": standing.last_day if standing else None,
            "reads_until": standing.reads_until if standing else None,
            "reason": standing.reason if standing else "",
        }
    )
    if form.validate_on_submit():

        def act() -> object:
            deleting.check_not_deleted(session)
            return leavings.record_leaving(
                session, last_day=form.last_day.data, reads_until=form.reads_until.data,
                reason=form.reason.data or "", by_name=the_person().name, today=today(), at=now(),
            )  # fmt: skip

        try:
            if asks := done_or_asked(act, lambda: _leaving_check(form)):
                return asks
        except StandingRefused as refused:
            form.refuse(refused)
        else:
            wake(session, "look_after_authorities")
            flash(f"{the_tenancy().name} leaves after {long_date(form.last_day.data)}.")
            return back_to_it()
    page = render_template(
        "tenants/tenure/leaving.html", form=form, authority=the_tenancy(), standing=standing
    )
    return (page, 422) if form.errors or form.form_errors else page


def _leaving_check(form: LeavingForm) -> Check:
    last, until = long_date(form.last_day.data), long_date(form.reads_until.data)
    return Check(
        f"Let {the_tenancy().name} leave?",
        [
            "Its managers and its finance contact are written to at once.",
            f"After {last} nobody can refer a family of theirs, and its public page says that our"
            " work there has ended.",
            f"Its people read and export until {until}, and have no access after that.",
            "Its cases are kept for the years of its rule, and erased one by one when these are"
            " over.",
            "This does not end the contract: finance does that under Contracts.",
            "You can correct the days, or take it back, as long as nothing is deleted.",
        ],
        "Record it",
    )


@pages.page(
    "/<authority>/leaving/taking-back", permission=Permission.END_SUBSCRIPTIONS, methods=("POST",)
)
def staying(session: ScopedSession) -> ResponseReturnValue:
    """Take it back: the authority stays."""

    def act() -> None:
        deleting.check_not_deleted(session)
        leavings.take_leaving_back(session, by_name=the_person().name, at=now())

    return _done(session, act, f"{the_tenancy().name} stays.")


@pages.page(
    "/<authority>/successors", permission=Permission.END_SUBSCRIPTIONS, methods=GET_AND_POST
)
def successors(session: ScopedSession) -> ResponseReturnValue:
    """Name who takes over: one where authorities merge, several where one is split."""
    slug = the_tenancy().slug
    named = succession.successors_of(session, slug, today=today())
    numbers = [one.dfe_number for one in named] or succession.suggested(
        session, dfe_number_of(session, session.tenant)
    )
    leaving = leavings.standing_leaving(session)
    day_after = leaving.last_day + dt.timedelta(days=1) if leaving else None
    form = SuccessorsForm(
        data={
            **dict(zip(("first", "second", "third"), numbers, strict=False)),
            "from_day": named[0].from_day if named else day_after,
        }
    )
    fields = (form.first, form.second, form.third)
    known = succession.choices_of(session, today())
    for field in fields:
        field.choices = blank_first(known, "Nobody")
    if form.validate_on_submit():
        try:
            succession.name_successors(
                session, [field.data for field in fields if field.data],
                from_day=form.from_day.data, by_name=the_person().name, at=now(),
            )  # fmt: skip
        except StandingRefused as refused:
            form.refuse(refused)
        else:
            flash("It is recorded who takes over. The public page says so.")
            return back_to_it()
    page = render_template(
        "tenants/tenure/successors.html", form=form, authority=the_tenancy(), named=named
    )
    return (page, 422) if form.errors or form.form_errors else page


@pages.page("/<authority>/open-cases", permission=Permission.SEE_CASES)
def open_cases(session: ScopedSession) -> ResponseReturnValue:
    """The cases that are open with an authority that leaves, each with what can be done."""
    number = requested_page()
    found = queries.open_cases(session, offset=(number - 1) * PAGE_SIZE, limit=PAGE_SIZE + 1)
    return render_template(
        "tenants/tenure/open_cases.html",
        authority=the_tenancy(),
        page=paginate(found, number=number),
        successors=succession.successors_of(session, the_tenancy().slug, today=today()),
        service_words=SERVICE_WORDS,
        stage_words=STAGE_WORDS,
        may_move=the_person().may(Permission.MOVE_CASES),
    )


@pages.page("/<authority>/deletion", permission=Permission.END_SUBSCRIPTIONS, methods=GET_AND_POST)
def deletion(session: ScopedSession) -> ResponseReturnValue:
    """Delete what is left of an authority that left; its certificate is made first."""
    problem = False
    if request.method == "POST":

        def act() -> None:
            deleting.ask_deletion(
                session, the_tenancy(), provider=_provider(), by_name=the_person().name,
                today=today(), at=now(),
            )  # fmt: skip

        try:
            if asks := done_or_asked(act, _deletion_check):
                return asks
        except StandingRefused:
            problem = True  # the page says what is in the way
        else:
            wake(session, "delete_rests_of_authorities")
            flash("The certificate is made. The rest is deleted within minutes.")
            return back_to_it()
    ready = deleting.readiness(session, today=today())
    page = render_template(
        "tenants/tenure/deletion.html",
        authority=the_tenancy(),
        ready=ready,
        goes=deleting.what_goes(ready),
        stays=deleting.what_stays(ready),
    )
    return (page, 422) if problem else page


def _deletion_check() -> Check:
    return Check(
        f"Delete what is left of {the_tenancy().name}?",
        [
            "The certificate is made now, with the numbers of this page.",
            "The worker then deletes what it lists for good. Nobody can bring it back.",
            "What stays by law, and figures without a name, stay.",
        ],
        "Delete it",
    )


@pages.page("/<authority>/deletion.pdf", permission=Permission.SEE_SUBSCRIBERS)
def deletion_certificate(session: ScopedSession) -> ResponseReturnValue:
    found = deleting.deletion_of(session)
    if found is None:
        abort(404)
    return Response(
        found.certificate,
        content_type="application/pdf",
        headers={"Content-Disposition": f'attachment; filename="deleted-{the_tenancy().slug}.pdf"'},
    )


def _provider() -> Provider:
    return Provider.of(current_app.extensions["settings"])


def _done(session: ScopedSession, act: Callable[[], object], words: str) -> ResponseReturnValue:
    try:
        act()
    except StandingRefused as refused:
        flash(refused.message, "problem")
    else:
        wake(session, "look_after_authorities")
        flash(words)
    return back_to_it()

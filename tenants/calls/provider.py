"""The page of a call. What is typed is kept as it goes, for this person, until the call is over."""

from __future__ import annotations

from flask import Response, current_app, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from saas.database.scope import Scope, ScopedSession, scoped
from saas.identity.kept_entries import Entry, find_entry, keep_entry, take_entry
from saas.identity.permissions import Permission
from saas.identity.signed_in import Tenancy
from saas.reference.postcodes import look_up
from saas.web.access import the_person
from saas.web.checking import check_page, is_checked
from saas.web.field_shapes import blank_first
from saas.web.today import now, today
from tenants.calls.actions import Done, Said, finish_call
from tenants.calls.form import NOT_YET, CallForm
from tenants.casework.actions import NewParty, NewReferral
from tenants.casework.kinds import Choice, Route, Service, Side
from tenants.casework.provider.pages import pages, role_in_words, the_actor, the_provider
from tenants.casework.provider.right_place import asks_about_contact
from tenants.casework.queries import SameMatter, same_matter
from tenants.casework.record import RuleBroken
from tenants.law.rights import holds_own_right
from tenants.subscribers.queries import all_tenancies

# More than anybody types in a call.
MOST = 20_000
NOT_KEPT = frozenset({"csrf_token", "submit", "act", "checked"})


def _secret() -> str:
    return str(current_app.extensions["settings"].session_secret)


def _path() -> str:
    return url_for("provider_cases.call")


def _keep() -> None:
    fields = [(n, v) for n, v in request.form.items(multi=True) if n not in NOT_KEPT]
    if sum(len(name) + len(value) for name, value in fields) > MOST:
        return
    with scoped(Scope.identity()) as session:
        keep_entry(session, the_person().id, Entry(_path(), fields), at=now(), secret=_secret())


def _kept() -> MultiDict[str, str] | None:
    """What was typed in a call that is not over."""
    with scoped(Scope.identity()) as session:
        entry = find_entry(session, the_person().id, at=now(), secret=_secret())
    return MultiDict(entry.fields) if entry and entry.path == _path() else None


def _forget() -> None:
    with scoped(Scope.identity()) as session:
        take_entry(session, the_person().id, at=now(), secret=_secret())


def _tenancy(session: ScopedSession, form: CallForm, known: list[Tenancy]) -> Tenancy | None:
    """Whose case it is; None where the form says that it cannot be told."""
    by_slug = {one.slug: one for one in known}
    if form.authority.data:
        return by_slug.get(form.authority.data)
    if not form.postcode.data:
        form.postcode.errors = ["Enter a postcode, or choose the authority below"]
        return None
    answer = look_up(session, form.postcode.data)
    found = by_slug.get(answer.authority or "")
    if found is None:
        form.postcode.errors = [
            f"{answer.authority_name} does not subscribe: signpost the family to it"
            if answer.authority_name
            else answer.why
        ]
    return found


def _referral(form: CallForm) -> NewReferral:
    born = form.date_of_birth.data
    own = (form.contact_relation.data or "").strip().lower() == "young person"
    return NewReferral(
        service=Service.MEDIATION,
        route=Route.YOUNG_PERSON if own else Route.PARENT,
        opened_on=today(),
        given_name=form.given_name.data or "",
        family_name=form.family_name.data or "",
        date_of_birth=born,
        decision_type=form.decision_type.data,
        notice_sent=form.notice_sent.data,
        sections="".join(form.sections.data or []),
        capacity="own" if own and holds_own_right(born, today()) else "",
        parties=(
            NewParty(
                side=Side.FAMILY,
                name=form.contact_name.data or "",
                relation=form.contact_relation.data or "",
                email=form.contact_email.data or None,
                telephone=form.contact_telephone.data or None,
                postcode=form.postcode.data or None,
                adjustments=form.adjustments.data or None,
                interpreter=form.interpreter.data or None,
            ),
        ),
        coordinator_id=the_person().id,
    )


def _said(form: CallForm) -> Said:
    return Said(
        minutes=form.minutes.data,
        choice=None if form.choice.data == NOT_YET else Choice(form.choice.data),
        tell_authority=form.tell_now.data,
        issue_certificate=form.certificate_now.data,
    )


def _finish(form: CallForm, tenancy: Tenancy, same: list[SameMatter]) -> Done | str | None:
    """What was done; a page that asks once more; None where the form says what is wrong."""
    g.tenancy = tenancy
    referral = _referral(form)
    with scoped(Scope.provider(tenancy.id, the_person().id)) as session:
        if not form.another_case.data:
            same += same_matter(session, referral)
        if same:
            form.another_case.errors = ["There is a case about this child and this decision"]
            return None
        asked = (
            None
            if is_checked()
            else asks_about_contact(
                session,
                email=form.contact_email.data,
                postcode=form.postcode.data,
                button="Finish the call",
            )
        )
        if asked is not None:
            return check_page(asked)
        done = finish_call(
            session,
            referral,
            _said(form),
            role=role_in_words(the_person()),
            provider=the_provider(),
            by=the_actor(),
            today=today(),
        )
        session.flush()
        session.expunge_all()
        return done


@pages.page("/call", permission=Permission.RECORD_CASES, methods=("GET", "POST"))
def call(session: ScopedSession) -> ResponseReturnValue:
    """One page for a whole call: all that was said is recorded together, or nothing."""
    known = all_tenancies(session, served_on=today())
    kept = _kept() if request.method == "GET" else None
    form = CallForm(kept) if kept is not None else CallForm()
    form.authority.choices = blank_first(
        ((one.slug, one.name) for one in known), "Found by the postcode"
    )
    same: list[SameMatter] = []
    place: Tenancy | None = None
    if request.method == "POST" and request.form.get("act") == "later":
        _keep()
        flash("What you wrote is kept for you for 12 hours: open 'A call' to go on.")
        return redirect(url_for("provider_cases.tray"))
    if request.method == "POST" and request.form.get("act") == "discard":
        _forget()
        return redirect(_path())
    if request.method == "POST" and form.validate():
        place = _tenancy(session, form, known)
        try:
            done = _finish(form, place, same) if place else None
        except RuleBroken as broken:
            form.refuse(broken)
            done = None
        if isinstance(done, str):
            return done
        if done is not None and place is not None:
            _forget()
            number = done.certificate.number if done.certificate else ""
            flash(
                f"Case {done.case.reference} is open."
                + (f" Certificate {number} is issued." if number else ""),
                "done",
            )
            return redirect(
                url_for("provider_cases.case", authority=place.slug, case_id=done.case.id)
            )
    page = render_template(
        "tenants/calls/call.html",
        form=form,
        kept=kept is not None,
        same=same,
        of_whom=place,
        today=today(),
    )
    return page, 422 if request.method == "POST" else 200


@pages.page("/call/draft", permission=Permission.RECORD_CASES, methods=("POST",))
def call_draft(_session: ScopedSession) -> ResponseReturnValue:
    """What is typed so far: the page sends it by itself every few seconds."""
    _keep()
    return Response(status=303, headers={"Location": _path()})

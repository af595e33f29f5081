"""What came in and is looked at first: accepted into the intake, or discarded and taken back."""

from __future__ import annotations

import uuid
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from saas.database.scope import ScopedSession
from saas.database.together import Asked
from saas.identity.permissions import Permission
from saas.web.access import DoorPages, the_tenancy
from saas.web.checking import Check, check_page, is_checked
from saas.web.frame import Door
from saas.web.paging import PAGE_SIZE, paginate, requested_page
from tenants.casework.kinds import ROUTE_WORDS
from tenants.casework.provider.pages import the_actor, to_case
from tenants.casework.queries import same_matter
from tenants.casework.record import RuleBroken
from tenants.referring import handing_in
from tenants.referring.answers import referral_of
from tenants.referring.kinds import CAME_BY_WORDS, HELD_WORDS, CameBy, Held, State
from tenants.referring.models import FrontReferral
from tenants.referring.queries import HELD, ORIGIN, referrals_in
from tenants.referring.summary import rows_of

pages = DoorPages("provider_referrals", __name__, door=Door.PROVIDER, url_prefix="/provider")
VIEWS = {
    "held": (State.HELD, "To look at"),
    "taken": (State.TAKEN, "Became cases"),
    "discarded": (State.DISCARDED, "Discarded"),
}


def why_words(held_because: str) -> str:
    """Why a referral is held, in words; with what a rule said."""
    code, _, rest = held_because.partition(": ")
    words = HELD_WORDS[Held(code)] if code in set(Held) else held_because
    return f"{words}: {rest}" if rest else words


def route_words(route: str) -> str:
    return next((words for key, words in ROUTE_WORDS.items() if key == route), route)


_WORDS: dict[str, Any] = {
    "why_words": why_words,
    "route_words": route_words,
    "came_by": {key.value: words for key, words in CAME_BY_WORDS.items()},
}


def _referrals_said(_session: ScopedSession, rows: list[Any]) -> tuple[str, str] | None:
    """Of referrals that wait for somebody: words and address."""
    held = rows[0].held
    if not held:
        return None
    noun = "referral" if held == 1 else "referrals"
    return f"{held} {noun} to look at first", url_for("provider_referrals.referrals")


referrals_on_tray = Asked(HELD, _referrals_said)


def _came_in(_session: ScopedSession, rows: list[Any]) -> dict[str, Any]:
    if not rows:
        return {"came_in": ""}
    came = rows[0]
    by = CAME_BY_WORDS[CameBy(came.came_by)].lower()
    return {"came_in": f"It came {by}, {came.receipt}", "came_in_at": came.received_at}


came_in_on_case_page = Asked(ORIGIN, _came_in)


@pages.page("/referrals", permission=Permission.RECORD_CASES)
def referrals(session: ScopedSession) -> ResponseReturnValue:
    """What is held for somebody to look at, the oldest first; and what was decided."""
    view = request.args.get("view", "held")
    state, _ = VIEWS.get(view, VIEWS["held"])
    number = requested_page()
    found = referrals_in(session, state, offset=(number - 1) * PAGE_SIZE, limit=PAGE_SIZE + 1)
    return render_template(
        "tenants/referring/referrals.html",
        page=paginate(found, number=number),
        view=state.value,
        views=[(key, words, one is state) for key, (one, words) in VIEWS.items()],
        **_WORDS,
    )


def _found(session: ScopedSession, referral_id: uuid.UUID) -> FrontReferral:
    row = session.get(FrontReferral, (session.tenant, referral_id))
    if row is None:
        abort(404)
    return row


def _checks(row: FrontReferral, act: str) -> Check:
    if act == "accept":
        follows = [
            "The case is opened as of the day on which the referral came.",
            "The family gets its link by e-mail, if it gave an address, and its call is booked if"
            " the time is still free.",
        ]
        if row.held_because == Held.SAME:
            follows.append("There will be two cases about this child and this decision.")
        return Check("Accept this referral?", follows, "Accept it")
    return Check(
        "Discard this referral?",
        [
            "No case is opened, and nobody is told.",
            "You can take it back for 30 days; then what was written in it is deleted.",
        ],
        "Discard it",
    )


@pages.page(
    "/<authority>/referrals/<uuid:referral_id>",
    permission=Permission.RECORD_CASES,
    methods=("GET", "POST"),
)
def referral(session: ScopedSession, referral_id: uuid.UUID) -> ResponseReturnValue:
    """One referral, as it was told, until it is decided upon."""
    row = _found(session, referral_id)
    act, wrong = request.form.get("act", ""), ""
    if request.method == "POST" and act in ("accept", "discard", "back"):
        if act != "back" and row.state == State.HELD and not is_checked():
            if request.form.get("checked"):
                return redirect(request.path)
            return check_page(_checks(row, act))
        try:
            return _decide(session, row, act)
        except RuleBroken as broken:
            wrong = str(broken)
    answers = handing_in.answers_of(row)
    whole = row.told is not None and answers.missing() is None
    opened_on = answers.today
    page = render_template(
        "tenants/referring/referral.html",
        row=row,
        rows=rows_of(answers, council=the_tenancy().name) if row.told is not None else [],
        same=same_matter(session, referral_of(answers, opened_on=opened_on)) if whole else [],
        authority=the_tenancy(),
        wrong=wrong,
        **_WORDS,
    )
    return page, 422 if request.method == "POST" else 200


def _decide(session: ScopedSession, row: FrontReferral, act: str) -> ResponseReturnValue:
    by = the_actor()
    if act == "discard":
        handing_in.discard(session, row, by=by)
        flash("The referral is discarded. You can take it back for 30 days.")
    elif act == "back":
        handing_in.take_back(session, row, by=by)
        flash("The referral is to be looked at again.")
    else:
        if row.state != State.HELD:
            raise RuleBroken("state", "Somebody has decided on this referral already")
        case_id = handing_in.take_in(session.tenant, row.id, accepted_by=by)
        if case_id is not None:
            flash("The referral is accepted, and the case is open.")
            return to_case(case_id)
    return redirect(
        url_for("provider_referrals.referral", authority=the_tenancy().slug, referral_id=row.id)
    )

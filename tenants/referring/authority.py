"""An officer refers a family that agreed: the same pages, inside the authority."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from saas.database.scope import ScopedSession
from saas.identity.permissions import Permission
from saas.web.access import DoorPages, the_person, the_tenancy
from saas.web.frame import Door
from saas.web.today import now
from tenants.referring.answers import FORMS, NOT_ASKED_OF_OFFICERS, Answers
from tenants.referring.drafts import Draft, forget_draft
from tenants.referring.handing_in import Sent, hand_in
from tenants.referring.journey import Journey, show_check, show_step
from tenants.referring.kinds import CameBy
from tenants.referring.queries import Council, case_of

pages = DoorPages(
    "authority_referral", __name__, door=Door.AUTHORITY, url_prefix="/authority/refer"
)
GET_AND_POST = ("GET", "POST")
OFFICERS_STEPS = ",".join(step for step in FORMS if step not in NOT_ASKED_OF_OFFICERS)


def _journey() -> Journey:
    # Of this person: another who signs in at the same browser begins anew.
    return Journey(CameBy.AUTHORITY, "authority_referral", f"referral of {the_person().id}")


@pages.page("/", permission=Permission.ACT_ON_OWN_CASES, methods=GET_AND_POST)
def start(_session: ScopedSession) -> ResponseReturnValue:
    journey = _journey()
    draft = journey.draft()
    if request.method == "POST":
        if draft is not None:
            forget_draft(draft.id)
        journey.forget()
        return redirect(url_for("authority_referral.start"))
    answers = journey.answers(draft)
    next_step = journey.step_href(answers.missing() or "check") if draft else ""
    return render_template("tenants/referring/officers_start.html", next_step=next_step)


@pages.page(
    f"/<any({OFFICERS_STEPS}):step>",
    permission=Permission.ACT_ON_OWN_CASES,
    methods=GET_AND_POST,
)
def step(_session: ScopedSession, step: str) -> ResponseReturnValue:
    def elsewhere(_council: Council) -> ResponseReturnValue:
        raise RuntimeError("an officer is not asked for the council")

    return show_step(_journey(), step, elsewhere=elsewhere)


@pages.page("/stopped", permission=Permission.ACT_ON_OWN_CASES)
def stopped(_session: ScopedSession) -> ResponseReturnValue:
    journey = _journey()
    answers = journey.answers(journey.draft())
    return render_template(
        "tenants/referring/stopped.html",
        why=answers.stopped(),
        own_from=answers.own_from(),
        child=answers.said("child", "given_name"),
        journey=journey,
    )


@pages.page("/check", permission=Permission.ACT_ON_OWN_CASES, methods=GET_AND_POST)
def check(session: ScopedSession) -> ResponseReturnValue:
    journey = _journey()

    def send(draft: Draft, answers: Answers) -> ResponseReturnValue:
        person = the_person()
        sent = Sent(
            CameBy.AUTHORITY,
            the_tenancy().id,
            now(),
            person_id=person.id,
            person_name=person.name,
        )
        receipt = hand_in(session, draft, answers, sent)
        session.commit()
        journey.forget()
        case_id = case_of(session, draft.id)
        if case_id is None:
            flash(f"The referral is sent: {receipt}. The mediation service looks at it first.")
            return redirect(url_for("authority_cases.tray"))
        flash(
            "The referral is sent, and the case is open. The adviser speaks with the family next."
        )
        return redirect(url_for("authority_cases.case", case_id=case_id))

    return show_check(journey, send)

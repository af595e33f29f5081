"""The public's pages: refer yourself, your child or a family that asked you to."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask import current_app, redirect, render_template, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext

from saas.database.scope import Scope
from saas.identity.actions import email_key
from saas.identity.permissions import Permission
from saas.web.access import DoorPages, open_session
from saas.web.frame import Door
from saas.web.languages import moment_words, said
from saas.web.today import now, today
from tenants.law.appeal import appeal_time
from tenants.law.clocks import ClockError, due
from tenants.referring.answers import Answers
from tenants.referring.drafts import Draft, forget_draft
from tenants.referring.forms import LetterDateForm, ReturnForm
from tenants.referring.handing_in import Sent, TooManyReferralsError, hand_in
from tenants.referring.journey import (
    STEP_NAMES,
    Journey,
    appeal_of,
    secret,
    show_check,
    show_step,
    too_many,
    where_from,
)
from tenants.referring.kinds import CameBy
from tenants.referring.queries import Council, council_named, successors_named
from tenants.referring.returning import TooManyAskedError, ask_for_return, come_back, is_open

pages = DoorPages("front_referral", __name__, door=Door.PUBLIC)
GET_AND_POST = ("GET", "POST")
SENT = "referral_sent"
TOO_OLD = lazy_gettext("The law of these dates began in September 2014. Check the year")


def _journey() -> Journey:
    return Journey(CameBy.FRONT_DOOR, "front_referral", "referral")


@pages.page("/refer", permission=Permission.ANYONE, methods=GET_AND_POST)
def start() -> ResponseReturnValue:
    """What it is and what is needed; and throwing away what was begun."""
    journey = _journey()
    draft = journey.draft()
    if request.method == "POST":
        if draft is not None:
            forget_draft(draft.id)
        journey.forget()
        return redirect(url_for("front_referral.start"))
    answers = journey.answers(draft)
    next_step = journey.step_href(answers.missing() or "check") if draft else ""
    return render_template("tenants/referring/start.html", next_step=next_step)


@pages.page(f"/refer/<any({STEP_NAMES}):step>", permission=Permission.ANYONE, methods=GET_AND_POST)
def step(step: str) -> ResponseReturnValue:
    journey = _journey()

    def elsewhere(council: Council) -> ResponseReturnValue:
        """Nothing is kept of whoever we cannot help."""
        draft = journey.draft()
        if draft is not None:
            forget_draft(draft.id)
        journey.forget()
        return redirect(url_for("front_referral.elsewhere", council=council.slug))

    return show_step(journey, step, elsewhere=elsewhere)


@pages.page("/refer/stopped", permission=Permission.ANYONE)
def stopped() -> ResponseReturnValue:
    """Why it cannot go on today, and what to do."""
    journey = _journey()
    answers = journey.answers(journey.draft())
    return render_template(
        "tenants/referring/stopped.html",
        why=answers.stopped(),
        own_from=answers.own_from(),
        child=answers.said("child", "given_name"),
        journey=journey,
    )


@pages.page("/refer/elsewhere", permission=Permission.ANYONE)
def elsewhere() -> ResponseReturnValue:
    """Whom a family asks whose council we do not work for, and until when. Nothing is kept."""
    council = council_named(request.args.get("council", ""), today())
    asked = any(name.startswith("letter-") for name in request.args)
    form = LetterDateForm(request.args if asked else None, meta={"csrf": False})
    shown: dict[str, Any] = {}
    if asked and form.validate():
        sent: dt.date = form.letter.data
        try:
            shown = {
                "sent": sent,
                "contact_by": due("K1", sent),
                "appeal": appeal_time(sent, None, certificate_needed=True),
            }
        except ClockError as refused:
            form.letter.errors = [said(str(refused), TOO_OLD)]
    page = render_template(
        "tenants/referring/elsewhere.html",
        form=form,
        council=council,
        successors=successors_named(council.slug, today()) if council else [],
        today=today(),
        **shown,
    )
    return page, 422 if form.errors else 200


@pages.page("/refer/check", permission=Permission.ANYONE, methods=GET_AND_POST)
def check() -> ResponseReturnValue:
    journey = _journey()

    def send(draft: Draft, answers: Answers) -> ResponseReturnValue:
        council = council_named(draft.found.get("council", ""), today())
        if council is None or council.tenancy is None:
            return redirect(journey.step_href("where"))
        session = open_session(Scope.public())
        sent = Sent(CameBy.FRONT_DOOR, council.tenancy.id, now(), source_key=where_from())
        try:
            receipt = hand_in(session, draft, answers, sent)
        except TooManyReferralsError:
            return too_many()
        session.commit()
        journey.forget()
        call, letter = answers.call_at, answers.notice_sent
        # Days and numbers alone: no name is in it.
        cookie[SENT] = {
            "receipt": receipt,
            "council": council.name,
            "letter": letter.isoformat() if letter else "",
            "decision": answers.said("decision", "decision"),
            "call": call.isoformat() if call else "",
            "email": bool(answers.said("contact", "contact_email")),
            "family": answers.route.is_family,
        }
        return redirect(url_for("front_referral.done"))

    return show_check(journey, send)


@pages.page("/refer/done", permission=Permission.ANYONE)
def done() -> ResponseReturnValue:
    """The number of what was sent in this browser, and what happens next."""
    sent = cookie.get(SENT)
    if not isinstance(sent, dict):
        return render_template("tenants/referring/nothing.html", journey=_journey())
    answers = Answers(CameBy.FRONT_DOOR, today())
    letter = str(sent.get("letter", ""))
    if letter:
        day = dt.date.fromisoformat(letter)
        answers.told["decision"] = [
            ("decision", str(sent.get("decision", ""))),
            ("notice_sent-day", str(day.day)),
            ("notice_sent-month", str(day.month)),
            ("notice_sent-year", str(day.year)),
        ]
    return render_template(
        "tenants/referring/done.html",
        sent=sent,
        call=_moment(str(sent.get("call", ""))),
        appeal=appeal_of(answers),
        today=today(),
    )


@pages.page("/refer/later", permission=Permission.ANYONE, methods=GET_AND_POST)
def later() -> ResponseReturnValue:
    """Save it, and have a link sent by which to go on."""
    journey = _journey()
    draft = journey.draft()
    form = ReturnForm()
    if draft is None:
        page = render_template("tenants/referring/nothing.html", journey=journey)
        return page, 422 if request.method == "POST" else 200
    if request.method == "POST" and form.validate():
        email = form.email.data or ""
        try:
            ask_for_return(draft, email=email, email_key=email_key(email, secret()), at=now())
        except TooManyAskedError:
            form.email.errors = [_("Very many people ask just now. Try again in 10 minutes.")]
        else:
            return render_template("tenants/referring/saved.html")
    page = render_template("tenants/referring/later.html", form=form, journey=journey)
    return page, 422 if request.method == "POST" else 200


@pages.page("/refer/return", permission=Permission.ANYONE, methods=GET_AND_POST)
def come_again() -> ResponseReturnValue:
    """An e-mailed link. It opens nothing until a person presses the button: mail filters look."""
    link = request.values.get("key", "")
    journey = _journey()
    if request.method == "POST":
        key = come_back(link, at=now())
        if key is not None:
            cookie[journey.key_name] = key
            draft = journey.draft()
            if draft is not None:
                missing = journey.answers(draft).missing()
                return redirect(journey.step_href(missing or "check"))
    is_there = request.method == "GET" and is_open(link, at=now(), secret=secret())
    page = render_template("tenants/referring/return.html", link=link if is_there else "")
    return page, 404 if request.method == "POST" else 200


def _moment(written: str) -> str:
    try:
        return moment_words(dt.datetime.fromisoformat(written))
    except ValueError:
        return ""


def return_address() -> Any:
    """How the address of a key is made, for the worker."""
    settings = current_app.extensions["settings"]
    base = settings.public_url.rstrip("/") or f"http://127.0.0.1:{settings.port}"
    path = current_app.url_map.bind("").build("front_referral.come_again", {})
    return lambda key: f"{base}{path}?key={key}"

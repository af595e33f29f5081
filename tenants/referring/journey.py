"""The pages of a referral, for the public and for officers: what is next, kept, and sent.

What a page keeps is found by a key in the browser's session; nothing of it is in an address.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from flask import current_app, redirect, render_template, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as later

from saas.identity.actions import source_key
from saas.web.languages import said
from saas.web.today import now, today
from tenants.call_backs.slots import days_of
from tenants.casework.record import RuleBroken
from tenants.casework.referral import check_referral
from tenants.law.appeal import AppealTime, appeal_time
from tenants.law.decisions import UnknownDecision, decision_type
from tenants.referring.answers import STEP_OF, Answers, referral_of
from tenants.referring.contact_doubts import doubts_about_contact
from tenants.referring.drafts import (
    Draft,
    DraftTooLargeError,
    Fields,
    TooManyDraftsError,
    find_draft,
    keep_draft,
)
from tenants.referring.forms import (
    NO_DECISION,
    CallForm,
    CheckForm,
    CouncilForm,
    DecidesForm,
    StepForm,
    TimeForm,
    WhereForm,
    council_choices,
)
from tenants.referring.kinds import CameBy
from tenants.referring.queries import (
    Council,
    council_named,
    council_of_postcode,
    councils,
    free_for_the_public,
)
from tenants.referring.summary import TRAP, rows_of

NOT_FOUND = later("This postcode does not say which council it is. Choose the council below.")
NOT_KEPT = frozenset({"csrf_token", "submit", TRAP})
# Sent by a page that has asked whether what was entered is right.
LOOKED_AT = "looked_at"
# Characters of one page: more than anybody types.
MOST_OF_A_PAGE = 12_000
# Bytes, as a browser encodes them.
MOST_OF_A_REQUEST = 100_000
STEP_NAMES = (
    "who,permission,you,where,council,child,plan,decides,decision,about,contact,needs,call,time"
)


def secret() -> str:
    return str(current_app.extensions["settings"].session_secret)


def where_from() -> str:
    """A keyed hash of the address that asks: the address itself is kept nowhere."""
    return source_key(request.remote_addr or "", secret())


@dataclass
class Journey:
    """One way to refer: whose pages they are, and what is in this browser of it."""

    came_by: CameBy
    # The endpoints' blueprint, and the name of the key in the session.
    pages: str
    key_name: str

    def href(self, view: str, **values: str) -> str:
        return url_for(f"{self.pages}.{view}", **dict[str, Any](values))

    def step_href(self, step: str | None) -> str:
        if step is None:
            return self.href("start")
        if step == "check":
            return self.href("check")
        return self.href("step", step=step)

    @property
    def key(self) -> str | None:
        found = cookie.get(self.key_name)
        return found if isinstance(found, str) else None

    def draft(self) -> Draft | None:
        return find_draft(self.key, at=now(), secret=secret())

    def answers(self, draft: Draft | None) -> Answers:
        return Answers(self.came_by, today(), dict(draft.answers) if draft else {})

    def keep(self, draft: Draft | None, told: dict[str, Fields], found: dict[str, str]) -> None:
        of_public = self.came_by is CameBy.FRONT_DOOR
        cookie[self.key_name] = keep_draft(
            self.key,
            draft,
            told,
            found,
            source_key=where_from() if of_public else "",
            at=now(),
            secret=secret(),
        )

    def forget(self) -> None:
        cookie.pop(self.key_name, None)


def appeal_of(answers: Answers) -> AppealTime | None:
    """Until when the family may appeal, by what was answered; None where that cannot be told."""
    sent, code = answers.notice_sent, answers.said("decision", "decision")
    if sent is None or code == NO_DECISION:
        return None
    try:
        needed = decision_type(code, sent).certificate_needed
    except UnknownDecision:
        return None
    return appeal_time(sent, None, certificate_needed=needed)


def _entered(form: StepForm) -> Fields:
    """What was sent of the fields that the page has, and nothing else."""
    names = [field.name for field in form]
    return [
        (name, value)
        for name, value in request.form.items(multi=True)
        if name not in NOT_KEPT
        and any(name == known or name.startswith(f"{known}-") for known in names)
    ]


def _offer(form: StepForm, answers: Answers) -> None:
    """Give a page's fields the choices that are of this day."""
    if isinstance(form, WhereForm | CouncilForm):
        council_choices(form, councils(answers.today))
    elif isinstance(form, CallForm | TimeForm):
        appeal = appeal_of(answers)
        days = days_of(
            free_for_the_public(now=now(), last_day=appeal.reading.due if appeal else None)
        )
        if isinstance(form, CallForm):
            form.offer(list(days))
        else:
            try:
                day = dt.date.fromisoformat(answers.said("call", "day"))
            except ValueError:
                day = answers.today
            form.offer(days.get(day, []))


def too_many() -> ResponseReturnValue:
    return render_template("tenants/referring/too_many.html"), 429


def too_large() -> ResponseReturnValue:
    return render_template("tenants/referring/too_large.html"), 413


def show_step(
    journey: Journey, step: str, *, elsewhere: Callable[[Council], ResponseReturnValue]
) -> ResponseReturnValue:
    """A page: shown, or kept and gone on from.

    Args:
        elsewhere: what is answered where we do not work for the council that was found.
    """
    draft = journey.draft()
    answers = journey.answers(draft)
    kind = answers.kind(step)
    if request.method == "GET":
        form = answers.form(step) if step in answers.told else kind(formdata=None)
        _offer(form, answers)
        return _page(journey, step, form, answers, draft)
    if (request.content_length or 0) > MOST_OF_A_REQUEST:
        return too_large()
    form = kind()
    _offer(form, answers)
    if not form.validate():
        return _page(journey, step, form, answers, draft)
    found = dict(draft.found) if draft else {}
    if request.form.get(TRAP):
        found["trap"] = "yes"
    fields = _entered(form)
    if sum(len(name) + len(value) for name, value in fields) > MOST_OF_A_PAGE:
        return too_large()
    is_new = _said_in(fields) != _said_in(answers.told.get(step, []))
    if is_new and not request.form.get(LOOKED_AT):
        doubts = doubts_about_contact(answers, step, form)
        if doubts:
            return _page(journey, step, form, answers, draft, doubts=doubts)
    answers.told[step] = fields
    if step in ("where", "council"):
        council = _find_council(form, found)
        if council is None:
            return _page(journey, step, form, answers, draft)
        if council.tenancy is None:
            return elsewhere(council)
        found["council"], found["tenant"] = council.slug, council.tenancy.name
        if step == "where":
            answers.told.pop("council", None)
    if step == "call":
        answers.told.pop("time", None)
    try:
        journey.keep(draft, answers.told, found)
    except TooManyDraftsError:
        return too_many()
    except DraftTooLargeError:
        return too_large()
    if answers.stopped():
        return redirect(journey.href("stopped"))
    return redirect(journey.step_href(answers.after(step)))


def _said_in(fields: Fields) -> set[tuple[str, str]]:
    return {(name, value.strip()) for name, value in fields if value.strip()}


def _find_council(form: StepForm, found: dict[str, str]) -> Council | None:
    """The council that was chosen or found; None where the form says that there is none."""
    slug, why = form.council.data or "", ""
    if isinstance(form, CouncilForm) and form.right.data == "yes":
        slug = found.get("council", "")
    elif isinstance(form, WhereForm) and not slug:
        if not form.postcode.data:
            form.postcode.errors = [_("Enter a postcode, or choose the council below")]
            return None
        slug, why = council_of_postcode(form.postcode.data)
    council = council_named(slug, today()) if slug else None
    if council is None:
        field = form.postcode if isinstance(form, WhereForm) else form.council
        field.errors = [
            said(why, NOT_FOUND) if why else _("Choose the council that wrote the letter")
        ]
    return council


def _page(
    journey: Journey,
    step: str,
    form: StepForm,
    answers: Answers,
    draft: Draft | None,
    *,
    doubts: Sequence[str] = (),
) -> ResponseReturnValue:
    """A page of the form.

    Args:
        doubts: what to look at again; whoever sends it once more goes on.
    """
    page = render_template(
        "tenants/referring/step.html",
        form=form,
        step=step,
        answers=answers,
        journey=journey,
        back=journey.step_href(answers.before(step)),
        council=draft.found.get("tenant", "") if draft else "",
        kept=draft is not None,
        own_from=answers.own_from() if isinstance(form, DecidesForm) else None,
        child=answers.said("child", "given_name"),
        trap=TRAP in form,
        doubts=doubts,
        looked_at=LOOKED_AT,
    )
    return page, 422 if request.method == "POST" and not doubts else 200


def show_check(
    journey: Journey, send: Callable[[Draft, Answers], ResponseReturnValue]
) -> ResponseReturnValue:
    """What was answered, to be checked; and sent.

    Args:
        send: hands it in and says where to go.
    """
    draft = journey.draft()
    answers = journey.answers(draft)
    if draft is None:
        return render_template("tenants/referring/nothing.html", journey=journey), (
            422 if request.method == "POST" else 200
        )
    if answers.stopped():
        return redirect(journey.href("stopped"))
    missing = answers.missing()
    if missing is not None:
        return redirect(journey.step_href(missing))
    form = CheckForm()
    if request.method == "POST" and form.validate():
        if form.website.data:
            draft.found["trap"] = "yes"
        try:
            check_referral(referral_of(answers, opened_on=today()), today=today())
        except RuleBroken as broken:
            return _refused(journey, answers, draft, broken)
        if "time" in answers.steps() and not _is_free(answers):
            form.form_errors.append(_("The time of the call has just been taken: choose another"))
        else:
            return send(draft, answers)
    page = render_template(
        "tenants/referring/check.html",
        form=form,
        journey=journey,
        rows=rows_of(answers, council=draft.found.get("tenant", "")),
        back=journey.step_href(answers.steps()[-1]),
    )
    return page, 422 if request.method == "POST" else 200


def _is_free(answers: Answers) -> bool:
    form = answers.form("time")
    _offer(form, answers)
    return any(choice.value == form.time.data for choice in form.time.choices or [])


def _refused(
    journey: Journey, answers: Answers, draft: Draft, broken: RuleBroken
) -> ResponseReturnValue:
    """The page on which what a rule refused is put right, with what it says at the field."""
    step = STEP_OF.get(broken.field, "child")
    form = answers.form(step)
    _offer(form, answers)
    form.refuse(broken)
    return _page(journey, step, form, answers, draft)

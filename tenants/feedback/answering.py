"""'How was your meeting?': asked of each who met, at the page that is their own."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from flask import Response, abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as later

from saas.database.scope import Scope, ScopedSession, scoped
from saas.identity.permissions import Permission
from saas.web.access import DoorPages, the_link, the_person, the_tenancy
from saas.web.field_shapes import button, choice_field, text_field, tick_field
from saas.web.frame import Door
from saas.web.today import now, today
from tenants.access_links.participant_links import OpenedMeeting, find_meeting
from tenants.casework.authority.own_case import own_case
from tenants.casework.authority.pages import pages as authority_pages
from tenants.casework.family.pages import pages as family_pages
from tenants.casework.forms import CaseForm
from tenants.casework.kinds import FactKind, Route
from tenants.casework.queries import load_record
from tenants.casework.record import RuleBroken
from tenants.feedback.models import Evaluation, Participant
from tenants.feedback.own_answers import OwnAnswer, answer_of, give_answer, let_quote
from tenants.notices.meetings import Meeting, calendar_file

pages = DoorPages("participant", __name__, door=Door.PUBLIC)


class FeedbackForm(CaseForm):
    rating = choice_field(
        later("How was it, all in all?"),
        [
            ("5", later("5 - very good")),
            ("4", later("4 - good")),
            ("3", later("3 - neither good nor bad")),
            ("2", later("2 - poor")),
            ("1", later("1 - very poor")),
        ],
        needed=later("Choose from 1 to 5"),
    )
    comment = text_field(
        later("What was good, and what should we do better? (optional)"),
        hint=later("Leave names out."),
        longest=5000,
    )
    may_quote = tick_field(later("You may quote my words, without my name"))
    submit = button(later("Send"))


def held_on(session: ScopedSession, case_id: uuid.UUID) -> dt.date | None:
    """The day of the last meeting that was held."""
    held = [fact.on for fact in load_record(session, case_id).of(FactKind.MEETING_HELD)]
    return held[-1] if held else None


def feedback_on_family_page(session: ScopedSession, case_id: uuid.UUID) -> dict[str, Any]:
    on = held_on(session, case_id)
    return {"feedback_of": on, "feedback_given": bool(on and _familys_answer(session, on))}


def _familys_answer(session: ScopedSession, on: dt.date) -> OwnAnswer | None:
    mine = Evaluation.party_id == the_link().party_id
    return answer_of(session, mine, Evaluation.meeting_on == on)


def _quote_asked() -> bool | None:
    """Whether the form about quoting was sent, and what it says."""
    return {"yes": True, "no": False}.get(request.form.get("quote", ""))


def _is_taken(
    form: FeedbackForm,
    given: OwnAnswer | None,
    tenant: uuid.UUID,
    case_id: uuid.UUID,
    *,
    thanks: str,
    refused: str = "",
    **who: Any,
) -> bool:
    """Take in what was sent: the answer, or whether one that was given is quoted. Whether the page
    is left; else the form says what is wrong.

    Args:
        refused: in the reader's language, that there are no words to quote.
        who: of `give_answer`, who answers and of which meeting.
    """
    if given is not None:
        may = _quote_asked()
        if may is not None and (given.comment or not may):
            let_quote(tenant, given, may=may, at=now())
            flash(_("Thank you. We keep to that from now on."))
        return True
    if not form.validate():
        return False
    try:
        give_answer(
            tenant,
            case_id,
            rating=int(form.rating.data),
            comment=form.comment.data or "",
            may_quote=bool(form.may_quote.data),
            at=now(),
            today=today(),
            **who,
        )
    except RuleBroken as broken:
        form.refuse(RuleBroken(broken.field, refused) if refused else broken)
        return False
    flash(thanks)
    return True


@family_pages.page(
    "/<token>/feedback", permission=Permission.BY_PERSONAL_LINK, methods=("GET", "POST")
)
def feedback(session: ScopedSession) -> ResponseReturnValue:
    """Of the family: once of each meeting; whether it is quoted can be changed at any time."""
    link = the_link()
    on = held_on(session, link.case_id)
    if on is None:
        return redirect(url_for("family_case.case"))
    given = _familys_answer(session, on)
    form = FeedbackForm()
    if request.method == "POST":
        young = load_record(session, link.case_id).route is Route.YOUNG_PERSON
        if _is_taken(
            form,
            given,
            link.tenancy.id,
            link.case_id,
            thanks=_("Thank you. Only we read what you wrote."),
            refused=_("There are no words to quote: write some, or leave this out"),
            participant=Participant.YOUNG_PERSON if young else Participant.PARENT,
            meeting_on=on,
            party_id=link.party_id,
        ):
            return redirect(url_for("family_case.feedback"))
    page = render_template(
        "tenants/feedback/feedback.html",
        form=form,
        given=given,
        meeting_on=on,
        back=url_for("family_case.case"),
        back_words=_("Your case"),
    )
    return page, 422 if request.method == "POST" else 200


@authority_pages.page(
    "/cases/<uuid:case_id>/feedback",
    permission=Permission.ACT_ON_OWN_CASES,
    methods=("GET", "POST"),
)
def meeting_feedback(session: ScopedSession, case_id: uuid.UUID) -> ResponseReturnValue:
    """Of the officer who was there: the same questions, and only the provider reads the answer."""
    view = own_case(session, case_id)
    on, person = held_on(session, case_id), the_person()
    back = url_for("authority_cases.case", case_id=case_id)
    if on is None:
        return redirect(back)
    given = answer_of(
        session, Evaluation.case_id == case_id, Evaluation.meeting_on == on, with_words=False
    )
    form = FeedbackForm()
    here = url_for("authority_cases.meeting_feedback", case_id=case_id)
    if request.method == "POST" and _is_taken(
        form,
        given,
        the_tenancy().id,
        case_id,
        thanks="Thank you. Only the provider reads what you wrote.",
        participant=Participant.AUTHORITY,
        meeting_on=on,
        person_id=person.id,
    ):
        return redirect(here)
    page = render_template(
        "tenants/feedback/feedback.html",
        form=form,
        given=given,
        meeting_on=on,
        back=back,
        back_words=f"Case {view.reference}",
    )
    return page, 422 if request.method == "POST" else 200


def _opened(key: str) -> OpenedMeeting:
    found = find_meeting(key, used=request.method != "HEAD")
    if found is None:
        page = render_template("tenants/feedback/participant_over.html")
        abort(Response(page, 404, content_type="text/html; charset=utf-8"))
    return found


def _meeting(opened: OpenedMeeting) -> Meeting | None:
    return Meeting.from_detail(opened.meeting) if opened.meeting else None


@pages.page("/with/<participant_key>/", permission=Permission.ANYONE, methods=("GET", "POST"))
def meeting(participant_key: str) -> ResponseReturnValue:
    """When and where, what to prepare, and afterwards how it was. Nothing else of the case."""
    opened = _opened(participant_key)
    here = url_for("participant.meeting", participant_key=participant_key)
    form, given = FeedbackForm(), None
    on = opened.held_on
    if on is not None:
        with scoped(Scope.worker(opened.tenancy.id)) as session:
            given = answer_of(
                session, Evaluation.party_id == opened.party_id, Evaluation.meeting_on == on
            )
        if request.method == "POST" and _is_taken(
            form,
            given,
            opened.tenancy.id,
            opened.case_id,
            thanks="Thank you. Only we read what you wrote.",
            participant=Participant.OTHER,
            meeting_on=on,
            party_id=opened.party_id,
        ):
            return redirect(here)
    page = render_template(
        "tenants/feedback/participant.html",
        form=form,
        given=given,
        opened=opened,
        meeting=_meeting(opened),
        participant_key=participant_key,
        today=today(),
    )
    return page, 422 if request.method == "POST" else 200


@pages.page("/with/<participant_key>/meeting.ics", permission=Permission.ANYONE)
def participant_meeting_file(participant_key: str) -> ResponseReturnValue:
    """The meeting for one's own calendar."""
    opened = _opened(participant_key)
    found = _meeting(opened)
    if found is None:
        abort(404)
    settings = current_app.extensions["settings"]
    file, _method = calendar_file(
        found,
        reference=opened.reference,
        organiser_name=settings.provider_name,
        organiser=settings.sender,
        attendee="",
        link=None,
        at=now(),
    )
    return Response(
        file,
        content_type="text/calendar; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="meeting.ics"'},
    )

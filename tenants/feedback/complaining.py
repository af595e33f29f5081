"""Complaining by oneself: a family at its own page, anyone at the front door."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as later
from wtforms import StringField, ValidationError

from saas.audit.actions import record as audit
from saas.database.base import new_id
from saas.database.scope import Scope, ScopedSession, scoped
from saas.identity.permissions import Permission
from saas.reference.written import dialled
from saas.web.access import DoorPages, open_session, the_link
from saas.web.field_shapes import (
    blank_first,
    button,
    choice_field,
    line_field,
    list_field,
    text_field,
)
from saas.web.frame import Door
from saas.web.today import now, today
from tenants.casework.family.pages import pages as family_pages
from tenants.casework.forms import CaseForm
from tenants.casework.kinds import Route
from tenants.casework.queries import load_record
from tenants.feedback.complaint_rules import About, ComplaintDates
from tenants.feedback.models import Complaint, Participant, Way
from tenants.subscribers.queries import all_tenancies

pages = DoorPages("complain", __name__, door=Door.PUBLIC)

# Of everybody together: beyond that it is no people who write.
MOST_AT_ONCE = 60
WITHIN = dt.timedelta(minutes=10)
ABOUT = [
    (About.DELAY.value, later("It takes too long")),
    (About.COMMUNICATION.value, later("How we told you things, or did not")),
    (About.CONDUCT.value, later("How one of us or the mediator behaved")),
    (About.NEUTRALITY.value, later("We or the mediator took sides")),
    (About.ACCESS.value, later("You did not get the help that you need to take part")),
    (About.OUTCOME.value, later("What came out of it")),
    (About.DATA_PROTECTION.value, later("How we handled personal data")),
    (About.OTHER.value, later("Something else")),
]
WHO = [
    (Participant.PARENT.value, later("A parent or carer")),
    (Participant.YOUNG_PERSON.value, later("A young person")),
    (Participant.SCHOOL.value, later("A school or other place of learning")),
    (Participant.HEALTH.value, later("Health")),
    (Participant.AUTHORITY.value, later("An officer of the council")),
    (Participant.OTHER.value, later("Someone else")),
]


class OwnComplaintForm(CaseForm):
    about = choice_field(later("What is it about?"), ABOUT, needed=later("Choose what it is about"))
    words = text_field(
        later("What happened, and what should we do about it?"),
        hint=later("Only we read it. The authority is not told that you complain."),
        needed=later("Write what happened"),
        longest=10_000,
        keep_lines=True,
    )
    submit = button(later("Send the complaint"))


class PublicComplaintForm(OwnComplaintForm):
    authority = list_field(
        later("Which council is it about?"),
        needed=later("Choose the council"),
        hint=later("The council whose decision the mediation is or was about."),
    )
    from_whom = choice_field(later("Who are you?"), WHO, needed=later("Choose who you are"))
    from_name = line_field(later("Your name"), needed=later("Enter your name"), longest=120)
    reply_to = line_field(
        later("How we reach you"),
        hint=later("An e-mail address or a telephone number."),
        needed=later("Enter an e-mail address or a telephone number"),
        longest=254,
    )
    case_as_written = line_field(
        later("The reference of the case, if there is one (optional)"),
        hint=later("Such as TRA-2026-0042."),
        longest=20,
    )
    # Nobody sees it: what fills it in is no person.
    website = StringField(later("Leave this empty"))

    def validate_reply_to(self, field: StringField) -> None:
        given = field.data or ""
        if given and "@" not in given and not dialled(given):
            raise ValidationError(
                later("Enter an e-mail address or a telephone number that we can reach")
            )


def _keep(
    session: ScopedSession,
    tenant: uuid.UUID,
    *,
    way: Way,
    about: About,
    words: str,
    at: dt.datetime,
    on: dt.date,
    **more: object,
) -> ComplaintDates:
    # Who complains by themselves reads no complaint back, so nothing is fetched.
    session.execute(
        sa.insert(Complaint)
        .values(
            tenant_id=tenant,
            id=new_id(),
            received_on=on,
            about=about.value,
            words=words.strip(),
            recorded_at=at,
            recorded_by=None,
            way=way.value,
            **more,
        )
        .inline()
    )
    return ComplaintDates(on, about)


@family_pages.page(
    "/<token>/complaint", permission=Permission.BY_PERSONAL_LINK, methods=("GET", "POST")
)
def complaint(session: ScopedSession) -> ResponseReturnValue:
    """One's own complaints with how far they are, and the form for a new one."""
    link, form = the_link(), OwnComplaintForm()
    if request.method == "POST" and form.validate():
        young = load_record(session, link.case_id).route is Route.YOUNG_PERSON
        _keep(
            session,
            link.tenancy.id,
            way=Way.FAMILY,
            about=About(form.about.data),
            words=form.words.data or "",
            at=now(),
            on=today(),
            case_id=link.case_id,
            party_id=link.party_id,
            from_whom=(Participant.YOUNG_PERSON if young else Participant.PARENT).value,
        )
        audit(session, "complaint made", subject_kind="case", subject_id=link.case_id, at=now())
        flash(_("We have your complaint. Below you see by when you hear from us."))
        return redirect(url_for("family_case.complaint"))
    page = render_template(
        "tenants/feedback/family_complaint.html",
        form=form,
        complaints=_own(session),
        about=dict(ABOUT),
    )
    return page, 422 if request.method == "POST" else 200


def _own(session: ScopedSession) -> list[ComplaintDates]:
    """What the holder of the link complained of, the newest first, a dozen at most."""
    rows = session.execute(
        sa.select(
            Complaint.received_on,
            Complaint.about,
            Complaint.acknowledged_on,
            Complaint.answered_on,
        )
        .where(Complaint.tenant_id == session.tenant)
        .order_by(Complaint.received_on.desc(), Complaint.id.desc())
        .limit(12)
    )
    return [
        ComplaintDates(one.received_on, About(one.about), one.acknowledged_on, one.answered_on)
        for one in rows
    ]


@pages.page("/complain", permission=Permission.ANYONE, methods=("GET", "POST"))
def complain() -> ResponseReturnValue:
    """Anyone, without a sign-in. Nothing that is entered is looked up here."""
    form = PublicComplaintForm()
    with scoped(Scope.public()) as reading:
        known = {one.slug: one for one in all_tenancies(reading)}
    form.authority.choices = blank_first(
        ((slug, one.name) for slug, one in known.items()), later("Choose")
    )
    if request.method == "POST" and form.validate():
        session = open_session(Scope.public())
        if _too_many(session):
            form.form_errors.append(_("Very many people write just now. Try again in 10 minutes."))
        else:
            dates = ComplaintDates(today(), About(form.about.data))
            if not form.website.data:
                dates = _keep(
                    session,
                    known[form.authority.data].id,
                    way=Way.PUBLIC,
                    about=About(form.about.data),
                    words=form.words.data or "",
                    at=now(),
                    on=today(),
                    from_whom=form.from_whom.data,
                    from_name=form.from_name.data,
                    reply_to=form.reply_to.data,
                    case_as_written=form.case_as_written.data or None,
                )
                session.commit()
            return render_template("tenants/feedback/complained.html", dates=dates)
    page = render_template("tenants/feedback/complain.html", form=form)
    return page, 422 if request.method == "POST" else 200


def _too_many(session: ScopedSession) -> bool:
    lately = session.scalar(
        sa.select(sa.func.count(Complaint.recorded_at)).where(
            Complaint.way == Way.PUBLIC.value, Complaint.recorded_at > now() - WITHIN
        )
    )
    return (lately or 0) >= MOST_AT_ONCE

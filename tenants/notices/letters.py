"""The letters that wait: who prints and posts them, and ticks them off."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO

import sqlalchemy as sa
from flask import abort, current_app, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from saas.audit.actions import record as audit
from saas.database.scope import ScopedSession
from saas.documents.content import Provider
from saas.documents.letter import LetterContent, letter_pdf
from saas.documents.pdf import DocumentError
from saas.identity.permissions import Permission
from saas.messages.models import Channel, Message, MessageState
from saas.web.access import the_tenancy
from saas.web.checking import Check, check_page, is_checked
from saas.web.paging import PAGE_SIZE, paginate, requested_page
from saas.web.today import now, today
from tenants.casework.models import SenCase
from tenants.casework.provider.pages import pages, the_actor
from tenants.casework.row_columns import Actor
from tenants.subscribers.models import Subscriber

# The link of a letter: made as it is printed, which ends what an earlier print of it had.
LinkOfLetter = Callable[[ScopedSession, Message, Actor], tuple[str, str]]


def _no_link(_session: ScopedSession, _message: Message, _by: Actor) -> tuple[str, str]:
    raise RuntimeError("nobody said who makes the links of letters: see `make_letter_links_by`")


_link_of: LinkOfLetter = _no_link


def make_letter_links_by(maker: LinkOfLetter) -> None:
    """Say who makes the links that letters carry: links know notices, not the other way round."""
    global _link_of
    _link_of = maker


@dataclass(frozen=True)
class WaitingLetter:
    """A letter in the queue over all authorities: whose case, and since when."""

    id: uuid.UUID
    slug: str
    authority: str
    reference: str
    written_at: dt.datetime


@pages.page("/letters", permission=Permission.RECORD_CASES)
def letter_queue(session: ScopedSession) -> ResponseReturnValue:
    """What is to be printed and posted, the oldest first."""
    number = requested_page()
    rows = session.execute(
        sa.select(
            Message.id, Subscriber.slug, Subscriber.name, SenCase.reference, Message.created_at
        )
        .join(Subscriber, Subscriber.id == Message.tenant_id)
        .join(
            SenCase,
            sa.and_(SenCase.tenant_id == Message.tenant_id, SenCase.id == Message.subject_id),
        )
        .where(Message.state == MessageState.TO_PRINT.value)
        .order_by(Message.created_at, Message.tenant_id, Message.id)
        .offset((number - 1) * PAGE_SIZE)
        .limit(PAGE_SIZE + 1)
    )
    found = [WaitingLetter(*row) for row in rows]
    return render_template("tenants/notices/letters.html", page=paginate(found, number=number))


def _letter(session: ScopedSession, message_id: uuid.UUID) -> Message:
    found = session.get(Message, (session.tenant, message_id))
    if found is None or found.channel != Channel.LETTER:
        abort(404)
    return found


MAKES = Check(
    "Print this letter?",
    [
        "The letter is made with a new link to the family's page.",
        "A letter that you printed of it before opens nothing any more: throw it away.",
    ],
    "Make the letter",
)


@pages.page(
    "/<authority>/letters/<uuid:message_id>/paper",
    permission=Permission.RECORD_CASES,
    methods=("GET", "POST"),
)
def letter_paper(session: ScopedSession, message_id: uuid.UUID) -> ResponseReturnValue:
    """The letter as a PDF, with a link that is in it and nowhere else."""
    message = _letter(session, message_id)
    if message.state != MessageState.TO_PRINT:
        flash("This letter is posted.")
        return redirect(url_for("provider_cases.letter_queue"))
    if request.method == "GET" or not is_checked():
        return check_page(MAKES)
    by = the_actor()
    link, about = _link_of(session, message, by) if message.with_personal_link else ("", "")
    reference = session.scalars(
        sa.select(SenCase.reference).where(
            SenCase.tenant_id == session.tenant, SenCase.id == message.subject_id
        )
    ).one()
    *paragraphs, _ = message.text.split("\n\n")
    try:
        paper = letter_pdf(
            LetterContent(
                reference=reference,
                address=tuple(one.strip() for one in message.address.splitlines() if one.strip()),
                heading=message.heading,
                paragraphs=tuple(paragraphs),
                written_on=today(),
                provider=Provider.of(current_app.extensions["settings"]),
                link=link,
                about_link=about,
            ),
            at=now(),
        )
    except DocumentError:
        flash("The address cannot be printed: write it in other letters first.", "problem")
        return redirect(url_for("provider_cases.letter_queue"), 303)
    audit(
        session,
        "letter printed",
        subject_kind="case",
        subject_id=message.subject_id,
        at=by.at,
        message=str(message.id),
    )
    session.flush()
    return send_file(
        BytesIO(paper),
        mimetype="application/pdf",
        as_attachment=True,
        download_name=f"letter-{reference}.pdf",
        max_age=0,
    )


@pages.page(
    "/<authority>/letters/<uuid:message_id>/posted",
    permission=Permission.RECORD_CASES,
    methods=("POST",),
)
def letter_posted(session: ScopedSession, message_id: uuid.UUID) -> ResponseReturnValue:
    """Somebody printed it and took it to the post."""
    message = _letter(session, message_id)
    if message.state == MessageState.TO_PRINT:
        by = the_actor()
        message.state, message.sent_at = MessageState.SENT.value, by.at
        message.posted_by_name = by.name
        audit(
            session,
            "letter posted",
            subject_kind="case",
            subject_id=message.subject_id,
            at=by.at,
            message=str(message.id),
        )
        session.flush()
    flash(f"The letter is ticked off. ({the_tenancy().name})")
    return redirect(url_for("provider_cases.letter_queue"))

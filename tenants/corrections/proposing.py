"""The pages on which an authority proposes what is right of a child, and the provider answers."""

from __future__ import annotations

import uuid

from flask import abort, flash, request
from flask.typing import ResponseReturnValue

from saas.database.scope import ScopedSession
from saas.identity.permissions import Permission
from saas.web.field_shapes import button, choice_field, line_field, text_field
from saas.web.today import today
from tenants.casework.authority.own_case import act_page as authority_act_page
from tenants.casework.authority.own_case import the_officer
from tenants.casework.authority.pages import pages as authority_pages
from tenants.casework.authority.pages import the_case as authority_case
from tenants.casework.forms import CaseForm
from tenants.casework.provider.pages import act_page, pages, the_actor, the_case
from tenants.corrections.forms import FIELD_WORDS, ChildForm
from tenants.corrections.proposals import (
    decline,
    find_proposal,
    proposals_about,
    propose,
    take_in,
)
from tenants.corrections.queries import child_of

TAKE_IN, DECLINE = "take_in", "decline"
STATE_WORDS = {"open": "Not answered yet", "taken": "Put right", "declined": "Left as it is"}


class ProposalForm(ChildForm):
    reason = line_field(
        "How you know",
        hint="For example: the school census. The provider reads it.",
        needed="Say how you know what is right",
        longest=300,
    )
    submit = button("Propose it")


class AnswerProposalForm(CaseForm):
    what = choice_field(
        "What you do with it",
        [(TAKE_IN, "Put it right as proposed"), (DECLINE, "Leave it as it is")],
        needed="Choose what you do with it",
    )
    why = text_field(
        "Why it stays as it is", hint="Only if you leave it. The authority reads it.", longest=400
    )
    submit = button("Answer")


@authority_pages.page(
    "/cases/<uuid:case_id>/child/proposal",
    permission=Permission.ACT_ON_OWN_CASES,
    methods=("GET", "POST"),
)
def propose_correction(session: ScopedSession, case_id: uuid.UUID) -> ResponseReturnValue:
    """What its own return needs is the authority's to say; the record is the provider's."""
    view = authority_case(session, case_id)
    child = child_of(session, case_id)
    if child is None:
        abort(404)
    form = ProposalForm(obj=child if request.method == "GET" else None)
    return authority_act_page(
        "tenants/corrections/proposal.html",
        view,
        form,
        lambda: propose(
            session,
            case_id,
            child,
            form.values,
            reason=form.reason.data or "",
            by=the_officer(),
        ),
        done="We have your proposal. You see here what becomes of it.",
        proposals=proposals_about(session, child.id),
        field_words=FIELD_WORDS,
        state_words=STATE_WORDS,
    )


@pages.page(
    "/<authority>/cases/<uuid:case_id>/proposals/<uuid:proposal_id>",
    permission=Permission.RECORD_CASES,
    methods=("GET", "POST"),
)
def answer_proposal(
    session: ScopedSession, case_id: uuid.UUID, proposal_id: uuid.UUID
) -> ResponseReturnValue:
    view = the_case(session, case_id)
    proposal = find_proposal(session, case_id, proposal_id)
    if proposal is None:
        abort(404)
    form = AnswerProposalForm()
    child = child_of(session, case_id)

    def answer() -> None:
        if form.what.data == DECLINE:
            decline(session, proposal, why=form.why.data or "", by=the_actor())
            return
        corrected = take_in(session, proposal, by=the_actor(), today=today())
        for number in corrected.outdated:
            flash(f"Certificate {number} still says it as it was: withdraw it, and issue it anew.")

    return act_page(
        view,
        form,
        "tenants/corrections/answer_proposal.html",
        answer,
        done="The authority sees your answer.",
        proposal=proposal,
        rows=[
            (FIELD_WORDS.get(name, name), getattr(child, name, None), value)
            for name, value in proposal.proposed.items()
        ],
    )

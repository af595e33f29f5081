"""Somebody more takes part in a case: a second parent, a supporter, a school, the ICB.

A second parent has a link, e-mails and an address of their own. Nobody in a case but the provider
reads how to reach another.
"""

from __future__ import annotations

import uuid

import sqlalchemy as sa
from flask import flash
from flask.typing import ResponseReturnValue

from saas.audit.actions import record as audit
from saas.database.base import new_id
from saas.database.scope import ScopedSession
from saas.documents.pdf import prints
from saas.identity.permissions import Permission
from saas.reference.written import for_matching
from saas.web.field_shapes import (
    button,
    email_field,
    line_field,
    list_field,
    name_field,
    postcode_field,
    telephone_field,
    text_field,
    tick_field,
)
from tenants.casework.forms import CaseForm
from tenants.casework.kinds import SIDE_WORDS, Side
from tenants.casework.models import CaseParty
from tenants.casework.provider.pages import act_page, pages, the_actor, the_case
from tenants.casework.provider.right_place import asks_about_contact
from tenants.casework.queries import hold_case
from tenants.casework.record import RuleBroken
from tenants.casework.referral import NOT_PRINTED, NewParty
from tenants.casework.row_columns import Actor, party_columns


class NewPersonForm(CaseForm):
    side = list_field(
        "On whose side",
        ((side.value, SIDE_WORDS[side]) for side in Side),
        needed="Choose on whose side they take part",
    )
    name = name_field("Name", needed="Enter the name", longest=120)
    relation = line_field(
        "Relation to the child, or part",
        hint="For example father, supporter, head teacher.",
        needed="Enter the relation to the child, or the part they have",
        longest=60,
    )
    responsible = tick_field("They have parental responsibility")
    email = email_field()
    telephone = telephone_field()
    postcode = postcode_field()
    adjustments = text_field("Reasonable adjustments", longest=2000)
    interpreter = line_field(
        "Interpreter needed for", hint="The language, or British Sign Language.", longest=60
    )
    submit = button("Add them")


def add_person(
    session: ScopedSession, case_id: uuid.UUID, party: NewParty, *, by: Actor
) -> uuid.UUID:
    """Have somebody more take part in a case. Returns their id.

    Raises:
        RuleBroken: naming the field: somebody of this name is there on that side, or the name
            cannot be printed on a certificate.
    """
    hold_case(session, case_id)
    if not prints(party.name):
        raise RuleBroken("name", NOT_PRINTED)
    there = session.scalars(
        sa.select(CaseParty.name).where(
            CaseParty.tenant_id == session.tenant,
            CaseParty.case_id == case_id,
            CaseParty.side == party.side.value,
        )
    )
    if for_matching(party.name) in {for_matching(name) for name in there}:
        raise RuleBroken("name", "Somebody of this name takes part already: correct that entry")
    party_id = new_id()
    session.add(CaseParty(**party_columns(session.tenant, party_id, case_id, party)))
    audit(
        session,
        "person added",
        subject_kind="case",
        subject_id=case_id,
        at=by.at,
        party=str(party_id),
        side=party.side.value,
    )
    session.flush()
    return party_id


@pages.page(
    "/<authority>/cases/<uuid:case_id>/people/new",
    permission=Permission.RECORD_CASES,
    methods=("GET", "POST"),
)
def new_person(session: ScopedSession, case_id: uuid.UUID) -> ResponseReturnValue:
    view = the_case(session, case_id)
    form = NewPersonForm()

    def add() -> None:
        side = Side(form.side.data)
        relation = form.relation.data or ""
        if form.responsible.data:
            relation = f"{relation}, with parental responsibility"
        add_person(
            session,
            case_id,
            NewParty(
                side=side,
                name=form.name.data or "",
                relation=relation,
                email=form.email.data or None,
                telephone=form.telephone.data or None,
                postcode=form.postcode.data or None,
                adjustments=form.adjustments.data or None,
                interpreter=form.interpreter.data or None,
            ),
            by=the_actor(),
        )
        if side is Side.FAMILY:
            flash("Make them a link of their own: see the personal links of the case.")

    return act_page(
        view,
        form,
        "tenants/corrections/new_person.html",
        add,
        done="They take part now.",
        check=lambda: (
            asks_about_contact(
                session, email=form.email.data, postcode=form.postcode.data, button="Add them"
            )
            if form.side.data == Side.FAMILY
            else None
        ),
    )

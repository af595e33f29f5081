"""The page on which a manager moves a case to the right authority."""

from __future__ import annotations

import uuid
from contextlib import suppress

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from saas.database.scope import Scope, ScopedSession, scoped
from saas.identity.permissions import Permission
from saas.web.access import the_tenancy
from saas.web.checking import Check, check_page, is_checked
from saas.web.field_shapes import blank_first, button, line_field, list_field
from saas.web.today import today
from tenants.casework.forms import CaseForm
from tenants.casework.provider.pages import act_page, pages, the_actor, the_case
from tenants.casework.record import RuleBroken
from tenants.corrections.moving import Moved, check_move, move_case
from tenants.subscribers.queries import all_tenancies


class MovingForm(CaseForm):
    authority = list_field("The right authority", needed="Choose the right authority")
    reason = line_field(
        "Why it is moved",
        hint="For example: the child lives in the other area. The provider alone reads it.",
        needed="Say why it is moved",
        longest=300,
    )
    submit = button("Move the case")


@pages.page(
    "/<authority>/cases/<uuid:case_id>/moving",
    permission=Permission.MOVE_CASES,
    methods=("GET", "POST"),
)
def moving(session: ScopedSession, case_id: uuid.UUID) -> ResponseReturnValue:
    view = the_case(session, case_id)
    here = the_tenancy()
    # Inside one authority no other is seen: who subscribes is public.
    with scoped(Scope.public()) as outside:
        served = all_tenancies(outside, served_on=today())
        others = {one.slug: one for one in served if one.id != here.id}
    form = MovingForm()
    form.authority.choices = blank_first(((o.slug, o.name) for o in others.values()), "Choose")
    moved: list[Moved] = []

    def move() -> None:
        there = others.get(form.authority.data)
        if there is None:
            raise RuleBroken("authority", "Choose the right authority")
        moved.append(
            move_case(
                session,
                case_id,
                here,
                there,
                reason=form.reason.data or "",
                by=the_actor(),
                today=today(),
            )
        )

    # The move writes in two places, so it cannot be tried out: its rules are asked instead.
    if request.method == "POST" and not is_checked() and form.validate():
        with suppress(RuleBroken):  # said at its field below, as the act refuses it
            check_move(session, case_id, view.record)
            return check_page(_asks(here.name, others[form.authority.data].name))
    return act_page(
        view,
        form,
        "tenants/corrections/moving.html",
        move,
        done="The case is moved. What was there before is kept, and who moved it and why.",
        go_on=lambda: redirect(
            url_for("provider_cases.case", authority=form.authority.data, case_id=moved[-1].id)
        ),
    )


def _asks(here: str, there: str) -> Check:
    return Check(
        f"Move the case to {there}?",
        [
            f"It is opened with {there} under a new reference, with what was recorded so far.",
            f"{here} keeps a closed case without names, and without how to reach anybody.",
            "Links that the family has end: send new ones from the new case.",
        ],
        "Move the case",
    )

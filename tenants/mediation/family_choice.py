"""The family chooses by its own page whether it wants mediation.

After mediation information the choice is the family's alone (Children and Families Act 2014 ss.53
and 55). It may change its mind until somebody has relied on what it said: until a meeting is fixed
or a certificate is issued.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as later

from saas.database.scope import ScopedSession
from saas.identity.permissions import Permission
from saas.web.access import the_link
from saas.web.checking import Check, check_page, is_checked
from saas.web.field_shapes import button, choice_field
from saas.web.today import today
from tenants.casework import actions
from tenants.casework.arrangement import meeting_fixed
from tenants.casework.family.pages import pages, the_family_member
from tenants.casework.family_view import FamilyView, NotTheirCaseError, family_view
from tenants.casework.forms import CaseForm
from tenants.casework.kinds import Choice, FactKind, Service
from tenants.casework.queries import load_record
from tenants.casework.record import CaseRecord, RuleBroken


class OwnChoiceForm(CaseForm):
    FIELD_OF = {"value": "choice", "on": "choice"}  # noqa: RUF012

    choice = choice_field(
        later("Do you want mediation?"),
        [
            (Choice.MEDIATE.value, later("Yes, I want mediation")),
            (Choice.DECLINE.value, later("No, I do not want mediation")),
        ],
        needed=later("Choose whether you want mediation"),
    )
    submit = button(later("Go on"))


@dataclass(frozen=True)
class OwnChoice:
    """What the family chose; None while it has not, or wanted time to think."""

    made: Choice | None


def choice_to_make(record: CaseRecord) -> OwnChoice | None:
    """The family's choice, while it may make or change it; None otherwise."""
    if record.service is not Service.MEDIATION or not record.has(FactKind.MIAS_HELD):
        return None
    over = (FactKind.CLOSED, FactKind.MEETING_HELD, FactKind.AUTHORITY_CANNOT_ARRANGE)
    relied_on = record.certificate is not None or meeting_fixed(record) is not None
    if record.ended or relied_on or any(record.has(kind) for kind in over):
        return None
    chosen = record.choice
    made = Choice(chosen.value) if chosen and chosen.value else None
    return OwnChoice(None if made is Choice.THINKING else made)


def choice_on_case_page(session: ScopedSession, case_id: uuid.UUID) -> dict[str, Any]:
    return {"own_choice": choice_to_make(load_record(session, case_id))}


def _before(view: FamilyView, choice: Choice, record: CaseRecord) -> Check:
    other = _(view.other_side)
    if choice is Choice.MEDIATE:
        return Check(
            _("You want mediation?"),
            [
                _("We tell %(other)s, which then has 30 days to arrange it with us.", other=other),
                _("You say which dates suit you, here or by telephone."),
                _(
                    "You can change your mind until a meeting is fixed. Call us if you want to talk"
                    " about it first."
                ),
            ],
            _("I want mediation"),
        )
    follows = [
        _(
            "%(other)s is told that you do not want mediation. No meeting is arranged.",
            other=other,
        )
    ]
    if record.certificate_needed:
        follows.append(
            _("We make your certificate within 3 working days. You need it if you want to appeal.")
        )
    follows.append(
        _(
            "You can change your mind until the certificate is made. Call us if you want to talk"
            " about it first."
        )
    )
    return Check(_("You do not want mediation?"), follows, _("I do not want mediation"))


@pages.page("/<token>/choice", permission=Permission.BY_PERSONAL_LINK, methods=("GET", "POST"))
def choice(session: ScopedSession) -> ResponseReturnValue:
    """It asks once more, says what follows, and records the choice as the family's own words."""
    link = the_link()
    try:
        view = family_view(session, link.tenancy.name)
    except NotTheirCaseError:
        abort(404)
    record = load_record(session, view.id)
    own = choice_to_make(record)
    if own is None:
        return redirect(url_for("family_case.case"))
    form = OwnChoiceForm()
    if request.method == "GET":
        form.choice.process_data(own.made.value if own.made else None)
    elif form.validate():
        chosen = Choice(form.choice.data)
        if chosen is own.made:
            return redirect(url_for("family_case.case"))
        if not is_checked():
            return check_page(_before(view, chosen, record))
        by = the_family_member(session)
        try:
            actions.add_fact(
                session,
                view.id,
                FactKind.CHOICE_MADE,
                today(),
                value=chosen.value,
                detail={"by": by.name, "how": "on the family's own page"},
                by=by,
                today=today(),
            )
        except RuleBroken as broken:
            form.refuse(broken)
        else:
            flash("Thank you. We have your answer.")
            return redirect(url_for("family_case.case"))
    page = render_template(
        "tenants/mediation/family_choice.html",
        form=form,
        view=view,
        certificate=record.certificate_needed,
    )
    return page, 422 if request.method == "POST" else 200

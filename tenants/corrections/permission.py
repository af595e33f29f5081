"""Who permitted a case and who decides in it: said anew when the right passes, or put right."""

from __future__ import annotations

import uuid

from flask.typing import ResponseReturnValue

from saas.database.scope import ScopedSession
from saas.identity.permissions import Permission
from saas.web.field_shapes import button, choice_field, date_field, line_field
from saas.web.today import today
from tenants.casework import actions
from tenants.casework.forms import CaseForm
from tenants.casework.kinds import DECIDES, FactKind
from tenants.casework.provider.pages import act_page, pages, the_actor, the_case
from tenants.casework.record import Fact, RuleBroken

NEW, WRONG = "new", "wrong"


class PermissionForm(CaseForm):
    """A new permission, or the right words in the place of wrong ones."""

    what = choice_field(
        "What you record",
        [
            (NEW, "A new permission: from now on somebody else decides"),
            (WRONG, "The permission that stands was written down wrongly"),
        ],
        start=NEW,
        needed="Choose what you record",
    )
    on = date_field(
        "When it was given", subject="The date of the permission", needed="Enter when it was given"
    )
    by = line_field("Who gave it", needed="Enter who gave it", longest=120)
    how = line_field(
        "How it was given", hint="For example, by telephone or by e-mail.", longest=120
    )
    capacity = choice_field("Who decides?", [("", "A parent"), *DECIDES.items()], start="")
    reason = line_field(
        "Why it is put right",
        hint="Only where it was written down wrongly. Everyone in the case can read it.",
        longest=300,
    )
    submit = button("Record it")


def _record(
    session: ScopedSession, case_id: uuid.UUID, form: PermissionForm, stands: Fact | None
) -> None:
    """Raises RuleBroken where the form asks for what cannot be."""
    detail = {"by": form.by.data or "", "how": form.how.data or ""}
    if form.capacity.data:
        detail["capacity"] = form.capacity.data
    if form.what.data == NEW:
        actions.add_fact(
            session,
            case_id,
            FactKind.PERMISSION_GIVEN,
            form.on.data,
            detail=detail,
            by=the_actor(),
            today=today(),
        )
        return
    if stands is None:
        raise RuleBroken("what", "None is recorded yet that could be wrong: record a new one")
    actions.correct_fact(
        session,
        case_id,
        stands.id,
        on=form.on.data,
        value=None,
        detail=detail,
        reason=form.reason.data or "",
        by=the_actor(),
        today=today(),
    )


@pages.page(
    "/<authority>/cases/<uuid:case_id>/permission",
    permission=Permission.RECORD_CASES,
    methods=("GET", "POST"),
)
def permission(session: ScopedSession, case_id: uuid.UUID) -> ResponseReturnValue:
    view = the_case(session, case_id)
    stands = view.record.last(FactKind.PERMISSION_GIVEN)
    form = PermissionForm()

    def start() -> None:
        if stands is None or view.asks_own_consent(today()):
            form.on.process_data(today())
        else:
            form.on.process_data(stands.on)
            form.by.data = stands.detail.get("by", "")
            form.how.data = stands.detail.get("how", "")
            form.capacity.data = stands.detail.get("capacity", "")
            form.what.data = WRONG

    return act_page(
        view,
        form,
        "tenants/corrections/permission.html",
        lambda: _record(session, case_id, form, stands),
        start=start,
        done="It is recorded. What was there before stays on the timeline.",
    )

"""The pages that record one fact of a case: the family's choice, consent, an appeal, the end.

Each is a declaration; what they share (open the case, fill the form, record, go back) is said once.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask.typing import ResponseReturnValue

from saas.database.scope import ScopedSession
from saas.identity.permissions import Permission
from saas.web.checking import Check
from saas.web.dates import long_date
from saas.web.today import today
from tenants.casework import actions
from tenants.casework.arrangement import meeting_ahead
from tenants.casework.case_view import CaseView
from tenants.casework.forms import (
    AppealForm,
    AppealOutcomeForm,
    CaseForm,
    ChoiceForm,
    ClosingForm,
    ConsentForm,
    EarlyEndForm,
)
from tenants.casework.kinds import EARLY_END_WORDS, EarlyEnd, FactKind
from tenants.casework.provider.pages import act_page, pages, the_actor, the_case


@dataclass(frozen=True)
class Said:
    """What a form says: the fact that it records."""

    kind: FactKind
    on: dt.date
    value: str | None = None
    detail: Mapping[str, Any] | None = None


@dataclass(frozen=True, kw_only=True)
class FactPage:
    """A page that records one fact.

    Args:
        name: of the view.
        path: below the case's address.
        said: the fact that the filled-in form says.
        day: the field of its date, where the page opens with today in it.
        done: what is said on the case page afterwards.
        check: what is asked once more before it is recorded.
    """

    name: str
    template: str
    path: str
    form: type[CaseForm]
    said: Callable[[Any], Said]
    done: str
    day: str = ""
    check: Callable[[CaseView, Any], Check | None] = lambda view, form: None


def _before_consent(view: CaseView, form: ConsentForm) -> Check | None:
    if form.answer.data == "yes":
        return None
    follows = ["No meeting takes place, and both sides are told that it ends here."]
    fixed = meeting_ahead(view.record)
    if fixed is not None:
        follows.insert(
            0,
            f"The meeting of {long_date(fixed.meeting_on)} does not take place: you call it off"
            " next, so that everybody is told.",
        )
    follows.append("The answer can be changed later: record another one.")
    return Check("Does this side really not take part?", follows, "Yes, record the answer")


def _before_end(view: CaseView, form: EarlyEndForm) -> Check:
    follows = []
    fixed = meeting_ahead(view.record)
    if fixed is not None:
        follows.append(
            f"The meeting of {long_date(fixed.meeting_on)} does not take place. You record its"
            " cancellation next: everybody is told, and a late cancellation is charged as the"
            " contract has it."
        )
    else:
        follows.append("No meeting is arranged any more. No mediation is charged for.")
    follows.append("The 30 days for mediation run no more, and nobody is reminded of them.")
    if form.certificate.data == "yes":
        follows.append("The certificate is due within 3 working days from the date you entered.")
    elif view.record.certificate_needed and view.record.certificate is None:
        follows.append("No certificate is issued, so the family cannot appeal this decision.")
    follows.append("Nobody has to do anything more but you: close the case when all is done.")
    return Check(
        f"{EARLY_END_WORDS[EarlyEnd(form.how.data)]}: does the case end here?",
        follows,
        "Yes, it ends here",
    )


def _end(form: EarlyEndForm) -> Said:
    return Said(
        FactKind.ENDED_EARLY,
        form.ended_on.data,
        form.how.data,
        {
            "by": form.told_by.data,
            "to": form.to.data or "",
            "what": form.what.data or "",
            "certificate": form.certificate.data == "yes",
        },
    )


FACT_PAGES = (
    # A later choice: the family may change its mind, and the old choice is kept.
    FactPage(
        name="choice",
        template="tenants/casework/choice.html",
        path="choice",
        form=ChoiceForm,
        said=lambda form: Said(FactKind.CHOICE_MADE, form.choice_on.data, form.choice.data),
        day="choice_on",
        done="The family's choice is recorded.",
    ),
    # One side's answer whether it takes part. DR and facilitation are voluntary for both.
    FactPage(
        name="consent",
        template="tenants/casework/consent.html",
        path="consent",
        form=ConsentForm,
        said=lambda form: Said(
            FactKind.CONSENT_GIVEN if form.answer.data == "yes" else FactKind.CONSENT_REFUSED,
            form.answered_on.data,
            form.side.data,
            {"by": form.by.data, "how": form.how.data},
        ),
        day="answered_on",
        check=_before_consent,
        done="The answer is recorded.",
    ),
    FactPage(
        name="appeal",
        template="tenants/casework/appeal.html",
        path="appeal",
        form=AppealForm,
        said=lambda form: Said(
            FactKind.APPEAL_REGISTERED,
            form.registered_on.data,
            detail={"told_by": form.told_by.data},
        ),
        done="The appeal is recorded.",
    ),
    FactPage(
        name="appeal_outcome",
        template="tenants/casework/appeal_outcome.html",
        path="appeal/outcome",
        form=AppealOutcomeForm,
        said=lambda form: Said(
            FactKind.APPEAL_OUTCOME,
            form.decided_on.data,
            form.outcome.data,
            {"told_by": form.told_by.data},
        ),
        done="The outcome of the appeal is recorded.",
    ),
    # Before a meeting: the authority concedes, the family withdraws, a new decision, a move.
    FactPage(
        name="early_end",
        template="tenants/casework/early_end.html",
        path="end",
        form=EarlyEndForm,
        said=_end,
        day="ended_on",
        check=_before_end,
        done="It is recorded how the case ended.",
    ),
    FactPage(
        name="closure",
        template="tenants/casework/closure.html",
        path="closure",
        form=ClosingForm,
        said=lambda form: Said(FactKind.CLOSED, form.closed_on.data, detail={"why": form.why.data}),
        day="closed_on",
        done="The case is closed.",
    ),
)


def _view_of(page: FactPage) -> Callable[..., ResponseReturnValue]:
    def view(session: ScopedSession, case_id: uuid.UUID) -> ResponseReturnValue:
        case = the_case(session, case_id)
        form = page.form()

        def record() -> None:
            said = page.said(form)
            actions.add_fact(
                session,
                case_id,
                said.kind,
                said.on,
                value=said.value,
                detail=dict(said.detail or {}),
                by=the_actor(),
                today=today(),
            )

        def start() -> None:
            if page.day:
                form[page.day].process_data(today())

        return act_page(
            case,
            form,
            page.template,
            record,
            start=start,
            done=page.done,
            check=lambda: page.check(case, form),
        )

    view.__name__ = page.name
    return view


for each in FACT_PAGES:
    pages.page(
        f"/<authority>/cases/<uuid:case_id>/{each.path}",
        permission=Permission.RECORD_CASES,
        methods=("GET", "POST"),
    )(_view_of(each))

"""The provider writes an agreement, sends it to be signed, calls it back, records the copies."""

from __future__ import annotations

import uuid
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from saas.database.scope import ScopedSession
from saas.documents.content import ContentRefused
from saas.documents.pdf import UnprintableText
from saas.identity.permissions import Permission
from saas.web.access import the_person, the_tenancy
from saas.web.field_shapes import choices
from saas.web.today import today
from tenants.agreements import drafting
from tenants.agreements.download import agreement_download
from tenants.agreements.forms import (
    CallingBackForm,
    CopiesForm,
    PaperForm,
    SendingForm,
    StepForm,
    WordingForm,
)
from tenants.agreements.models import Agreement, AgreementDraftStep
from tenants.agreements.objections import objections_on
from tenants.agreements.reading import latest_agreement
from tenants.agreements.signing import record_paper_signature
from tenants.agreements.signing_links import wanting_a_link
from tenants.agreements.text import OWN_DATE, DraftStep, by_when
from tenants.casework import actions
from tenants.casework.kinds import WORDS, FactKind, Outcome, Service, Side
from tenants.casework.provider.pages import (
    act_page,
    pages,
    the_actor,
    the_case,
    the_provider,
)
from tenants.casework.record import RuleBroken
from tenants.casework.row_columns import bound_by_law

CASE = "/<authority>/cases/<uuid:case_id>/agreement"


def _to_agreement(case_id: uuid.UUID) -> ResponseReturnValue:
    return redirect(
        url_for("provider_cases.agreement", authority=the_tenancy().slug, case_id=case_id)
    )


@pages.page(CASE, permission=Permission.SEE_APPOINTED_CASES, methods=("GET", "POST"))
def agreement(session: ScopedSession, case_id: uuid.UUID) -> ResponseReturnValue:
    """The draft and the text that is out: the whole of an agreement on one page."""
    view = the_case(session, case_id)
    may_write = the_person().may(Permission.WRITE_AGREEMENTS)
    draft = drafting.draft_of(session, case_id)
    form = WordingForm()
    if request.method == "POST":
        if not may_write:
            abort(403)
        if form.validate():
            try:
                drafting.write_wording(
                    session, case_id, wording=form.wording.data or "", by=the_actor()
                )
            except RuleBroken as broken:
                form.refuse(broken)
            else:
                flash("The words are kept.")
                return _to_agreement(case_id)
    else:
        form.wording.process_data(draft.wording)
    statutory = view.record.service is Service.MEDIATION
    concluded = view.record.last(FactKind.CONCLUDED)
    latest = latest_agreement(session, case_id)
    page = render_template(
        "tenants/agreements/provider.html",
        view=view,
        form=form,
        draft=draft,
        draft_times={
            step.id: by_when(_as_step(step), statutory=statutory, on=today())
            for step in draft.steps
        },
        latest=latest,
        objections=objections_on(session, latest.id) if latest else [],
        wanting_links=bool(latest and wanting_a_link(latest)),
        made=view.record.has(FactKind.AGREEMENT_MADE),
        copies=list(view.record.of(FactKind.COPIES_SENT)),
        may_send=concluded is not None and concluded.value != Outcome.NONE,
        may_write=may_write,
        authority=the_tenancy(),
        today=today(),
        words=WORDS,
    )
    return page, 422 if request.method == "POST" else 200


def _as_step(row: AgreementDraftStep) -> DraftStep:
    return DraftStep(row.kind, row.wording, Side(row.responsible), row.who, row.agreed_due_on)


def _step_page(
    session: ScopedSession, case_id: uuid.UUID, row: AgreementDraftStep | None
) -> ResponseReturnValue:
    view = the_case(session, case_id)
    statutory = view.record.service is Service.MEDIATION
    form = StepForm()
    if not statutory:
        # Regs 42 and 44 are about mediation: elsewhere a step has the date that was agreed.
        form.kind.data = "other"
        form.agreement_says_so.data = True

    def start() -> None:
        if row is not None:
            for name in ("wording", "responsible", "who", "kind", "agreement_says_so"):
                form[name].process_data(getattr(row, name))
            form.due_on.process_data(row.agreed_due_on)

    def act() -> None:
        bound = statutory and bound_by_law(Side(form.responsible.data))
        if not bound and form.due_on.data is None:
            raise RuleBroken("due_on", OWN_DATE if statutory else "Enter the date that was agreed")
        if not bound:
            # It is the parties' own date, in place of none.
            form.agreement_says_so.data = True
        drafting.write_step(
            session,
            case_id,
            DraftStep(
                kind=form.kind.data or "",
                wording=form.wording.data or "",
                responsible=Side(form.responsible.data),
                who=form.who.data or "",
                agreed_due_on=form.due_on.data,
            ),
            agreement_says_so=form.agreement_says_so.data,
            by=the_actor(),
            step_id=row.id if row else None,
        )

    return act_page(
        view,
        form,
        "tenants/agreements/step.html",
        act,
        done="The step is kept.",
        start=start,
        go_on=lambda: _to_agreement(case_id),
        statutory=statutory,
    )


@pages.page(f"{CASE}/steps/new", permission=Permission.WRITE_AGREEMENTS, methods=("GET", "POST"))
def agreement_step_new(session: ScopedSession, case_id: uuid.UUID) -> ResponseReturnValue:
    return _step_page(session, case_id, None)


def _draft_step(
    session: ScopedSession, case_id: uuid.UUID, step_id: uuid.UUID
) -> AgreementDraftStep:
    row = session.get(AgreementDraftStep, (session.tenant, step_id))
    if row is None or row.case_id != case_id:
        abort(404)
    return row


@pages.page(
    f"{CASE}/steps/<uuid:step_id>",
    permission=Permission.WRITE_AGREEMENTS,
    methods=("GET", "POST"),
)
def agreement_step(
    session: ScopedSession, case_id: uuid.UUID, step_id: uuid.UUID
) -> ResponseReturnValue:
    return _step_page(session, case_id, _draft_step(session, case_id, step_id))


@pages.page(
    f"{CASE}/steps/<uuid:step_id>/removal",
    permission=Permission.WRITE_AGREEMENTS,
    methods=("POST",),
)
def agreement_step_removed(
    session: ScopedSession, case_id: uuid.UUID, step_id: uuid.UUID
) -> ResponseReturnValue:
    the_case(session, case_id)
    _draft_step(session, case_id, step_id)
    try:
        drafting.remove_step(session, case_id, step_id, by=the_actor())
    except RuleBroken as broken:
        flash(str(broken), "problem")
    else:
        flash("The step is taken out of the draft.")
    return _to_agreement(case_id)


@pages.page(f"{CASE}/sending", permission=Permission.WRITE_AGREEMENTS, methods=("GET", "POST"))
def agreement_sent(session: ScopedSession, case_id: uuid.UUID) -> ResponseReturnValue:
    """Check what will be signed, and by whom; then it is frozen and sent."""
    view = the_case(session, case_id)
    form = SendingForm()
    signers = drafting.possible_signers(session, case_id, the_tenancy().name)
    form.signers.choices = choices(
        (s.key, f"{s.name} ({s.role})" if s.role else s.name) for s in signers
    )
    form.dated.choices = choices(
        [
            ("last_signature", "The day of the last signature"),
            ("meeting", "The day of the meeting, as everyone said there"),
        ]
    )
    usual = [s.key for s in signers if s.side in view.record.answering]
    draft = drafting.draft_of(session, case_id)
    statutory = view.record.service is Service.MEDIATION

    def act() -> None:
        try:
            drafting.send_to_sign(
                session,
                case_id,
                signers=form.signers.data or [],
                others=form.others(),
                dated_by_meeting=form.dated.data == "meeting",
                provider=the_provider(),
                by=the_actor(),
                today=today(),
            )
        except ContentRefused as refused:
            raise RuleBroken("form", "It cannot be printed: " + "; ".join(refused.faults)) from None
        except UnprintableText:
            raise RuleBroken(
                "form", "A word holds letters that cannot be printed: write it in other letters"
            ) from None

    return act_page(
        view,
        form,
        "tenants/agreements/sending.html",
        act,
        done="The agreement is out for signature. Both sides find it on their own pages.",
        start=lambda: form.signers.process_data(usual),
        go_on=lambda: _to_agreement(case_id),
        draft=draft,
        draft_times={
            step.id: by_when(_as_step(step), statutory=statutory, on=today())
            for step in draft.steps
        },
    )


@pages.page(f"{CASE}/calling-back", permission=Permission.WRITE_AGREEMENTS, methods=("GET", "POST"))
def agreement_called_back(session: ScopedSession, case_id: uuid.UUID) -> ResponseReturnValue:
    form = CallingBackForm()
    return act_page(
        the_case(session, case_id),
        form,
        "tenants/agreements/calling_back.html",
        lambda: drafting.call_back(
            session, case_id, reason=form.reason.data or "", by=the_actor(), today=today()
        ),
        done="The text is called back: nobody can sign it any more.",
        go_on=lambda: _to_agreement(case_id),
    )


@pages.page(
    f"{CASE}/paper-signature", permission=Permission.WRITE_AGREEMENTS, methods=("GET", "POST")
)
def agreement_signed_on_paper(session: ScopedSession, case_id: uuid.UUID) -> ResponseReturnValue:
    """For those who cannot sign on a page."""
    view = the_case(session, case_id)
    latest = latest_agreement(session, case_id)
    if latest is None or not latest.out:
        return _to_agreement(case_id)
    missing = {signer.key: signer for signer in latest.unsigned()}
    form = PaperForm()
    form.signer.choices = choices((key, signer.name) for key, signer in missing.items())
    return act_page(
        view,
        form,
        "tenants/agreements/paper.html",
        lambda: record_paper_signature(
            session,
            latest.agreement,
            missing[form.signer.data],
            typed_name=form.typed_name.data or "",
            on=form.signed_on.data,
            by=the_actor(),
            today=today(),
        ),
        done="The signature is recorded. Keep the signed paper.",
        start=lambda: form.signed_on.process_data(today()),
        go_on=lambda: _to_agreement(case_id),
    )


@pages.page(f"{CASE}/copies", permission=Permission.WRITE_AGREEMENTS, methods=("GET", "POST"))
def agreement_copies(session: ScopedSession, case_id: uuid.UUID) -> ResponseReturnValue:
    form = CopiesForm()

    def detail() -> dict[str, Any]:
        return {"to": form.to.data, "way": form.way.data}

    return act_page(
        the_case(session, case_id),
        form,
        "tenants/agreements/copies.html",
        lambda: actions.add_fact(
            session,
            case_id,
            FactKind.COPIES_SENT,
            form.on.data,
            detail=detail(),
            by=the_actor(),
            today=today(),
        ),
        done="The copies are recorded.",
        start=lambda: form.on.process_data(today()),
        go_on=lambda: _to_agreement(case_id),
    )


@pages.page(
    "/<authority>/agreements/<uuid:agreement_id>.pdf", permission=Permission.SEE_APPOINTED_CASES
)
def agreement_file(session: ScopedSession, agreement_id: uuid.UUID) -> ResponseReturnValue:
    found = session.get(Agreement, (session.tenant, agreement_id))
    if found is None:
        abort(404)
    the_case(session, found.case_id)
    return agreement_download(session, found)

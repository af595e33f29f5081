"""Writing an agreement, sending it to be signed, and calling it back."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa

from saas.audit.actions import record as audit
from saas.database.base import new_id
from saas.database.scope import ScopedSession
from saas.documents.agreement import render
from saas.documents.content import Provider
from tenants.agreements.models import Agreement, AgreementDraft, AgreementDraftStep
from tenants.agreements.text import DraftStep, Signer, as_paper, build_text, hash_of
from tenants.casework.actions import add_fact, take_back
from tenants.casework.kinds import FactKind, Side
from tenants.casework.models import CaseParty, Child, SenCase
from tenants.casework.queries import load_record
from tenants.casework.record import CaseRecord, Fact, RuleBroken
from tenants.casework.row_columns import Actor
from tenants.law.decisions import STEP_KINDS, decision_type
from tenants.subscribers.models import Subscriber


@dataclass(frozen=True)
class Draft:
    """What is written so far."""

    wording: str
    steps: list[AgreementDraftStep]
    updated_at: dt.datetime | None
    updated_by: str


def _of_case(
    table: type[AgreementDraft] | type[AgreementDraftStep] | type[Agreement] | type[CaseParty],
    session: ScopedSession,
    case_id: uuid.UUID,
) -> sa.ColumnElement[bool]:
    return sa.and_(table.tenant_id == session.tenant, table.case_id == case_id)


def draft_of(session: ScopedSession, case_id: uuid.UUID) -> Draft:
    """The draft of a case; an empty one while nothing is written. A step is of a draft."""
    rows = session.execute(
        sa.select(AgreementDraft, AgreementDraftStep)
        .outerjoin(
            AgreementDraftStep,
            sa.and_(
                AgreementDraftStep.tenant_id == AgreementDraft.tenant_id,
                AgreementDraftStep.case_id == AgreementDraft.case_id,
            ),
        )
        .where(_of_case(AgreementDraft, session, case_id))
        .order_by(AgreementDraftStep.id)
    )
    found = list(rows)
    kept = found[0][0] if found else None
    return Draft(
        wording=kept.wording if kept else "",
        steps=[step for _, step in found if step is not None],
        updated_at=kept.updated_at if kept else None,
        updated_by=kept.updated_by_name if kept else "",
    )


def _open_draft(session: ScopedSession, case_id: uuid.UUID, by: Actor) -> AgreementDraft:
    """The draft to be written in.

    Raises:
        RuleBroken: everyone has signed already.
    """
    if load_record(session, case_id, lock=True).has(FactKind.AGREEMENT_MADE):
        raise RuleBroken("wording", "The agreement is signed by everyone: it cannot be changed")
    kept = session.scalar(
        sa.select(AgreementDraft).where(_of_case(AgreementDraft, session, case_id))
    )
    if kept is None:
        kept = AgreementDraft(tenant_id=session.tenant, id=new_id(), case_id=case_id, wording="")
        session.add(kept)
    kept.updated_at, kept.updated_by_name = by.at, by.name
    return kept


def write_wording(session: ScopedSession, case_id: uuid.UUID, *, wording: str, by: Actor) -> None:
    """Write what was agreed beside the steps, in the participants' words.

    Raises:
        RuleBroken: everyone has signed already.
    """
    _open_draft(session, case_id, by).wording = wording.strip()
    session.flush()


def write_step(
    session: ScopedSession,
    case_id: uuid.UUID,
    step: DraftStep,
    *,
    agreement_says_so: bool,
    by: Actor,
    step_id: uuid.UUID | None = None,
) -> None:
    """Write a step, or write one of the draft anew.

    Args:
        agreement_says_so: that the agreement itself says the date that is not the Regulations'.

    Raises:
        RuleBroken: everyone has signed already, the kind is not one, or another date than the
            Regulations' lacks the mark that the agreement says so (reg 42(5)).
    """
    if step.kind not in STEP_KINDS:
        raise RuleBroken("kind", "Choose what kind of step it is")
    if step.agreed_due_on is not None and not agreement_says_so:
        raise RuleBroken(
            "agreement_says_so",
            "Another date counts only if the agreement itself says so: tick this, or leave the"
            " date empty",
        )
    _open_draft(session, case_id, by)
    row = AgreementDraftStep(tenant_id=session.tenant, id=new_id(), case_id=case_id)
    if step_id is not None:
        row = _draft_step(session, case_id, step_id)
    row.kind, row.wording, row.who = step.kind, step.wording, step.who
    row.responsible = step.responsible.value
    row.agreed_due_on = step.agreed_due_on
    row.agreement_says_so = step.agreed_due_on is not None
    session.add(row)
    session.flush()


def _draft_step(
    session: ScopedSession, case_id: uuid.UUID, step_id: uuid.UUID
) -> AgreementDraftStep:
    row = session.get(AgreementDraftStep, (session.tenant, step_id))
    if row is None or row.case_id != case_id:
        raise RuleBroken("step", "This step is not one of the draft")
    return row


def remove_step(
    session: ScopedSession, case_id: uuid.UUID, step_id: uuid.UUID, *, by: Actor
) -> None:
    """Take a step out of the draft.

    Raises:
        RuleBroken: it is not one of the draft, or everyone has signed already.
    """
    _open_draft(session, case_id, by)
    session.delete(_draft_step(session, case_id, step_id))
    session.flush()


def possible_signers(
    session: ScopedSession, case_id: uuid.UUID, authority_name: str
) -> list[Signer]:
    """Who can be asked to sign: each of the family, the authority, and health."""
    family = session.execute(
        sa.select(CaseParty.id, CaseParty.name, CaseParty.relation)
        .where(_of_case(CaseParty, session, case_id), CaseParty.side == Side.FAMILY.value)
        .order_by(CaseParty.id)
    )
    return [
        *(Signer(f"family {row.id}", Side.FAMILY, row.name, row.relation) for row in family),
        Signer("authority", Side.AUTHORITY, authority_name, "With authority to decide"),
        Signer("health", Side.HEALTH, "Integrated care board", "For health"),
    ]


def send_to_sign(
    session: ScopedSession,
    case_id: uuid.UUID,
    *,
    signers: Iterable[str],
    others: Iterable[Signer] = (),
    dated_by_meeting: bool,
    provider: Provider,
    by: Actor,
    today: dt.date,
) -> Agreement:
    """Freeze the draft as a version of its own and send it to be signed.

    A version that is out already is called back: its signatures are void.

    Args:
        signers: keys of `possible_signers`; the authority always has to sign, or the ICB
            where health is the only issue.
        others: who has to sign besides and is in no list, each with a key of its own.
        dated_by_meeting: the agreement is made on the day of the meeting, as the participants
            recorded it there; otherwise on the day of the last signature.

    Raises:
        RuleBroken: no meeting ended in agreement, nothing is written, somebody has to sign who is
            not there, or everyone has signed already.
        ContentRefused: the paper would lack something.
        UnprintableText: a word in it holds what no typeface here can show.
    """
    record = load_record(session, case_id, lock=True)
    held = record.last(FactKind.MEETING_HELD)
    if held is None:
        raise RuleBroken("kind", "Record the meeting first, and how it concluded")
    case, child, authority = session.execute(
        sa.select(SenCase, Child, Subscriber.name)
        .join(Child, sa.and_(Child.tenant_id == SenCase.tenant_id, Child.id == SenCase.child_id))
        .join(Subscriber, Subscriber.id == SenCase.tenant_id)
        .where(SenCase.tenant_id == session.tenant, SenCase.id == case_id)
    ).one()
    wanted = {*signers, record.answering[1].value}
    known = possible_signers(session, case_id, authority)
    chosen = [*(one for one in known if one.key in wanted), *others]
    draft = draft_of(session, case_id)
    version = (
        1
        + session.scalars(
            sa.select(sa.func.coalesce(sa.func.max(Agreement.version), 0)).where(
                _of_case(Agreement, session, case_id)
            )
        ).one()
    )
    content = build_text(
        reference=case.reference,
        version=version,
        service=record.service,
        child_name=f"{child.given_name} {child.family_name}",
        authority_name=authority,
        decision=(
            decision_type(record.decision_type, record.decided_on).name
            if record.decision_type
            else ""
        ),
        held_on=held.on,
        parties=record.answering,
        agreed_on=held.on if dated_by_meeting else None,
        wording=draft.wording,
        steps=[
            DraftStep(s.kind, s.wording, Side(s.responsible), s.who, s.agreed_due_on)
            for s in draft.steps
        ],
        signers=chosen,
        sent_on=today,
        provider=provider,
    )
    text_hash = hash_of(content)
    # Set once now: what cannot be printed is refused before anyone is asked to sign it.
    render(as_paper(content, text_hash=text_hash, signatures=(), agreed_on=None, called_back=False))
    if record.has(FactKind.AGREEMENT_DRAFTED) and not record.has(FactKind.AGREEMENT_MADE):
        call_back(session, case_id, reason=f"Replaced by version {version}", by=by, today=today)
    agreement = Agreement(
        tenant_id=session.tenant,
        id=new_id(),
        case_id=case_id,
        version=version,
        content=content,
        text_hash=text_hash,
        sent_at=by.at,
        sent_by=by.id,
        sent_by_name=by.name,
    )
    session.add(agreement)
    add_fact(
        session,
        case_id,
        FactKind.AGREEMENT_DRAFTED,
        today,
        detail={
            "agreement_id": str(agreement.id),
            "version": version,
            "signers": [{"signer": s.key, "side": s.side.value} for s in chosen],
        },
        by=by,
        today=today,
    )
    audit(
        session,
        "agreement sent to be signed",
        subject_kind="agreement",
        subject_id=agreement.id,
        at=by.at,
        version=version,
    )
    session.flush()
    return agreement


def call_back(
    session: ScopedSession, case_id: uuid.UUID, *, reason: str, by: Actor, today: dt.date
) -> None:
    """Call back the text that is out for signature: it and its signatures no longer count.

    Raises:
        RuleBroken: none is out, everyone has signed it, or no reason is given.
    """
    record = load_record(session, case_id, lock=True)
    sent = record.last(FactKind.AGREEMENT_DRAFTED)
    if sent is None:
        raise RuleBroken("kind", "No agreement is out for signature")
    if record.has(FactKind.AGREEMENT_MADE):
        raise RuleBroken("kind", "Everyone has signed: the agreement cannot be called back")
    # The signatures first: each stands on the text that was sent.
    for fact in [*_signatures_on(record, sent.detail.get("agreement_id")), sent]:
        take_back(session, case_id, fact.id, reason=reason, by=by, today=today)


def _signatures_on(record: CaseRecord, agreement_id: object) -> list[Fact]:
    signed = record.of(FactKind.AGREEMENT_SIGNED)
    return [fact for fact in signed if fact.detail.get("agreement_id") == agreement_id]

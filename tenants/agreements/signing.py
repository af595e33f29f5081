"""Signing: each side in its own name, by its own login role; what follows is the provider's.

A side writes one row, its signature, and can write no other side's: the policies of the table say
so. That everyone has signed, and what follows from it (the fact, the steps with their days), is
worked out in the provider's scope, at once after the signature is committed; where that was cut
short, the sweep does it. It is safe to repeat.
"""

from __future__ import annotations

import datetime as dt
import logging
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from saas.audit.actions import record as audit
from saas.database.base import new_id
from saas.database.scope import LoginRole, Scope, ScopedSession, scoped
from saas.database.together import TENANT, named
from saas.reference.today import LONDON
from saas.reference.written import for_matching
from tenants.agreements.agreed_steps import record_agreement
from tenants.agreements.models import Agreement, AgreementSignature, Way
from tenants.agreements.text import Signer, signers_of, steps_of
from tenants.casework.actions import add_fact
from tenants.casework.kinds import FactKind, Service, Side
from tenants.casework.models import CaseFact
from tenants.casework.queries import hold_case, load_record
from tenants.casework.record import CaseRecord, RuleBroken, signed_by
from tenants.casework.row_columns import Actor

log = logging.getLogger(__name__)

# A signature on a text that was called back in the same moment is never taken in.
SWEPT_FOR = dt.timedelta(days=7)

# Where the link of a signature is kept, for the roles that come by one.
LINK_COLUMNS = {LoginRole.FAMILY: "link_id", LoginRole.SIGNER: "signing_link_id"}


@dataclass(frozen=True)
class OutForSignature:
    """The text that is out: what it says, who has to sign it, and who has."""

    agreement: Agreement
    signers: list[Signer]
    signed: dict[str, AgreementSignature]

    def missing(self) -> list[Signer]:
        return [signer for signer in self.signers if signer.key not in self.signed]


SHOWN = (
    AgreementSignature.signer,
    AgreementSignature.side,
    AgreementSignature.typed_name,
    AgreementSignature.way,
    AgreementSignature.signed_on,
    AgreementSignature.signed_at,
)


SIGNATURES = (
    sa.select(*SHOWN)
    .where(
        AgreementSignature.tenant_id == TENANT,
        AgreementSignature.agreement_id == named("text"),
    )
    .order_by(AgreementSignature.signed_at, AgreementSignature.id)
)
FACTS_OF_TEXTS = sa.select(
    CaseFact.id,
    CaseFact.kind,
    CaseFact.on_date,
    CaseFact.detail,
    CaseFact.replaces_id,
    CaseFact.retracted,
).where(
    CaseFact.tenant_id == TENANT,
    CaseFact.case_id == named("case"),
    CaseFact.kind.in_([FactKind.AGREEMENT_DRAFTED, FactKind.AGREEMENT_MADE]),
)


def signatures_on(session: ScopedSession, agreement_id: uuid.UUID) -> list[sa.Row[tuple[str, ...]]]:
    """The signatures on a text, as every audience may read them, in their order."""
    return list(session.execute(SIGNATURES, {"tenant": session.tenant, "text": agreement_id}))


def sign(
    session: ScopedSession,
    agreement: Agreement,
    signer: Signer,
    *,
    typed_name: str,
    by: Actor,
    link_id: uuid.UUID | None = None,
) -> None:
    """Sign for one's own side: an authority by sign-in, a family by its personal link, whoever
    else has to by a signing link.

    The caller commits; the agreement is then completed if this was the last signature.

    Raises:
        RuleBroken: no name is typed, or another than that of whoever signs; this one has signed,
            or the text was called back meanwhile.
    """
    if not typed_name.strip():
        raise RuleBroken("typed_name", "Type your full name to sign")
    # Of two that sign for the same at one moment, the second sees the first one's signature.
    hold_case(session, agreement.case_id)
    if not is_out(session, agreement):
        raise RuleBroken("typed_name", "This text was changed: it is not for signing any more")
    if any(row.signer == signer.key for row in signatures_on(session, agreement.id)):
        raise RuleBroken("typed_name", "This is signed already")
    # Who signs by a link for health, a school or another side is known by their side alone.
    known = session.scope.role in (LoginRole.AUTHORITY, LoginRole.FAMILY)
    if known and not _is_name_of(typed_name, by.name):
        raise RuleBroken("typed_name", f"Type your name as we know it: {by.name}")
    by_link = LINK_COLUMNS.get(session.scope.role)
    session.execute(
        sa.insert(AgreementSignature).values(
            tenant_id=session.tenant,
            id=new_id(),
            agreement_id=agreement.id,
            case_id=agreement.case_id,
            text_hash=agreement.text_hash,
            signer=signer.key,
            side=signer.side.value,
            typed_name=typed_name.strip(),
            way=(Way.PERSONAL_LINK if by_link else Way.SIGN_IN).value,
            signed_on=by.at.astimezone(LONDON).date(),
            signed_at=by.at,
            **({by_link: link_id} if by_link else {"person_id": by.id}),
        )
    )
    audit(
        session,
        "agreement signed",
        subject_kind="agreement",
        subject_id=agreement.id,
        at=by.at,
        side=signer.side.value,
    )
    _complete_once_committed(session, agreement.case_id, by.at)


def _is_name_of(typed: str, name: str) -> bool:
    """Whether a typed name is somebody's: every part of it, in any order; more may be there."""
    return set(for_matching(name).split()) <= set(for_matching(typed).split())


def record_paper_signature(
    session: ScopedSession,
    agreement: Agreement,
    signer: Signer,
    *,
    typed_name: str,
    on: dt.date,
    by: Actor,
    today: dt.date,
) -> None:
    """Record that somebody signed this text on paper, for those who cannot sign on a page.

    Raises:
        RuleBroken: the day cannot be so, this one has signed, or the text was called back.
    """
    if on > today:
        raise RuleBroken("signed_on", "The day must be today or in the past")
    if on < dt.date.fromisoformat(agreement.content["sent_on"]):
        raise RuleBroken("signed_on", "The text was sent to be signed after that day")
    hold_case(session, agreement.case_id)
    if not is_out(session, agreement):
        raise RuleBroken("signer", "This text is not out for signature any more")
    if any(row.signer == signer.key for row in signatures_on(session, agreement.id)):
        raise RuleBroken("signer", "This one has signed already")
    session.add(
        AgreementSignature(
            tenant_id=session.tenant,
            id=new_id(),
            agreement_id=agreement.id,
            case_id=agreement.case_id,
            text_hash=agreement.text_hash,
            signer=signer.key,
            side=signer.side.value,
            typed_name=typed_name.strip(),
            way=Way.PAPER.value,
            signed_on=on,
            signed_at=by.at,
            recorded_by_name=by.name,
        )
    )
    session.flush()
    complete(session, agreement.case_id, today=today, at=by.at)


def is_out(session: ScopedSession, agreement: Agreement) -> bool:
    """Whether this text is the one that is out for signature, by the facts that all may read."""
    return is_the_one_out(facts_of_texts(session, agreement.case_id), agreement)


def facts_of_texts(session: ScopedSession, case_id: uuid.UUID) -> Sequence[Any]:
    """The facts that texts were sent for signature, and that everyone signed one."""
    asked = {"tenant": session.tenant, "case": case_id}
    return session.execute(FACTS_OF_TEXTS, asked).all()


def is_the_one_out(rows: Sequence[Any], agreement: Agreement) -> bool:
    """Whether by these facts this text is the one that is out for signature."""
    replaced = {row.replaces_id for row in rows}
    standing = [row for row in rows if row.id not in replaced and not row.retracted]
    return len(standing) == 1 and standing[0].detail.get("agreement_id") == str(agreement.id)


def out_for_signature(session: ScopedSession, record: CaseRecord) -> uuid.UUID | None:
    """The text that is out, or that everyone signed; None while there is none."""
    sent = record.last(FactKind.AGREEMENT_DRAFTED)
    return uuid.UUID(sent.detail["agreement_id"]) if sent else None


def _complete_once_committed(session: ScopedSession, case_id: uuid.UUID, at: dt.datetime) -> None:
    tenant = session.tenant

    def follow() -> None:
        try:
            with scoped(Scope.provider(tenant, None)) as provider:
                complete(provider, case_id, today=at.astimezone(LONDON).date(), at=at)
        except Exception:
            # The signature is kept; the sweep completes what follows from it.
            log.exception("the signatures in case %s wait for the sweep", case_id)

    session.once_committed(follow)


def complete(
    session: ScopedSession, case_id: uuid.UUID, *, today: dt.date, at: dt.datetime
) -> bool:
    """Record the signatures that are there as facts, and the agreement once everyone signed.

    In the provider's scope; safe to repeat. Returns whether the agreement is made.

    Raises:
        RuleBroken: the case does not allow it (it was closed meanwhile).
    """
    record = load_record(session, case_id, lock=True)
    sent = record.last(FactKind.AGREEMENT_DRAFTED)
    if sent is None or record.has(FactKind.AGREEMENT_MADE):
        return record.has(FactKind.AGREEMENT_MADE)
    agreement = session.get(Agreement, (session.tenant, uuid.UUID(sent.detail["agreement_id"])))
    if agreement is None:
        raise LookupError(f"the text that is out in case {case_id} is gone")
    there = session.scalars(
        sa.select(AgreementSignature)
        .where(
            AgreementSignature.tenant_id == session.tenant,
            AgreementSignature.agreement_id == agreement.id,
        )
        .order_by(AgreementSignature.signed_at, AgreementSignature.id)
    ).all()
    known = signed_by(record)
    wanted = {signer.key for signer in signers_of(agreement.content)}
    there = [one for one in there if one.signer in wanted]
    for one in there:
        if one.signer in known:
            continue
        add_fact(
            session,
            case_id,
            FactKind.AGREEMENT_SIGNED,
            one.signed_on,
            value=one.side,
            detail={"agreement_id": str(agreement.id), "signer": one.signer, "way": one.way},
            by=Actor(one.person_id, one.recorded_by_name or one.typed_name, at),
            today=today,
        )
    if {one.signer for one in there} != wanted:
        return False
    last = max(there, key=lambda one: (one.signed_on, one.signed_at))
    agreed = agreement.content["agreed_on"]
    statutory = Service(agreement.content["service"]) is Service.MEDIATION
    record_agreement(
        session,
        case_id,
        on=dt.date.fromisoformat(agreed) if agreed else last.signed_on,
        steps=tuple(step.as_new_step(statutory=statutory) for step in steps_of(agreement.content)),
        by=Actor(last.person_id, last.recorded_by_name or last.typed_name, at),
        today=today,
        agreement_id=agreement.id,
    )
    return True


def signer_of_side(signers: list[Signer], side: Side) -> Signer | None:
    return next((signer for signer in signers if signer.side is side), None)


def sweep(*, before: dt.datetime, at: dt.datetime) -> int:
    """Complete what signatures written before a time still wait for. Returns how many cases.

    A case that cannot be completed is logged and does not hold up the others.
    """
    with scoped(Scope.all_cases(None)) as session:
        recorded = sa.select(CaseFact.id).where(
            CaseFact.tenant_id == AgreementSignature.tenant_id,
            CaseFact.case_id == AgreementSignature.case_id,
            CaseFact.kind == FactKind.AGREEMENT_SIGNED.value,
            CaseFact.detail["agreement_id"].astext
            == sa.cast(AgreementSignature.agreement_id, sa.Text),
            CaseFact.detail["signer"].astext == AgreementSignature.signer,
        )
        waiting = session.execute(
            sa.select(AgreementSignature.tenant_id, AgreementSignature.case_id)
            .where(
                AgreementSignature.signed_at.between(before - SWEPT_FOR, before),
                ~recorded.exists(),
            )
            .distinct()
        ).all()
    done = 0
    for tenant, case_id in waiting:
        try:
            with scoped(Scope.provider(tenant, None)) as provider:
                complete(provider, case_id, today=at.astimezone(LONDON).date(), at=at)
            done += 1
        except Exception:
            log.exception("the signatures in case %s cannot be taken in", case_id)
    return done

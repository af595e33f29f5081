"""Certificates: issued with a number, kept word for word, withdrawn but never edited.

Source: Children and Families Act 2014 s.55; SEND Regs 2014 regs 34, 39.
"""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa

from saas.audit.actions import record as audit
from saas.database.base import new_id
from saas.database.scope import ScopedSession
from saas.documents import certificate as paper
from saas.documents.content import Provider
from tenants.casework.actions import Actor, add_fact
from tenants.casework.kinds import CertificateKind, FactKind, Side
from tenants.casework.models import CaseFact, CaseParty, Certificate, Child, SenCase
from tenants.casework.queries import load_record
from tenants.casework.record import RuleBroken, certificate_ground
from tenants.certificates.text import certificate_words, check_words, whom_it_names
from tenants.subscribers import reference_numbers as numbers
from tenants.subscribers.models import Subscriber


def issue_certificate(
    session: ScopedSession,
    case_id: uuid.UUID,
    *,
    kind: CertificateKind,
    on: dt.date,
    issued_by_role: str,
    provider: Provider,
    by: Actor,
    today: dt.date,
) -> Certificate:
    """Issue the certificate that the facts allow.

    Raises:
        RuleBroken: the facts do not allow it, or what the paper must say is not recorded.
        ContentRefused: the paper lacks something that the Tribunal looks for.
        UnprintableText: no typeface here has a character of it; it names the fields.
    """
    certificate_id = new_id()
    add_fact(
        session,
        case_id,
        FactKind.CERTIFICATE_ISSUED,
        on,
        value=kind.value,
        detail={"certificate_id": str(certificate_id)},
        by=by,
        today=today,
    )
    content = _words(session, case_id, kind, on, issued_by_role, provider, by)
    certificate = Certificate(
        tenant_id=session.tenant,
        id=certificate_id,
        case_id=case_id,
        number=content["number"],
        kind=kind.value,
        issued_on=on,
        issued_at=by.at,
        content=content,
    )
    # Made before anything is kept: a certificate that cannot be printed was never issued.
    paper.render(as_paper(certificate))
    session.add(certificate)
    audit(
        session,
        "certificate issued",
        subject_kind="certificate",
        subject_id=certificate_id,
        at=by.at,
        number=certificate.number,
    )
    session.flush()
    return certificate


def _words(
    session: ScopedSession,
    case_id: uuid.UUID,
    kind: CertificateKind,
    on: dt.date,
    issued_by_role: str,
    provider: Provider,
    by: Actor,
) -> dict[str, Any]:
    record = load_record(session, case_id)
    case, child, authority, prefix = session.execute(
        sa.select(SenCase, Child, Subscriber.name, Subscriber.reference_prefix)
        .join(Child, sa.and_(Child.tenant_id == SenCase.tenant_id, Child.id == SenCase.child_id))
        .join(Subscriber, Subscriber.id == SenCase.tenant_id)
        .where(SenCase.tenant_id == session.tenant, SenCase.id == case_id)
    ).one()
    family = session.scalars(
        sa.select(CaseParty.name)
        .where(
            CaseParty.tenant_id == session.tenant,
            CaseParty.case_id == case_id,
            CaseParty.side == Side.FAMILY.value,
        )
        .order_by(CaseParty.id)
    ).all()
    notice_sent, decision = check_words(record, family)
    child_name = f"{child.given_name} {child.family_name}"
    number = numbers.take(session, numbers.CERTIFICATES, on.year)[0]
    return certificate_words(
        number=numbers.certificate_number(prefix, on.year, number),
        on=on,
        issued_to=whom_it_names(
            record, family, child_name=child_name, date_of_birth=child.date_of_birth, on=on
        ),
        child_name=child_name,
        authority_name=authority,
        decision=decision,
        notice_sent_on=notice_sent,
        issued_by=by.name,
        issued_by_role=issued_by_role,
        case_reference=case.reference,
        established_on=certificate_ground(record, kind),
        provider=provider,
        beside_appeal_only=record.beside_appeal_only is not None,
    )


def withdraw_certificate(
    session: ScopedSession,
    certificate_id: uuid.UUID,
    *,
    on: dt.date,
    reason: str,
    by: Actor,
    today: dt.date,
) -> None:
    """Withdraw a certificate; the case then stands where it stood before it.

    Raises:
        RuleBroken: it is withdrawn already, or no reason is given.
    """
    certificate = session.get(Certificate, (session.tenant, certificate_id))
    if certificate is None:
        raise RuleBroken("certificate", "There is no such certificate")
    if on < certificate.issued_on:
        raise RuleBroken("on", "It cannot be withdrawn before it was issued")
    add_fact(
        session,
        certificate.case_id,
        FactKind.CERTIFICATE_WITHDRAWN,
        on,
        detail={"certificate_id": str(certificate_id), "number": certificate.number},
        reason=reason.strip(),
        by=by,
        today=today,
    )


def as_paper(
    certificate: Certificate, *, withdrawn_on: dt.date | None = None, withdrawn_reason: str = ""
) -> paper.CertificateContent:
    """What the paper says: what was kept on the day, and whether it was withdrawn since."""
    kept = dict(certificate.content)
    for name in ("notice_sent_on", "established_on", "last_day_to_appeal"):
        kept[name] = dt.date.fromisoformat(kept[name]) if kept[name] else None
    kept["issued_to"] = tuple(kept["issued_to"])
    provider = kept.pop("provider")
    for name, value in provider.items():
        if isinstance(value, list):
            provider[name] = tuple(value)
    return paper.CertificateContent(
        kind=certificate.kind,  # type: ignore[arg-type]
        issued_on=certificate.issued_on,
        provider=Provider(**provider),
        withdrawn_on=withdrawn_on,
        withdrawn_reason=withdrawn_reason,
        **kept,
    )


def certificate_pdf(session: ScopedSession, certificate: Certificate) -> bytes:
    """The certificate as a PDF, marked if it was withdrawn, for every audience that may read it."""
    withdrawals = session.execute(
        sa.select(CaseFact.on_date, CaseFact.reason, CaseFact.detail).where(
            CaseFact.tenant_id == session.tenant,
            CaseFact.case_id == certificate.case_id,
            CaseFact.kind == FactKind.CERTIFICATE_WITHDRAWN.value,
        )
    )
    for on, reason, detail in withdrawals:
        if detail.get("certificate_id") == str(certificate.id):
            return paper.render(
                as_paper(certificate, withdrawn_on=on, withdrawn_reason=reason or "")
            )
    return paper.render(as_paper(certificate))

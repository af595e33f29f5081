"""What a call leads to, all of it or nothing: the case, the information, the choice, the paper."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from saas.database.scope import ScopedSession
from saas.documents.content import ContentRefused, Provider
from saas.documents.pdf import UnprintableText
from tenants.casework.actions import NewReferral, add_fact, open_case, record_mias
from tenants.casework.kinds import Choice, FactKind
from tenants.casework.models import Certificate, SenCase
from tenants.casework.queries import load_record
from tenants.casework.record import RuleBroken, certificate_kind
from tenants.casework.row_columns import Actor
from tenants.certificates.actions import issue_certificate


@dataclass(frozen=True)
class Said:
    """What was said in the call beside the referral."""

    minutes: int | None
    choice: Choice | None
    tell_authority: bool
    issue_certificate: bool


@dataclass(frozen=True)
class Done:
    """What the call led to."""

    case: SenCase
    certificate: Certificate | None


def finish_call(
    session: ScopedSession,
    referral: NewReferral,
    said: Said,
    *,
    role: str,
    provider: Provider,
    by: Actor,
    today: dt.date,
) -> Done:
    """Open the case and record what was said.

    Args:
        role: of the adviser, as the certificate says it.

    Raises:
        RuleBroken: something of it cannot be so; nothing was written.
    """
    case = open_case(session, referral, by=by, today=today)
    if said.minutes and said.choice is not None:
        record_mias(
            session,
            case.id,
            on=today,
            way="telephone",
            minutes=said.minutes,
            choice=said.choice,
            choice_on=today,
            by=by,
            today=today,
        )
    elif said.minutes:
        add_fact(
            session,
            case.id,
            FactKind.MIAS_HELD,
            today,
            detail={"way": "telephone", "minutes": said.minutes},
            by=by,
            today=today,
        )
    if said.tell_authority:
        add_fact(session, case.id, FactKind.ADVISER_INFORMED_AUTHORITY, today, by=by, today=today)
    if not said.issue_certificate:
        return Done(case, None)
    kind = certificate_kind(load_record(session, case.id))
    if kind is None:
        raise RuleBroken("certificate_now", "No certificate is needed to appeal about this")
    try:
        paper = issue_certificate(
            session,
            case.id,
            kind=kind,
            on=today,
            issued_by_role=role,
            provider=provider,
            by=by,
            today=today,
        )
    except ContentRefused as refused:
        raise RuleBroken("certificate_now", "; ".join(refused.faults)) from refused
    except UnprintableText as refused:
        raise RuleBroken(
            "certificate_now", "A name holds what cannot be printed: write it in other letters"
        ) from refused
    return Done(case, paper)

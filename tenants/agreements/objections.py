"""Whoever has to sign may ask, disagree, or take a signature back until everyone has signed.

What is said reaches the provider in words. A signature that is taken back calls the text back:
nobody is bound by a text to which not everybody stands. That follows in the provider's scope, at
once after the commit, and from the sweep if that was cut short.
"""

from __future__ import annotations

import datetime as dt
import logging
import uuid

import sqlalchemy as sa

from saas.audit.actions import record as audit
from saas.database.base import new_id
from saas.database.scope import Scope, ScopedSession, scoped
from saas.reference.today import LONDON
from tenants.agreements.drafting import call_back
from tenants.agreements.models import Agreement, AgreementObjection
from tenants.agreements.signing import is_out, out_for_signature, signatures_on
from tenants.agreements.text import Signer
from tenants.casework.queries import hold_case, load_record
from tenants.casework.record import PROVIDER, RuleBroken
from tenants.casework.row_columns import Actor
from tenants.notices.topics import AGREEMENT_QUESTIONED
from tenants.notices.writing import write_notice

log = logging.getLogger(__name__)
SWEPT_AT_ONCE = 200


def has_signed(session: ScopedSession, agreement: Agreement, signer: Signer) -> bool:
    return any(row.signer == signer.key for row in signatures_on(session, agreement.id))


def object_to(
    session: ScopedSession, agreement: Agreement, signer: Signer, *, words: str, by: Actor
) -> bool:
    """Say what is wrong with a text that is out; who has signed it takes the signature back.

    The caller commits. Returns whether a signature was taken back.

    Raises:
        RuleBroken: nothing is said, or everyone has signed or the text was called back meanwhile.
    """
    if not words.strip():
        raise RuleBroken("words", "Write what you want to ask, or what is wrong")
    hold_case(session, agreement.case_id)
    if not is_out(session, agreement):
        raise RuleBroken(
            "words", "This text is not for signing any more: call us about what is wrong with it"
        )
    takes_back = has_signed(session, agreement, signer)
    # Nobody who signs may read what was said, so nothing is fetched back.
    session.execute(
        sa.insert(AgreementObjection)
        .values(
            tenant_id=session.tenant,
            id=new_id(),
            agreement_id=agreement.id,
            case_id=agreement.case_id,
            text_hash=agreement.text_hash,
            signer=signer.key,
            side=signer.side.value,
            takes_back=takes_back,
            words=words.strip(),
            said_at=by.at,
            said_by_name=by.name,
        )
        .inline()
    )
    audit(
        session,
        "signature taken back" if takes_back else "agreement questioned",
        subject_kind="agreement",
        subject_id=agreement.id,
        at=by.at,
        side=signer.side.value,
    )
    tenant, case_id = session.tenant, agreement.case_id

    def follow() -> None:
        try:
            take_in(tenant, case_id, at=by.at)
        except Exception:
            # It is kept; the sweep does what follows from it.
            log.exception("what was said of the agreement in case %s waits for the sweep", case_id)

    session.once_committed(follow)
    return takes_back


def take_in(tenant: uuid.UUID, case_id: uuid.UUID, *, at: dt.datetime) -> int:
    """Tell the provider of what was said of a case's agreement, and call back a text whose
    signature was taken back. Returns how many were taken in; safe to repeat."""
    with scoped(Scope.provider(tenant, None)) as session:
        hold_case(session, case_id)
        waiting = session.scalars(
            sa.select(AgreementObjection)
            .where(
                AgreementObjection.tenant_id == tenant,
                AgreementObjection.case_id == case_id,
                AgreementObjection.taken_in_at.is_(None),
            )
            .order_by(AgreementObjection.said_at, AgreementObjection.id)
        ).all()
        for one in waiting:
            by = Actor(None, one.said_by_name, one.said_at)
            write_notice(session, case_id, AGREEMENT_QUESTIONED, audience=PROVIDER, by=by)
            out = out_for_signature(session, load_record(session, case_id))
            if one.takes_back and out == one.agreement_id:
                call_back(
                    session,
                    case_id,
                    reason="A signature was taken back",
                    by=by,
                    today=one.said_at.astimezone(LONDON).date(),
                )
            one.taken_in_at = at
            session.flush()
        return len(waiting)


def sweep(*, before: dt.datetime, at: dt.datetime) -> int:
    """Take in what was said before a time and was cut short. Returns of how many cases."""
    with scoped(Scope.all_cases(None)) as session:
        waiting = session.execute(
            sa.select(AgreementObjection.tenant_id, AgreementObjection.case_id)
            .where(AgreementObjection.taken_in_at.is_(None), AgreementObjection.said_at < before)
            .distinct()
            .limit(SWEPT_AT_ONCE)
        ).all()
    done = 0
    for tenant, case_id in waiting:
        try:
            done += take_in(tenant, case_id, at=at) > 0
        except Exception:
            log.exception("what was said of the agreement in case %s waits on", case_id)
    return done


def objections_on(session: ScopedSession, agreement_id: uuid.UUID) -> list[AgreementObjection]:
    """What was said of a text, the newest first. The provider's to read."""
    return list(
        session.scalars(
            sa.select(AgreementObjection)
            .where(
                AgreementObjection.tenant_id == session.tenant,
                AgreementObjection.agreement_id == agreement_id,
            )
            .order_by(AgreementObjection.said_at.desc(), AgreementObjection.id)
        )
    )

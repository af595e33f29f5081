"""A paper that was uploaded by mistake is withdrawn: with a reason, and never deleted in silence.

The file is handed out to nobody from then on, and the other side does not even see that it was
there. The provider, and the side whose paper it is, still see when it was withdrawn, and why. The
file itself stays in the store until the case's records are due to go, as the trail needs it.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from saas.audit.actions import record as audit
from saas.database.scope import ScopedSession
from tenants.casework.kinds import Side
from tenants.casework.record import RuleBroken
from tenants.casework.row_columns import Actor
from tenants.notices import topics
from tenants.notices.writing import write_notice
from tenants.papers.kinds import Audience, DocumentKind
from tenants.papers.models import CaseDocument


def why_it_stays(row: sa.Row[*tuple[Any, ...]], *, by_side: Side | None = None) -> str | None:
    """Why a paper cannot be withdrawn, in words; None if it can. The row: `find_document`.

    Args:
        by_side: the side that would withdraw it; None is the provider, which may withdraw any.
    """
    if by_side is not None and row.side != by_side:
        return "This is not your document. Ask the mediation service to withdraw it."
    if row.withdrawn_at is not None:
        return "This document was withdrawn already."
    if row.exchanged_at is not None:
        return "Both sides have read this summary: what was exchanged cannot be withdrawn."
    return None


def withdraw_document(
    session: ScopedSession, row: sa.Row[*tuple[Any, ...]], *, reason: str, by: Actor
) -> None:
    """Withdraw a paper. The walls let a side withdraw its own alone, the provider any.

    Raises:
        RuleBroken: no reason is given, it was exchanged, or somebody withdrew it just now.
    """
    stays = why_it_stays(row)
    if stays:
        raise RuleBroken("reason", stays)
    if not reason.strip():
        raise RuleBroken("reason", "Say why the document is withdrawn")
    done = session.execute(
        sa.update(CaseDocument)
        .where(
            CaseDocument.tenant_id == session.tenant,
            CaseDocument.id == row.id,
            CaseDocument.withdrawn_at.is_(None),
            CaseDocument.exchanged_at.is_(None),
        )
        .values(
            withdrawn_at=by.at,
            withdrawn_by=by.id,
            withdrawn_by_name=by.name,
            withdrawal_reason=reason.strip(),
        )
        .returning(CaseDocument.id)
    ).one_or_none()
    if done is None:
        raise RuleBroken("reason", "This document was withdrawn or exchanged just now")
    # The trail holds no words about people: the reason stands with the document.
    audit(
        session,
        "document withdrawn",
        subject_kind="case",
        subject_id=row.case_id,
        at=by.at,
        document=str(row.id),
        kind=row.kind,
        side=row.side,
        sha256=row.sha256,
    )
    _tell(session, row, by)
    session.flush()


def _tell(session: ScopedSession, row: sa.Row[*tuple[Any, ...]], by: Actor) -> None:
    """Whoever was told that it is there is told that it is not."""
    if row.audience == Audience.PROVIDER:
        return
    is_summary = row.kind == DocumentKind.SUMMARY
    event = topics.SUMMARY_WITHDRAWN if is_summary else topics.DOCUMENT_WITHDRAWN
    if event == topics.DOCUMENT_WITHDRAWN and row.party_id and row.audience == Audience.FAMILY:
        if by.id is not None:
            whose = {"party_id": str(row.party_id)}
            write_notice(session, row.case_id, event, audience=row.audience, by=by, detail=whose)
            return
        event = topics.DOCUMENT_TAKEN_BACK
    write_notice(session, row.case_id, event, audience=row.audience, by=by)

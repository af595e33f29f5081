"""What an authority says is wrong of a child; the provider takes it in, or says why not."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from saas.audit.actions import record as audit
from saas.database.base import new_id
from saas.database.scope import ScopedSession
from saas.database.together import OF, TENANT, Asked
from tenants.casework.kinds import Side
from tenants.casework.models import Child, SenCase
from tenants.casework.queries import hold_case
from tenants.casework.record import RuleBroken
from tenants.casework.row_columns import Actor
from tenants.corrections.actions import Corrected, correct_child
from tenants.corrections.models import CorrectionProposal, ProposalState
from tenants.notices.topics import CORRECTION_PROPOSED
from tenants.notices.writing import write_notice


def propose(
    session: ScopedSession,
    case_id: uuid.UUID,
    child: Child,
    values: Mapping[str, Any],
    *,
    reason: str,
    by: Actor,
) -> None:
    """Say what would be right of a child. Nothing is changed by it.

    Raises:
        RuleBroken: nothing is different, or the same is proposed already and not answered.
    """
    wrong = {
        name: _text(value)
        for name, value in values.items()
        if _text(getattr(child, name)) != _text(value)
    }
    if not wrong:
        raise RuleBroken("reason", "Nothing is different: change what is wrong, or go back")
    if any(one.proposed == wrong for one in open_proposals(session, child.id)):
        raise RuleBroken("reason", "You have proposed this already: we have not answered yet")
    # The authority's role writes these columns and no other.
    session.execute(
        sa.insert(CorrectionProposal).values(
            tenant_id=session.tenant,
            id=new_id(),
            case_id=case_id,
            child_id=child.id,
            proposed=wrong,
            reason=reason.strip(),
            state=ProposalState.OPEN.value,
            at=by.at,
            by=by.id,
            by_name=by.name,
        )
    )
    write_notice(session, case_id, CORRECTION_PROPOSED, audience=Side.AUTHORITY.value, by=by)
    session.flush()


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _value(name: str, text: str) -> Any:
    if name == "date_of_birth":
        return dt.date.fromisoformat(text)
    return text or None


def open_proposals(session: ScopedSession, child_id: uuid.UUID) -> list[CorrectionProposal]:
    return [
        one for one in proposals_about(session, child_id) if one.state == ProposalState.OPEN.value
    ]


_UNANSWERED = (
    sa.select(CorrectionProposal.id, CorrectionProposal.by_name)
    .join(
        SenCase,
        sa.and_(
            SenCase.tenant_id == CorrectionProposal.tenant_id,
            SenCase.child_id == CorrectionProposal.child_id,
        ),
    )
    .where(
        SenCase.tenant_id == TENANT,
        SenCase.id == OF,
        CorrectionProposal.state == ProposalState.OPEN.value,
    )
    .order_by(CorrectionProposal.at.desc(), CorrectionProposal.id)
)


# What an authority proposed of the child, and nobody answered.
proposals_on_case_page = Asked(_UNANSWERED, lambda _, rows: {"proposals": rows})


def proposals_about(session: ScopedSession, child_id: uuid.UUID) -> Sequence[CorrectionProposal]:
    """What was proposed of a child, the newest first."""
    return session.scalars(
        sa.select(CorrectionProposal)
        .where(
            CorrectionProposal.tenant_id == session.tenant,
            CorrectionProposal.child_id == child_id,
        )
        .order_by(CorrectionProposal.at.desc(), CorrectionProposal.id)
    ).all()


def find_proposal(
    session: ScopedSession, case_id: uuid.UUID, proposal_id: uuid.UUID
) -> CorrectionProposal | None:
    found = session.get(CorrectionProposal, (session.tenant, proposal_id))
    return found if found is not None and found.case_id == case_id else None


def take_in(
    session: ScopedSession, proposal: CorrectionProposal, *, by: Actor, today: dt.date
) -> Corrected:
    """Put right what was proposed.

    Raises:
        RuleBroken: it was answered already, or what is proposed cannot be so.
    """
    hold_case(session, proposal.case_id)
    _only_open(session, proposal)
    corrected = correct_child(
        session,
        proposal.case_id,
        {name: _value(name, text) for name, text in proposal.proposed.items()},
        reason=f"Proposed by {proposal.by_name} of the authority: {proposal.reason}",
        by=by,
        today=today,
    )
    _answer(session, proposal, ProposalState.TAKEN, None, by)
    return corrected


def decline(session: ScopedSession, proposal: CorrectionProposal, *, why: str, by: Actor) -> None:
    """Leave it as it is, and tell the authority why.

    Raises:
        RuleBroken: it was answered already, or no reason is given.
    """
    hold_case(session, proposal.case_id)
    _only_open(session, proposal)
    if not why.strip():
        raise RuleBroken("why", "Say why it stays as it is")
    _answer(session, proposal, ProposalState.DECLINED, why.strip(), by)


def _only_open(session: ScopedSession, proposal: CorrectionProposal) -> None:
    session.refresh(proposal)
    if proposal.state != ProposalState.OPEN.value:
        raise RuleBroken("what", "This was answered already")


def _answer(
    session: ScopedSession,
    proposal: CorrectionProposal,
    state: ProposalState,
    answer: str | None,
    by: Actor,
) -> None:
    proposal.state = state.value
    proposal.answer = answer
    proposal.answered_at = by.at
    proposal.answered_by_name = by.name
    audit(
        session,
        f"correction {state.value}",
        subject_kind="case",
        subject_id=proposal.case_id,
        at=by.at,
        fields=sorted(proposal.proposed),
    )
    session.flush()

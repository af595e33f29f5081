"""Who is found by what was typed, the cases of one person, and the log of requests."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from saas.database.scope import ScopedSession
from saas.reference.search_keys import search_key
from tenants.casework.models import CaseParty, Child, SenCase
from tenants.protection.answers.models import SubjectRequest

MOST = 25


@dataclass(frozen=True)
class FoundPerson:
    """Somebody who may be the one who asks: a child, or a party of a case."""

    kind: str
    id: uuid.UUID
    name: str
    what: str
    case: str


@dataclass(frozen=True)
class CaseOfPerson:
    """A case that the answer may cover."""

    case_id: uuid.UUID
    reference: str
    party_id: uuid.UUID | None
    what: str
    # Whether it is surely the same person, and not only one of the same name.
    sure: bool


def find_people(session: ScopedSession, typed: str) -> list[FoundPerson]:
    """Children by the beginning of a name, and parties by a part of theirs, or a case's number."""
    words = search_key("", typed).split()
    if not words:
        return []
    of_case = sa.and_(SenCase.tenant_id == Child.tenant_id, SenCase.child_id == Child.id)
    children = session.execute(
        sa.select(Child.id, Child.given_name, Child.family_name, Child.date_of_birth,
                  SenCase.reference)
        .join(SenCase, of_case)
        .where(
            Child.tenant_id == session.tenant,
            sa.or_(
                *(sa.func.starts_with(Child.search_key, word) for word in words),
                SenCase.reference == typed.strip().upper(),
            ),
        )
        .order_by(Child.search_key, SenCase.reference)
        .limit(MOST)
    )  # fmt: skip
    people = [
        FoundPerson(
            "child", row.id, f"{row.given_name} {row.family_name}",
            f"Child or young person, born {row.date_of_birth.year}", row.reference,
        )
        for row in children
    ]  # fmt: skip
    parties = session.execute(
        sa.select(CaseParty.id, CaseParty.name, CaseParty.relation, SenCase.reference)
        .join(
            SenCase,
            sa.and_(SenCase.tenant_id == CaseParty.tenant_id, SenCase.id == CaseParty.case_id),
        )
        .where(
            CaseParty.tenant_id == session.tenant,
            sa.or_(
                CaseParty.name.icontains(typed.strip(), autoescape=True),
                SenCase.reference == typed.strip().upper(),
            ),
        )
        .order_by(CaseParty.name, SenCase.reference)
        .limit(MOST)
    )
    seen: dict[uuid.UUID, FoundPerson] = {one.id: one for one in reversed(people)}
    found = list(reversed(seen.values()))
    return found + [
        FoundPerson("party", row.id, row.name, row.relation, row.reference) for row in parties
    ]


def cases_of_child(session: ScopedSession, child_id: uuid.UUID) -> list[CaseOfPerson]:
    """All cases about a child."""
    rows = session.execute(
        sa.select(SenCase.id, SenCase.reference)
        .where(SenCase.tenant_id == session.tenant, SenCase.child_id == child_id)
        .order_by(SenCase.reference)
    )
    return [CaseOfPerson(row.id, row.reference, None, "About the child", True) for row in rows]


def cases_of_party(
    session: ScopedSession, party_id: uuid.UUID
) -> tuple[str | None, list[CaseOfPerson]]:
    """On which side somebody stands, and the cases in which they do, or one of the same name."""
    own = session.get(CaseParty, (session.tenant, party_id))
    if own is None:
        return None, []
    same = [CaseParty.id == own.id, CaseParty.name == own.name]
    if own.email:
        same.append(CaseParty.email == own.email)
    rows = session.execute(
        sa.select(SenCase.id, SenCase.reference, CaseParty)
        .join(
            SenCase,
            sa.and_(SenCase.tenant_id == CaseParty.tenant_id, SenCase.id == CaseParty.case_id),
        )
        .where(CaseParty.tenant_id == session.tenant, CaseParty.side == own.side, sa.or_(*same))
        .order_by(SenCase.reference)
        .limit(MOST)
    )
    return own.side, [
        CaseOfPerson(
            case_id, reference, party.id, f"{party.name}, {party.relation}",
            party.id == own.id or (bool(own.email) and party.email == own.email),
        )
        for case_id, reference, party in rows
    ]  # fmt: skip


def requests(
    session: ScopedSession, *, open_only: bool, offset: int, limit: int
) -> Sequence[SubjectRequest]:
    """The requests of the session's authority: those that wait, the oldest first; or all."""
    wanted = sa.select(SubjectRequest).where(SubjectRequest.tenant_id == session.tenant)
    if open_only:
        wanted = wanted.where(SubjectRequest.answered_on.is_(None)).order_by(
            SubjectRequest.received_on, SubjectRequest.id
        )
    else:
        wanted = wanted.order_by(SubjectRequest.received_on.desc(), SubjectRequest.id)
    return session.scalars(wanted.offset(offset).limit(limit)).all()

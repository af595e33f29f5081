"""The papers of a case, as far as the session's login role may read them."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from saas.database.scope import LoginRole, ScopedSession
from saas.database.together import OF, TENANT, Asked, Question
from saas.documents.media import BY_MIME
from saas.documents.scanning import ScanResult
from tenants.casework.arrangement import meeting_standing
from tenants.casework.kinds import Service, Side
from tenants.casework.models import CaseParty, SenCase
from tenants.casework.record import CaseRecord
from tenants.papers.kinds import KIND_WORDS, UPLOADING_SIDES, DocumentKind, file_name
from tenants.papers.models import CaseDocument

# What every role that reads papers may read of one.
SHOWN = (
    CaseDocument.id,
    CaseDocument.case_id,
    CaseDocument.kind,
    CaseDocument.side,
    CaseDocument.audience,
    CaseDocument.party_id,
    CaseDocument.description,
    CaseDocument.media_type,
    CaseDocument.size,
    CaseDocument.sha256,
    CaseDocument.storage_key,
    CaseDocument.uploaded_at,
    CaseDocument.scan_result,
    CaseDocument.exchanged_at,
    CaseDocument.withdrawn_at,
    CaseDocument.withdrawal_reason,
)


@dataclass(frozen=True)
class Paper:
    """A paper as a page lists it."""

    id: uuid.UUID
    # Which one of its kind.
    number: int
    file_name: str
    side: str
    # Whose of the family it is, where it is one person's.
    party_name: str
    kind: str
    type_words: str
    size: str
    audience: str
    description: str
    uploaded_at: dt.datetime
    uploaded_by: str
    exchanged: bool
    scan_result: str
    withdrawn_at: dt.datetime | None
    withdrawn_by: str
    withdrawal_reason: str
    # Another's of the same family, which both sides may read now.
    of_another: bool

    @property
    def kind_words(self) -> str:
        return KIND_WORDS[DocumentKind(self.kind)]

    @property
    def title(self) -> str:
        """What it is called on a page: its kind, and which one of them."""
        return f"{self.kind_words} {self.number}"

    @property
    def side_words(self) -> str:
        """Whose it is."""
        return UPLOADING_SIDES[Side(self.side)]

    @property
    def stands(self) -> bool:
        """Whether it is still a paper of the case: not withdrawn."""
        return self.withdrawn_at is None

    @property
    def may_go(self) -> bool:
        """Whether the reader's side can still withdraw it: what was exchanged stays."""
        return self.stands and not self.exchanged and not self.of_another

    @property
    def infected(self) -> bool:
        return self.scan_result == ScanResult.INFECTED

    @property
    def unscanned(self) -> bool:
        return self.scan_result == ScanResult.UNSCANNED


def papers_of(session: ScopedSession, case_id: uuid.UUID) -> list[Paper]:
    """The papers of a case, the newest last, numbered among those that the reader sees."""
    is_family = session.scope.role is LoginRole.FAMILY
    asked = papers_on_family_page if is_family else papers_on_case_page
    return asked(session, case_id)["papers"]


def _papers(*, by_name: bool) -> Question:
    uploader = CaseDocument.uploaded_by_name if by_name else sa.literal("")
    withdrawer = CaseDocument.withdrawn_by_name if by_name else sa.literal("")
    return (
        sa.select(
            *SHOWN,
            uploader.label("uploaded_by_name"),
            withdrawer.label("withdrawn_by_name"),
            CaseParty.name.label("party_name"),
            SenCase.reference,
        )
        .join(
            SenCase,
            sa.and_(
                SenCase.tenant_id == CaseDocument.tenant_id, SenCase.id == CaseDocument.case_id
            ),
        )
        .outerjoin(
            CaseParty,
            sa.and_(
                CaseParty.tenant_id == CaseDocument.tenant_id,
                CaseParty.id == CaseDocument.party_id,
            ),
        )
        .where(CaseDocument.tenant_id == TENANT, CaseDocument.case_id == OF)
        .order_by(CaseDocument.uploaded_at, CaseDocument.id)
    )


def _listed(session: ScopedSession, rows: Sequence[Any]) -> dict[str, list[Paper]]:
    numbers: Counter[str] = Counter()
    papers = []
    for row in rows:
        numbers[row.kind] += 1
        media = BY_MIME[row.media_type]
        papers.append(
            Paper(
                id=row.id,
                number=numbers[row.kind],
                file_name=file_name(row.kind, row.reference, numbers[row.kind], media.extension),
                side=row.side,
                party_name=row.party_name or "",
                kind=row.kind,
                type_words=media.words,
                size=size_in_words(row.size),
                audience=row.audience,
                description=row.description,
                uploaded_at=row.uploaded_at,
                uploaded_by=row.uploaded_by_name,
                exchanged=row.exchanged_at is not None,
                scan_result=row.scan_result,
                withdrawn_at=row.withdrawn_at,
                withdrawn_by=row.withdrawn_by_name or "",
                withdrawal_reason=row.withdrawal_reason or "",
                of_another=_of_another(session, row.party_id),
            )
        )
    return {"papers": papers}


papers_on_case_page = Asked(_papers(by_name=True), _listed)
papers_on_family_page = Asked(_papers(by_name=False), _listed)


def _of_another(session: ScopedSession, party: uuid.UUID | None) -> bool:
    """Whether a paper is another's than the one of the family who reads."""
    return session.scope.role is LoginRole.FAMILY and party not in (None, session.scope.party)


def wants_summary(record: CaseRecord, papers: list[Paper], side: Side) -> bool:
    """Whether a meeting comes for which a side may still give its summary."""
    return (
        record.service is not Service.FACILITATION
        and meeting_standing(record) is not None
        and not any(p.side == side and p.kind == DocumentKind.SUMMARY and p.stands for p in papers)
    )


def find_document(
    session: ScopedSession, document_id: uuid.UUID
) -> sa.Row[*tuple[Any, ...]] | None:
    """The paper, if the session's role may read it: the columns SHOWN."""
    return session.execute(
        sa.select(*SHOWN).where(
            CaseDocument.tenant_id == session.tenant, CaseDocument.id == document_id
        )
    ).one_or_none()


def size_in_words(size: int) -> str:
    """A number of bytes as people say it: '21 KB', '3.4 MB'."""
    if size < 1024 * 1024:
        return f"{max(1, round(size / 1024))} KB"
    return f"{size / 1024 / 1024:.1f} MB"

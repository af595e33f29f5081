"""Everything that is held about one person in some cases, item by item, with what is another's."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from saas.database.scope import ScopedSession
from saas.documents.media import BY_MIME
from saas.messages.models import Message
from tenants.access_links.models import FamilyLink
from tenants.agreements.models import Agreement, AgreementObjection, AgreementSignature
from tenants.casework.kinds import FactKind, Service, fact_words
from tenants.casework.models import (
    AgreedStep,
    CaseFact,
    CaseNote,
    CaseParty,
    Certificate,
    Child,
    SenCase,
)
from tenants.corrections.models import RecordCorrection
from tenants.facilitation.models import ActionPoint, FacilitationPaper
from tenants.feedback.models import Complaint, Evaluation
from tenants.mediation.models import Participant
from tenants.papers.kinds import KIND_WORDS, DocumentKind
from tenants.papers.models import CaseDocument
from tenants.protection.answers.models import SubjectRequest
from tenants.protection.answers.withholding import why_withheld

# Keys of the house, and what other people did at work: nothing that is about the person.
LEFT_OUT = frozenset(
    {
        *("tenant_id", "id", "case_id", "child_id", "search_key", "storage_key", "sha256"),
        *("recorded_by", "written_by", "uploaded_by", "coordinator_id", "mediator_id"),
        *("external_reference", "token_hash", "message_id", "cause_id", "subject_id", "party_id"),
        *("link_id", "signing_link_id", "person_id", "sent_by", "withdrawn_by", "by", "recipient"),
        *("agreement_id", "replaces_id", "text_hash"),
    }
)


@dataclass(frozen=True)
class Item:
    """One thing that is held: of which case and kind, what it says, and whether it is given."""

    key: str
    case: str
    kind: str
    title: str
    says: Mapping[str, Any]
    withheld: str | None
    storage_key: str = ""
    extension: str = ""
    decided: bool | None = field(default=None)

    @property
    def given(self) -> bool:
        """What was decided; what is proposed, where nothing was."""
        return self.withheld is None if self.decided is None else self.decided


def items_of(session: ScopedSession, request: SubjectRequest) -> list[Item]:
    """All items of a request, in the order of its cases; what is erased is not among them."""
    found: list[Item] = []
    for one in request.cases:
        case = session.get(SenCase, (session.tenant, uuid.UUID(one["case"])))
        if case is not None:
            found += _of_case(session, case, request.side, one.get("party"))
    return [Item(**{**vars(item), "decided": request.decisions.get(item.key)}) for item in found]


def _says(row: Any) -> dict[str, Any]:
    return {
        column.key: value
        for column in sa.inspect(type(row)).column_attrs
        if column.key not in LEFT_OUT and (value := getattr(row, column.key)) not in (None, "", {})
    }


def _rows(session: ScopedSession, model: type[Any], case_id: uuid.UUID) -> Sequence[Any]:
    return session.scalars(
        sa.select(model)
        .where(model.tenant_id == session.tenant, model.case_id == case_id)
        .order_by(model.id)
        # No role of a door reads the key of a link.
        .options(*([sa.orm.defer(model.token_hash)] if model is FamilyLink else []))
    ).all()


def _of_case(session: ScopedSession, case: SenCase, side: str, asker: str | None) -> Iterator[Item]:
    def item(row: Any, kind: str, title: str, withheld: str | None = None, **more: Any) -> Item:
        return Item(
            f"{type(row).__tablename__}:{row.id}", case.reference, kind, title, _says(row),
            withheld, **more,
        )  # fmt: skip

    child = session.get_one(Child, (session.tenant, case.child_id))
    about_child = asker is None or side == "family"
    yield item(child, "Person", "The child or young person", None if about_child else "third")
    yield item(case, "Case", "What was asked, and when")
    for party in _rows(session, CaseParty, case.id):
        own = str(party.id) == asker
        yield item(party, "Person", f"A party: {party.relation}", None if own else "third")
    service = Service(case.service)
    for fact in _rows(session, CaseFact, case.id):
        title = fact_words(FactKind(fact.kind), service)
        yield item(fact, "Fact", title, why_withheld(fact.audience, side=side))
    for note in _rows(session, CaseNote, case.id):
        yield item(note, "Note", "A note", why_withheld(note.audience, side=side))
    for paper in _rows(session, FacilitationPaper, case.id):
        why = why_withheld(paper.audience, side=side)
        yield item(paper, "Note", "Agenda or summary of a meeting", why)
    yield from _papers(session, case, side, asker, item)
    yield from _rest(session, case, side, asker, item)


def _papers(
    session: ScopedSession, case: SenCase, side: str, asker: str | None, item: Any
) -> Iterator[Item]:
    for paper in _rows(session, CaseDocument, case.id):
        whose = str(paper.party_id) if paper.party_id else None
        why = why_withheld(paper.audience, side=side, of_party=whose, asker=asker)
        yield item(
            paper,
            "Document",
            KIND_WORDS[DocumentKind(paper.kind)],
            why,
            storage_key=paper.storage_key if paper.withdrawn_at is None else "",
            extension=BY_MIME[paper.media_type].extension,
        )


def _rest(
    session: ScopedSession, case: SenCase, side: str, asker: str | None, item: Any
) -> Iterator[Item]:
    for certificate in _rows(session, Certificate, case.id):
        yield item(certificate, "Certificate", f"Certificate {certificate.number}")
    for agreement in _rows(session, Agreement, case.id):
        yield item(agreement, "Agreement", f"The text, version {agreement.version}")
    for signature in _rows(session, AgreementSignature, case.id):
        why = None if signature.side == side else "third"
        yield item(signature, "Agreement", "A signature", why)
    for objection in _rows(session, AgreementObjection, case.id):
        why = None if objection.side == side else "confidence"
        yield item(objection, "Agreement", "What one who signs objected", why)
    for step in _rows(session, AgreedStep, case.id):
        yield item(step, "Agreement", "An agreed step")
    for point in _rows(session, ActionPoint, case.id):
        yield item(point, "Agreement", "An action point of a meeting")
    for answer in _rows(session, Evaluation, case.id):
        theirs = answer.participant in ("parent", "young_person") and side == "family"
        yield item(answer, "Evaluation", "How somebody found it", None if theirs else "third")
    for complaint in _rows(session, Complaint, case.id):
        theirs = complaint.from_whom in ("parent", "young_person") and side == "family"
        yield item(complaint, "Complaint", "A complaint", None if theirs else "confidence")
    for put_right in _rows(session, RecordCorrection, case.id):
        own = put_right.subject != "person" or str(put_right.subject_id) == asker
        yield item(put_right, "Correction", "What was put right", None if own else "third")
    for one in _rows(session, Participant, case.id):
        yield item(one, "Person", f"Who came to a meeting: {one.role}", "third")
    for link in _rows(session, FamilyLink, case.id) if asker else ():
        own = str(link.party_id) == asker
        yield item(link, "Link", "A personal link", None if own else "third")
    for message in session.scalars(
        sa.select(Message)
        .where(Message.tenant_id == session.tenant, Message.subject_id == case.id)
        .order_by(Message.created_at, Message.id)
    ):
        own = message.recipient == f"party:{asker}"
        yield item(message, "Message", message.heading, None if own else "third")

"""Invented papers and the messages that were sent, for the demonstration."""

from __future__ import annotations

import datetime as dt
import random
import uuid

import sqlalchemy as sa
from flask import Flask, current_app

from saas.config import Settings
from saas.database.scope import Scope, ScopedSession, scoped
from saas.documents.storage import open_storage
from saas.identity.signed_in import Tenancy
from saas.messages.models import Message, MessageState
from tenants.casework.kept.models import CasePosition
from tenants.casework.kinds import FactKind, Side, Stage
from tenants.casework.models import CaseFact, SenCase
from tenants.casework.queries import load_record
from tenants.casework.record import CaseRecord
from tenants.casework.row_columns import Actor
from tenants.notices.addressing import House, address
from tenants.notices.models import CaseNotice
from tenants.notices.post import link_builder, the_sender
from tenants.notices.writing import tell_of_fact
from tenants.papers.exchange import exchange_summaries
from tenants.papers.kinds import KIND_WORDS, Audience, DocumentKind
from tenants.papers.models import CaseDocument
from tenants.papers.uploads import NewDocument, Store, upload

TOLD_DAYS = 30
WITH_PAPERS = (Stage.ARRANGING, Stage.FIXED, Stage.MET, Stage.STEPS)
BOUNCES = 0.06
SOON = dt.timedelta(seconds=40)


def seed_papers(
    tenancy: Tenancy, *, officer: str, cases: int, today: dt.date, rng: random.Random
) -> tuple[int, int]:
    """Papers and messages for some of an authority's open cases. Deterministic, given the ids.

    Args:
        officer: who hands in the authority's papers.
        cases: for how many.
        rng: gives the same papers for the same cases.

    Returns:
        How many papers were put in, and how many messages told of them and of the cases' facts.
    """
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    settings: Settings = app.extensions["settings"]
    store = Store(open_storage(settings), scanner="", must_be_scanned=False)
    with scoped(Scope.provider(tenancy.id, None)) as session:
        chosen = _chosen(session, cases, rng)
        filed = session.scalar(
            sa.select(sa.exists().where(CaseDocument.tenant_id == session.tenant))
        )
        # Filed, and then broken off: only what is to be sent is missing.
        papers = sum(
            _one_case(session, case_id, stage, store, officer, today, rng)
            for case_id, stage in ([] if filed else chosen)
        )
    house = House(tenancy.slug, the_sender(settings), link_builder(app))
    with scoped(Scope.worker(tenancy.id)) as session:
        messages = _send(session, house, rng)
    return papers, messages


def _chosen(
    session: ScopedSession, cases: int, rng: random.Random
) -> list[tuple[uuid.UUID, Stage]]:
    rows = session.execute(
        sa.select(CasePosition.case_id, CasePosition.stage)
        .where(
            CasePosition.tenant_id == session.tenant,
            CasePosition.is_open,
            CasePosition.stage.in_([stage.value for stage in WITH_PAPERS]),
        )
        .order_by(CasePosition.case_id)
    ).all()
    picked = rng.sample(range(len(rows)), min(cases, len(rows)))
    return [(rows[n].case_id, Stage(rows[n].stage)) for n in sorted(picked)]


def _one_case(
    session: ScopedSession,
    case_id: uuid.UUID,
    stage: Stage,
    store: Store,
    officer: str,
    today: dt.date,
    rng: random.Random,
) -> int:
    reference = session.scalar(
        sa.select(SenCase.reference).where(
            SenCase.tenant_id == session.tenant, SenCase.id == case_id
        )
    )
    adviser = _tell(session, case_id, today)
    record = load_record(session, case_id)
    opened = _at(record.opened_on, 10)
    put = 0

    def hand_in(
        kind: DocumentKind, side: Side, audience: Audience, who: str, at: dt.datetime
    ) -> None:
        nonlocal put
        given = NewDocument(
            kind=kind,
            side=side,
            audience=audience,
            description="",
            name="example.pdf",
            content=example_pdf(KIND_WORDS[kind], f"Case {reference}"),
        )
        upload(session, case_id, given, store=store, by=Actor(None, who, at))
        put += 1

    if record.has(FactKind.NOTICE_SENT):
        hand_in(DocumentKind.DECISION, Side.AUTHORITY, Audience.PARTIES, officer, opened)
    if rng.random() < 0.5:
        hand_in(DocumentKind.REPORT, Side.FAMILY, Audience.FAMILY, adviser, opened)
    meeting = _meeting_day(record)
    if meeting is None:
        return put
    days = max(record.opened_on, min(meeting, today) - dt.timedelta(days=6))
    hand_in(DocumentKind.SUMMARY, Side.FAMILY, Audience.FAMILY, adviser, _at(days, 11))
    both = stage is not Stage.FIXED or rng.random() < 0.6
    if both:
        hand_in(DocumentKind.SUMMARY, Side.AUTHORITY, Audience.AUTHORITY, officer, _at(days, 15))
    released = min(meeting, today) - dt.timedelta(days=2)
    closed = record.has(FactKind.CLOSED)
    if both and stage is not Stage.FIXED and released >= days and not closed:
        by = Actor(None, adviser, _at(released, 16))
        exchange_summaries(session, case_id, by=by, today=released)
    return put


def _meeting_day(record: CaseRecord) -> dt.date | None:
    held = record.last(FactKind.MEETING_HELD)
    if held is not None:
        return held.on
    fixed = record.last(FactKind.MEETING_FIXED)
    return fixed.meeting_on if fixed is not None else None


def _tell(session: ScopedSession, case_id: uuid.UUID, today: dt.date) -> str:
    """Have those concerned told of the case's latest facts, as when they were recorded. Returns
    who recorded the first."""
    told_by = {
        row.id: Actor(row.recorded_by, row.recorded_by_name, row.recorded_at)
        for row in session.execute(
            sa.select(
                CaseFact.id,
                CaseFact.recorded_by,
                CaseFact.recorded_by_name,
                CaseFact.recorded_at,
            )
            .where(CaseFact.tenant_id == session.tenant, CaseFact.case_id == case_id)
            .order_by(CaseFact.recorded_at, CaseFact.id)
        )
    }
    whole = load_record(session, case_id)
    since = today - dt.timedelta(days=TOLD_DAYS)
    for place, fact in enumerate(whole.facts):
        if fact.on < since:
            continue
        so_far = CaseRecord(
            service=whole.service,
            route=whole.route,
            opened_on=whole.opened_on,
            decision_type=whole.decision_type,
            k5_starts=whole.k5_starts,
            facts=whole.facts[: place + 1],
            sections=whole.sections,
        )
        tell_of_fact(session, case_id, so_far, fact, told_by[fact.id])
    return next(iter(told_by.values())).name


def _send(session: ScopedSession, house: House, rng: random.Random) -> int:
    """As if the worker had sent them all at their time; a few addresses were no more."""
    notices = session.scalars(
        sa.select(CaseNotice)
        .where(CaseNotice.tenant_id == session.tenant, CaseNotice.addressed_at.is_(None))
        .order_by(CaseNotice.caused_at, CaseNotice.id)
    ).all()
    written = sum(address(session, notice, house, at=notice.caused_at) for notice in notices)
    session.flush()
    messages = session.scalars(
        sa.select(Message)
        .where(Message.tenant_id == session.tenant, Message.state == MessageState.WAITING.value)
        .order_by(Message.created_at, Message.cause_id, Message.recipient)
    ).all()
    gone = {m.address for m in messages if m.side == "family" and rng.random() < BOUNCES}
    for message in messages:
        message.attempts = 1
        if message.address in gone:
            message.state = MessageState.BOUNCED.value
            message.answer = "550 5.1.1 There is no such mailbox here"
        else:
            message.state = MessageState.SENT.value
            message.sent_at = message.created_at + SOON
    return written


def _at(day: dt.date, hour: int) -> dt.datetime:
    return dt.datetime(day.year, day.month, day.day, hour, 12, tzinfo=dt.UTC)


def example_pdf(title: str, line: str) -> bytes:
    """A page that says what it stands for. The same for the same words."""
    said = f"BT /F1 22 Tf 72 740 Td ({title}) Tj 0 -34 Td /F1 13 Tf ({line}) Tj 0 -24 Td (An invented document of the demonstration.) Tj ET"  # noqa: E501
    stream = said.encode("latin-1", "replace")
    parts = [
        b"<< /Type /Catalog /Pages 2 0 R /Lang (en-GB) >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    file = b"%PDF-1.4\n"
    places = []
    for number, part in enumerate(parts, start=1):
        places.append(len(file))
        file += b"%d 0 obj\n%s\nendobj\n" % (number, part)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(parts) + 1
    start = len(file)
    file += b"xref\n0 %d\n0000000000 65535 f \n%s" % (size, table)
    return file + b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (size, start)

"""Making, commenting and releasing report packs."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from saas.audit.actions import record as audit
from saas.database.base import new_id
from saas.database.scope import ScopedSession
from saas.documents.content import Provider
from saas.documents.pdf import render_pdf
from tenants.casework.row_columns import Actor
from tenants.feedback.complaints import complaints_counted
from tenants.feedback.models import Evaluation
from tenants.restrictions.models import restricted_cases
from tenants.statistics.dashboards.series import background
from tenants.statistics.measures import tallies
from tenants.statistics.measures.breakdowns import BREAKDOWNS
from tenants.statistics.measures.caseload import overdue_steps
from tenants.statistics.measures.contracts import contract_for
from tenants.statistics.measures.exports import definition_sheet, xlsx_bytes
from tenants.statistics.measures.figures import NOTHING, Figures, figures_of_all
from tenants.statistics.measures.models import ReportPack
from tenants.statistics.measures.periods import Period, PeriodKind, period
from tenants.statistics.packs.charts import pack_charts
from tenants.statistics.packs.content import PackFigures, content_of, issued_words
from tenants.statistics.packs.sheets import pack_sheets
from tenants.statistics.packs.tables import PACKED, PackCounts, pack_tables
from tenants.subscribers.models import Subscriber

QUOTED = 3
# See `suppression`: these alone can be kept from giving each other away.
PACK_KINDS = (PeriodKind.QUARTER, PeriodKind.CALENDAR)
COUNTED = [BREAKDOWNS[key] for key in (*PACKED, "participant")]


class PackRefused(ValueError):
    """A pack that cannot be made or released so; the text says what is needed."""


@dataclass(frozen=True, slots=True)
class PackLine:
    """A pack in a list."""

    tenant_id: uuid.UUID
    id: uuid.UUID
    period: Period
    made_at: dt.datetime
    has_commentary: bool
    released_at: dt.datetime | None


def gather(session: ScopedSession, of: Period, *, today: dt.date) -> PackFigures:
    """Everything counted for the pack of the session's tenant.

    Raises:
        PackRefused: the period is neither a quarter nor a calendar year.
    """
    if of.kind not in PACK_KINDS:
        raise PackRefused("A report pack is made for a quarter or a calendar year")
    tenant = session.tenant

    def figures(which: Period) -> Figures:
        return figures_of_all(session, which, today=today).get(tenant, NOTHING)

    now, behind = figures(of), background(session, tenant, of)
    counted = {each.code: _counted(session, each, today) for each in of.quarters if each != of}
    tables = pack_tables(of.code, {**counted, of.code: _counted(session, of, today)})
    name = session.execute(sa.select(Subscriber.name).where(Subscriber.id == tenant)).scalar_one()
    quoted = session.scalars(
        sa.select(Evaluation.comment)
        .where(
            Evaluation.tenant_id == tenant,
            Evaluation.may_quote,
            Evaluation.comment.is_not(None),
            Evaluation.given_on.between(of.start, of.end),
            Evaluation.case_id.not_in(list(restricted_cases(session))),
        )
        .distinct()
        .order_by(Evaluation.comment)
        .limit(QUOTED)
    )
    return PackFigures(
        authority=name,
        period=of,
        now=now,
        before=figures(of.before),
        year_before=figures(of.year_before),
        tables=tables,
        charts=pack_charts(behind, now, tables, of, today),
        quotations=[words for words in quoted if words],
        contract=contract_for(tenant, of, today=today),
        complaints=complaints_counted(session, of.start, of.end, today=today),
        complaints_before=complaints_counted(session, of.before.start, of.before.end, today=today),
        steps_overdue=overdue_steps(session, today=today),
        counted_on=today,
    )


def _counted(session: ScopedSession, of: Period, today: dt.date) -> PackCounts:
    tenant = session.tenant
    return PackCounts(
        totals=tallies.totals(session, of, today=today).get(tenant, {}),
        broken_down=tallies.by_breakdowns(session, of, COUNTED, tenant=tenant),
        waits=tallies.waits(session, of, tenant=tenant),
    )


def make_draft(
    session: ScopedSession, of: Period, *, provider: Provider, by: Actor, today: dt.date
) -> ReportPack:
    """Make the pack of a period for the session's tenant, or make the draft anew.

    What was written as commentary stays.

    Raises:
        PackRefused: the period has not begun, or the pack is released already.
    """
    if of.start > today:
        raise PackRefused(f"{of.name} has not begun yet")
    pack = session.scalar(
        sa.select(ReportPack).where(
            ReportPack.tenant_id == session.tenant, ReportPack.period == of.code
        )
    )
    if pack is not None and pack.released_at is not None:
        raise PackRefused(f"The pack of {of.name} is released and does not change any more")
    figures = gather(session, of, today=today)
    content = content_of(figures, provider=provider.as_content())
    sheets = pack_sheets(figures, content)
    xlsx = xlsx_bytes([*sheets, definition_sheet()], made_at=by.at)
    if pack is None:
        pack = ReportPack(
            tenant_id=session.tenant,
            id=new_id(),
            period=of.code,
            commentary="",
        )
        session.add(pack)
    pack.made_at = by.at
    pack.content = content
    pack.xlsx = xlsx
    pack.pdf = _paper(content, pack.commentary, made_at=by.at)
    session.flush()
    return pack


def write_commentary(session: ScopedSession, pack: ReportPack, text: str, *, by: Actor) -> None:
    """Put a manager's words into a draft.

    Raises:
        PackRefused: the pack is released.
        saas.documents.pdf.UnprintableText: a character cannot be printed.
    """
    if pack.released_at is not None:
        raise PackRefused("The pack is released and does not change any more")
    pack.commentary = text.strip()
    pack.pdf = _paper(pack.content, pack.commentary, made_at=by.at)
    session.flush()


def release(session: ScopedSession, pack: ReportPack, *, by: Actor, today: dt.date) -> None:
    """Show the pack to the authority, for good.

    Raises:
        PackRefused: it is released already, its period is not over, or nothing was written.
    """
    of = period(pack.period)
    if pack.released_at is not None:
        raise PackRefused("The pack is released already")
    if of.end >= today:
        raise PackRefused(f"{of.name} is not over: release the pack when it is")
    if not pack.commentary.strip():
        raise PackRefused("Write what you make of the figures before you release the pack")
    pack.pdf = _paper(pack.content, pack.commentary, made_at=by.at, released_by=by.name)
    pack.released_at = by.at
    pack.released_by = by.id
    pack.released_by_name = by.name
    audit(
        session,
        "report pack released",
        subject_kind="report pack",
        subject_id=pack.id,
        at=by.at,
        period=pack.period,
    )
    session.flush()


def _paper(
    content: Mapping[str, Any], commentary: str, *, made_at: dt.datetime, released_by: str = ""
) -> bytes:
    return render_pdf(
        "pack",
        {
            **content,
            "commentary": [part.strip() for part in commentary.split("\n\n") if part.strip()],
            "released_on": issued_words(made_at) if released_by else "",
            "released_by": released_by,
        },
        title=f"Report on mediation, {content['authority']}, {content['period']}",
        issued_at=made_at,
    )


def packs(session: ScopedSession, code: str = "") -> Sequence[PackLine]:
    """The packs the session may see, the latest period first; of one period where it is named."""
    query = sa.select(
        ReportPack.tenant_id,
        ReportPack.id,
        ReportPack.period,
        ReportPack.made_at,
        sa.func.length(ReportPack.commentary) > 0,
        ReportPack.released_at,
    )
    if code:
        query = query.where(ReportPack.period == code)
    found = [
        PackLine(row[0], row[1], period(row[2]), row[3], row[4], row[5])
        for row in session.execute(query)
    ]
    return sorted(found, key=lambda line: line.period.start, reverse=True)


def find_pack(session: ScopedSession, pack_id: uuid.UUID) -> ReportPack | None:
    """A pack of the session's tenant that the session may see."""
    return session.scalar(
        sa.select(ReportPack).where(
            ReportPack.tenant_id == session.tenant, ReportPack.id == pack_id
        )
    )

"""What reads the tasks of an authority: one source for the case's page, the tray and the file."""

from __future__ import annotations

import datetime as dt
import functools
import uuid
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import InstrumentedAttribute

from saas.database.lookups import among, looked_up
from saas.database.scope import ScopedSession
from saas.database.streaming import Reading
from saas.documents.scanning import ScanResult
from tenants.casework.kept.authority_tasks import TASK_WORDS, TaskKind
from tenants.casework.kept.models import AuthorityTask
from tenants.casework.kinds import PART_WORDS, Side
from tenants.casework.models import AgreedStep, Child, SenCase
from tenants.papers.kinds import DocumentKind
from tenants.papers.models import CaseDocument
from tenants.worktrays.models import CaseOfficer


@dataclass(frozen=True)
class TaskFilter:
    """What the tasks are narrowed to. Empty means everything."""

    due: str = ""
    kinds: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    text: str = ""
    # In the cases of one of the authority's team.
    person: uuid.UUID | None = None


@dataclass(frozen=True)
class TaskRow:
    """A task as a list shows it: no name of a child."""

    id: uuid.UUID
    case_id: uuid.UUID
    kind: TaskKind
    due_on: dt.date | None
    # From when it can be done, where it has no day: None where that is not known.
    since: dt.date | None
    step_id: uuid.UUID | None
    reference: str
    who: str
    service: str
    wording: str

    @property
    def words(self) -> str:
        return TASK_WORDS[self.kind]


@dataclass(frozen=True)
class TaskCounts:
    """How many tasks stand, how many of them are overdue or due soon, and how many of a kind."""

    all: int
    overdue: int
    soon: int
    of_kind: dict[str, int]


def summary_is_there() -> sa.ColumnElement[bool]:
    """Whether a kept task asks for a summary that the authority has uploaded."""
    # The worker reads some columns alone, so not every one is asked for.
    uploaded = sa.select(CaseDocument.id).where(
        CaseDocument.tenant_id == AuthorityTask.tenant_id,
        CaseDocument.case_id == AuthorityTask.case_id,
        CaseDocument.kind == DocumentKind.SUMMARY.value,
        CaseDocument.side == Side.AUTHORITY.value,
        CaseDocument.withdrawn_at.is_(None),
        CaseDocument.scan_result != ScanResult.INFECTED.value,
    )
    return sa.and_(AuthorityTask.kind == TaskKind.UPLOAD_SUMMARY.value, uploaded.exists())


def standing(today: dt.date) -> sa.ColumnElement[bool]:
    """Whether a kept task is to be done on a day."""
    return sa.and_(
        sa.or_(AuthorityTask.from_on.is_(None), AuthorityTask.from_on <= today),
        sa.or_(AuthorityTask.until_on.is_(None), AuthorityTask.until_on >= today),
        ~summary_is_there(),
    )


def has_tasks(
    tenant_id: InstrumentedAttribute[uuid.UUID],
    case_id: InstrumentedAttribute[uuid.UUID],
    today: dt.date,
    *which: sa.ColumnElement[bool],
) -> sa.ColumnElement[bool]:
    """Whether the authority must do something in a case, as a condition on the case's row.

    Args:
        which: conditions on the tasks that count; all of them where none is given.
    """
    return sa.exists().where(
        AuthorityTask.tenant_id == tenant_id,
        AuthorityTask.case_id == case_id,
        standing(today),
        *which,
    )


def kinds_to_do(*which: sa.ColumnElement[bool]) -> sa.Select[*tuple[Any, ...]]:
    """The kinds of what the authority must do, in one list, what is due first first.

    Args:
        which: the conditions on the tasks, which say of which cases they are.
    """
    kinds = sa.func.array_agg(AuthorityTask.kind, type_=ARRAY(sa.Text)).aggregate_order_by(
        _SINCE.asc().nulls_last(), AuthorityTask.kind, AuthorityTask.id
    )
    return sa.select(kinds.label("kinds")).where(standing(_TODAY), *which)


# What has no day stands by its age: from when it can be done.
_SINCE = sa.func.coalesce(AuthorityTask.due_on, AuthorityTask.from_on)
_OF_TENANT: Any = sa.bindparam("tenant", type_=sa.Uuid)
_TODAY: Any = sa.bindparam("today", type_=sa.Date)


def _rows_of(
    conditions: Sequence[sa.ColumnElement[bool]], *, paged: bool
) -> sa.Select[*tuple[Any, ...]]:
    """These tasks, what is due first first.

    Their cases, children and steps are looked up for the rows shown alone: no join of thousands.
    """
    order = (_SINCE.asc().nulls_last(), AuthorityTask.case_id, AuthorityTask.kind)
    found = (
        sa.select(
            AuthorityTask.id,
            AuthorityTask.case_id,
            AuthorityTask.kind,
            AuthorityTask.due_on,
            AuthorityTask.step_id,
            _SINCE.label("since"),
        )
        .where(*conditions)
        .order_by(*order, AuthorityTask.id)
    )
    if paged:
        found = found.limit(sa.bindparam("most", type_=sa.Integer)).offset(
            sa.bindparam("after", type_=sa.Integer)
        )
    page = found.cte("page")
    steps = sa.select(AgreedStep.id, AgreedStep.wording, AgreedStep.part).where(
        AgreedStep.tenant_id == _OF_TENANT
    )
    of_page = steps.where(among(AgreedStep.id, page.c.step_id))
    step = looked_up(of_page, "step") if paged else steps.subquery()
    return (
        sa.select(
            page,
            SenCase.reference,
            SenCase.service,
            sa.func.left(Child.given_name, 1, type_=sa.Text).label("given_initial"),
            sa.func.left(Child.family_name, 1, type_=sa.Text).label("family_initial"),
            sa.extract("year", Child.date_of_birth).cast(sa.Integer).label("birth_year"),
            step.c.wording,
            step.c.part,
        )
        .join(SenCase, sa.and_(SenCase.tenant_id == _OF_TENANT, SenCase.id == page.c.case_id))
        .join(Child, sa.and_(Child.tenant_id == _OF_TENANT, Child.id == SenCase.child_id))
        .outerjoin(step, step.c.id == page.c.step_id)
        .order_by(page.c.since.asc().nulls_last(), page.c.case_id, page.c.kind, page.c.id)
    )


def _read(found: Iterable[Any]) -> Iterator[TaskRow]:
    for row in found:
        yield TaskRow(
            id=row.id,
            case_id=row.case_id,
            kind=TaskKind(row.kind),
            due_on=row.due_on,
            since=row.since,
            step_id=row.step_id,
            reference=row.reference,
            who=f"{row.given_initial}{row.family_initial}, born {row.birth_year}",
            service=row.service,
            # What is due of a step, where the Regulations give its parts days of their own.
            wording=": ".join(w for w in (PART_WORDS.get(row.part or ""), row.wording) if w),
        )


# What a filter is compared with; which of them are there is its shape.
_VALUES: dict[str, Any] = {
    "kinds": sa.bindparam("kinds", expanding=True),
    "services": sa.bindparam("services", expanding=True),
    "text": sa.bindparam("text", type_=sa.Text),
    "person": sa.bindparam("person", type_=sa.Uuid),
}


def _narrowed(due: str, asked: frozenset[str]) -> list[sa.ColumnElement[bool]]:
    conditions = [AuthorityTask.tenant_id == _OF_TENANT, standing(_TODAY)]
    if due == "overdue":
        conditions.append(AuthorityTask.due_on < _TODAY)
    elif due == "soon":
        soon = sa.bindparam("soon", type_=sa.Date)
        conditions.append(AuthorityTask.due_on.between(_TODAY, soon))
    if "kinds" in asked:
        conditions.append(AuthorityTask.kind.in_(_VALUES["kinds"]))
    if asked - {"kinds"}:
        conditions.append(AuthorityTask.case_id.in_(_cases_that_fit(asked)))
    return conditions


def _cases_that_fit(asked: frozenset[str]) -> sa.Select[uuid.UUID]:
    cases = sa.select(SenCase.id).where(SenCase.tenant_id == _OF_TENANT)
    if "person" in asked:
        cases = cases.join(
            CaseOfficer,
            sa.and_(CaseOfficer.tenant_id == SenCase.tenant_id, CaseOfficer.case_id == SenCase.id),
        ).where(CaseOfficer.officer_id == _VALUES["person"])
    if "services" in asked:
        cases = cases.where(SenCase.service.in_(_VALUES["services"]))
    if "text" in asked:
        # `starts_with` is leakproof, so it may use an index under the policies; LIKE may not.
        capitals = sa.bindparam("text_in_capitals", type_=sa.Text)
        cases = cases.where(
            sa.or_(
                sa.func.starts_with(SenCase.reference, capitals),
                SenCase.authority_reference == _VALUES["text"],
            )
        )
    return cases


@functools.lru_cache(maxsize=128)
def _page_statement(due: str, asked: frozenset[str]) -> sa.Select[*tuple[Any, ...]]:
    return _rows_of(_narrowed(due, asked), paged=True)


@functools.lru_cache(maxsize=128)
def _total_statement(due: str, asked: frozenset[str]) -> sa.Select[int]:
    return sa.select(sa.func.count()).select_from(AuthorityTask).where(*_narrowed(due, asked))


def _asked(asked: TaskFilter) -> frozenset[str]:
    return frozenset(name for name in _VALUES if getattr(asked, name))


def _given(session: ScopedSession, asked: TaskFilter, today: dt.date, soon: dt.date) -> Any:
    return {
        **{name: getattr(asked, name) for name in _asked(asked)},
        "text_in_capitals": asked.text.upper(),
        "tenant": session.tenant,
        "today": today,
        "soon": soon,
    }


def tasks_page(
    session: ScopedSession,
    asked: TaskFilter,
    *,
    today: dt.date,
    soon: dt.date,
    limit: int,
    offset: int = 0,
) -> list[TaskRow]:
    """The authority's tasks that the filter leaves, what is due first first.

    Args:
        soon: the last day that counts as soon.
    """
    values = {**_given(session, asked, today, soon), "most": limit, "after": offset}
    return list(_read(session.execute(_page_statement(asked.due, _asked(asked)), values)))


def task_rows(
    reading: Reading, asked: TaskFilter, *, today: dt.date, soon: dt.date
) -> Iterator[TaskRow]:
    """Every task that the filter leaves, in the same order, read while they are asked for."""
    values = {**_given(reading, asked, today, soon), "most": None, "after": 0}
    return _read(reading.stream(_page_statement(asked.due, _asked(asked)), values))


def tasks_total(
    session: ScopedSession,
    asked: TaskFilter,
    *,
    today: dt.date,
    soon: dt.date,
    but: Collection[uuid.UUID] = (),
) -> int:
    """How many tasks the filter leaves.

    Args:
        but: cases of which none is counted.
    """
    statement = _total_statement(asked.due, _asked(asked))
    if but:
        statement = statement.where(AuthorityTask.case_id.not_in(but))
    return int(session.scalar(statement, _given(session, asked, today, soon)) or 0)


# What is due first of all that the authority must do, and how much that is: "most" of them from
# the one "after" so many.
FIRST_TASKS = _page_statement("", frozenset()).add_columns(
    _total_statement("", frozenset()).scalar_subquery().label("of_all")
)


def read_first_tasks(rows: Sequence[Any]) -> tuple[list[TaskRow], int]:
    """The rows of FIRST_TASKS, and how many there are in all."""
    return list(_read(rows)), rows[0].of_all if rows else 0


_COUNTS = (
    sa.select(
        AuthorityTask.kind,
        sa.func.count(),
        sa.func.count().filter(AuthorityTask.due_on < _TODAY),
        sa.func.count().filter(
            AuthorityTask.due_on.between(_TODAY, sa.bindparam("soon", type_=sa.Date))
        ),
    )
    .where(AuthorityTask.tenant_id == _OF_TENANT, standing(_TODAY))
    .group_by(AuthorityTask.kind)
)
_OF_CASES = _rows_of(
    [
        AuthorityTask.tenant_id == _OF_TENANT,
        AuthorityTask.case_id.in_(sa.bindparam("cases", expanding=True)),
        standing(_TODAY),
    ],
    paged=False,
)


def task_counts(session: ScopedSession, *, today: dt.date, soon: dt.date) -> TaskCounts:
    """The numbers above the tasks, over all that stand."""
    values = {"tenant": session.tenant, "today": today, "soon": soon}
    rows = session.execute(_COUNTS, values).all()
    return TaskCounts(
        all=sum(row[1] for row in rows),
        overdue=sum(row[2] for row in rows),
        soon=sum(row[3] for row in rows),
        of_kind={row[0]: row[1] for row in rows},
    )


def tasks_of(
    session: ScopedSession, case_ids: Sequence[uuid.UUID], *, today: dt.date
) -> dict[uuid.UUID, list[TaskRow]]:
    """What is to be done in each of these cases; one that asks for nothing is not there."""
    values = {"tenant": session.tenant, "today": today, "cases": list(case_ids)}
    found: dict[uuid.UUID, list[TaskRow]] = {}
    for row in _read(session.execute(_OF_CASES, values)):
        found.setdefault(row.case_id, []).append(row)
    return found

"""The work trays: which cases are listed, in which order, and the counts above them."""

from __future__ import annotations

import datetime as dt
import functools
import uuid
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from saas.database.lookups import among, looked_up
from saas.database.scope import ScopedSession
from saas.database.streaming import Reading
from tenants.casework.kept.models import AuthorityTask, CasePosition
from tenants.casework.kinds import Side
from tenants.casework.models import CaseFact, SenCase
from tenants.subscribers.models import Subscriber
from tenants.worktrays.models import CaseOfficer
from tenants.worktrays.task_queries import has_tasks, kinds_to_do, standing
from tenants.worktrays.tray_filter import (
    SOON_UNTIL,
    TEXT_IN_CAPITALS,
    TODAY,
    Shape,
    TrayFilter,
    filter_of,
    given,
    of_session,
    shape_of,
    values_of,
)
from tenants.worktrays.tray_row import (
    POSITION,
    Positions,
    TrayRow,
    here_of,
    joined_cases,
    of_case,
    read_row,
)

# Whom a case waits for where the provider has to act.
PROVIDER = "provider"

# Written out, not bound: an index holds these rows alone.
_FOR_US = CasePosition.waiting_for == sa.literal(PROVIDER, literal_execute=True)


@dataclass(frozen=True)
class TrayCounts:
    """Of the open cases: in how many those who look have something overdue, or due soon, how many
    wait for them, and how many are new to them."""

    overdue: int = 0
    soon: int = 0
    waiting: int = 0
    open: int = 0
    new: int = 0


_OFFICER_OF_CASE = sa.and_(
    CaseOfficer.tenant_id == CasePosition.tenant_id, CaseOfficer.case_id == CasePosition.case_id
)


def _among_new(since: dt.datetime | None, of: Positions = CasePosition) -> sa.ColumnElement[bool]:
    """Whether something that the viewer may see was recorded in the case since then: the few recent
    facts are read once, not each case's own."""
    if since is None:
        return sa.false()
    return sa.tuple_(of.tenant_id, of.case_id).in_(
        sa.select(CaseFact.tenant_id, CaseFact.case_id).where(CaseFact.recorded_at > since)
    )


def _counted(columns: Sequence[Any], asked: TrayFilter) -> sa.Select[*tuple[Any, ...]]:
    """Numbers of the tray. Every case has its child and its authority: what the filter does not
    ask for is not joined, which of a million cases takes seconds."""
    statement = sa.select(*columns).select_from(CasePosition)
    whose = (asked.person, asked.coordinator, asked.mediator, asked.unassigned)
    if given(asked.services) or any(given(one) for one in whose):
        statement = statement.join(SenCase, of_case(CasePosition))
    if given(asked.authority):
        statement = statement.join(Subscriber, Subscriber.id == CasePosition.tenant_id)
    return narrowed(statement, asked)


def narrowed(
    statement: sa.Select[*tuple[Any, ...]], asked: TrayFilter
) -> sa.Select[*tuple[Any, ...]]:
    """The statement with the conditions of a filter that has places for its values
    (`tray_filter.values_of`)."""
    conditions: list[sa.ColumnElement[bool]] = []
    if given(asked.tenant):
        conditions.append(CasePosition.tenant_id == asked.tenant)
    if not asked.closed:
        conditions.append(CasePosition.is_open.is_(True))
    if asked.due == "overdue":
        conditions.append(_overdue(asked))
    elif asked.due == "soon":
        conditions.append(_due_soon(asked))
    if given(asked.stages):
        conditions.append(CasePosition.stage.in_(asked.stages))
    if given(asked.services):
        conditions.append(SenCase.service.in_(asked.services))
    if given(asked.clocks):
        conditions.append(CasePosition.next_clock.in_(asked.clocks))
    if asked.waiting_for:
        conditions.append(_waits_for(asked, asked.waiting_for))
    if asked.waits_for_provider:
        conditions.append(_FOR_US)
    if given(asked.authority):
        conditions.append(Subscriber.slug == asked.authority)
    if given(asked.person):
        conditions.append(_looked_after(asked, asked.person))
    if given(asked.coordinator):
        conditions.append(SenCase.coordinator_id == asked.coordinator)
    if given(asked.mediator):
        conditions.append(SenCase.mediator_id == asked.mediator)
    if asked.unassigned:
        conditions.append(_looked_after(asked, None))
    if asked.only_new:
        conditions.append(_among_new(asked.new_since))
    if given(asked.text):
        conditions.append(_says(asked.text))
    return statement.where(*conditions)


def _looked_after(asked: TrayFilter, person: uuid.UUID | None) -> sa.ColumnElement[bool]:
    """Whether this person looks after a case, or nobody does: of the authority's own team where an
    authority looks at it."""
    if asked.tasks_on is None:
        return SenCase.coordinator_id == person
    given_to = aliased(CaseOfficer)
    anyone = sa.exists().where(
        given_to.tenant_id == CasePosition.tenant_id, given_to.case_id == CasePosition.case_id
    )
    return ~anyone if person is None else anyone.where(given_to.officer_id == person)


def _overdue(asked: TrayFilter) -> sa.ColumnElement[bool]:
    """Whether something is overdue that the viewer has to do: red is only what is theirs."""
    if asked.tasks_on is not None:
        return _has_task(asked.tasks_on, AuthorityTask.due_on < TODAY)
    return sa.and_(CasePosition.next_due < TODAY, CasePosition.waiting_for == PROVIDER)


def _due_soon(asked: TrayFilter) -> sa.ColumnElement[bool]:
    if asked.tasks_on is not None:
        return _has_task(asked.tasks_on, AuthorityTask.due_on.between(TODAY, SOON_UNTIL))
    return sa.and_(
        CasePosition.next_due.between(TODAY, SOON_UNTIL), CasePosition.waiting_for == PROVIDER
    )


def _has_task(on: dt.date, due: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    return has_tasks(CasePosition.tenant_id, CasePosition.case_id, on, due)


def _waits_for(asked: TrayFilter, side: str) -> sa.ColumnElement[bool]:
    if asked.tasks_on is not None and side == Side.AUTHORITY:
        return has_tasks(CasePosition.tenant_id, CasePosition.case_id, asked.tasks_on)
    return CasePosition.waiting_for == side


def _says(text: str) -> sa.ColumnElement[bool]:
    """Our reference starts with it, or the authority's own is it. A name is no part of an address:
    it is looked for by the search, which sends it another way.

    `starts_with` is leakproof, so it may use an index under the policies; LIKE may not. Each of
    the two has an index of its own, which one condition with "or" would not use.
    """
    case = aliased(SenCase)
    found = sa.select(case.tenant_id, case.id)
    return sa.tuple_(CasePosition.tenant_id, CasePosition.case_id).in_(
        sa.union(
            found.where(sa.func.starts_with(case.reference, TEXT_IN_CAPITALS)),
            found.where(case.authority_reference == text),
        )
    )


def _order(by: str, next_due: Any, case_id: Any, case: Any) -> tuple[Any, ...]:
    """The order of a list.

    Args:
        case: what has the columns of a case: its table, or a page.
    """
    orders: dict[str, tuple[Any, ...]] = {
        "due": (next_due.asc().nulls_last(), case_id),
        "opened": (case.opened_on.asc(), case.id),
        # All the other way round, so that it is an index read from its end.
        "-opened": (case.opened_on.desc(), case.id.desc()),
        "reference": (case.reference.asc(), case.id),
    }
    return orders.get(by, orders["due"])


def _order_of(by: str, of: Positions = CasePosition) -> tuple[Any, ...]:
    return _order(by, of.next_due, of.case_id, SenCase)


_MOST = sa.bindparam("most", type_=sa.Integer)
_AFTER = sa.bindparam("after", type_=sa.Integer)


@functools.lru_cache(maxsize=256)
def _rows_statement(shape: Shape) -> sa.Select[*tuple[Any, ...]]:
    asked = filter_of(shape)
    if asked.tasks_on is None:
        return _rows(asked, sa.null().label("officer_id"))
    return _rows(asked, CaseOfficer.officer_id).outerjoin(CaseOfficer, _OFFICER_OF_CASE)


def _rows(asked: TrayFilter, *columns: Any) -> sa.Select[*tuple[Any, ...]]:
    columns = (_among_new(asked.new_since).label("is_new"), *columns)
    statement = joined_cases(columns, here=here_of(asked))
    return narrowed(statement, asked).order_by(*_order_of(asked.order))


@functools.lru_cache(maxsize=256)
def _page_statement(shape: Shape) -> sa.Select[*tuple[Any, ...]]:
    """One page. Over all authorities the wall is asked at each row that is looked up, so only what
    the page shows is looked up there."""
    asked = filter_of(shape)
    if asked.tasks_on is not None:
        return _page_of_team(asked)
    if given(asked.tenant) or asked.order != "due":
        return _rows_statement(shape).limit(_MOST).offset(_AFTER)
    shown = [getattr(CasePosition, name) for name in ("tenant_id", "case_id", *POSITION)]
    found = _counted(shown, asked).order_by(*_order_of("due"))
    page = aliased(CasePosition, found.limit(_MOST).offset(_AFTER).subquery())
    columns = [
        _among_new(asked.new_since, page).label("is_new"),
        sa.null().label("officer_id"),
    ]
    return joined_cases(columns, page).order_by(*_order_of("due", page))


def _page_of_team(asked: TrayFilter) -> sa.Select[*tuple[Any, ...]]:
    """The rows of an authority's page: whose each case is, and what is to be done in it."""
    page = _rows(asked).limit(_MOST).offset(_AFTER).cte("page")
    officers = sa.select(CaseOfficer.case_id, CaseOfficer.officer_id).where(
        CaseOfficer.tenant_id == asked.tenant, among(CaseOfficer.case_id, page.c.id)
    )
    tasks = kinds_to_do(
        AuthorityTask.tenant_id == asked.tenant, among(AuthorityTask.case_id, page.c.id)
    )
    by_case = tasks.add_columns(AuthorityTask.case_id).group_by(AuthorityTask.case_id)
    officer, to_do = looked_up(officers, "officer"), looked_up(by_case, "to_do")
    return (
        sa.select(*page.c, officer.c.officer_id, to_do.c.kinds.label("to_do"))
        .select_from(page)
        .outerjoin(officer, officer.c.case_id == page.c.id)
        .outerjoin(to_do, to_do.c.case_id == page.c.id)
        .order_by(*_order(asked.order, page.c.next_due, page.c.id, page.c))
    )


@functools.lru_cache(maxsize=256)
def _total_statement(shape: Shape) -> sa.Select[*tuple[Any, ...]]:
    return _counted([sa.func.count()], filter_of(shape))


@functools.lru_cache(maxsize=64)
def counts_statement(shape: Shape, waiting_for: str) -> sa.Select[*tuple[Any, ...]]:
    asked = filter_of(shape)
    if asked.tasks_on is not None:
        return _counted_by_tasks(asked)
    numbers = _numbers(
        late=_overdue(asked),
        soon=_due_soon(asked),
        waits=CasePosition.waiting_for == waiting_for,
        new=_among_new(asked.new_since),
    )
    return _counted(numbers, asked)


def _numbers(
    *,
    late: sa.ColumnElement[bool],
    soon: sa.ColumnElement[bool],
    waits: sa.ColumnElement[bool],
    new: sa.ColumnElement[bool],
) -> list[sa.Label[int]]:
    """The columns of `TrayCounts`, in its order."""
    return [
        sa.func.count().filter(late).label("late"),
        sa.func.count().filter(soon).label("soon"),
        sa.func.count().filter(waits).label("waits"),
        sa.func.count().label("open"),
        sa.func.count().filter(new).label("new"),
    ]


def _counted_by_tasks(asked: TrayFilter) -> sa.Select[*tuple[Any, ...]]:
    """The numbers of an authority, whose own tasks say what is late.

    The cases and what is to do in them are laid under each other and gathered by case: joined, the
    database would compare each case with each task where it takes a large authority for a small one
    (a prepared statement is planned for the usual authority), and ask the walls at each.
    """
    no, yes = sa.false(), sa.true()
    cases = _counted(
        [
            CasePosition.case_id,
            yes.label("listed"),
            _among_new(asked.new_since).label("new"),
            no.label("waits"),
            no.label("late"),
            no.label("soon"),
        ],
        asked,
    )
    due = AuthorityTask.due_on
    tasks = sa.select(
        AuthorityTask.case_id,
        no,
        no,
        yes,
        sa.func.coalesce(due < TODAY, no),
        sa.func.coalesce(due.between(TODAY, SOON_UNTIL), no),
    ).where(standing(TODAY))
    if given(asked.tenant):
        tasks = tasks.where(AuthorityTask.tenant_id == asked.tenant)
    rows = sa.union_all(cases, tasks).subquery()
    names = ("listed", "new", "waits", "late", "soon")
    of_case = (
        sa.select(*(sa.func.bool_or(rows.c[name]).label(name) for name in names))
        .group_by(rows.c.case_id)
        .subquery()
    )
    one = of_case.c
    numbers = _numbers(late=one.late, soon=one.soon, waits=one.waits, new=one.new)
    return sa.select(*numbers).where(one.listed)


def tray_page(
    session: ScopedSession, asked: TrayFilter, *, today: dt.date, number: int, size: int
) -> list[TrayRow]:
    """One page of the tray and one row more, if there is more; what is due first stands first."""
    asked = of_session(asked, session)
    rows = session.execute(
        _page_statement(shape_of(asked)),
        {**values_of(asked, today), "most": size + 1, "after": (number - 1) * size},
    )
    return [read_row(row, row.to_do if asked.tasks_on is not None else None) for row in rows]


def tray_rows(reading: Reading, asked: TrayFilter, *, today: dt.date) -> Iterator[TrayRow]:
    """Every row of the tray, in its order, read while they are asked for; `to_do` stays empty."""
    asked = of_session(asked, reading)
    rows = reading.stream(_rows_statement(shape_of(asked)), values_of(asked, today))
    return (read_row(row) for row in rows)


def tray_total(
    session: ScopedSession,
    asked: TrayFilter,
    *,
    today: dt.date,
    but: Collection[uuid.UUID] = (),
) -> int:
    """How many cases the filter leaves.

    Args:
        but: cases that are not counted.
    """
    asked = of_session(asked, session)
    statement = _total_statement(shape_of(asked))
    if but:
        statement = statement.where(CasePosition.case_id.not_in(but))
    return int(session.scalar(statement, values_of(asked, today)) or 0)

"""One e-mail at 8 on working days to each of an authority's team: what is theirs to do.

It holds references, what to do and by when; never whose case it is. Who has nothing to do gets
none. What nobody looks after is told to the managers, who can give it to somebody.
"""

from __future__ import annotations

import datetime as dt
import logging
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from saas.database.base import new_id
from saas.database.scope import Scope, ScopedSession, scoped
from saas.identity.models import Membership, Person
from saas.identity.permissions import AuthorityRole
from saas.messages.models import Message, MessageState
from saas.reference.today import LONDON
from saas.reference.working_days import is_working_day
from saas.reference.written import within_sentence
from tenants.casework.kept.authority_tasks import TASK_WORDS, TaskKind
from tenants.casework.kept.models import AuthorityTask, CasePosition
from tenants.casework.kinds import Side
from tenants.casework.models import SenCase
from tenants.notices.models import PersonNoticeRefusal
from tenants.notices.topics import Topic
from tenants.subscribers.queries import every_tenant
from tenants.worktrays.models import CaseOfficer
from tenants.worktrays.task_queries import standing
from tenants.worktrays.tray_filter import soon_until
from tenants.worktrays.trays import PROVIDER

log = logging.getLogger(__name__)
# London's hour at which it is sent.
HOUR = 8
# So many lines; the rest is a page away.
MOST_LINES = 20

ListHref = Callable[[uuid.UUID], str]


@dataclass(frozen=True)
class Hrefs:
    """Where a person finds what is theirs: one of an authority's team, and of the provider's."""

    authority: ListHref
    provider: ListHref


@dataclass(frozen=True)
class Line:
    """One thing to do, as an e-mail says it."""

    officer_id: uuid.UUID | None
    reference: str
    what: str
    due_on: dt.date | None

    def in_words(self, today: dt.date) -> str:
        what = f"{self.reference}: {within_sentence(self.what)}"
        if self.due_on is None:
            return what
        day = f"{self.due_on:%A} {self.due_on.day} {self.due_on:%B}"
        return f"{what}, {'overdue since' if self.due_on < today else 'by'} {day}"


def write_daily_lists(href: Hrefs, *, at: dt.datetime) -> int:
    """Write the morning's e-mails of every authority and of the provider's coordinators. Returns
    how many are new.

    Asked at another hour of London, or on a day off, it writes none; twice a day it writes once.

    Args:
        href: the list of what a person has to do.
    """
    local = at.astimezone(LONDON)
    if local.hour != HOUR or not is_working_day(local.date()):
        return 0
    today = local.date()
    written = _write_to_coordinators(href, today, at)
    for tenant, slug in every_tenant():
        try:
            with scoped(Scope.worker(tenant)) as session:
                written += _write(session, list(_messages(session, href.authority, today, at)))
        except Exception:
            # One authority's trouble must not keep the others' lists waiting.
            log.exception("the morning's lists of authority %s are not written", slug)
    return written


def _write(session: ScopedSession, rows: Sequence[dict[str, object]]) -> int:
    if not rows:
        return 0
    return len(
        session.execute(
            insert(Message)
            .values(rows)
            .on_conflict_do_nothing(index_elements=["tenant_id", "cause_id", "recipient"])
            .returning(Message.id)
        ).all()
    )


def _lines(session: ScopedSession, today: dt.date) -> list[Line]:
    rows = session.execute(
        sa.select(
            CaseOfficer.officer_id, SenCase.reference, AuthorityTask.kind, AuthorityTask.due_on
        )
        .join(
            SenCase,
            sa.and_(
                SenCase.tenant_id == AuthorityTask.tenant_id, SenCase.id == AuthorityTask.case_id
            ),
        )
        .outerjoin(
            CaseOfficer,
            sa.and_(
                CaseOfficer.tenant_id == AuthorityTask.tenant_id,
                CaseOfficer.case_id == AuthorityTask.case_id,
            ),
        )
        .where(
            AuthorityTask.tenant_id == session.tenant,
            standing(today),
            sa.or_(AuthorityTask.due_on.is_(None), AuthorityTask.due_on <= soon_until(today)),
        )
        .order_by(AuthorityTask.due_on.asc().nulls_last(), SenCase.reference, AuthorityTask.kind)
    )
    return [Line(row[0], row[1], TASK_WORDS[TaskKind(row[2])], row[3]) for row in rows]


def _team(session: ScopedSession) -> Sequence[sa.Row[uuid.UUID, str, str]]:
    """Those who work on cases, may sign in and want the list: id, role, address."""
    return session.execute(
        sa.select(Person.id, Membership.role, Person.email)
        .join(Membership, Membership.person_id == Person.id)
        .where(
            Membership.tenant_id == session.tenant,
            Membership.suspended_at.is_(None),
            Membership.role.in_([AuthorityRole.OFFICER.value, AuthorityRole.MANAGER.value]),
            Person.active,
            _wants(),
        )
        .order_by(Person.id)
    ).all()


def _messages(
    session: ScopedSession, href: ListHref, today: dt.date, at: dt.datetime
) -> Iterator[dict[str, object]]:
    lines = _lines(session, today)
    if not lines:
        return
    cause = uuid.uuid5(session.tenant, f"what is to do on {today.isoformat()}")
    for person_id, role, address in _team(session):
        manages = role == AuthorityRole.MANAGER.value
        own = [
            line
            for line in lines
            if line.officer_id == person_id or (manages and line.officer_id is None)
        ]
        if not own:
            continue
        yield {
            **_message(session.tenant, own, today, at),
            "cause_id": cause,
            "recipient": f"person:{person_id}",
            "side": Side.AUTHORITY.value,
            "address": address,
            "link": href(person_id),
        }


def _message(
    tenant: uuid.UUID, own: Sequence[Line], today: dt.date, at: dt.datetime
) -> dict[str, object]:
    return {
        "tenant_id": tenant,
        "id": new_id(),
        "subject_id": tenant,
        "topic": Topic.DAILY.value,
        "heading": _heading(own, today),
        "text": "\n\n".join(_paragraphs(own, today)),
        "state": MessageState.WAITING.value,
        "attempts": 0,
        "created_at": at,
        "next_attempt_at": at,
    }


def _write_to_coordinators(href: Hrefs, today: dt.date, at: dt.datetime) -> int:
    """One list each over all authorities: what waits for the provider in a coordinator's cases.

    A message belongs to a tenant: it is kept with that of the first line, and no authority reads
    any message.
    """
    with scoped(Scope.all_cases(None)) as session:
        rows = session.execute(
            sa.select(
                SenCase.coordinator_id,
                SenCase.tenant_id,
                SenCase.reference,
                CasePosition.next_step,
                CasePosition.next_due,
            )
            .join(
                CasePosition,
                sa.and_(
                    CasePosition.tenant_id == SenCase.tenant_id, CasePosition.case_id == SenCase.id
                ),
            )
            .where(
                SenCase.coordinator_id.is_not(None),
                CasePosition.is_open,
                CasePosition.waiting_for == PROVIDER,
                CasePosition.next_due <= soon_until(today),
            )
            .order_by(CasePosition.next_due, SenCase.reference)
        ).all()
    own: dict[uuid.UUID, list[Line]] = {}
    tenants: dict[uuid.UUID, uuid.UUID] = {}
    for person_id, tenant, reference, step, due in rows:
        if person_id is None:
            continue
        own.setdefault(person_id, []).append(Line(person_id, reference, step or "Look at it", due))
        tenants.setdefault(person_id, tenant)
    written = 0
    for person_id, lines in own.items():
        with scoped(Scope.worker(tenants[person_id])) as session:
            address = session.scalar(
                sa.select(Person.email).where(Person.id == person_id, Person.active, _wants())
            )
            if address is None:
                continue
            message = {
                **_message(tenants[person_id], lines, today, at),
                "cause_id": uuid.uuid5(person_id, f"what is to do on {today.isoformat()}"),
                "recipient": f"person:{person_id}",
                "side": PROVIDER,
                "address": address,
                "link": href.provider(person_id),
            }
            written += _write(session, [message])
    return written


def _wants() -> sa.ColumnElement[bool]:
    """Whether a person did not say that they want no such list."""
    refused = sa.select(PersonNoticeRefusal.person_id).where(
        PersonNoticeRefusal.person_id == Person.id, PersonNoticeRefusal.topic == Topic.DAILY.value
    )
    return ~refused.exists()


def _heading(own: Sequence[Line], today: dt.date) -> str:
    overdue = sum(1 for line in own if line.due_on is not None and line.due_on < today)
    said = f"{len(own)} to do"
    return f"Yours today: {said}, {overdue} of them overdue" if overdue else f"Yours today: {said}"


def _paragraphs(own: Sequence[Line], today: dt.date) -> Iterator[str]:
    for line in own[:MOST_LINES]:
        yield line.in_words(today)
    if len(own) > MOST_LINES:
        yield f"And {len(own) - MOST_LINES} more, on the page."

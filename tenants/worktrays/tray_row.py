"""What a list shows of a case: its columns, and the row that is read from them."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm.util import AliasedClass

from tenants.casework.kept.authority_tasks import TASK_WORDS, TaskKind
from tenants.casework.kept.models import CasePosition
from tenants.casework.models import Child, SenCase
from tenants.subscribers.models import Subscriber
from tenants.worktrays.tray_filter import TrayFilter, given

# What a list shows of a case beside where it stands, and of a child: never the name (look.md).
_COLUMNS = (
    SenCase.id,
    SenCase.reference,
    SenCase.service,
    SenCase.decision_type,
    SenCase.opened_on,
    SenCase.coordinator_id,
    sa.func.left(Child.given_name, 1, type_=sa.Text).label("given_initial"),
    sa.func.left(Child.family_name, 1, type_=sa.Text).label("family_initial"),
    sa.extract("year", Child.date_of_birth).cast(sa.Integer).label("birth_year"),
)
_AUTHORITY = (Subscriber.slug.label("authority_slug"), Subscriber.name.label("authority_name"))
# Where a case stands, of `case_position` or of a page of it.
POSITION = ("stage", "is_open", "next_step", "waiting_for", "next_clock", "next_due", "closed_on")
Positions = type[CasePosition] | AliasedClass[CasePosition]


@dataclass(frozen=True)
class TrayRow:
    """One case in a list."""

    id: uuid.UUID
    reference: str
    who: str
    service: str
    decision_type: str | None
    stage: str
    is_open: bool
    next_step: str | None
    waiting_for: str | None
    next_clock: str | None
    next_due: dt.date | None
    opened_on: dt.date
    closed_on: dt.date | None
    coordinator_id: uuid.UUID | None
    officer_id: uuid.UUID | None
    authority_slug: str
    authority_name: str
    is_new: bool
    # What the authority has to do in it, where an authority looks, in words.
    to_do: tuple[str, ...] = ()


def the_child(row: Any) -> str:
    """The child in a list: initials and year of birth, and no name."""
    return f"{row.given_initial}{row.family_initial}, born {row.birth_year}"


def of_case(of: Positions) -> sa.ColumnElement[bool]:
    """The case of a position."""
    return sa.and_(SenCase.tenant_id == of.tenant_id, SenCase.id == of.case_id)


def here_of(asked: TrayFilter) -> Any:
    """The authority that a filter names by itself; None where it names none, or by its name too."""
    return asked.tenant if given(asked.tenant) and not given(asked.authority) else None


def joined_cases(
    columns: Sequence[Any], of: Positions = CasePosition, *, here: Any = None
) -> sa.Select[*tuple[Any, ...]]:
    """What a list shows of each case, and these columns besides.

    Args:
        of: the positions of the cases: all of them, or a page.
        here: the authority, where all of them are of one: it is looked up once.
    """
    authority = _AUTHORITY if here is None else _once(here)
    found = (
        sa.select(*_COLUMNS, *authority, *(getattr(of, name) for name in POSITION), *columns)
        .select_from(of)
        .join(SenCase, of_case(of))
        .join(
            Child,
            sa.and_(Child.tenant_id == SenCase.tenant_id, Child.id == SenCase.child_id),
        )
    )
    return found.join(Subscriber, Subscriber.id == SenCase.tenant_id) if here is None else found


def _once(here: Any) -> list[sa.Label[Any]]:
    slug, name = sa.select(Subscriber.slug), sa.select(Subscriber.name)
    return [
        slug.where(Subscriber.id == here).scalar_subquery().label("authority_slug"),
        name.where(Subscriber.id == here).scalar_subquery().label("authority_name"),
    ]


def read_row(row: Any, kinds: Sequence[str] | None = None) -> TrayRow:
    """The row of a list.

    Args:
        kinds: of what the authority has to do in the case.
    """
    return TrayRow(
        id=row.id,
        reference=row.reference,
        who=the_child(row),
        service=row.service,
        decision_type=row.decision_type,
        stage=row.stage,
        is_open=row.is_open,
        next_step=row.next_step,
        waiting_for=row.waiting_for,
        next_clock=row.next_clock,
        next_due=row.next_due,
        opened_on=row.opened_on,
        closed_on=row.closed_on,
        coordinator_id=row.coordinator_id,
        officer_id=row.officer_id,
        authority_slug=row.authority_slug,
        authority_name=row.authority_name,
        is_new=row.is_new,
        to_do=tuple(dict.fromkeys(TASK_WORDS[TaskKind(kind)] for kind in kinds or ())),
    )
